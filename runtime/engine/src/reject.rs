//! Refusals of a statement, from metadata alone. A rejection teaches: what, where, why, what instead.

use serde::Serialize;

/// Where in the statement, 1-based; `None` in [`Rejection`] when no token can be blamed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Span {
    /// Line, from 1.
    pub line: u64,
    /// Column in characters, from 1.
    pub column: u64,
    /// End line, inclusive.
    pub end_line: u64,
    /// End column, exclusive.
    pub end_column: u64,
}

/// The rule a statement broke. Codes are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "`text` says what each means")]
pub enum Rule {
    Limit,
    Syntax,
    Statement,
    UnknownName,
    RowLevelOutput,
    UnitOutput,
    UnitLocality,
    Join,
    Order,
    Aggregate,
    Total,
    Bounds,
    Volatile,
    Subquery,
    Keys,
    Loss,
    Contribution,
    OutputType,
    Size,
}

impl Rule {
    /// The rule itself, in English and Chinese.
    pub fn text(self) -> (&'static str, &'static str) {
        match self {
            Self::Limit => (
                "a statement keeps within named limits",
                "语句不得超过规定的长度、深度与节点数",
            ),
            Self::Syntax => (
                "a statement must parse and type-check",
                "语句须能解析并通过类型检查",
            ),
            Self::Statement => ("one query, and nothing but a query", "只能提交一条查询语句"),
            Self::UnknownName => (
                "only datasets of the scenario can be named",
                "只能引用场景内的数据集",
            ),
            Self::RowLevelOutput => (
                "rows about persons may not leave; only aggregates do",
                "个人明细不得输出，只能输出聚合结果",
            ),
            Self::UnitOutput => ("a person's id may not leave", "个人标识不得输出"),
            Self::UnitLocality => (
                "below a release each row may depend on one unit's rows only",
                "发布之下每一行只能取决于一个隐私单元的数据",
            ),
            Self::Join => (
                "protected tables join on their unit, public ones by equality with the private side preserved",
                "受保护表只能按隐私单元连接，公共表须等值连接且保留受保护一侧",
            ),
            Self::Order => (
                "order must not matter below a release",
                "发布之下不得依赖行的次序",
            ),
            Self::Aggregate => (
                "this aggregate has no private release",
                "该聚合函数没有隐私发布方式",
            ),
            Self::Total => (
                "below a release nothing may raise an error",
                "发布之下的表达式不得出错",
            ),
            Self::Bounds => (
                "an aggregated value needs public bounds",
                "聚合的数值须有公开的上下界",
            ),
            Self::Volatile => (
                "the same statement must mean the same each time",
                "语句不得依赖时钟或随机数",
            ),
            Self::Subquery => (
                "private filters cannot look at other persons' rows",
                "对个人数据的过滤不得参考他人的数据",
            ),
            Self::Keys => (
                "group keys need a declared domain, or δ for a threshold",
                "分组键须有声明的取值范围，否则须提供 δ",
            ),
            Self::Loss => (
                "a loss is a positive decimal that noise can be computed for",
                "隐私损失须为可计算噪声的正小数",
            ),
            Self::Contribution => (
                "contribution bounds are at least 1 and within limits",
                "贡献上限须不小于 1 且不超过限额",
            ),
            Self::OutputType => (
                "outputs are integers, decimals, doubles, booleans, text, dates and timestamps",
                "输出列类型受限",
            ),
            Self::Size => (
                "the public worst case must fit the machine",
                "最坏情形须在资源限额之内",
            ),
        }
    }
}

/// A refused statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{construct}{}: {}; {instead}", place(.span), .rule.text().0)]
pub struct Rejection {
    /// The construct, as SQL names it.
    pub construct: String,
    /// Where it stands.
    pub span: Option<Span>,
    /// The rule it broke.
    pub rule: Rule,
    /// What to write instead.
    pub instead: String,
}

fn place(span: &Option<Span>) -> String {
    span.map_or_else(String::new, |s| format!(" at {}:{}", s.line, s.column))
}

impl Rejection {
    pub(crate) fn new(
        rule: Rule,
        construct: impl Into<String>,
        instead: impl Into<String>,
    ) -> Self {
        Self {
            construct: construct.into(),
            span: None,
            rule,
            instead: instead.into(),
        }
    }

    /// The message in Chinese: construct and rule; the remedy stays in English SQL terms.
    pub fn zh(&self) -> String {
        format!(
            "{}{}：{}（{}）",
            self.construct,
            place(&self.span),
            self.rule.text().1,
            self.instead
        )
    }
}

pub(crate) type Checked<T> = Result<T, Rejection>;
