//! Unit-locality: each plan node is `Public` or `UnitLocal`; an aggregate that takes a unit-local
//! input and does not group by the unit is a release, and public above.
//!
//! INVARIANT: every row of a `UnitLocal` node is a function of public data and of the multiset of
//! rows of the one unit it carries. All matches name every variant, so an upgrade of the SQL engine
//! fails to compile rather than leak.

mod aggregate;
mod blocks;
mod deterministic;
mod distinct;
mod exists;
mod join;
mod mapper;
mod partition;
mod public;
mod recursion;
mod release;
mod subquery;
mod union;
mod window;

pub(crate) use self::aggregate::MAX_UNIT_ROWS;
use self::deterministic::deterministic;
pub(crate) use self::mapper::{CheckedMapper, of_mapper};
pub(crate) use self::public::PublicInput;
pub(crate) use self::recursion::round_of;
use self::subquery::Place;
use crate::options::Catalog;
use crate::reject::{Checked, Rejection, Rule};
use crate::release::{AskedCaps, Neighbours, Release, ReleasedTable};
use crate::source::{self, Source};
use crate::total::{Calendar, Known, Scope};
use datafusion::common::{Column, DFSchema};
use datafusion::logical_expr::{Expr, LogicalPlan, Projection, SubqueryAlias};
use irongate_policy::NamespaceId;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Zone {
    Public,
    UnitLocal {
        namespace: NamespaceId,
        /// Index of the pseudonym in the node's schema.
        unit: usize,
        /// Rows of one unit at most, before joins with public tables multiply them.
        rows_per_unit: u64,
        /// Whether a join with a public table may have multiplied them.
        multiplied: bool,
        /// Whose rows these are.
        population: Population,
    },
}

/// The datasets whose units may have rows, each with its declared number of units.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Population(BTreeMap<String, u64>);

impl Population {
    fn of(dataset: String, units: u64) -> Self {
        Self(BTreeMap::from([(dataset, units)]))
    }

    /// Units at most.
    pub(crate) fn units(&self) -> u64 {
        self.0
            .values()
            .fold(0, |sum, units| sum.saturating_add(*units))
    }

    /// A dataset that is read.
    fn first(&self) -> Option<&str> {
        self.0.keys().next().map(String::as_str)
    }

    /// Units of either: a dataset that both read counts once.
    fn either(&self, other: &Self) -> Self {
        let mut both = self.0.clone();
        both.extend(other.0.iter().map(|(name, units)| (name.clone(), *units)));
        Self(both)
    }

    /// Units of both, so no more than the fewer.
    fn both(&self, other: &Self) -> Self {
        if other.units() < self.units() {
            other.clone()
        } else {
            self.clone()
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) plan: LogicalPlan,
    pub(crate) zone: Zone,
    pub(crate) columns: Vec<Known>,
    /// Columns that no two rows of one unit agree in, nulls counted as equal; `None` if there may be none.
    pub(crate) unique: Option<BTreeSet<usize>>,
}

impl Node {
    fn scope(&self) -> Scope<'_> {
        Scope {
            schema: self.plan.schema(),
            columns: &self.columns,
        }
    }

    /// Whether an expression is a column that holds the pseudonym.
    fn is_unit(&self, expr: &Expr) -> bool {
        plain(expr, self.plan.schema())
            .and_then(|i| self.columns.get(i))
            .is_some_and(|k| k.unit)
    }

    /// The plain columns among these expressions, and the unit: rows that agree in the expressions, and
    /// are of one unit, agree in these.
    pub(crate) fn fixed<'a>(&self, exprs: impl Iterator<Item = &'a Expr>) -> BTreeSet<usize> {
        let units = (0..).zip(&self.columns).filter(|(_, k)| k.unit);
        exprs
            .filter_map(|e| plain(e, self.plan.schema()))
            .chain(units.map(|(i, _)| i))
            .collect()
    }

    /// Whether no two rows of one unit agree in the `fixed` columns.
    pub(crate) fn has_one_row(&self, fixed: &BTreeSet<usize>) -> bool {
        self.unique.as_ref().is_some_and(|u| u.is_subset(fixed))
    }

    /// Whether rows of one unit that agree in the `fixed` columns are one row or alike in all columns.
    fn fixes_rows(&self, fixed: &BTreeSet<usize>) -> bool {
        (0..self.columns.len()).all(|i| fixed.contains(&i)) || self.has_one_row(fixed)
    }

    /// Whether the `fixed` columns fix the value of an expression.
    fn fixes(&self, fixed: &BTreeSet<usize>, expr: &Expr) -> bool {
        let of = |column: &Column| self.plan.schema().index_of_column(column).ok();
        self.has_one_row(fixed)
            || expr
                .column_refs()
                .into_iter()
                .all(|c| of(c).is_some_and(|i| fixed.contains(&i)))
    }
}

/// State of one check.
pub(crate) struct Planner<'a> {
    pub(crate) catalog: &'a Catalog,
    /// Those that the statement names.
    pub(crate) mappers: BTreeMap<String, CheckedMapper>,
    pub(crate) caps: AskedCaps,
    pub(crate) releases: Vec<Release>,
    /// What stands above sees of them.
    pub(crate) tables: Vec<ReleasedTable>,
    /// Public inputs of private parts, in the order they are read.
    pub(crate) publics: Vec<PublicInput>,
    /// Reserved names so far.
    pub(crate) next: usize,
    /// The recursions whose second term is being looked at.
    pub(crate) rounds: Vec<String>,
    /// By how much the statement's concatenations may lengthen a text.
    pub(crate) growth: u64,
}

fn internal(error: datafusion::error::DataFusionError) -> Rejection {
    Rejection::new(Rule::Syntax, "plan", error.strip_backtrace())
}

fn refuse<T>(rule: Rule, construct: impl Into<String>, instead: &str) -> Checked<T> {
    Err(Rejection::new(rule, construct, instead))
}

impl Planner<'_> {
    /// A name that no author can write, and that the statement's other reserved columns do not have.
    fn reserved(&mut self, of: &str) -> String {
        self.next += 1;
        format!("{}{of}_{}", source::RESERVED, self.next)
    }

    pub(crate) fn visit(&mut self, plan: &LogicalPlan) -> Checked<Node> {
        self.visited(plan)
            .map_err(|rejection| rejection.among(&plan.expressions()))
    }

    fn visited(&mut self, plan: &LogicalPlan) -> Checked<Node> {
        deterministic(plan, &mut self.growth)?;
        match plan {
            LogicalPlan::TableScan(_) => self.scan(plan),
            LogicalPlan::SubqueryAlias(alias) => {
                let node = self.visit(&alias.input)?;
                let plan = LogicalPlan::SubqueryAlias(
                    SubqueryAlias::try_new(Arc::new(node.plan), alias.alias.clone())
                        .map_err(internal)?,
                );
                Ok(Node { plan, ..node })
            }
            LogicalPlan::Projection(projection) => {
                let node = self.windowed(&projection.input, &projection.expr)?;
                self.projection(plan, projection, node)
            }
            LogicalPlan::Filter(filter) => {
                let node = self.visit(&filter.input)?;
                self.filter(plan, filter, node)
            }
            LogicalPlan::Join(join) => self.join(plan, join),
            LogicalPlan::Aggregate(aggregate) => {
                if let Some((node, blocks)) = self.blocks(&aggregate.input)? {
                    return self.released_blocks(aggregate, &node, blocks);
                }
                let node = self.visit(&aggregate.input)?;
                if node.zone == Zone::Public {
                    return self.public(plan, vec![node], None);
                }
                let aggregate = self.with_public_arguments(aggregate)?;
                if aggregate.group_expr.iter().any(|e| node.is_unit(e)) {
                    return self.per_unit(&aggregate, node);
                }
                self.release(&aggregate, &node, Neighbours::Units)
            }
            LogicalPlan::Sort(_) | LogicalPlan::Limit(_) => {
                let nodes = self.children(
                    plan,
                    Rule::Order,
                    "put ORDER BY, LIMIT and OFFSET above the aggregate",
                )?;
                let columns = nodes.first().map(|n| n.columns.clone());
                self.public(plan, nodes, columns)
            }
            LogicalPlan::Window(window) => {
                let node = self.visit(&window.input)?;
                self.window(plan, window, node)
            }
            LogicalPlan::Distinct(distinct) => {
                let node = self.visit(distinct.input())?;
                self.distinct(plan, distinct, node)
            }
            LogicalPlan::Union(union) => {
                let mut nodes = Vec::new();
                for input in &union.inputs {
                    nodes.push(self.visit(input)?);
                }
                self.union(plan, union, nodes)
            }
            LogicalPlan::EmptyRelation(_) | LogicalPlan::Values(_) => {
                self.public(plan, Vec::new(), None)
            }
            LogicalPlan::Subquery(_) => refuse(
                Rule::Subquery,
                "LATERAL subquery",
                "write a plain JOIN with a subquery",
            ),
            LogicalPlan::Unnest(_) => refuse(
                Rule::Total,
                "UNNEST",
                "arrays cannot be used; name the columns",
            ),
            LogicalPlan::RecursiveQuery(query) => self.recursion(query),
            LogicalPlan::Repartition(_) | LogicalPlan::Extension(_) => {
                refuse(Rule::Statement, "plan node", "write a SELECT")
            }
            LogicalPlan::Statement(_)
            | LogicalPlan::Explain(_)
            | LogicalPlan::Analyze(_)
            | LogicalPlan::Dml(_)
            | LogicalPlan::Ddl(_)
            | LogicalPlan::Copy(_)
            | LogicalPlan::DescribeTable(_) => {
                refuse(Rule::Statement, "statement", "write a SELECT")
            }
        }
    }

    /// Visits the inputs of a node that only public inputs may have.
    fn children(&mut self, plan: &LogicalPlan, rule: Rule, instead: &str) -> Checked<Vec<Node>> {
        let mut nodes = Vec::new();
        for input in plan.inputs() {
            let node = self.visit(input)?;
            if node.zone != Zone::Public {
                return refuse(rule, construct(plan), instead);
            }
            nodes.push(node);
        }
        Ok(nodes)
    }

    fn scan(&mut self, plan: &LogicalPlan) -> Checked<Node> {
        let LogicalPlan::TableScan(scan) = plan else {
            return refuse(Rule::Statement, "scan", "write a SELECT");
        };
        if round_of(scan).is_some_and(|name| self.rounds.contains(&name)) {
            return self.public(plan, Vec::new(), None);
        }
        let source = source::placeholder(scan).map(|table| table.source);
        if let Some(Source::Mapper(name)) = &source {
            return match self.blocks_of(name) {
                None => self.mapped(name, scan),
                Some(_) => refuse(
                    Rule::UnitLocality,
                    format!("blocks of `{name}`"),
                    blocks::ALONE,
                ),
            };
        }
        let named = match source {
            Some(Source::Dataset(id)) => self.catalog.tables.get(&id).map(|table| (id, table)),
            _ => None,
        };
        let Some((id, table)) = named else {
            return refuse(
                Rule::UnknownName,
                format!("table `{}`", scan.table_name),
                "name a dataset of the scenario",
            );
        };
        let spec = &table.spec;
        let mut columns = Vec::new();
        let zone = match spec.protected() {
            None => Zone::Public,
            Some(p) => {
                columns.push(Known {
                    unit: true,
                    ..Known::default()
                });
                Zone::UnitLocal {
                    namespace: p.unit.namespace.clone(),
                    unit: 0,
                    rows_per_unit: u64::from(p.unit.max_rows),
                    multiplied: false,
                    population: Population::of(id, p.units_at_most),
                }
            }
        };
        // Ingest keeps one row of a unit for each value of these columns together.
        let unique = spec
            .protected()
            .map(|p| &p.unit.unique_within_unit)
            .filter(|names| !names.is_empty())
            .and_then(|names| {
                let place =
                    |name: &String| scan.projected_schema.index_of_column_by_name(None, name);
                names.iter().map(place).collect()
            });
        columns.extend(spec.stored_columns().map(|column| Known {
            range: source::range(column),
            domain: source::domain(column),
            text: Some(source::longest(column)),
            // Ingest reads days of the calendar alone; bounds are as declared.
            calendar: Calendar::Inside,
            ..Known::default()
        }));
        Ok(Node {
            plan: plan.clone(),
            zone,
            columns,
            unique,
        })
    }

    fn projection(
        &mut self,
        plan: &LogicalPlan,
        projection: &Projection,
        node: Node,
    ) -> Checked<Node> {
        let Zone::UnitLocal { unit, .. } = node.zone else {
            // Lineage of unchanged columns.
            let schema = Arc::clone(node.plan.schema());
            let known = projection
                .expr
                .iter()
                .map(|e| {
                    plain(e, &schema)
                        .and_then(|i| node.columns.get(i).cloned())
                        .unwrap_or_default()
                })
                .collect();
            return self.public(plan, vec![node], Some(known));
        };
        let schema = Arc::clone(node.plan.schema());
        let scope = Scope {
            schema: &schema,
            columns: &node.columns,
        };
        let mut exprs = projection
            .expr
            .iter()
            .map(|e| self.with_public_subqueries(e, Place::Value))
            .collect::<Checked<Vec<_>>>()?;
        let mut columns = Vec::new();
        let mut place = None;
        for (i, expr) in exprs.iter().enumerate() {
            match plain(expr, &schema).and_then(|c| Some((c, node.columns.get(c)?))) {
                Some((c, known)) if known.unit => {
                    if c == unit {
                        place = place.or(Some(i));
                    }
                    columns.push(known.clone());
                }
                _ => columns.push(Known {
                    hidden: false,
                    ..scope.total(expr, 0)?
                }),
            }
        }
        let unit = match place {
            Some(i) => i,
            None => {
                let column = Expr::Column(Column::from(schema.qualified_field(unit)));
                exprs.push(column.alias(self.reserved("unit")));
                columns.push(Known {
                    unit: true,
                    hidden: true,
                    ..Known::default()
                });
                columns.len() - 1
            }
        };
        let places: Vec<Option<usize>> = exprs.iter().map(|e| plain(e, &schema)).collect();
        let unique = node.unique.as_ref().and_then(|unique| {
            let place = |i: &usize| places.iter().position(|p| *p == Some(*i));
            unique.iter().map(place).collect()
        });
        let plan = LogicalPlan::Projection(
            Projection::try_new(exprs, Arc::new(node.plan)).map_err(internal)?,
        );
        Ok(Node {
            plan,
            zone: with_unit(node.zone, unit),
            columns,
            unique,
        })
    }
}

/// The refusal of a plan whose root is still private.
pub(crate) fn row_level(node: &Node) -> Rejection {
    if node.columns.iter().any(|k| k.unit && !k.hidden) {
        Rejection::new(
            Rule::UnitOutput,
            "unit column in the output",
            "select aggregates such as COUNT(*), SUM(x), AVG(x)",
        )
    } else {
        Rejection::new(
            Rule::RowLevelOutput,
            "rows of a protected table in the output",
            "a person's rows and id may not leave; select aggregates such as COUNT(*), SUM(x), AVG(x)",
        )
    }
}

fn with_unit(mut zone: Zone, at: usize) -> Zone {
    if let Zone::UnitLocal { unit, .. } = &mut zone {
        *unit = at;
    }
    zone
}

/// The index of an expression that is a column, renamed or not.
fn plain(expr: &Expr, schema: &DFSchema) -> Option<usize> {
    match expr {
        Expr::Column(column) => schema.index_of_column(column).ok(),
        Expr::Alias(alias) => plain(&alias.expr, schema),
        _ => None,
    }
}

fn construct(plan: &LogicalPlan) -> &'static str {
    match plan {
        LogicalPlan::Sort(_) => "ORDER BY below the release",
        LogicalPlan::Limit(_) => "LIMIT below the release",
        _ => "operator below the release",
    }
}

#[cfg(test)]
mod tests {
    use super::Population;

    #[test]
    fn units_of_both_are_no_more_than_the_fewer_and_of_as_many_the_lefts() {
        let of = |name: &str, units| Population::of(name.to_owned(), units);
        let (few, many, as_many) = (of("few", 10), of("many", 20), of("as_many", 10));
        assert_eq!(few.both(&many), few);
        assert_eq!(many.both(&few), few);
        // A mapper's table calls the unit as the left's does.
        assert_eq!(few.both(&as_many), few);
        assert_eq!(as_many.both(&few), as_many);
    }
}
