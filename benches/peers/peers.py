"""Runs one statement through other systems and ours, and prints what each takes and how far off it is.

`cargo xtask bench peers` builds our side and starts this; README.md explains the table.
"""

import argparse
import signal
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

import errors
import report
from peer import Task
from processes import Answers, environment, run

HERE = Path(__file__).parent
DISTRICTS = [f"district-{number:02}" for number in range(1, 21)]
EPSILON, RHO, DELTA = 1.0, 0.1, 1e-6
BOUNDS = ((4, 10), (20, 2))
RIDER_ROWS = 20  # rows for each rider there may be, as in the engine's bench
SMALLER = 1_000_000  # rows for who cannot do all of them


@dataclass(frozen=True)
class System:
    """One line of the tables."""

    key: str
    label: str
    program: str | None = None  # ours has none: it is an executable
    requirements: str = "duckdb"
    in_all: bool = False  # bounds a rider's rows in all, not by district
    is_private: bool = True


OURS = System("irongate", "Irongate")
PLAIN = System("duckdb", "DuckDB, plain", "duckdb_plain.py", is_private=False)
SYSTEMS = (
    OURS,
    PLAIN,
    System("duckdb-bounded", "DuckDB, bounded in SQL, no noise", "duckdb_bounded.py", is_private=False),
    System("opendp", "OpenDP-Polars", "opendp_polars.py", "opendp"),
    System("opendp-in-all", "OpenDP-Polars, rows in all", "opendp_polars.py", "opendp", in_all=True),
    System("smartnoise", "SmartNoise SQL, rows in all", "smartnoise_sql.py", "smartnoise", in_all=True),
    System("pipelinedp", "PipelineDP, local", "pipelinedp.py", "pipelinedp"),
)


class Bench:
    """Data files, environments and limits."""

    def __init__(self, options):
        self.options = options
        self.folder = Path(options.folder)
        self.folder.mkdir(parents=True, exist_ok=True)

    def data(self, rows):
        file = self.folder / f"trips-{rows}.parquet"
        if not file.exists():
            part = file.with_suffix(".part")
            riders = max(1, rows // RIDER_ROWS)
            subprocess.run([self.options.ours, "export", part, str(rows), str(riders)], check=True)
            part.rename(file)
        return file

    def answers(self, system, rows, noise, bounds, runs, seconds, anew=False):
        is_pure = noise == "laplace"
        task = Task(
            data=str(self.data(rows)),
            size=rows,
            noise=noise,
            epsilon=EPSILON if is_pure else errors.epsilon_of(RHO, DELTA),
            delta=0.0 if is_pure else DELTA,
            rho=RHO,
            groups=bounds[0],
            rows=bounds[1],
            in_all=system.in_all,
            low=0,
            high=1000,
            districts=DISTRICTS,
            runs=runs,
            anew=anew,
        )
        print(f"{system.label}: {rows:,} rows, {noise}, C={bounds[0]}, m={bounds[1]}", file=sys.stderr)
        try:
            command = self.command(system)
        except (RuntimeError, subprocess.CalledProcessError) as error:
            return Answers(failed=str(error))
        with open(self.folder / f"{system.key}.log", "w") as log:
            return run(command, asdict(task), seconds, self.options.gib, log)

    def command(self, system):
        if system.program is None:
            return [self.options.ours]
        python = environment(self.folder, system.requirements)
        return [python, HERE / system.program]


def times(bench, systems):
    """How long an answer takes: of all rows, or of fewer where that fails, and ours beside it."""
    options = bench.options

    def measured(system, rows):
        answers = bench.answers(
            system, rows, "laplace", BOUNDS[0], options.timed, options.seconds
        )
        return {"system": system, "rows": rows, "answers": answers}

    lines = []
    for system in systems:
        line = measured(system, options.rows)
        if not line["answers"].seconds and options.rows > SMALLER:
            lines.append(line)
            line = measured(system, SMALLER)
        lines.append(line)
    if any(line["rows"] == SMALLER < options.rows for line in lines):
        lines.insert(1, measured(OURS, SMALLER))
    ours = {line["rows"]: line["answers"].seconds for line in lines if line["system"] is OURS}
    for line in lines:
        seconds = line["answers"].seconds
        line["seconds"] = median(seconds) if seconds else None
        base = ours.get(line["rows"])
        line["ratio"] = line["seconds"] / median(base) if seconds and base else None
    return lines


def utilities(bench, systems):
    """How far answers are off: a table for each noise and pair of bounds, as soon as it is there."""
    options = bench.options
    rows, runs = options.utility_rows, options.runs
    plain = bench.answers(PLAIN, rows, "laplace", BOUNDS[0], 1, options.seconds)
    if not plain.tables:
        raise SystemExit(f"no truth to compare with: {plain.failed}")
    for noise in ("laplace", "gaussian"):
        for bounds in BOUNDS:
            lines = []
            for system in systems:
                if system is PLAIN:
                    continue
                answers = bench.answers(system, rows, noise, bounds, runs, 6 * options.seconds, True)
                found = errors.of(answers.tables, plain.tables[0]) if answers.tables else None
                lines.append({"system": system, "answers": answers, "errors": found})
            yield {"noise": noise, "bounds": bounds, "lines": lines, "verdicts": best(lines)}


def best(lines):
    """For each aggregate, the best of the other private systems: of those with our bounds, and of all."""
    ours = next(line for line in lines if line["system"] is OURS)
    verdicts = []
    for name in errors.AGGREGATES:
        for is_same in (True, False):
            others = [
                line
                for line in lines
                if line["errors"] and line["system"] is not OURS and line["system"].is_private
                if not (is_same and line["system"].in_all)
            ]
            if ours["errors"] and others:
                nearest = min(others, key=lambda line: line["errors"][name].absolute)
                pair = ours["errors"][name], nearest["errors"][name]
                verdicts.append(
                    {
                        "aggregate": name,
                        "same_bounds": is_same,
                        "answers": len(ours["answers"].tables),
                        "ours": pair[0],
                        "best": pair[1],
                        "by": nearest["system"],
                        "verdict": errors.verdict(*pair),
                    }
                )
    return verdicts


def parsed():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ours", required=True, help="the executable of ours.rs")
    parser.add_argument("--folder", required=True, help="for data, environments and logs; kept")
    parser.add_argument("--json", action="store_true", help="measurements, one JSON object a line")
    parser.add_argument("--only", help="keys of systems besides ours and plain DuckDB, with commas")
    parser.add_argument("--rows", type=int, default=10_000_000, help="rows of timed answers")
    parser.add_argument("--timed", type=int, default=5, help="timed answers of each system")
    parser.add_argument("--utility-rows", type=int, default=200_000, help="rows of answers for errors")
    parser.add_argument("--runs", type=int, default=50, help="answers of each system for errors")
    parser.add_argument("--seconds", type=int, default=600, help="for timed answers; errors get 6 times it")
    parser.add_argument("--gib", type=int, default=20, help="memory of one process")
    return parser.parse_args()


def main():
    # So that the process of a peer ends with us.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    bench = Bench(parsed())
    only = bench.options.only
    keys = {OURS.key, PLAIN.key, *(only.split(",") if only is not None else ())}
    systems = [system for system in SYSTEMS if only is None or system.key in keys]
    timed = times(bench, systems)
    print(report.times(timed, bench.options.json), flush=True)
    tables = []
    for found in utilities(bench, systems):
        print(report.errors(bench.options, found, errors.epsilon_of(RHO, DELTA)), flush=True)
        tables.append(found)
    conclude(timed, tables)


def conclude(timed, tables):
    """Ends in failure where we gave no answer, or another system with the same bounds is nearer the truth."""
    lines = [line for found in tables for line in found["lines"] if line["system"] is OURS]
    if timed[0]["seconds"] is None or any(line["errors"] is None for line in lines):
        raise SystemExit("ours gave no answer; its log is irongate.log")
    verdicts = [verdict for found in tables for verdict in found["verdicts"]]
    if any(v["same_bounds"] and v["verdict"] == "LESS ACCURATE" for v in verdicts):
        raise SystemExit("ours is less accurate than another system with the same bounds: see the tables")


if __name__ == "__main__":
    main()
