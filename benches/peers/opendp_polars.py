"""OpenDP's Polars front end.

Bounds: `truncate_per_group(m)`, then `truncate_num_groups(C)`; `dp.sum` cuts to [low, high]. In 0.16.0 with the
Polars it pins, `truncate_num_groups` cannot choose groups by its hash, the default ("multiple fields with name
'district'"), so the first in the alphabet stay; and it keeps one group fewer than is charged for. Hence a second
way, `in_all`: `truncate_per_group(C * m)` over a rider's rows as a whole, the same L1 sensitivity.
Loss: one query that spends all of it, epsilon (Laplace) or rho (Gaussian). OpenDP finds one factor for the
noise of both aggregates over their sensitivities, so each has half. The mean is their quotient, as its guide
shows it, cut to the bounds. Keys are public (`with_keys`), so there is no delta. The rows of a group are at
most those of the file: that bound proves that sums do not overflow and moves no noise.
"""

import opendp.prelude as dp
import polars as pl

from peer import serve

dp.enable_features("contrib")


def loss(task):
    if task.noise == "laplace":
        return dp.loss_of(epsilon=task.epsilon)
    return dp.loss_of(rho=task.rho)


def prepare(task):
    return pl.LazyFrame({"district": task.districts})


def bounded(task, query):
    if task.in_all:
        return query.truncate_per_group(task.groups * task.rows)
    return query.truncate_per_group(task.rows, by=["district"]).truncate_num_groups(
        task.groups, by=["district"], keep="first"
    )


def mean(task, n, total):
    """Cut to what a mean can be."""
    return min(max(total / max(n, 1), task.low), task.high)


def answer(task, keys):
    context = dp.Context.compositor(
        data=pl.scan_parquet(task.data),
        privacy_unit=dp.unit_of(contributions=1, identifier="rider"),
        privacy_loss=loss(task),
        split_evenly_over=1,
        margins=[dp.polars.Margin(by=["district"], max_length=task.size)],
    )
    query = (
        bounded(task, context.query())
        .group_by("district")
        .agg(
            dp.len(signed=True).alias("n"),
            pl.col("amount").fill_null(0).dp.sum(bounds=(task.low, task.high)).alias("total"),
        )
        .with_keys(keys)
    )
    rows = query.release().collect()
    return {
        row["district"]: [row["n"], row["total"], mean(task, row["n"], row["total"])]
        for row in rows.iter_rows(named=True)
    }


if __name__ == "__main__":
    serve(prepare, answer)
