//! The rules of private SQL, in both languages.

use serde::Serialize;

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
                "only datasets of the scenario and their columns can be named",
                "只能引用场景内的数据集及其列",
            ),
            Self::RowLevelOutput => (
                "rows about persons may not leave; only aggregates do",
                "个人明细不得输出，只能输出聚合结果",
            ),
            Self::UnitOutput => ("a person's id may not leave", "个人标识不得输出"),
            Self::UnitLocality => (
                "below a release each row may depend on one unit's rows only",
                "释出之下每一行只能取决于一个隐私单元的数据",
            ),
            Self::Join => (
                "protected tables join on their unit, public ones by equality with the private side preserved",
                "受保护表只能按隐私单元连接，公共表须等值连接且保留受保护一侧",
            ),
            Self::Order => (
                "order must not matter below a release",
                "释出之下不得依赖行的次序",
            ),
            Self::Aggregate => (
                "this aggregate has no private release",
                "该聚合函数没有隐私释出方式",
            ),
            Self::Total => (
                "below a release nothing may raise an error",
                "释出之下的表达式不得出错",
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
                "输出列只能是整数、定点小数、双精度数、布尔、文本、日期或时间戳",
            ),
            Self::Size => (
                "the public worst case must fit the machine",
                "最坏情形须在资源限额之内",
            ),
        }
    }

    /// Every rule.
    pub const ALL: [Self; 19] = [
        Self::Limit,
        Self::Syntax,
        Self::Statement,
        Self::UnknownName,
        Self::RowLevelOutput,
        Self::UnitOutput,
        Self::UnitLocality,
        Self::Join,
        Self::Order,
        Self::Aggregate,
        Self::Total,
        Self::Bounds,
        Self::Volatile,
        Self::Subquery,
        Self::Keys,
        Self::Loss,
        Self::Contribution,
        Self::OutputType,
        Self::Size,
    ];

    /// What the rule asks for, in Chinese, where a remedy has no words of its own.
    pub(super) fn remedy_zh(self) -> &'static str {
        match self {
            Self::Limit => "请缩短语句",
            Self::Syntax => "请改正语句",
            Self::Statement => "请写一条 SELECT",
            Self::UnknownName => "请引用场景内的数据集及其列",
            Self::RowLevelOutput => "请选择聚合",
            Self::UnitOutput => "请只在 COUNT(DISTINCT …) 与连接中使用隐私单元",
            Self::UnitLocality => "请先聚合",
            Self::Join => "请按隐私单元连接，或与公共表等值连接",
            Self::Order => "请把排序放在聚合之上",
            Self::Aggregate => "请换用可释出的聚合",
            Self::Total => "请换用不会出错的写法",
            Self::Bounds => "请用 CLAMP(x, lo, hi) 定界",
            Self::Volatile => "请写成常量",
            Self::Subquery => "请先释出，再在释出之上比较",
            Self::Keys => "请给出 δ，或按声明了取值范围的列分组",
            Self::Loss => "请给出合适的隐私损失",
            Self::Contribution => "请给出合适的贡献上限",
            Self::OutputType => "请转换输出列的类型",
            Self::Size => "请缩小规模",
        }
    }
}
