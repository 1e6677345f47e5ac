"""How far answers are from the truth, and whether ours are as near as the best of the others'."""

import math
from dataclasses import dataclass
from statistics import fmean, variance

AGGREGATES = ("COUNT", "SUM", "AVG")


@dataclass(frozen=True)
class Error:
    """Of one aggregate, over all districts and runs."""

    absolute: float  # mean of |answer - truth|
    relative: float  # mean of |answer - truth| / |truth|
    noise: float  # mean of |answer - mean answer of the district|: what is left without bias
    standard: float  # standard error of `absolute`, from how runs differ


def of(tables, truth):
    """The error of each aggregate; `truth` and each table are {district: [n, total, mean]}."""
    for table in tables:
        if table.keys() != truth.keys():
            raise ValueError("an answer has other districts than the truth")
    return {name: of_column(tables, truth, at) for at, name in enumerate(AGGREGATES)}


def of_column(tables, truth, at):
    distances = [[abs(table[d][at] - truth[d][at]) for d in truth] for table in tables]
    middle = {d: fmean(table[d][at] for table in tables) for d in truth}
    runs = [fmean(run) for run in distances]
    return Error(
        absolute=fmean(runs),
        relative=fmean(fmean(e / abs(truth[d][at]) for e, d in zip(run, truth)) for run in distances),
        noise=fmean(abs(table[d][at] - middle[d]) for table in tables for d in truth),
        standard=math.sqrt(variance(runs) / len(runs)) if len(runs) > 1 else 0.0,
    )


def verdict(ours, best):
    """Ours against the best of the others, which differ by chance where runs cannot tell them apart."""
    if ours.absolute <= best.absolute:
        return "as accurate"
    if ours.absolute - best.absolute <= 2 * math.hypot(ours.standard, best.standard):
        return "as accurate, within two standard errors"
    return "LESS ACCURATE"


def epsilon_of(rho, delta):
    """The least epsilon that rho-zCDP implies at delta (Canonne, Kamath and Steinke 2020, corollary 13)."""

    def at(alpha):
        slack = math.log(1 / delta) + (alpha - 1) * math.log1p(-1 / alpha) - math.log(alpha)
        return rho * alpha + slack / (alpha - 1)

    low, high = 1 + 1e-9, 2 + math.sqrt(math.log(1 / delta) / rho) * 10
    for _ in range(200):
        third = (high - low) / 3
        if at(low + third) < at(high - third):
            high -= third
        else:
            low += third
    return at(low)
