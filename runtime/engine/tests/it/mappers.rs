//! Mappers that statements of the tests may name.

use irongate_engine::MapperTable;
use std::collections::BTreeMap;

/// What is declared; the first word of a line is the name.
const DECLARED: &str = r#"
[spend]
component = "spend.wasm"
input = "SELECT amount, cost, district, note FROM visits WHERE amount IS NOT NULL"
max_rows = 3
outputs = [
  { name = "total", bounds = ["0", "20"], resolution = "1", default = "0" },
  { name = "mean", bounds = ["-1", "5.5"], resolution = "0.01", default = "0.5" },
  { name = "level", keys = ["low", "high"], default = "low" },
]

# Everything that is laid out.
[digest]
component = "digest.wasm"
input = """
SELECT v.district = 2 AS second, v.amount, v.cost, v.free, v.note, v.note AS again, s.day, s.at
FROM visits v JOIN stays s ON v.id = s.id AND s.seq = 0"""
max_rows = 4
outputs = [
  { name = "low", bounds = ["0", "999"], resolution = "1", default = "0" },
  { name = "high", bounds = ["0", "999"], resolution = "1", default = "0" },
  { name = "rows", bounds = ["0", "4"], resolution = "1", default = "0" },
]

# A category without a default: no row of it.
[class]
component = "class.wasm"
input = "SELECT amount, areas.area FROM visits JOIN areas ON visits.district = areas.district"
max_rows = 65536
fuel = 1_000_000
outputs = [{ name = "kind", keys = ["a", "b", "c"] }]

# Blocks of units.
[sample]
component = "sample.wasm"
input = "SELECT amount, district FROM visits"
max_rows = 1000
blocks = 8
outputs = [
  { name = "people", bounds = ["0", "10"], resolution = "1", default = "0" },
  { name = "share", bounds = ["-0.5", "1"], resolution = "0.01", default = "1" },
]

[few]
component = "few.wasm"
input = "SELECT amount, cost FROM visits"
max_rows = 20
blocks = 2
outputs = [{ name = "rows", bounds = ["0", "1000"], resolution = "1", default = "0" }]

[crowd]
component = "crowd.wasm"
input = "SELECT district, COUNT(*) AS n FROM visits GROUP BY district"
max_rows = 1
outputs = [{ name = "x", bounds = ["0", "1"], resolution = "1", default = "0" }]

[of_public]
component = "of_public.wasm"
input = "SELECT * FROM areas"
max_rows = 1
outputs = [{ name = "x", bounds = ["0", "1"], resolution = "1", default = "0" }]

[columnless]
component = "columnless.wasm"
input = "SELECT id FROM visits"
max_rows = 1
outputs = [{ name = "x", bounds = ["0", "1"], resolution = "1", default = "0" }]

[wide]
component = "wide.wasm"
input = "SELECT amount * CAST(2.5 AS DECIMAL(38, 1)) AS w FROM visits"
max_rows = 1
outputs = [{ name = "x", bounds = ["0", "1"], resolution = "1", default = "0" }]

[nested]
component = "nested.wasm"
input = "SELECT total FROM spend"
max_rows = 1
outputs = [{ name = "x", bounds = ["0", "1"], resolution = "1", default = "0" }]

[late]
component = "late.wasm"
input = "SELECT amount FROM visits ORDER BY amount LIMIT 1"
max_rows = 1
outputs = [{ name = "x", bounds = ["0", "1"], resolution = "1", default = "0" }]

[torn]
component = "torn.wasm"
input = "SELECT amount FROM"
max_rows = 1
outputs = [{ name = "x", bounds = ["0", "1"], resolution = "1", default = "0" }]

[self]
component = "self.wasm"
input = "SELECT amount FROM visits"
max_rows = 1
outputs = [{ name = "id", bounds = ["0", "1"], resolution = "1", default = "0" }]

[heavy]
component = "heavy.wasm"
input = "SELECT amount FROM visits"
max_rows = 1
fuel = 9_007_199_254_740_991
outputs = [{ name = "x", bounds = ["0", "1"], resolution = "1", default = "0" }]
"#;

pub(crate) fn mappers() -> BTreeMap<String, MapperTable> {
    let declared: BTreeMap<String, irongate_policy::mapper::Mapper> =
        toml::from_str(DECLARED).unwrap();
    let table = |(name, declared): (String, irongate_policy::mapper::Mapper)| {
        let component = [name.len() as u8; 32];
        let declared = declared.into();
        (
            name,
            MapperTable {
                declared,
                component,
            },
        )
    };
    declared.into_iter().map(table).collect()
}
