//! From a statement to a checked query: metadata alone, no data.

mod example;
mod locate;
mod loss;
mod mappers;
mod names;
mod parse;
mod probe;
mod size;

use self::locate::locate;
use self::loss::{charges, mechanisms};
use self::names::{Names, names};
use self::parse::{parse, refused};
pub use self::probe::{MapperProbe, mapper_probe};
pub(crate) use self::size::patterns;
pub use self::size::{MAX_PLAN_NODES, MAX_PLAN_PARTS, MAX_TABLES};
use crate::explain::{self, Explain};
use crate::noise::Mechanism;
use crate::options::{Catalog, QueryOptions};
use crate::reject::{Checked, Rejection, Rule, Span};
use crate::release::{AskedCaps, Release, ReleasedTable};
use crate::source::{self, RESERVED, Source};
use crate::total::guest_type;
use crate::zone::{self, Planner, PublicInput, Zone};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::execution::context::SessionConfig;
use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::sqlparser::ast;
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer};
use irongate_policy::{DatasetId, Loss, NamespaceId, VersionId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Longest statement, bytes.
pub const MAX_STATEMENT_BYTES: usize = 64 << 10;
/// Most tokens in a statement; bounds the nodes of its plan. The planner's time grows faster than the
/// square of a chain of operators: this keeps the longest chain to a second or two.
pub const MAX_TOKENS: usize = 2_000;
/// Deepest nesting the parser accepts.
pub const MAX_NESTING: usize = 40;
/// Most noisy sums of one statement.
pub const MAX_MECHANISMS: usize = 64;
/// Most keys of a CUBE: it has two to their number of grouping sets.
pub const MAX_CUBE_KEYS: usize = 4;
/// Stack of the checking thread: enough for the deepest plan the limits allow.
const STACK_BYTES: usize = 256 << 20;

/// A statement that may run: what it reads, costs, and does.
#[derive(Debug, Clone)]
pub struct CheckedQuery {
    pub(crate) releases: Vec<Release>,
    pub(crate) mechanisms: Vec<ReleaseNoise>,
    pub(crate) tables: Vec<ReleasedTable>,
    pub(crate) publics: Vec<PublicInput>,
    pub(crate) top: LogicalPlan,
    pub(crate) lineage: Vec<Option<(usize, usize)>>,
    pub(crate) catalog: Catalog,
    pub(crate) output: SchemaRef,
    reads: BTreeMap<DatasetId, BTreeSet<String>>,
    versions: BTreeMap<DatasetId, VersionId>,
    charges: BTreeMap<NamespaceId, Loss>,
    fingerprint: [u8; 32],
}

/// The mechanisms of one release.
#[derive(Debug, Clone)]
pub(crate) struct ReleaseNoise {
    /// One per measure; `None` where the keyset's own count is used.
    pub(crate) measures: Vec<Option<Mechanism>>,
    pub(crate) keyset: Option<Mechanism>,
}

impl CheckedQuery {
    /// The tables it was checked against.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }
    /// Every column read, by dataset, filters and joins included; the unit under its source columns.
    pub fn reads(&self) -> &BTreeMap<DatasetId, BTreeSet<String>> {
        &self.reads
    }
    /// The versions read.
    pub fn versions(&self) -> &BTreeMap<DatasetId, VersionId> {
        &self.versions
    }
    /// The loss of each namespace, from the plan alone.
    pub fn charges(&self) -> BTreeMap<NamespaceId, Loss> {
        self.charges.clone()
    }
    /// SHA-256 over engine version, statement (as tokens), options, specs and versions: injective, so
    /// equal fingerprints mean the same bounded plan.
    pub fn fingerprint(&self) -> [u8; 32] {
        self.fingerprint
    }
    /// The released table's schema.
    pub fn output_schema(&self) -> SchemaRef {
        Arc::clone(&self.output)
    }
    /// What it would do and cost.
    pub fn explain(&self) -> Explain {
        explain::of(self)
    }
}

/// Checks a statement against metadata alone. Reads no data and never panics.
///
/// # Errors
/// A [`Rejection`] naming construct, place, rule and remedy.
pub fn check(
    sql: &str,
    catalog: &Catalog,
    options: &QueryOptions,
) -> Result<CheckedQuery, Rejection> {
    let result = apart(|| located(sql, catalog, options)).unwrap_or_else(|| Err(gave_up()));
    result.map_err(|mut rejection| {
        rejection.example = apart(|| example::example(&rejection, sql, catalog, options))
            .flatten()
            .map(Box::new);
        rejection
    })
}

fn gave_up() -> Rejection {
    Rejection::new(
        Rule::Limit,
        "statement",
        "write it more simply; the checker gave up",
    )
}

/// On a thread of its own: its stack is known, and whatever goes wrong in it gives `None`.
fn apart<T: Send>(work: impl FnOnce() -> T + Send) -> Option<T> {
    std::thread::scope(|scope| {
        std::thread::Builder::new()
            .stack_size(STACK_BYTES)
            .spawn_scoped(scope, work)
            .ok()?
            .join()
            .ok()
    })
}

/// The statement's words and symbols, without blanks and comments.
fn tokenized(sql: &str) -> Checked<Vec<TokenWithSpan>> {
    let tokens = Tokenizer::new(&GenericDialect {}, sql)
        .tokenize_with_location()
        .map_err(|error| {
            let mut rejection = Rejection::new(Rule::Syntax, "statement", error.message);
            // What is missing at the end of a statement has no place within it.
            let place = Span::at(error.location.line, error.location.column);
            rejection.span = place.bytes(sql).map(|_| place);
            rejection
        })?;
    let is_blank = |t: &TokenWithSpan| matches!(t.token, Token::Whitespace(_) | Token::EOF);
    Ok(tokens.into_iter().filter(|t| !is_blank(t)).collect())
}

fn located(sql: &str, catalog: &Catalog, options: &QueryOptions) -> Checked<CheckedQuery> {
    if sql.len() > MAX_STATEMENT_BYTES {
        return Err(Rejection::new(
            Rule::Limit,
            "statement",
            format!("write at most {MAX_STATEMENT_BYTES} bytes"),
        ));
    }
    let tokens = tokenized(sql)?;
    checked(sql, &tokens, catalog, options).map_err(|mut rejection| {
        let is_parsed = tokens.len() <= MAX_TOKENS && rejection.rule != Rule::Syntax;
        let query = is_parsed.then(|| parse(sql).ok()).flatten();
        rejection.span = locate(&rejection, query.as_deref(), &tokens);
        rejection
    })
}

pub(crate) fn config() -> SessionConfig {
    let mut config = SessionConfig::new()
        .with_target_partitions(1)
        .with_information_schema(false)
        .with_create_default_catalog_and_schema(true);
    let options = config.options_mut();
    options.sql_parser.parse_float_as_decimal = true;
    options.sql_parser.collect_spans = true;
    options.sql_parser.map_string_types_to_utf8view = false;
    options.execution.parquet.schema_force_view_types = false;
    config
}

/// What can be refused before anything is parsed.
fn within_limits(tokens: &[TokenWithSpan]) -> Checked<()> {
    if tokens.len() > MAX_TOKENS {
        return Err(Rejection::new(
            Rule::Limit,
            "statement",
            format!("write at most {MAX_TOKENS} words and symbols"),
        ));
    }
    if let Some(name) = tokens.iter().find_map(reserved) {
        return Err(Rejection::new(
            Rule::UnknownName,
            name,
            "choose another name; this prefix is the engine's",
        ));
    }
    if widest_cube(tokens) > MAX_CUBE_KEYS {
        return Err(Rejection::new(
            Rule::Limit,
            "CUBE sets",
            format!("write the grouping sets out; a CUBE is of at most {MAX_CUBE_KEYS} keys"),
        ));
    }
    Ok(())
}

fn checked(
    sql: &str,
    tokens: &[TokenWithSpan],
    catalog: &Catalog,
    options: &QueryOptions,
) -> Checked<CheckedQuery> {
    within_limits(tokens)?;
    let query = parse(sql)?;
    size::is_small(&query)?;
    let syntax = |error: datafusion::error::DataFusionError| refused(&error);
    let names = names(catalog).map_err(syntax)?;
    let mut planner = planner(catalog, options);
    mappers::named(&query, &names, &mut planner)?;
    let root = planner.visit(&planned(query, &names)?)?;
    if root.zone != Zone::Public {
        return Err(zone::row_level(&root));
    }
    let Planner {
        releases,
        tables,
        publics,
        mappers,
        ..
    } = planner;
    if !mappers.is_empty() {
        // What mappers read was counted once, however often they are named.
        for release in &releases {
            size::fits(&release.private)?;
        }
    }
    let mechanisms = mechanisms(&releases, &tables, options)?;
    let charges = charges(&releases, &mechanisms)?;
    let mut reads: BTreeMap<DatasetId, BTreeSet<String>> = BTreeMap::new();
    let mut versions = BTreeMap::new();
    for plan in releases
        .iter()
        .map(|r| &r.private)
        .chain(publics.iter().map(|public| &public.plan))
        .chain([&root.plan])
    {
        let optimised = names.state.optimize(plan).map_err(syntax)?;
        read_by(&optimised, catalog, &mut reads, &mut versions).map_err(syntax)?;
    }
    let output = output(&root.plan)?;
    Ok(CheckedQuery {
        fingerprint: fingerprint(tokens, options, catalog, &versions, mappers.keys()),
        lineage: root.columns.iter().map(|k| k.released).collect(),
        releases,
        mechanisms,
        tables,
        publics,
        top: root.plan,
        catalog: catalog.clone(),
        output,
        reads,
        versions,
        charges,
    })
}

/// A planner that has seen nothing yet.
fn planner<'a>(catalog: &'a Catalog, options: &QueryOptions) -> Planner<'a> {
    Planner {
        catalog,
        mappers: BTreeMap::new(),
        caps: AskedCaps::of(options),
        releases: Vec::new(),
        tables: Vec::new(),
        publics: Vec::new(),
        next: 0,
        rounds: Vec::new(),
        growth: 1,
    }
}

/// The plan of a query, of a size that can be optimised.
fn planned(query: Box<ast::Query>, names: &Names) -> Checked<LogicalPlan> {
    let plan = names.plan(query).map_err(|error| refused(&error))?;
    size::fits(&plan)?;
    names.analysed(plan).map_err(|error| refused(&error))
}

/// A name with the engine's prefix. Texts name columns too, after AS or without it.
fn reserved(token: &TokenWithSpan) -> Option<&str> {
    let name = match &token.token {
        Token::Word(word) => &word.value,
        Token::SingleQuotedString(text) | Token::DoubleQuotedString(text) => text,
        _ => return None,
    };
    let is_reserved = name.to_ascii_lowercase().starts_with(RESERVED);
    is_reserved.then_some(name)
}

/// The most entries of any CUBE. The planner lists all its subsets before anything can be refused.
fn widest_cube(tokens: &[TokenWithSpan]) -> usize {
    let mut widest = 0;
    for (i, token) in tokens.iter().enumerate() {
        if !matches!(&token.token, Token::Word(w) if w.value.eq_ignore_ascii_case("cube")) {
            continue;
        }
        let (mut depth, mut entries) = (0_usize, 1_usize);
        for token in tokens.iter().skip(i + 1) {
            match token.token {
                Token::LParen => depth += 1,
                Token::RParen => depth = depth.saturating_sub(1),
                Token::Comma if depth == 1 => entries += 1,
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
        widest = widest.max(entries);
    }
    widest
}

fn read_by(
    plan: &LogicalPlan,
    catalog: &Catalog,
    reads: &mut BTreeMap<DatasetId, BTreeSet<String>>,
    versions: &mut BTreeMap<DatasetId, VersionId>,
) -> datafusion::error::Result<()> {
    plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node
            && let Some(source::Placeholder {
                source: Source::Dataset(name),
                ..
            }) = source::placeholder(scan)
            && let Some(table) = catalog.tables.get(&name)
        {
            let read = reads.entry(table.spec.name.clone()).or_default();
            versions.insert(table.spec.name.clone(), table.version.clone());
            let unit = table.spec.unit_name();
            for field in scan.projected_schema.fields() {
                match table.spec.protected() {
                    Some(p) if Some(field.name().as_str()) == unit => {
                        read.extend(p.unit.columns.iter().cloned())
                    }
                    _ => {
                        read.insert(field.name().clone());
                    }
                }
            }
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(())
}

fn output(plan: &LogicalPlan) -> Checked<SchemaRef> {
    let mut fields = Vec::new();
    for field in plan.schema().fields() {
        let kind = guest_type(field.data_type()).ok_or_else(|| {
            Rejection::new(
                Rule::OutputType,
                format!("output column `{}`", field.name()),
                "CAST it to BIGINT, DOUBLE, DECIMAL, BOOLEAN, VARCHAR, DATE or TIMESTAMP",
            )
        })?;
        fields.push(Field::new(
            field.name(),
            kind,
            field.is_nullable() || *field.data_type() == DataType::Null,
        ));
    }
    Ok(Arc::new(Schema::new(fields)))
}

fn fingerprint<'a>(
    tokens: &[TokenWithSpan],
    options: &QueryOptions,
    catalog: &Catalog,
    versions: &BTreeMap<DatasetId, VersionId>,
    mappers: impl Iterator<Item = &'a String>,
) -> [u8; 32] {
    let mut context = ring::digest::Context::new(&ring::digest::SHA256);
    let mut part = |bytes: &[u8]| {
        context.update(&(bytes.len() as u64).to_le_bytes());
        context.update(bytes);
    };
    part(b"irongate-engine");
    part(env!("CARGO_PKG_VERSION").as_bytes());
    part(format!("{options:?}").as_bytes());
    part(&(tokens.len() as u64).to_le_bytes());
    for token in tokens {
        part(token.token.to_string().as_bytes());
    }
    for table in catalog
        .tables
        .values()
        .filter(|t| versions.contains_key(&t.spec.name))
    {
        part(table.version.as_str().as_bytes());
        part(&serde_json::to_vec(&table.spec).unwrap_or_default());
    }
    for name in mappers {
        if let Some(mapper) = catalog.mappers.get(name) {
            part(name.as_bytes());
            part(&mapper.component);
            part(&serde_json::to_vec(mapper.declared.as_ref()).unwrap_or_default());
        }
    }
    let mut out = [0; 32];
    for (to, from) in out.iter_mut().zip(context.finish().as_ref()) {
        *to = *from;
    }
    out
}
