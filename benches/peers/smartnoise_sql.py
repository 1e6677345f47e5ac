"""SmartNoise SQL over its SQLite reader; filling the SQLite table is preparation.

Bounds: it has one, `max_ids`, the rows of one rider in all, chosen at random. C * m rows have the same L1
sensitivity as C districts of m rows, but may lie in any district: fewer rows are left out. Amounts are cut to
[low, high] from the metadata.
Loss: epsilon is asked for per noisy column. COUNT(amount), SUM(amount) and AVG(amount) are made of two of them
(with COUNT(*) it would be three), so each gets half. Its noise is discrete Laplace, by default and here; where
others spend (epsilon, delta) it spends that epsilon. Keys are public: no censoring of rare ones, no delta.
"""

import sqlite3

import pyarrow.parquet as pq
import snsql

from peer import serve

SQL = """
SELECT district, COUNT(amount) AS n, SUM(amount) AS total, AVG(amount) AS mean
FROM main.trips GROUP BY district
"""


def metadata(task):
    return {
        "": {
            "main": {
                "trips": {
                    "max_ids": task.groups * task.rows,
                    "sample_max_ids": True,
                    "censor_dims": False,
                    "clamp_counts": False,
                    "clamp_columns": True,
                    "rider": {"type": "int", "private_id": True},
                    "district": {"type": "string"},
                    "amount": {"type": "int", "lower": task.low, "upper": task.high},
                }
            }
        }
    }


def prepare(task):
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE trips (rider INTEGER, district TEXT, amount INTEGER)")
    file = pq.ParquetFile(task.data)
    for batch in file.iter_batches(columns=["rider", "district", "amount"]):
        rows = zip(*(column.to_pylist() for column in batch.columns))
        connection.executemany("INSERT INTO trips VALUES (?, ?, ?)", rows)
    connection.commit()
    return connection


def answer(task, connection):
    reader = snsql.from_connection(
        connection,
        engine="sqlite",
        metadata=metadata(task),
        privacy=snsql.Privacy(epsilon=task.epsilon / 2, delta=0.0),
    )
    _, *rows = reader.execute(SQL)
    spent = reader.odometer.spent[0]
    if abs(spent - task.epsilon) > 1e-9 * task.epsilon:
        raise RuntimeError(f"spent an epsilon of {spent} instead of {task.epsilon}")
    return {district: [n, total, mean] for district, n, total, mean in rows}


if __name__ == "__main__":
    serve(prepare, answer)
