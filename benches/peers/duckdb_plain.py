"""DuckDB without privacy: what the statement costs, and the truth that errors are counted from."""

import duckdb

from peer import serve

# Publishing cuts amounts to their declared bounds, so the true sums are sums of such amounts.
SQL = """
SELECT district, count(*), sum(amount), sum(amount) / count(*)
FROM (SELECT district, least(greatest(amount, {low}), {high}) AS amount FROM read_parquet('{data}'))
GROUP BY district
"""


def answer(task, connection):
    rows = connection.sql(SQL.format(low=task.low, high=task.high, data=task.data)).fetchall()
    return {district: [int(n), int(total), mean] for district, n, total, mean in rows}


if __name__ == "__main__":
    serve(lambda task: duckdb.connect(), answer)
