"""What every peer's process does: prepare once, answer many times, tell each answer and its time as JSON."""

import json
import sys
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Task:
    """One statement under one loss and one pair of bounds: COUNT, SUM and AVG of `amount` by `district`."""

    data: str  # a Parquet file: rider, district, category, amount
    size: int  # its rows
    noise: str  # laplace: pure epsilon; gaussian: rho, or epsilon at delta
    epsilon: float
    delta: float
    rho: float
    groups: int  # C: districts of one rider
    rows: int  # m: rows of one rider in one district
    in_all: bool  # bound a rider's rows in all to C * m instead, where a system can do either
    low: int  # amounts are cut to [low, high]
    high: int
    districts: list
    runs: int
    anew: bool  # for us: publish anew before each answer, for keys of its own; others draw anew anyway


def serve(prepare, answer):
    """Reads the task, then prints the time of preparation and each answer as {district: [n, total, mean]}."""
    task = Task(**json.loads(sys.argv[1]))
    start = time.perf_counter()
    state = prepare(task)
    tell(prepared=time.perf_counter() - start)
    for _ in range(task.runs):
        start = time.perf_counter()
        table = answer(task, state)
        tell(seconds=time.perf_counter() - start, table=table)


def tell(**fields):
    print(json.dumps(fields), flush=True)
