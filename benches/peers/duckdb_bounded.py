"""DuckDB with each person's contribution bounded in SQL, and no noise: the error of bounding alone.

C and m are what they are with us: at most m random rows of a rider in a district, then at most C random
districts of a rider.
"""

import duckdb

from peer import serve

SQL = """
WITH trips AS (
  SELECT rider, district, least(greatest(amount, {low}), {high}) AS amount, random() AS draw
  FROM read_parquet('{data}')
), numbered AS (
  SELECT *, row_number() OVER (PARTITION BY rider, district ORDER BY draw) AS nth FROM trips
), of_rider AS (
  SELECT rider, district, count(*) AS n, sum(amount) AS total, random() AS draw
  FROM numbered WHERE nth <= {rows} GROUP BY rider, district
), chosen AS (
  SELECT *, row_number() OVER (PARTITION BY rider ORDER BY draw) AS nth FROM of_rider
)
SELECT district, sum(n), sum(total), sum(total) / sum(n)
FROM chosen WHERE nth <= {groups} GROUP BY district
"""


def answer(task, connection):
    rows = connection.sql(SQL.format(**vars(task))).fetchall()
    return {district: [int(n), int(total), mean] for district, n, total, mean in rows}


if __name__ == "__main__":
    serve(lambda task: duckdb.connect(), answer)
