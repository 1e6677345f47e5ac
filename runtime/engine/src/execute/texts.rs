//! How long the texts of a private part may be, node by node: by declared metadata, the public tables that have
//! been read, and the form of the plan. What is not known to be shorter is as long as any text may be.

use super::inputs::Publics;
use crate::mapper::MapperNode;
use crate::options::Catalog;
use crate::source::{self, Source};
use crate::total::{Calendar, Known, MAX_TEXT_BYTES, Scope};
use arrow::array::{Array, AsArray};
use arrow::datatypes::DataType;
use datafusion::common::{DFSchema, JoinType};
use datafusion::logical_expr::expr::{AggregateFunction, WindowFunction};
use datafusion::logical_expr::{Expr, LogicalPlan, TableScan};

/// What is known of the texts in the tables of a private part.
#[derive(Clone, Copy)]
pub(super) struct Texts<'a> {
    pub(super) catalog: &'a Catalog,
    /// Those that have been read; others hold a few rows of released values.
    pub(super) publics: &'a Publics,
}

/// A value of another type: the widest are pseudonyms and decimals.
pub(super) const COLUMN_BYTES: u64 = 16;

/// The longest text of each column, bytes; nothing for columns of other types.
pub(super) type Row = Vec<u64>;

/// All texts of a row.
pub(super) fn bytes(row: &[u64]) -> u64 {
    row.iter().fold(0, |sum, text| sum.saturating_add(*text))
}

/// Bytes of a row, texts and other columns.
pub(super) fn row_bytes(row: &[u64]) -> u64 {
    bytes(row).saturating_add(COLUMN_BYTES.saturating_mul(row.len() as u64))
}

/// A node of a plan with its rows: what it takes, and what it gives.
pub(super) struct Node<'a> {
    pub(super) plan: &'a LogicalPlan,
    pub(super) inputs: &'a [Row],
    pub(super) out: &'a Row,
    /// What its expressions read.
    pub(super) reads: &'a Reads,
}

impl Texts<'_> {
    /// The most bytes of text that a row of any node has. A union holds a batch of each of its inputs, with all
    /// of their columns: rows of them count together.
    pub(super) fn widest(self, plan: &LogicalPlan) -> u64 {
        let mut widest = 0;
        self.walk(plan, &mut |node| {
            let held = match node.plan {
                LogicalPlan::Union(_) => node
                    .inputs
                    .iter()
                    .fold(0_u64, |sum, row| sum.saturating_add(row_bytes(row))),
                _ => bytes(node.out),
            };
            widest = widest.max(held);
        });
        widest
    }

    /// Shows every node to `look`, inputs first; gives the rows of the last.
    pub(super) fn walk(self, plan: &LogicalPlan, look: &mut impl FnMut(&Node<'_>)) -> Row {
        let inputs: Vec<Row> = plan
            .inputs()
            .into_iter()
            .map(|input| self.walk(input, look))
            .collect();
        let reads = Reads::new(plan, &inputs);
        let out = self.given(plan, &inputs, &reads);
        // What keeps its columns in another order than is known here: none is longer than this.
        let out = match out.len() == plan.schema().fields().len() {
            true => out,
            false => unknown(plan.schema()),
        };
        look(&Node {
            plan,
            inputs: &inputs,
            out: &out,
            reads: &reads,
        });
        out
    }

    fn given(self, plan: &LogicalPlan, inputs: &[Row], reads: &Reads) -> Row {
        let first = || inputs.first().cloned().unwrap_or_default();
        let last = || inputs.last().cloned().unwrap_or_default();
        let of = |exprs: &[Expr]| -> Row { exprs.iter().map(|e| reads.longest(e)).collect() };
        match plan {
            LogicalPlan::TableScan(scan) => self.scanned(scan),
            LogicalPlan::Projection(p) => of(&p.expr),
            LogicalPlan::Aggregate(a) => [of(&a.group_expr), of(&a.aggr_expr)].concat(),
            LogicalPlan::Extension(_) => match MapperNode::of(plan) {
                Some(mapper) => mapper.longest(),
                None => unknown(plan.schema()),
            },
            LogicalPlan::Window(w) => [first(), of(&w.window_expr)].concat(),
            LogicalPlan::Union(_) => {
                let of = |at: usize| inputs.iter().filter_map(|i| i.get(at)).copied().max();
                let columns = 0..plan.schema().fields().len();
                columns.map(|at| of(at).unwrap_or(0)).collect()
            }
            LogicalPlan::Join(join) => match join.join_type {
                JoinType::LeftSemi | JoinType::LeftAnti => first(),
                JoinType::RightSemi | JoinType::RightAnti => last(),
                JoinType::LeftMark => [first(), vec![0]].concat(),
                JoinType::RightMark => [last(), vec![0]].concat(),
                JoinType::Inner | JoinType::Left | JoinType::Right | JoinType::Full => {
                    inputs.concat()
                }
            },
            _ => first(),
        }
    }

    fn scanned(self, scan: &TableScan) -> Row {
        let stored = source::placeholder(scan).and_then(|table| match table.source {
            Source::Dataset(name) => {
                let spec = &self.catalog.tables.get(&name)?.spec;
                let unit = spec.unit_name().map(|_| 0);
                let rest = spec.stored_columns().map(source::longest);
                Some(unit.into_iter().chain(rest).collect::<Row>())
            }
            Source::Public(number) => {
                let batch = self.publics.get(&number)?;
                Some(batch.columns().iter().map(longest_of).collect())
            }
            Source::Mapper(_) | Source::Release(_) => None,
        });
        let unknown = unknown(&scan.projected_schema);
        let Some(stored) = stored else {
            return unknown;
        };
        let all = || (0..stored.len()).collect();
        let columns: Vec<usize> = scan.projection.clone().unwrap_or_else(all);
        let of = |(column, most): (&usize, u64)| most.min(*stored.get(*column).unwrap_or(&most));
        columns.iter().zip(unknown).map(of).collect()
    }
}

/// The longest text of a column that has been read.
pub(super) fn longest_of(column: &arrow::array::ArrayRef) -> u64 {
    let Some(texts) = column.as_string_opt::<i32>() else {
        return 0;
    };
    let bytes = |i| u64::try_from(texts.value_length(i)).unwrap_or(u64::MAX);
    (0..texts.len()).map(bytes).max().unwrap_or(0)
}

pub(super) fn unknown(schema: &DFSchema) -> Row {
    let is_text = |kind: &DataType| *kind == DataType::Utf8;
    let fields = schema.fields().iter();
    fields
        .map(|field| match is_text(field.data_type()) {
            true => MAX_TEXT_BYTES,
            false => 0,
        })
        .collect()
}

/// What the expressions of a node read.
pub(super) struct Reads {
    schema: Option<DFSchema>,
    columns: Vec<Known>,
}

impl Reads {
    fn new(plan: &LogicalPlan, inputs: &[Row]) -> Self {
        let schema = match plan.inputs().as_slice() {
            [] => None,
            [input] => Some(input.schema().as_ref().clone()),
            [left, right] => left.schema().join(right.schema()).ok(),
            _ => None,
        };
        let known = |text: &u64| Known {
            text: Some(*text),
            // The checker saw to it.
            calendar: Calendar::Inside,
            ..Known::default()
        };
        Self {
            schema,
            columns: inputs.iter().flatten().map(known).collect(),
        }
    }

    /// The longest text of an expression; nothing if it is none.
    pub(super) fn longest(&self, expr: &Expr) -> u64 {
        let Some(schema) = &self.schema else {
            return MAX_TEXT_BYTES;
        };
        let scope = Scope {
            schema,
            columns: &self.columns,
        };
        match scope.kind(expr) {
            Ok(DataType::Utf8) => {}
            Ok(_) => return 0,
            Err(_) => return MAX_TEXT_BYTES,
        }
        let of_all = |args: &[Expr]| args.iter().map(|arg| self.longest(arg)).max().unwrap_or(0);
        match expr {
            Expr::Alias(alias) => self.longest(&alias.expr),
            Expr::AggregateFunction(AggregateFunction { params, .. }) => of_all(&params.args),
            Expr::WindowFunction(call) => {
                let WindowFunction { params, .. } = call.as_ref();
                of_all(&params.args)
            }
            _ => scope
                .total(expr, 0)
                .map_or(MAX_TEXT_BYTES, |known| known.longest()),
        }
    }
}
