//! The native harness of a mapper: its function over made-up people, held to what the manifest declares.

use super::layout::lay_out_columns;
use super::manifest::{DeclaredMapper, DeclaredOutput, Manifest};
use crate::outputs::Mapper;
use crate::rows::ColumnNeeded;
use crate::{Column, Date, Decimal, Error, Kind, Result, Table, Timestamp, Value};
use std::marker::PhantomData;
use std::path::Path;

/// Calls a mapper without wasm or a gate: `MapperHarness::<risk::map>::new(PROJECT, "risk")`, where `risk::map` is the
/// function under `#[irongate_guest::mapper]`.
#[derive(Debug)]
pub struct MapperHarness<M> {
    name: String,
    max_rows: usize,
    outputs: Vec<DeclaredOutput>,
    mapper: PhantomData<M>,
}

/// What a mapper did for made-up people.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tried {
    /// People.
    pub people: u32,
    /// People for whom it gave nothing, so that the declared defaults would stand for them.
    pub defaults: u32,
    /// Numbers beyond their declared bounds, which would be clamped, and indexes of no declared key.
    pub beyond: u32,
}

impl<M: Mapper> MapperHarness<M> {
    /// A harness for the mapper that the manifest in this folder declares under this name.
    ///
    /// # Errors
    /// [`Error::Guest`] if there is no such mapper, or it is declared with other outputs than the function's, or with
    /// blocks where the function takes `Rows`, or the reverse.
    pub fn new(project: impl AsRef<Path>, name: &str) -> Result<Self> {
        let manifest = Manifest::read(&project.as_ref().join("irongate.toml"))?;
        let DeclaredMapper {
            max_rows,
            blocks,
            outputs,
        } = manifest.mapper(name)?;
        if blocks.is_some() != M::is_of_blocks() {
            return Err(Error::guest(format!(
                "`{name}` takes `Units` if the manifest has `blocks`, and `Rows` if not"
            )));
        }
        let declared: Vec<&str> = outputs.iter().map(|output| output.name.as_str()).collect();
        if declared != M::outputs() {
            return Err(Error::guest(format!(
                "the manifest declares the outputs {} of `{name}`, and the function gives {}",
                declared.join(", "),
                M::outputs().join(", ")
            )));
        }
        Ok(Self {
            name: name.to_owned(),
            max_rows,
            outputs,
            mapper: PhantomData,
        })
    }

    /// Calls the mapper for one person's rows: one number for each output, not yet clamped; nothing if the declared
    /// defaults would stand.
    ///
    /// # Errors
    /// [`Error::Guest`] if a column is missing or of another kind, or there are more rows than the declared cap; and
    /// if two calls for the same rows gave two answers.
    pub fn call(&self, rows: &Table) -> Result<Option<Vec<f64>>> {
        self.call_block(&[rows])
    }

    /// The same for the people of a block, a table of each.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub fn call_block(&self, people: &[&Table]) -> Result<Option<Vec<f64>>> {
        let rows: usize = people.iter().map(|table| table.row_count()).sum();
        if rows > self.max_rows {
            return Err(Error::guest(format!(
                "`{}` sees at most {} rows at once",
                self.name, self.max_rows
            )));
        }
        let buffer = lay_out_columns(people, M::columns(), M::is_of_blocks())?;
        let numbers = M::map(&buffer);
        let bits = |numbers: &[f64]| numbers.iter().map(|n| n.to_bits()).collect::<Vec<_>>();
        if bits(&M::map(&buffer)) != bits(&numbers) {
            return Err(Error::guest(format!(
                "`{}` gave two answers for the same rows",
                self.name
            )));
        }
        Ok((numbers.len() == self.outputs.len()).then_some(numbers))
    }

    /// Calls the mapper for this many people with rows of any values, nulls and extremes among them, and counts what
    /// the gate would not take as it is. The same seed makes the same people.
    ///
    /// # Errors
    /// [`Error::Guest`] as [`Self::call`]. A panic of the function is the test's own.
    pub fn try_people(&self, people: u32, seed: u64) -> Result<Tried> {
        let mut made = Made(seed);
        let mut tried = Tried {
            people,
            ..Tried::default()
        };
        for _ in 0..people {
            let numbers = self.call(&made.rows(M::columns(), self.max_rows)?)?;
            match numbers {
                None => tried.defaults += 1,
                Some(numbers) => {
                    let outputs = self.outputs.iter().zip(numbers);
                    let beyond = outputs.filter(|(output, number)| !output.holds(*number));
                    tried.beyond += u32::try_from(beyond.count()).unwrap_or(u32::MAX);
                }
            }
        }
        Ok(tried)
    }
}

/// Numbers that look random and follow from a seed: `SplitMix64` (Steele, Lea and Flood 2014).
struct Made(u64);

impl Made {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % (end.max(1) as u64)).unwrap_or(0)
    }

    fn rows(&mut self, columns: &[ColumnNeeded], most: usize) -> Result<Table> {
        let rows = 1 + self.below(most);
        let column = |column: &ColumnNeeded| {
            let kind = *column
                .kinds
                .get(self.below(column.kinds.len()))
                .ok_or_else(|| Error::guest(format!("column `{}` has no kind", column.name)))?;
            let values: Vec<Value> = (0..rows)
                .map(|_| match column.nullable && self.below(4) == 0 {
                    true => Value::Null,
                    false => self.value(kind),
                })
                .collect();
            Column::from_values(column.name, kind, &values)
        };
        Table::new(columns.iter().map(column).collect::<Result<_>>()?)
    }

    /// Small as often as not, and any value else.
    fn value(&mut self, kind: Kind) -> Value {
        let any = self.next().cast_signed();
        let number = if self.below(2) == 0 { any % 100 } else { any };
        match kind {
            Kind::Bool => Value::Bool(number % 2 == 0),
            Kind::Date => Value::Date(Date::from_days((number % 40_000) as i32)),
            Kind::Timestamp => Value::Timestamp(Timestamp::from_micros(number)),
            Kind::Decimal => Decimal::new(number, 2).map_or(Value::Null, Value::Decimal),
            Kind::String => {
                const TEXTS: [&str; 5] =
                    ["", "a", "北京", "a longer text, with signs: \"\\\n", "0"];
                let text = TEXTS.get(self.below(TEXTS.len())).copied();
                Value::String(text.unwrap_or_default().into())
            }
            Kind::Int64 | Kind::Float64 => Value::Int64(number),
        }
    }
}
