//! Small datasets: visits and stays of the same people, and a public table of levels.

/// A person's row of visits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Visit {
    pub(crate) id: u32,
    pub(crate) year: u32,
    pub(crate) level: u32,
    pub(crate) visits: u32,
    pub(crate) fee: String,
    pub(crate) note: String,
}

/// Every person's rows of both datasets.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tables {
    pub(crate) visits: Vec<Visit>,
    /// `id`, `year`, `days`.
    pub(crate) stays: Vec<(u32, u32, u32)>,
}

/// SplitMix64 (Steele, Lea and Flood 2014), as a hash of its input.
fn mix(input: u64) -> u64 {
    let mut z = input.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Tables {
    /// Rows of `people`, one a year from 1984 to 1988 for most of them.
    pub(crate) fn of(people: u32) -> Self {
        let mut tables = Self::default();
        for id in 1..=people {
            for year in 1984..=1988 {
                let drawn = mix(u64::from(id) << 16 | u64::from(year));
                if drawn.is_multiple_of(5) {
                    continue;
                }
                let take =
                    |shift: u32, below: u64| u32::try_from((drawn >> shift) % below).unwrap();
                tables.visits.push(Visit {
                    id,
                    year,
                    level: 1 + u32::try_from(mix(u64::from(id)) % 4).unwrap(),
                    visits: take(8, 40),
                    fee: format!("{}.{:02}", take(16, 4000), take(32, 100)),
                    note: format!("note {}", take(40, 12)),
                });
                if drawn.is_multiple_of(3) {
                    tables.stays.push((id, year, take(24, 30)));
                }
            }
        }
        tables
    }

    /// The same without every row of one person: a neighbouring database.
    pub(crate) fn without(&self, person: u32) -> Self {
        let mut tables = self.clone();
        tables.visits.retain(|visit| visit.id != person);
        tables.stays.retain(|(id, ..)| *id != person);
        tables
    }

    pub(crate) fn visits_csv(&self) -> String {
        let mut text = String::from("id,year,level,visits,fee,note\n");
        for v in &self.visits {
            text.push_str(&format!(
                "{},{},{},{},{},{}\n",
                v.id, v.year, v.level, v.visits, v.fee, v.note
            ));
        }
        text
    }

    pub(crate) fn stays_csv(&self) -> String {
        let mut text = String::from("id,year,days\n");
        for (id, year, days) in &self.stays {
            text.push_str(&format!("{id},{year},{days}\n"));
        }
        text
    }
}

pub(crate) const LEVELS_CSV: &str = "level,title\n1,basic\n2,middle\n3,high\n4,college\n";

const HEAD: &str = r#"
format = 1
title = { zh = "就诊", en = "visits" }
provider = "health-bureau"
regulator = "health-commission"
legal_basis = "generated"
update_frequency = "none"
grade = "General3"
"#;

const UNIT: &str = r#"
[unit]
namespace = "patient"
columns = ["id"]
max_rows = 5
unique_within_unit = ["year"]
[budget]
currency = "rho"
cap = "@CAP@"
delta = "1e-6"
[public]
units_at_most = 10000
size_class = "small"
"#;

/// The specs of `visits`, `stays` and `levels`; `cap` is the namespace's.
pub(crate) fn specs(cap: &str) -> [(&'static str, String); 3] {
    let unit = UNIT.replace("@CAP@", cap);
    let year = "year = { type = \"int64\", role = \"key\", domain = [1984, 1985, 1986, 1987, 1988], null = \"drop\" }";
    let source = "[source]\nformat = \"csv\"\n";
    [
        (
            "visits",
            format!(
                "name = \"visits\"\nsource_element = \"visits\"{HEAD}{source}{unit}
[columns]
id = {{ type = \"int64\", role = \"unit\", grade = \"General4\" }}
{year}
level = {{ type = \"int64\", role = \"key\", domain = [1, 2, 3, 4], null = \"drop\" }}
visits = {{ type = \"int64\", role = \"measure\", bounds = [\"0\", \"60\"], out_of_range = \"clamp\", grade = \"General4\" }}
fee = {{ type = \"decimal\", role = \"measure\", bounds = [\"0\", \"1000000000\"], resolution = \"0.01\", out_of_range = \"clamp\" }}
note = {{ type = \"string\", role = \"attribute\" }}
"
            ),
        ),
        (
            "stays",
            format!(
                "name = \"stays\"\nsource_element = \"stays\"{HEAD}{source}{unit}
[columns]
id = {{ type = \"int64\", role = \"unit\", grade = \"General4\" }}
{year}
days = {{ type = \"int64\", role = \"measure\", bounds = [\"0\", \"30\"], out_of_range = \"clamp\" }}
"
            ),
        ),
        (
            "levels",
            format!(
                "name = \"levels\"\nsource_element = \"levels\"{HEAD}{source}
[columns]
level = {{ type = \"int64\", role = \"key\", domain = [1, 2, 3, 4], null = \"drop\" }}
title = {{ type = \"string\", role = \"attribute\", domain = [\"basic\", \"middle\", \"high\", \"college\"], null = \"drop\" }}
"
            ),
        ),
    ]
}
