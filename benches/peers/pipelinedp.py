"""PipelineDP on its local backend; making Python rows of the Parquet file is preparation.

Bounds: `max_partitions_contributed` is C, `max_contributions_per_partition` is m, `min_value` and `max_value`
cut amounts. Keys are public partitions.
Loss: COUNT, SUM and MEAN asked for together are one noisy count and one noisy sum about the middle of the
bounds. Its accountant gives each half: of epsilon for Laplace; of epsilon and of delta for Gaussian noise.
"""

import operator

import pipeline_dp
import pyarrow.parquet as pq

from peer import serve

NOISE = {"laplace": pipeline_dp.NoiseKind.LAPLACE, "gaussian": pipeline_dp.NoiseKind.GAUSSIAN}


def prepare(task):
    table = pq.read_table(task.data, columns=["rider", "district", "amount"])
    return list(zip(*(column.to_pylist() for column in table.columns)))


def answer(task, rows):
    accountant = pipeline_dp.NaiveBudgetAccountant(
        total_epsilon=task.epsilon, total_delta=task.delta
    )
    engine = pipeline_dp.DPEngine(accountant, pipeline_dp.LocalBackend())
    params = pipeline_dp.AggregateParams(
        metrics=[pipeline_dp.Metrics.COUNT, pipeline_dp.Metrics.SUM, pipeline_dp.Metrics.MEAN],
        noise_kind=NOISE[task.noise],
        max_partitions_contributed=task.groups,
        max_contributions_per_partition=task.rows,
        min_value=task.low,
        max_value=task.high,
    )
    extractors = pipeline_dp.DataExtractors(
        privacy_id_extractor=operator.itemgetter(0),
        partition_extractor=operator.itemgetter(1),
        value_extractor=operator.itemgetter(2),
    )
    result = engine.aggregate(rows, params, extractors, public_partitions=task.districts)
    accountant.compute_budgets()
    return {district: [m.count, m.sum, m.mean] for district, m in result}


if __name__ == "__main__":
    serve(prepare, answer)
