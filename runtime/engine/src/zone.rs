//! Unit-locality: each plan node is `Public` or `UnitLocal`; an aggregate that takes a unit-local
//! input and does not group by the unit is a release, and public above.
//!
//! INVARIANT: every row of a `UnitLocal` node is a function of public data and of the multiset of
//! rows of the one unit it carries. All matches name every variant, so an upgrade of the SQL engine
//! fails to compile rather than leak.

mod deterministic;
mod join;

use self::deterministic::deterministic;
use crate::options::Catalog;
use crate::reject::{Checked, Rejection, Rule};
use crate::release::{self, Release};
use crate::source::{self, Placeholder, Source};
use crate::total::{Known, Scope};
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, DFSchema};
use datafusion::logical_expr::{Aggregate, Expr, Filter, LogicalPlan, Projection, SubqueryAlias};
use irongate_policy::NamespaceId;
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
        /// Units at most, declared.
        units: u64,
    },
}

/// A public input of a private join.
#[derive(Debug, Clone)]
pub(crate) struct PublicInput {
    pub(crate) plan: LogicalPlan,
    /// Its columns that the join equates: rows that agree in all of them meet the same private rows.
    pub(crate) keys: Vec<usize>,
}

#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) plan: LogicalPlan,
    pub(crate) zone: Zone,
    pub(crate) columns: Vec<Known>,
}

/// State of one check.
pub(crate) struct Planner<'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) caps: (Option<u32>, Option<u32>),
    pub(crate) releases: Vec<Release>,
    /// Public inputs of private joins, materialised before anything private runs.
    pub(crate) publics: Vec<PublicInput>,
    pub(crate) next: usize,
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
                let node = self.visit(&projection.input)?;
                self.projection(plan, projection, node)
            }
            LogicalPlan::Filter(filter) => {
                let node = self.visit(&filter.input)?;
                match node.zone {
                    Zone::Public => {
                        let columns = node.columns.clone();
                        self.public(plan, vec![node], Some(columns))
                    }
                    Zone::UnitLocal { .. } => {
                        Scope {
                            schema: node.plan.schema(),
                            columns: &node.columns,
                        }
                        .total(&filter.predicate, 0)?;
                        let plan = LogicalPlan::Filter(
                            Filter::try_new(filter.predicate.clone(), Arc::new(node.plan))
                                .map_err(internal)?,
                        );
                        Ok(Node { plan, ..node })
                    }
                }
            }
            LogicalPlan::Join(join) => self.join(plan, join),
            LogicalPlan::Aggregate(aggregate) => {
                let node = self.visit(&aggregate.input)?;
                match node.zone {
                    Zone::Public => self.public(plan, vec![node], None),
                    Zone::UnitLocal { .. } => self.release(aggregate, &node),
                }
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
            LogicalPlan::Window(_) => {
                let nodes = self.children(
                    plan,
                    Rule::Order,
                    "use window functions above the aggregate, over released values",
                )?;
                self.public(plan, nodes, None)
            }
            LogicalPlan::Distinct(_) => {
                let nodes = self.children(
                    plan,
                    Rule::UnitLocality,
                    "write GROUP BY with COUNT(DISTINCT unit) for the values that occur",
                )?;
                self.public(plan, nodes, None)
            }
            LogicalPlan::Union(_) => {
                let nodes = self.children(
                    plan,
                    Rule::UnitLocality,
                    "aggregate each branch first, and unite the released tables",
                )?;
                self.public(plan, nodes, None)
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
            LogicalPlan::RecursiveQuery(_) => {
                refuse(Rule::Subquery, "WITH RECURSIVE", "write the steps out")
            }
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

    /// Rebuilds a node all of whose inputs are public, visiting the subqueries in its expressions.
    fn public(
        &mut self,
        plan: &LogicalPlan,
        nodes: Vec<Node>,
        columns: Option<Vec<Known>>,
    ) -> Checked<Node> {
        let mut failed = None;
        let mut exprs = Vec::new();
        for expr in plan.expressions() {
            let done = expr
                .transform(|e| Ok(self.subquery(e, &mut failed)))
                .map_err(internal)?;
            exprs.push(done.data);
        }
        if let Some(rejection) = failed {
            return Err(rejection);
        }
        let inputs = nodes.into_iter().map(|n| n.plan).collect();
        let plan = plan.with_new_exprs(exprs, inputs).map_err(internal)?;
        let width = plan.schema().fields().len();
        Ok(Node {
            plan,
            zone: Zone::Public,
            columns: columns.unwrap_or_else(|| vec![Known::default(); width]),
        })
    }

    fn subquery(&mut self, expr: Expr, failed: &mut Option<Rejection>) -> Transformed<Expr> {
        let mut inner = |subquery: &mut datafusion::logical_expr::Subquery| {
            let correlated = !subquery.outer_ref_columns.is_empty();
            let before = self.releases.len();
            match self.visit(&subquery.subquery) {
                Ok(node)
                    if node.zone == Zone::Public
                        && !(correlated && self.releases.len() > before) =>
                {
                    subquery.subquery = Arc::new(node.plan)
                }
                Ok(_) if correlated => {
                    *failed = Some(Rejection::new(
                        Rule::Subquery,
                        "correlated subquery",
                        "a release cannot refer to the outer query; release first, then join",
                    ))
                }
                Ok(node) => *failed = Some(row_level(&node)),
                Err(rejection) => *failed = Some(rejection),
            }
        };
        match expr {
            Expr::ScalarSubquery(mut s) => {
                inner(&mut s);
                Transformed::yes(Expr::ScalarSubquery(s))
            }
            Expr::InSubquery(mut s) => {
                inner(&mut s.subquery);
                Transformed::yes(Expr::InSubquery(s))
            }
            Expr::Exists(mut s) => {
                inner(&mut s.subquery);
                Transformed::yes(Expr::Exists(s))
            }
            Expr::SetComparison(mut s) => {
                inner(&mut s.subquery);
                Transformed::yes(Expr::SetComparison(s))
            }
            other => Transformed::no(other),
        }
    }

    fn scan(&mut self, plan: &LogicalPlan) -> Checked<Node> {
        let LogicalPlan::TableScan(scan) = plan else {
            return refuse(Rule::Statement, "scan", "write a SELECT");
        };
        let Some(Placeholder {
            source: Source::Dataset(id),
            ..
        }) = source::placeholder(scan)
        else {
            return refuse(
                Rule::UnknownName,
                format!("table `{}`", scan.table_name),
                "name a dataset of the scenario",
            );
        };
        let Some(table) = self.catalog.tables.get(&id) else {
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
                    units: p.units_at_most,
                }
            }
        };
        columns.extend(spec.stored_columns().map(|column| Known {
            range: source::range(column),
            domain: source::domain(column),
            ..Known::default()
        }));
        Ok(Node {
            plan: plan.clone(),
            zone,
            columns,
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
        let mut exprs = projection.expr.clone();
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
                self.next += 1;
                exprs.push(
                    Expr::Column(Column::from(schema.qualified_field(unit))).alias(format!(
                        "{}unit_{}",
                        source::RESERVED,
                        self.next
                    )),
                );
                columns.push(Known {
                    unit: true,
                    hidden: true,
                    ..Known::default()
                });
                columns.len() - 1
            }
        };
        let plan = LogicalPlan::Projection(
            Projection::try_new(exprs, Arc::new(node.plan)).map_err(internal)?,
        );
        Ok(Node {
            plan,
            zone: with_unit(node.zone, unit),
            columns,
        })
    }

    fn release(&mut self, aggregate: &Aggregate, node: &Node) -> Checked<Node> {
        let release = release::plan(aggregate, node, self.caps)?;
        // The same release written twice (a CTE used twice) runs and is paid once.
        let number = match self.releases.iter().position(|r| r.same(&release)) {
            Some(i) => i,
            None => {
                self.releases.push(release);
                self.releases.len() - 1
            }
        };
        let plan =
            source::stand_in(Source::Release(number), &aggregate.schema).map_err(internal)?;
        let columns = (0..aggregate.schema.fields().len())
            .map(|i| Known {
                released: Some((number, i)),
                ..Known::default()
            })
            .collect();
        Ok(Node {
            plan,
            zone: Zone::Public,
            columns,
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

fn with_unit(zone: Zone, at: usize) -> Zone {
    match zone {
        Zone::Public => Zone::Public,
        Zone::UnitLocal {
            namespace,
            rows_per_unit,
            units,
            ..
        } => Zone::UnitLocal {
            namespace,
            unit: at,
            rows_per_unit,
            units,
        },
    }
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
        LogicalPlan::Window(_) => "window function (OVER) below the release",
        LogicalPlan::Distinct(_) => "DISTINCT below the release",
        LogicalPlan::Union(_) => "UNION below the release",
        _ => "operator below the release",
    }
}
