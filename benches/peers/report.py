"""The tables, as Markdown for people and as lines of JSON for programs."""

import json

from errors import AGGREGATES


def times(timed, is_json):
    """The table of times."""
    if is_json:
        return as_json(time_lines(timed))
    head = ["", "rows", "prepared, s", "answer, s", "answers", "to ours", "peak, GiB"]
    title = "Time of one answer (median), epsilon = 1, C = 4, m = 10; prepared once before, if at all"
    return f"{title}\n\n{table(head, [time_cells(line) for line in timed])}\n"


def errors(options, found, epsilon):
    """The table of errors for one noise and pair of bounds, and the verdicts."""
    if options.json:
        return as_json(error_lines(found))
    groups, rows = found["bounds"]
    if found["noise"] == "laplace":
        loss = "epsilon = 1"
    else:
        loss = f"rho = 0.1, or epsilon = {epsilon:.3f} at delta = 1e-6"
    title = (
        f"Mean error of {options.runs} answers over {options.utility_rows:,} rows, {found['noise']}, {loss}, "
        f"C = {groups}, m = {rows} (rows in all: {groups * rows}); in brackets, the part that is not bias"
    )
    head = ["", *(f"{name}, {kind}" for name in AGGREGATES for kind in ("absolute", "relative"))]
    cells = table(head, [error_cells(line, options.runs) for line in found["lines"]])
    verdicts = "\n".join(sentence(verdict) for verdict in found["verdicts"])
    return f"{title}\n\n{cells}\n\n{verdicts}\n"


def as_json(lines):
    return "\n".join(json.dumps(line) for line in lines)


def table(head, rows):
    line = "| {} |".format
    rule = "|" + "---|" * len(head)
    return "\n".join([line(" | ".join(head)), rule, *(line(" | ".join(row)) for row in rows)])


def time_cells(line):
    answers = line["answers"]
    name, rows = line["system"].label, f"{line['rows']:,}"
    if line["seconds"] is None:
        return [name, rows, answers.failed or "no answer", "", "", "", f"{answers.peak_gib:.1f}"]
    return [
        name,
        rows,
        f"{answers.prepared:.2f}",
        f"{line['seconds']:.3f}",
        str(len(answers.seconds)),
        f"{line['ratio']:.1f} x" if line["ratio"] else "",
        f"{answers.peak_gib:.1f}",
    ]


def error_cells(line, runs):
    name, found = line["system"].label, line["errors"]
    if found is None:
        return [name, line["answers"].failed or "no answer", *[""] * 5]
    if len(line["answers"].tables) < runs:
        name += f" ({len(line['answers'].tables)} answers)"
    cells = [name]
    for error in found.values():
        cells += [f"{error.absolute:,.5g} ({error.noise:,.3g})", f"{error.relative:.2%}"]
    return cells


def sentence(verdict):
    whose = "same bounds" if verdict["same_bounds"] else "any bounds"
    ours, best = verdict["ours"], verdict["best"]
    return (
        f"- {verdict['aggregate']}, {whose}: {verdict['verdict']} "
        f"({ours.absolute:,.5g}; best other {best.absolute:,.5g}, {verdict['by'].label}; "
        f"without bias {ours.noise:,.3g} and {best.noise:,.3g})"
    )


def measurement(work, value, unit, samples, bar=None, met=None):
    return {"work": f"peers/{work}", "value": value, "unit": unit, "bar": bar, "met": met, "samples": samples}


def time_lines(timed):
    for line in timed:
        answers, name = line["answers"], f"{line['system'].key}/{line['rows']}"
        if line["seconds"] is None:
            yield {"work": f"peers/{name}", "failed": answers.failed}
            continue
        count = len(answers.seconds)
        yield measurement(f"{name}/answer", line["seconds"] * 1000, "ms", count)
        yield measurement(f"{name}/prepared", answers.prepared * 1000, "ms", 1)
        yield measurement(f"{name}/peak", answers.peak_gib, "GiB", 1)
        if line["ratio"]:
            yield measurement(f"{name}/to-ours", line["ratio"], "x", count)


def error_lines(found):
    of = f"{found['noise']}/c{found['bounds'][0]}-m{found['bounds'][1]}"
    for line in found["lines"]:
        name, count = f"{of}/{line['system'].key}", len(line["answers"].tables)
        if line["errors"] is None:
            yield {"work": f"peers/{name}", "failed": line["answers"].failed}
            continue
        for aggregate, error in line["errors"].items():
            start = f"{name}/{aggregate.lower()}"
            yield measurement(f"{start}/absolute", error.absolute, "1", count)
            yield measurement(f"{start}/relative", error.relative, "1", count)
            yield measurement(f"{start}/noise", error.noise, "1", count)
    for verdict in found["verdicts"]:
        whose = "same-bounds" if verdict["same_bounds"] else "any-bounds"
        yield measurement(
            f"{of}/best-other-{whose}/{verdict['aggregate'].lower()}",
            verdict["ours"].absolute,
            "1",
            verdict["answers"],
            verdict["best"].absolute,
            verdict["verdict"] != "LESS ACCURATE",
        )
