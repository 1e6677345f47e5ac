//! TPC-H with the customer as the privacy unit. Orders and line items are their customer's: joins of them
//! name the customer too. A line item carries the customer of its order since it was stored.

use crate::bounded::{Work, measure};
use crate::{KEY, Size};
use irongate_benches::{Outcome, Stored};
use irongate_fixtures::Tpch;
use irongate_policy::NamespaceKey;
use irongate_policy::dataset::DatasetSpec;
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

/// The most a private text of a query may cost over the plain one.
const BAR: f64 = 3.0;

pub(crate) const WORKS: [Work; 9] = [
    Work {
        name: "tpch-200",
        sql: "SELECT l_partkey % 200 AS part, COUNT(*) AS n, SUM(l_extendedprice) AS price FROM lineitem \
              GROUP BY l_partkey % 200",
        groups: 10,
        rows: 1,
        bar: 4.0,
        scaling_bar: None,
        leaves_out: [true, true],
    },
    Work {
        name: "tpch-q1",
        sql: "SELECT l_returnflag, l_linestatus, SUM(l_quantity) AS sum_qty, \
              SUM(l_extendedprice) AS sum_base_price, \
              SUM(l_extendedprice * (1 - l_discount)) AS sum_disc_price, \
              SUM(l_extendedprice * (1 - l_discount) * (1 + l_tax)) AS sum_charge, \
              AVG(l_quantity) AS avg_qty, AVG(l_extendedprice) AS avg_price, AVG(l_discount) AS avg_disc, \
              COUNT(*) AS count_order \
              FROM lineitem WHERE l_shipdate <= DATE '1998-09-02' \
              GROUP BY l_returnflag, l_linestatus ORDER BY l_returnflag, l_linestatus",
        groups: 3,
        rows: 10,
        bar: BAR,
        scaling_bar: None,
        leaves_out: [true, true],
    },
    Work {
        name: "tpch-q3",
        sql: "SELECT EXTRACT(YEAR FROM o_orderdate) AS year, EXTRACT(MONTH FROM o_orderdate) AS month, \
              o_orderpriority, SUM(l_extendedprice * (1 - l_discount)) AS revenue \
              FROM customer JOIN orders ON c_custkey = o_custkey \
              JOIN lineitem ON l_custkey = o_custkey AND l_orderkey = o_orderkey \
              WHERE c_mktsegment = 'BUILDING' AND o_orderdate < DATE '1995-03-15' \
              AND l_shipdate > DATE '1995-03-15' \
              GROUP BY EXTRACT(YEAR FROM o_orderdate), EXTRACT(MONTH FROM o_orderdate), o_orderpriority \
              ORDER BY revenue DESC",
        groups: 1,
        rows: 4,
        bar: BAR,
        scaling_bar: None,
        leaves_out: [true, true],
    },
    Work {
        name: "tpch-q5",
        sql: "SELECT n_name, SUM(l_extendedprice * (1 - l_discount)) AS revenue \
              FROM customer JOIN orders ON c_custkey = o_custkey \
              JOIN lineitem ON l_custkey = o_custkey AND l_orderkey = o_orderkey \
              JOIN supplier ON l_suppkey = s_suppkey AND c_nationkey = s_nationkey \
              JOIN nation ON s_nationkey = n_nationkey JOIN region ON n_regionkey = r_regionkey \
              WHERE r_name = 'ASIA' AND o_orderdate >= DATE '1994-01-01' \
              AND o_orderdate < DATE '1995-01-01' \
              GROUP BY n_name ORDER BY revenue DESC",
        groups: 1,
        rows: 1,
        bar: BAR,
        scaling_bar: None,
        leaves_out: [false, true],
    },
    Work {
        name: "tpch-q6",
        sql: "SELECT SUM(l_extendedprice * l_discount) AS revenue FROM lineitem \
              WHERE l_shipdate >= DATE '1994-01-01' AND l_shipdate < DATE '1995-01-01' \
              AND l_discount BETWEEN 0.05 AND 0.07 AND l_quantity < 24",
        groups: 1,
        rows: 2,
        bar: BAR,
        scaling_bar: None,
        leaves_out: [false, true],
    },
    Work {
        name: "tpch-q10",
        sql: "SELECT n_name, SUM(l_extendedprice * (1 - l_discount)) AS revenue \
              FROM customer JOIN orders ON c_custkey = o_custkey \
              JOIN lineitem ON l_custkey = o_custkey AND l_orderkey = o_orderkey \
              JOIN nation ON c_nationkey = n_nationkey \
              WHERE o_orderdate >= DATE '1993-10-01' AND o_orderdate < DATE '1994-01-01' \
              AND l_returnflag = 'R' \
              GROUP BY n_name ORDER BY revenue DESC",
        groups: 1,
        rows: 4,
        bar: BAR,
        scaling_bar: None,
        leaves_out: [false, true],
    },
    Work {
        name: "tpch-q12",
        sql: "SELECT l_shipmode, \
              SUM(CASE WHEN o_orderpriority = '1-URGENT' OR o_orderpriority = '2-HIGH' THEN 1 ELSE 0 END) \
              AS high_line_count, \
              SUM(CASE WHEN o_orderpriority <> '1-URGENT' AND o_orderpriority <> '2-HIGH' THEN 1 ELSE 0 END) \
              AS low_line_count \
              FROM orders JOIN lineitem ON o_custkey = l_custkey AND o_orderkey = l_orderkey \
              WHERE l_shipmode IN ('MAIL', 'SHIP') AND l_commitdate < l_receiptdate \
              AND l_shipdate < l_commitdate AND l_receiptdate >= DATE '1994-01-01' \
              AND l_receiptdate < DATE '1995-01-01' \
              GROUP BY l_shipmode ORDER BY l_shipmode",
        groups: 1,
        rows: 1,
        bar: BAR,
        scaling_bar: None,
        leaves_out: [true, true],
    },
    Work {
        name: "tpch-q14",
        sql: "SELECT 100.00 * SUM(CASE WHEN p_type LIKE 'PROMO%' THEN l_extendedprice * (1 - l_discount) \
              ELSE 0 END) / SUM(l_extendedprice * (1 - l_discount)) AS promo_revenue \
              FROM lineitem JOIN part ON l_partkey = p_partkey \
              WHERE l_shipdate >= DATE '1995-09-01' AND l_shipdate < DATE '1995-10-01'",
        groups: 1,
        rows: 1,
        bar: BAR,
        scaling_bar: None,
        leaves_out: [false, true],
    },
    Work {
        name: "tpch-q19",
        sql: "SELECT SUM(l_extendedprice * (1 - l_discount)) AS revenue \
              FROM lineitem JOIN part ON p_partkey = l_partkey \
              WHERE (p_brand = 'Brand#12' AND p_container IN ('SM CASE', 'SM BOX', 'SM PACK', 'SM PKG') \
              AND l_quantity >= 1 AND l_quantity <= 11 AND p_size BETWEEN 1 AND 5 \
              AND l_shipmode IN ('AIR', 'REG AIR') AND l_shipinstruct = 'DELIVER IN PERSON') \
              OR (p_brand = 'Brand#23' AND p_container IN ('MED BAG', 'MED BOX', 'MED PKG', 'MED PACK') \
              AND l_quantity >= 10 AND l_quantity <= 20 AND p_size BETWEEN 1 AND 10 \
              AND l_shipmode IN ('AIR', 'REG AIR') AND l_shipinstruct = 'DELIVER IN PERSON') \
              OR (p_brand = 'Brand#34' AND p_container IN ('LG CASE', 'LG BOX', 'LG PACK', 'LG PKG') \
              AND l_quantity >= 20 AND l_quantity <= 30 AND p_size BETWEEN 1 AND 15 \
              AND l_shipmode IN ('AIR', 'REG AIR') AND l_shipinstruct = 'DELIVER IN PERSON')",
        groups: 1,
        rows: 1,
        bar: BAR,
        scaling_bar: None,
        leaves_out: [false, true],
    },
];

/// All tables at this scale, ingested.
fn stored(scale: f64, folder: &Path) -> Outcome<Stored> {
    let mut stored = Stored::new(NamespaceKey::new(KEY));
    for table in Tpch::ALL {
        let spec =
            DatasetSpec::from_toml(table.spec()).map_err(|problems| format!("{problems:?}"))?;
        let file = folder.join(format!("{}.parquet", spec.name));
        table.write_parquet(scale, BufWriter::new(File::create(&file)?))?;
        stored.ingest(folder, &file, spec)?;
        std::fs::remove_file(&file)?;
    }
    Ok(stored)
}

pub(crate) fn measure_all(size: &Size, folder: &Path) -> Outcome<()> {
    let folder = folder.join("tpch");
    std::fs::create_dir(&folder)?;
    let stored = stored(size.tpch_scale, &folder)?;
    WORKS
        .iter()
        .try_for_each(|work| measure(work, size, &folder, &stored))
}
