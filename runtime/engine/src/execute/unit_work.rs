//! What the rows of one unit may take at most: memory where they are held together, and time.
//!
//! Whoever is in the data may have rows for which a statement does more than for others. As long as one unit's
//! share of the deadline is small, whether a query ends in time does not turn on one of them.

use super::tables::batch_rows;
use super::texts::{COLUMN_BYTES, Node, Reads, Row, bytes, row_bytes};
use super::worst::{Inputs, MAX_UNIT_MEMORY, Rows, too_large};
use crate::check::patterns;
use crate::mapper::MapperNode;
use crate::released::{ExecutionError, Planned};
use crate::source::{self, Source};
use crate::total::constant;
use arrow::datatypes::DataType;
use datafusion::common::JoinType;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::functions::{regex, unicode};
use datafusion::functions_aggregate::first_last::first_value_udaf;
use datafusion::logical_expr::expr::{AggregateFunction, Like};
use datafusion::logical_expr::{
    Aggregate, Expr, ExprSchemable, Join, LogicalPlan, Operator, SortExpr, WindowFrameUnits,
};
use std::time::Duration;

/// One unit's rows may take this part of the deadline.
const SHARE_OF_DEADLINE: u32 = 10;
/// A window function on one row: its frame moves and is looked at anew, ns.
const FRAME: u64 = 1_000;
/// Where a frame is found by values, so many of each that rows are ordered by are copied for a row; one takes so long, ns.
const VALUES_SOUGHT: u64 = 6;
const VALUE_COPIED: u64 = 60;
/// An operator or function on one row, ns.
const CALL: u64 = 10;
/// A pair of rows put side by side for the condition of a join, ns: 45 measured.
const PAIRED: u64 = 40;
/// The condition of a semi, anti or mark join on one row of the side that is looked through, however few stand on the other, ns:
/// each has a batch of its own. 600 to 1,000 measured.
const LOOKED_THROUGH: u64 = 2_000;
/// A function of texts on one byte: slowest are those that look each character up, ns.
const BYTE: u64 = 20;
/// Bytes compared, hashed or copied in one nanosecond.
const BYTES_COMPARED: u64 = 4;
/// A pattern on one byte of text, which may visit every state of the pattern's automaton, ns: 3,400 measured for
/// counts of `\pL`, whose product is 128.
const MATCHED_BYTE: u64 = 4_000;
/// A pattern made into its automaton, ns, where a batch is the first to need it: 80 ms measured for the same.
const COMPILED: u64 = 100_000_000;
/// The same of a LIKE that is no plain text: it has no counts.
const LIKE_COMPILED: u64 = 1_000_000;
/// A keyed hash of a row, ns, and of each of its bytes.
const HASHED: u64 = 1_000;
const HASHED_BYTE: u64 = 4;
/// A mapper on one unit of fuel, ns.
const FUEL: u64 = 4;
/// Memory of a mapper, KiB, that a core's second cache is sure to hold; with more, each load may wait for memory, so that fuel may take
/// so many times as long.
const NEAR_KIB: u32 = 512;
const FAR_TIMES: u64 = 16;
/// A mapper's instance for one unit: made, and set back, ns.
const INSTANCE: u64 = 20_000;
/// Of its memory, pages of the machine that are set back by copying; and one beyond them, asked of the kernel and given back, ns.
const RESIDENT_PAGES: u64 = 16;
const PAGE_KIB: u32 = 4;
const TOUCHED_PAGE: u64 = 1_500;
/// What a row of a block takes beside its values, bytes.
const ROW_IN_BLOCK: u64 = 64;
/// What a group takes where an aggregate has an accumulator for each, bytes; one that counts distinct texts begins with room for some
/// hundred. And each value that one orders by, and each integer in a table of all groups.
const ACCUMULATOR: u64 = 512;
const ACCUMULATOR_OF_TEXTS: u64 = 16 << 10;
const ORDERED_BY: u64 = 512;
const DISTINCT_INTEGER: u64 = 64;
/// What a window function keeps of each partition, bytes, and of each value that parts it beside its text: a state and a copy of the
/// values, in a table.
const PARTITION_STATE: u64 = 1_024;
const PARTED_BY: u64 = 96;
/// Bytes compared one after another in a nanosecond, where a text is looked for at each place of another.
const BYTES_SOUGHT: u64 = 16;

/// The most that the rows of one unit take in a private plan.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct UnitWork {
    /// Where joins, windows, sorts and aggregates hold rows together, bytes.
    pub(super) held: u64,
    /// Batches that are kept whole for the rows of one unit in them, in one task, and what their groups take in aggregates,
    /// bytes.
    pub(super) batches: u64,
    pub(super) time_ns: u64,
}

impl UnitWork {
    /// What an optimised plan takes. What a unit has in nodes that only optimised plans have is not known: `worst`, of
    /// the plan as it was, holds there.
    pub(super) fn of(plan: &LogicalPlan, inputs: &Inputs<'_>, worst: Rows) -> Self {
        let anywhere = Rows {
            out: worst.most,
            ..worst
        };
        let batch_rows = batch_rows(inputs.texts.widest(plan)) as u64;
        // All nodes of a plan hold theirs at once.
        let mut work = Self::default();
        let mut rows: Vec<Rows> = Vec::new();
        inputs.texts.walk(plan, &mut |node| {
            let taken = rows.split_off(rows.len().saturating_sub(node.inputs.len()));
            let given = inputs.given(node.plan, &taken).unwrap_or(anywhere);
            work.held = work.held.saturating_add(held_by(node, &taken, given));
            let kept = kept_batches(node, &taken, batch_rows);
            let in_groups = taken
                .iter()
                .map(|rows| rows.out)
                .fold(batch_rows, u64::saturating_add);
            let row = node
                .inputs
                .iter()
                .map(|row| row_bytes(row))
                .fold(0, u64::saturating_add);
            let in_groups = in_groups.saturating_mul(accumulated(node, row));
            let kept = kept.saturating_add(in_groups);
            work.batches = work.batches.saturating_add(kept);
            let outs = taken.iter().map(|rows| rows.out);
            let looked_at = match node.plan {
                // At pairs.
                LogicalPlan::Join(_) => outs.fold(1, u64::saturating_mul),
                _ => outs.fold(0, u64::saturating_add),
            };
            let looked_at = looked_at.max(given.out);
            let exprs = node.plan.expressions();
            let batches = looked_at.div_ceil(batch_rows).saturating_add(1);
            let time = looked_at.saturating_mul(time_of(node, &exprs, looked_at, batches));
            // Each batch makes its automatons anew.
            let patterns: usize = exprs.iter().map(patterns).sum();
            let patterns = (patterns as u64).saturating_mul(batches);
            let time = time.saturating_add(COMPILED.saturating_mul(patterns));
            let likes = exprs.iter().map(likes).fold(0, u64::saturating_add);
            let likes = likes.saturating_mul(batches).saturating_mul(LIKE_COMPILED);
            let time = time.saturating_add(likes);
            let time = time.saturating_add(mapped_ns(node.plan));
            let through = looked_through(node.plan, &taken).saturating_mul(LOOKED_THROUGH);
            let time = time.saturating_add(through);
            work.held = work.held.saturating_add(held_in_blocks(node));
            work.time_ns = work.time_ns.saturating_add(time);
            rows.push(given);
        });
        work
    }

    /// Shows that it fits, where `planned` is for all that runs before the deadline, this included.
    pub(super) fn fits(self, planned: Planned, deadline: Duration) -> Result<(), ExecutionError> {
        if self.held > MAX_UNIT_MEMORY {
            return too_large(format!(
                "one unit's rows and their texts may take {} bytes in joins, windows and sorts, over {MAX_UNIT_MEMORY}; \
                 join fewer rows, or carry fewer columns or shorter texts through them",
                self.held
            ));
        }
        let (time, share) = (
            Duration::from_nanos(planned.unit_ns),
            deadline / SHARE_OF_DEADLINE,
        );
        if time > share {
            return too_large(format!(
                "one unit's rows may take {time:.1?}, over a tenth of the deadline; join fewer rows, match fewer \
                 patterns or shorter texts such as LEFT(x, 20), declare less fuel for a mapper, or set a longer deadline"
            ));
        }
        Ok(())
    }
}

/// What calling a mapper for one unit takes at most, ns; nothing for other nodes.
pub(super) fn mapped_ns(plan: &LogicalPlan) -> u64 {
    MapperNode::of(plan).map_or(0, |mapper| {
        let fuel = mapper.table.declared.fuel;
        let times = match mapper.table.declared.memory_kib > NEAR_KIB {
            true => FAR_TIMES,
            false => 1,
        };
        let pages = u64::from(mapper.table.declared.memory_kib / PAGE_KIB);
        let touched = pages.saturating_sub(RESIDENT_PAGES);
        fuel.saturating_mul(FUEL * times)
            .saturating_add(INSTANCE)
            .saturating_add(touched.saturating_mul(TOUCHED_PAGE))
    })
}

/// What a mapper of blocks holds of all units, bytes: as many rows as its blocks may see, twice before the last are chosen,
/// and laid out.
fn held_in_blocks(node: &Node<'_>) -> u64 {
    let rows = MapperNode::of(node.plan).and_then(|mapper| {
        let declared = &mapper.table.declared;
        Some(u64::from(declared.blocks?).saturating_mul(u64::from(declared.max_rows)))
    });
    let row = node
        .inputs
        .iter()
        .map(|row| row_bytes(row).saturating_add(ROW_IN_BLOCK));
    let row = row.fold(0, u64::saturating_add);
    rows.map_or(0, |rows| rows.saturating_mul(row).saturating_mul(3))
}

/// Whether a node puts rows of one unit together.
fn holds(plan: &LogicalPlan) -> bool {
    matches!(
        plan,
        LogicalPlan::Join(_)
            | LogicalPlan::Union(_)
            | LogicalPlan::Window(_)
            | LogicalPlan::Sort(_)
            | LogicalPlan::Aggregate(_)
            | LogicalPlan::Distinct(_)
            | LogicalPlan::Extension(_)
    )
}

/// What a node holds of one unit, bytes: its rows, and a copy of them while they are put together.
fn held_by(node: &Node<'_>, taken: &[Rows], given: Rows) -> u64 {
    if !holds(node.plan) {
        return 0;
    }
    let of = |rows: Rows, row: &Row| rows.out.saturating_mul(row_bytes(row));
    let taken_rows = taken.iter().map(|rows| rows.out).max().unwrap_or(0);
    let taken = taken
        .iter()
        .zip(node.inputs)
        .map(|(rows, row)| of(*rows, row));
    let rows = taken.fold(of(given, node.out), u64::saturating_add);
    // A MEDIAN holds its values until the unit ends.
    let values = match node.plan {
        LogicalPlan::Aggregate(_) => COLUMN_BYTES.saturating_mul(node.out.len() as u64),
        _ => 0,
    };
    let values = taken_rows.saturating_mul(values);
    rows.saturating_add(values).saturating_mul(2)
}

/// Whether a plan has rows of units: it reads a dataset, and not just tables of public values.
fn has_units(plan: &LogicalPlan) -> bool {
    let of_dataset = |node: &LogicalPlan| match node {
        LogicalPlan::TableScan(scan) => {
            source::placeholder(scan).is_none_or(|table| !matches!(table.source, Source::Public(_)))
        }
        _ => false,
    };
    plan.exists(|node| Ok(of_dataset(node))).unwrap_or(true)
}

/// Whether it is a join with a public table: that table is held then, and not the rows of units.
fn meets_public(plan: &LogicalPlan) -> bool {
    let is_public = |input: &&LogicalPlan| !has_units(input);
    matches!(plan, LogicalPlan::Join(_)) && plan.inputs().iter().any(is_public)
}

/// The batches that a node keeps while the rows of one unit are put together, bytes: those with its rows and the one that
/// comes after, and the one that it makes. A pool counts each as a whole, however few of its rows are looked at.
fn kept_batches(node: &Node<'_>, taken: &[Rows], batch_rows: u64) -> u64 {
    if !holds(node.plan) || meets_public(node.plan) {
        return 0;
    }
    let batches = |rows: &Rows| rows.out.div_ceil(batch_rows).saturating_add(1);
    let of = |row: &Row, batches: u64| {
        let batch = batch_rows.saturating_mul(row_bytes(row));
        batch.saturating_mul(batches)
    };
    let inputs = taken.iter().zip(node.inputs);
    inputs
        .map(|(rows, row)| of(row, batches(rows)))
        .fold(of(node.out, 1), u64::saturating_add)
}

/// What aggregates hold of each row that they read, of so many bytes, if it is a group of its own, and window functions if it is a
/// partition: all of a batch are made before the first of them ends.
fn accumulated(node: &Node<'_>, row: u64) -> u64 {
    match node.plan {
        LogicalPlan::Aggregate(aggregate) => in_groups(aggregate, row),
        LogicalPlan::Window(window) => {
            let exprs = window.window_expr.iter();
            let each = exprs.map(|expr| in_partitions(expr, node.reads));
            each.fold(0, u64::saturating_add)
        }
        _ => 0,
    }
}

/// What a window function keeps of a partition.
fn in_partitions(expr: &Expr, reads: &Reads) -> u64 {
    let Expr::WindowFunction(window) = expr.clone().unalias() else {
        return PARTITION_STATE;
    };
    let by = window.params.partition_by.iter();
    let by = by.map(|expr| PARTED_BY.saturating_add(reads.longest(expr)));
    by.fold(PARTITION_STATE, u64::saturating_add)
}

fn in_groups(aggregate: &Aggregate, row: u64) -> u64 {
    let of_call = |call: &AggregateFunction| {
        let params = &call.params;
        if *call.func == *first_value_udaf() {
            let ordered = ORDERED_BY.saturating_mul(params.order_by.len() as u64);
            return row.saturating_add(ordered).saturating_add(ACCUMULATOR);
        }
        let of = |arg: &Expr| match (params.distinct, arg.get_type(aggregate.input.schema())) {
            (true, Ok(kind)) if kind.is_integer() => DISTINCT_INTEGER,
            // What is held of others is a column, and counted as one.
            (false, Ok(kind)) if kind != DataType::Boolean => 0,
            (_, Ok(kind)) if kind.is_primitive() || kind == DataType::Boolean => ACCUMULATOR,
            _ => row.saturating_add(ACCUMULATOR_OF_TEXTS),
        };
        params.args.iter().map(of).fold(0, u64::saturating_add)
    };
    let calls = aggregate.aggr_expr.iter().cloned();
    let bytes = calls.map(|expr| match expr.unalias() {
        Expr::AggregateFunction(call) => of_call(&call),
        _ => ACCUMULATOR_OF_TEXTS,
    });
    bytes.fold(0, u64::saturating_add)
}

/// Whether a join looks at pairs of rows: beyond its first key, which is the unit, each is part of a condition.
fn is_conditional(join: &Join) -> bool {
    join.filter.is_some() || join.on.len() > 1
}

/// Rows of the side that a semi, anti or mark join looks through for each unit: of a join with a public table, none.
fn looked_through(plan: &LogicalPlan, taken: &[Rows]) -> u64 {
    let LogicalPlan::Join(join) = plan else {
        return 0;
    };
    if meets_public(plan) {
        return 0;
    }
    let through = match join.join_type {
        JoinType::LeftSemi | JoinType::LeftAnti | JoinType::LeftMark => taken.get(1),
        JoinType::RightSemi | JoinType::RightAnti | JoinType::RightMark => taken.first(),
        JoinType::Inner | JoinType::Left | JoinType::Right | JoinType::Full => None,
    };
    let rows = through.filter(|_| is_conditional(join));
    rows.map_or(0, |rows| rows.out)
}

/// What a node does with one of so many rows, ns, which come in so many batches.
fn time_of(node: &Node<'_>, exprs: &[Expr], rows: u64, batches: u64) -> u64 {
    let copied = node.inputs.iter().map(Row::as_slice).map(bytes);
    let copied = copied.fold(0, u64::saturating_add) / BYTES_COMPARED;
    let called = exprs.iter().map(|expr| of_expr(expr, node.reads));
    let called = called.fold(CALL + copied, u64::saturating_add);
    match node.plan {
        // Sorted, and looked at through a frame that moves. What may still be in a frame is copied and computed
        // anew with each batch that comes.
        LogicalPlan::Window(_) => {
            let sorted = copied
                .saturating_add(CALL)
                .saturating_mul(u64::from(rows.max(2).ilog2()));
            let framed = exprs.iter().map(|expr| framed(expr, node.reads));
            let framed = framed.fold(0, u64::saturating_add);
            let again = node.inputs.iter().map(|row| row_bytes(row));
            let again = again.fold(0, u64::saturating_add) / BYTES_COMPARED;
            let again = called.saturating_add(again).saturating_mul(batches);
            sorted.saturating_add(framed).saturating_add(again)
        }
        // Hashed beyond the cap, and ordered by bytes.
        LogicalPlan::Extension(_) => {
            let row = node.inputs.iter().map(|row| row_bytes(row));
            let row = row.fold(0, u64::saturating_add);
            let compared = CALL.saturating_add(row / BYTES_COMPARED);
            let ordered = compared.saturating_mul(u64::from(rows.max(2).ilog2()));
            let hashed = HASHED.saturating_add(row.saturating_mul(HASHED_BYTE));
            called.saturating_add(ordered).saturating_add(hashed)
        }
        LogicalPlan::Join(join) if is_conditional(join) => called.saturating_add(PAIRED),
        _ => called,
    }
}

/// What finding the frame of a row takes, ns.
fn framed(expr: &Expr, reads: &Reads) -> u64 {
    let Expr::WindowFunction(window) = expr.clone().unalias() else {
        return FRAME;
    };
    let params = &window.params;
    if params.window_frame.units == WindowFrameUnits::Rows {
        return FRAME;
    }
    let value =
        |of: &SortExpr| VALUE_COPIED.saturating_add(reads.longest(&of.expr) / BYTES_COMPARED);
    let values = params
        .order_by
        .iter()
        .map(value)
        .fold(0, u64::saturating_add);
    FRAME.saturating_add(VALUES_SOUGHT.saturating_mul(values))
}

/// LIKEs that are made into automatons.
fn likes(expr: &Expr) -> u64 {
    let mut found = 0;
    let walked = expr.apply(|e| {
        if let Expr::Like(like) | Expr::SimilarTo(like) = e {
            found += u64::from(!is_sought(like));
        }
        Ok(TreeNodeRecursion::Continue)
    });
    walked.map_or(u64::MAX, |_| found)
}

fn of_expr(expr: &Expr, reads: &Reads) -> u64 {
    let mut time = 0_u64;
    let walked = expr.apply(|e| {
        time = time.saturating_add(of_call(e, reads));
        Ok(TreeNodeRecursion::Continue)
    });
    walked.map_or(u64::MAX, |_| time)
}

/// Whether a pattern is a text that is looked for as it is.
fn is_sought(like: &Like) -> bool {
    let Some(pattern) = constant(&like.pattern) else {
        return false;
    };
    let text = pattern.try_as_str().flatten().unwrap_or_default();
    !like.case_insensitive && !text.trim_matches('%').contains(['%', '_', '\\'])
}

/// One call without those within it.
fn of_call(expr: &Expr, reads: &Reads) -> u64 {
    let texts = |exprs: &[Expr]| {
        let texts = exprs.iter().map(|e| reads.longest(e));
        texts.fold(0, u64::saturating_add)
    };
    let matched = |text: &Expr| reads.longest(text).saturating_mul(MATCHED_BYTE);
    let time = match expr {
        Expr::Column(_) | Expr::Literal(..) | Expr::Alias(_) => return 0,
        Expr::Like(like) if is_sought(like) => reads.longest(&like.expr).saturating_mul(BYTE),
        Expr::Like(like) | Expr::SimilarTo(like) => matched(&like.expr),
        Expr::ScalarFunction(call) => match call.args.as_slice() {
            [text, _] if *call.func == *regex::regexp_like() => matched(text),
            [text, sought] if *call.func == *unicode::strpos() && constant(sought).is_none() => {
                let pairs = reads.longest(text).saturating_mul(reads.longest(sought));
                pairs / BYTES_SOUGHT
            }
            args => texts(args).saturating_mul(BYTE),
        },
        Expr::BinaryExpr(binary) => match binary.op {
            Operator::RegexMatch
            | Operator::RegexIMatch
            | Operator::RegexNotMatch
            | Operator::RegexNotIMatch
            | Operator::LikeMatch
            | Operator::ILikeMatch
            | Operator::NotLikeMatch
            | Operator::NotILikeMatch => matched(&binary.left),
            Operator::StringConcat => reads.longest(expr).saturating_mul(BYTE),
            _ => {
                let [left, right] = [&binary.left, &binary.right].map(|side| reads.longest(side));
                left.min(right) / BYTES_COMPARED
            }
        },
        Expr::Cast(cast) => reads.longest(&cast.expr).saturating_mul(BYTE),
        Expr::TryCast(cast) => reads.longest(&cast.expr).saturating_mul(BYTE),
        Expr::InList(list) => {
            let each = CALL.saturating_add(reads.longest(&list.expr) / BYTES_COMPARED);
            each.saturating_mul(list.list.len() as u64)
        }
        Expr::Between(between) => reads.longest(&between.expr) / BYTES_COMPARED,
        Expr::Case(case) => {
            let text = case.expr.as_ref().map_or(0, |of| reads.longest(of));
            let each = CALL.saturating_add(text / BYTES_COMPARED);
            each.saturating_mul(case.when_then_expr.len() as u64)
        }
        _ => 0,
    };
    time.saturating_add(CALL)
}

#[cfg(test)]
mod tests;
