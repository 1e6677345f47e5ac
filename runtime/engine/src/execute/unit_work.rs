//! What the rows of one unit may take at most: memory where they are held together, and time.
//!
//! Whoever is in the data may have rows for which a statement does more than for others. As long as one unit's
//! share of the deadline is small, whether a query ends in time does not turn on one of them.

use super::texts::{Node, Reads, Row, bytes};
use super::worst::{Inputs, MAX_UNIT_MEMORY, Rows, too_large};
use crate::check::patterns;
use crate::released::ExecutionError;
use crate::total::constant;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::functions::{regex, unicode};
use datafusion::logical_expr::expr::Like;
use datafusion::logical_expr::{Expr, LogicalPlan, Operator};
use std::time::Duration;

/// One unit's rows may take this part of the deadline.
const SHARE_OF_DEADLINE: u32 = 10;
/// An operator or function on one row, ns.
const CALL: u64 = 10;
/// A function of texts on one byte: slowest are those that look each character up, ns.
const BYTE: u64 = 20;
/// Bytes compared, hashed or copied in one nanosecond.
const BYTES_COMPARED: u64 = 4;
/// A pattern on one byte of text, which may visit every state of the pattern's automaton, ns: 3,400 measured for
/// counts of `\pL`, whose product is 128.
const MATCHED_BYTE: u64 = 4_000;
/// A pattern made into its automaton, ns, where a batch is the first to need it: 80 ms measured for the same.
const COMPILED: u64 = 100_000_000;
/// Bytes compared one after another in a nanosecond, where a text is looked for at each place of another.
const BYTES_SOUGHT: u64 = 16;

/// The most that the rows of one unit take in a private plan.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct UnitWork {
    /// Texts where joins, windows, sorts and aggregates hold rows together, bytes.
    held: u64,
    time_ns: u64,
}

impl UnitWork {
    /// Of an optimised plan. What a unit has in nodes that only optimised plans have is not known: `worst`, of
    /// the plan as it was, holds there.
    pub(super) fn of(plan: &LogicalPlan, inputs: &Inputs<'_>, worst: Rows) -> Self {
        let anywhere = Rows {
            out: worst.most,
            ..worst
        };
        let mut work = Self::default();
        let mut rows: Vec<Rows> = Vec::new();
        inputs.texts.walk(plan, &mut |node| {
            let taken = rows.split_off(rows.len().saturating_sub(node.inputs.len()));
            let given = inputs.given(node.plan, &taken).unwrap_or(anywhere);
            if holds(node.plan) {
                let all = taken.iter().zip(node.inputs).chain([(&given, node.out)]);
                let held = all.map(|(rows, row)| rows.out.saturating_mul(bytes(row)));
                work.held = work.held.max(held.max().unwrap_or(0));
            }
            let outs = taken.iter().map(|rows| rows.out);
            let looked_at = match node.plan {
                // At pairs.
                LogicalPlan::Join(_) => outs.fold(1, u64::saturating_mul),
                _ => outs.fold(0, u64::saturating_add),
            };
            let looked_at = looked_at.max(given.out);
            let time = looked_at.saturating_mul(time_of(node));
            let compiled = COMPILED.saturating_mul(patterns_of(node.plan) as u64);
            work.time_ns = work.time_ns.saturating_add(time).saturating_add(compiled);
            rows.push(given);
        });
        work
    }

    pub(super) fn fits(self, deadline: Duration) -> Result<(), ExecutionError> {
        if self.held > MAX_UNIT_MEMORY {
            return too_large(format!(
                "texts of one unit's rows may take {} bytes, over {MAX_UNIT_MEMORY}; join fewer rows, or carry fewer or \
                 shorter texts through joins, windows and sorts",
                self.held
            ));
        }
        let (time, share) = (
            Duration::from_nanos(self.time_ns),
            deadline / SHARE_OF_DEADLINE,
        );
        if time > share {
            return too_large(format!(
                "one unit's rows may take {time:.1?}, over a tenth of the deadline; join fewer rows, match fewer \
                 patterns or shorter texts such as LEFT(x, 20), or set a longer deadline"
            ));
        }
        Ok(())
    }
}

fn holds(plan: &LogicalPlan) -> bool {
    matches!(
        plan,
        LogicalPlan::Join(_)
            | LogicalPlan::Window(_)
            | LogicalPlan::Sort(_)
            | LogicalPlan::Aggregate(_)
            | LogicalPlan::Distinct(_)
    )
}

/// What a node does with one row, ns.
fn time_of(node: &Node<'_>) -> u64 {
    let reads = Reads::new(node.plan, node.inputs);
    let copied = node.inputs.iter().map(Row::as_slice).map(bytes);
    let copied = copied.fold(0, u64::saturating_add) / BYTES_COMPARED;
    let exprs = node.plan.expressions();
    let exprs = exprs.iter().map(|expr| of_expr(expr, &reads));
    exprs.fold(CALL + copied, u64::saturating_add)
}

fn patterns_of(plan: &LogicalPlan) -> usize {
    plan.expressions().iter().map(patterns).sum()
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
        Expr::InList(list) => reads.longest(&list.expr).saturating_mul(BYTE),
        _ => 0,
    };
    time.saturating_add(CALL)
}
