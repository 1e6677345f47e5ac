//! Remedies in Chinese.

pub(super) const REMEDIES: &[(&str, &str)] = &[
    (
        "use sub-queries and common tables less often: together they read over {} tables",
        "请减少子查询与公共表的使用次数：展开后读取超过 {} 张表",
    ),
    (
        "use sub-queries and common tables less often: together they come to over {} steps",
        "请减少子查询与公共表的使用次数：展开后超过 {} 步",
    ),
    (
        "use computed columns less often: written out, they come to over {} parts",
        "请减少计算列的使用次数：展开后超过 {} 个部分",
    ),
    ("write at most {} bytes", "最多写 {} 字节"),
    (
        "write at most {} words and symbols",
        "最多写 {} 个字词与符号",
    ),
    (
        "write it more simply; the checker gave up",
        "请写得更简单，检查器无法处理这条语句",
    ),
    ("send one statement", "一次提交一条语句"),
    (
        "select it under a name in a subquery, and ask of that name",
        "请先在子查询中为其命名，再对该名称使用 IN",
    ),
    (
        "leave it out; it has no meaning here",
        "请去掉它，它在这里没有意义",
    ),
    (
        "name each column once; give one of them another name with AS",
        "列名不得重复，请用 AS 换一个名称",
    ),
    ("use a function that SQL knows", "请使用 SQL 已有的函数"),
    (
        "the sensitivity is too large; lower C, m or the bounds",
        "敏感度过大，请降低 C、m 或缩小上下界",
    ),
    (
        "the loss is too small to be split over the aggregates",
        "损失太小，不足以分给各个聚合",
    ),
    (
        "the loss is larger than any account can hold; ask for less",
        "损失超过任何账户的容量，请减少",
    ),
    (
        "a loss is a decimal that is not negative, with at most 9 digits after the point (δ: 18)",
        "损失须为非负小数，小数点后最多 9 位（δ 为 18 位）",
    ),
    (
        "no threshold meets δ; ask for a larger δ",
        "没有满足 δ 的阈值，请增大 δ",
    ),
    ("write a SELECT", "请写一条 SELECT"),
    ("write one SELECT", "请写一条 SELECT"),
    (
        "choose another name; this prefix is the engine's",
        "请换一个名称，这个前缀由引擎保留",
    ),
    ("name a dataset of the scenario", "请引用场景内的数据集"),
    ("name one of {}", "可用的名称：{}"),
    ("qualify it with its table's name", "请在列名前加上表名"),
    (
        "CAST it to BIGINT, DOUBLE, DECIMAL, BOOLEAN, VARCHAR, DATE or TIMESTAMP",
        "请 CAST 为 BIGINT、DOUBLE、DECIMAL、BOOLEAN、VARCHAR、DATE 或 TIMESTAMP",
    ),
    (
        "ask for a positive loss of at least 1e-9",
        "请给出不小于 1e-9 的正损失",
    ),
    (
        "δ is below 1; ask for something like 1e-6",
        "δ 须小于 1，例如 1e-6",
    ),
    (
        "ask for δ (such as 1e-6), or group by a column with a declared domain",
        "请给出 δ（如 1e-6），或按声明了取值范围的列分组",
    ),
    ("ask for at most {} aggregates", "最多使用 {} 个聚合"),
    (
        "ask for fewer quantiles at once: all aggregates together may add up 256 values",
        "请减少一次查询中的分位数：全部聚合合计最多累加 256 个值",
    ),
    (
        "ask for at most {} noisy sums; VAR needs 3, CORR 6, a grouping set as many as the query",
        "最多 {} 个加噪的和：VAR 需要 3 个，CORR 需要 6 个，每个分组集与整条查询所需相同",
    ),
    (
        "use one PARTITION BY and ORDER BY in a SELECT",
        "一个 SELECT 中请使用同一个 PARTITION BY 与 ORDER BY",
    ),
    (
        "put ORDER BY, LIMIT and OFFSET above the aggregate",
        "请把 ORDER BY、LIMIT 与 OFFSET 放在聚合之上",
    ),
    (
        "use window functions above the aggregate, over released values",
        "请在聚合之上对已释出的数值使用窗口函数",
    ),
    (
        "write GROUP BY with COUNT(DISTINCT unit) for the values that occur",
        "请用 GROUP BY 与 COUNT(DISTINCT 隐私单元) 得到出现过的取值",
    ),
    (
        "aggregate each branch first, and unite the released tables",
        "请先分别聚合，再合并已释出的结果",
    ),
    (
        "write a plain JOIN with a subquery",
        "请改写为与子查询的普通 JOIN",
    ),
    (
        "arrays cannot be used; name the columns",
        "不能使用数组，请逐列写出",
    ),
    (
        "aggregate first: a recursion is over released and public tables",
        "请先聚合：递归只能用已释出的结果与公共表",
    ),
    (
        "release in the first term, or before: what is drawn there may be read again in the second",
        "请在第一项或之前释出：那里释出的结果可在第二项中再次读取",
    ),
    (
        "name the recursion once, in FROM of its second term, outside other recursions",
        "请只在第二项的 FROM 中引用递归一次，且不在另一递归之内",
    ),
    (
        "cut it in each round: LEFT(a || b, n), with a constant n up to {}",
        "请在每一轮截短：LEFT(a || b, n)，n 为不超过 {} 的常量",
    ),
    (
        "a release cannot refer to the outer query; release first, then join",
        "释出不能引用外层查询，请先释出再连接",
    ),
    (
        "select aggregates such as COUNT(*), SUM(x), AVG(x)",
        "请选择聚合，例如 COUNT(*)、SUM(x)、AVG(x)",
    ),
    (
        "a person's rows and id may not leave; select aggregates such as COUNT(*), SUM(x), AVG(x)",
        "个人明细与标识不得输出，请选择聚合，例如 COUNT(*)、SUM(x)、AVG(x)",
    ),
    ("write a constant", "请写成常量"),
    (
        "leave it out: its result may be of any size; REPLACE, TRANSLATE, REPEAT, LPAD and RPAD take constants, counts up to 64",
        "请去掉它：其结果的大小没有上限；REPLACE、TRANSLATE、REPEAT、LPAD 与 RPAD 的参数须为常量，次数不超过 64",
    ),
    (
        "concatenate fewer texts: together they may grow too long",
        "请减少拼接：合起来可能过长",
    ),
    ("sum integers or decimals", "请对整数或定点小数求和"),
    (
        "write CLAMP(x, lo, hi) around it",
        "请在外面写 CLAMP(x, lo, hi)",
    ),
    ("use COUNT, SUM or AVG", "请使用 COUNT、SUM 或 AVG"),
    (
        "write SUM(CASE WHEN … THEN x ELSE 0 END)",
        "请写 SUM(CASE WHEN … THEN x ELSE 0 END)",
    ),
    ("aggregates cannot depend on order", "聚合不得依赖次序"),
    (
        "give COUNT, SUM and AVG one argument",
        "COUNT、SUM 与 AVG 只能有一个参数",
    ),
    (
        "DISTINCT is for COUNT alone; SELECT DISTINCT unit, x in a sub-query takes each value once per unit",
        "DISTINCT 只用于 COUNT；在子查询中写 SELECT DISTINCT 隐私单元, x，可使每个隐私单元的每个取值只计一次",
    ),
    (
        "count the distinct values of one expression",
        "请只对一个表达式计其不同取值",
    ),
    (
        "use COUNT(*), COUNT(x), COUNT(DISTINCT unit), SUM(x) or AVG(x)",
        "请使用 COUNT(*)、COUNT(x)、COUNT(DISTINCT 隐私单元)、SUM(x) 或 AVG(x)",
    ),
    ("group by something persons share", "请按多人共有的取值分组"),
    ("write one query for each set", "请为每个分组集各写一条查询"),
    ("ask for 1 to {}", "请取 1 至 {}"),
    ("aggregate a protected table", "请对受保护表聚合"),
    (
        "group by fewer or smaller keys: at most {} groups",
        "请减少分组键或取值：最多 {} 组",
    ),
    (
        "the groups may need {} bytes, over {}; lower C or group by declared keys",
        "分组可能需要 {} 字节，超过 {}；请降低 C 或按声明了取值范围的键分组",
    ),
    (
        "join tables of one namespace ON a.unit = b.unit, the declared unit of both",
        "请在同一命名空间内按双方声明的隐私单元连接：ON a.unit = b.unit",
    ),
    (
        "use an inner, LEFT SEMI or LEFT ANTI join on the unit",
        "请按隐私单元使用内连接、LEFT SEMI 或 LEFT ANTI 连接",
    ),
    (
        "keep the protected side whole: protected LEFT JOIN public, or an inner join",
        "请保留受保护一侧：受保护表 LEFT JOIN 公共表，或内连接",
    ),
    (
        "use at most 1000 rows of released numbers, texts with IN alone: GROUP BY declared keys, or ORDER BY with LIMIT; or join above the release",
        "请使用至多 1000 行已释出的数值，文本仅限 IN：按已声明的键 GROUP BY，或 ORDER BY 加 LIMIT；或在释出之上连接",
    ),
    ("join ON an equality of columns", "请用列的等式连接"),
    ("nest at most {} deep", "嵌套最多 {} 层"),
    (
        "join with a public table instead, or compare above the release",
        "请改为与公共表连接，或在释出之上比较",
    ),
    (
        "use integers or decimals below the release; compute with doubles above it",
        "释出之下请用整数或定点小数，浮点运算放在释出之上",
    ),
    (
        "use integers, decimals, booleans, text, dates and timestamps below the release",
        "释出之下请用整数、定点小数、布尔、文本、日期与时间戳",
    ),
    (
        "use the unit only in COUNT(DISTINCT …) and to join protected tables; a person's id may not leave",
        "隐私单元只能用于 COUNT(DISTINCT …) 与受保护表的连接，个人标识不得输出",
    ),
    (
        "use LIKE with a constant pattern of at most 256 bytes and no ESCAPE",
        "请用不超过 256 字节的常量模式的 LIKE，且不带 ESCAPE",
    ),
    (
        "cast to BIGINT, DECIMAL, BOOLEAN or DATE below the release",
        "释出之下请转换为 BIGINT、DECIMAL、BOOLEAN 或 DATE",
    ),
    (
        "use plain scalar expressions below the release",
        "释出之下请用普通标量表达式",
    ),
    ("name the columns", "请逐列写出"),
    (
        "give its inputs bounds with CLAMP(x, lo, hi)",
        "请用 CLAMP(x, lo, hi) 给其输入定界",
    ),
    (
        "calculate with integers and decimals below the release",
        "释出之下请用整数与定点小数计算",
    ),
    (
        "divide above the release, where it is free",
        "请在释出之上做除法，那里不受限制",
    ),
    (
        "use comparisons, AND, OR, +, - and * below the release",
        "释出之下请用比较、AND、OR、+、- 与 *",
    ),
    (
        "write TRY_CAST, which gives null where CAST would fail",
        "请写 TRY_CAST，它在 CAST 会失败时给出空值",
    ),
    (
        "DISTINCT is for COUNT alone; SELECT DISTINCT first",
        "DISTINCT 只用于 COUNT；请先写 SELECT DISTINCT",
    ),
    (
        "ORDER BY all the columns that are read, {} too",
        "请按读取的所有列 ORDER BY，包括 {}",
    ),
    (
        "ORDER BY every column that is selected",
        "请按选出的每一列 ORDER BY",
    ),
    (
        "add intervals to dates and timestamps with declared bounds between the years 1700 and 2200",
        "时间间隔只能加在声明了 1700 至 2200 年之间上下界的日期或时间戳上",
    ),
    ("aggregate integers or decimals", "请聚合整数或定点小数"),
    (
        "aggregate the protected branch first, and unite the released tables",
        "请先聚合受保护的分支，再合并已释出的表",
    ),
    (
        "ask for at most {} grouping sets in one GROUP BY",
        "一个 GROUP BY 至多 {} 个分组集",
    ),
    (
        "cast timestamps with declared bounds between the years 1700 and 2200",
        "请转换声明了 1700 至 2200 年之间上下界的时间戳",
    ),
    (
        "count distinct values in a sub-query of its own, and join it on the unit",
        "请在单独的子查询中计不同值，再按隐私单元连接",
    ),
    (
        "divide by a constant that is neither 0 nor -1, decimals within bounds; or divide above the release, where it is free",
        "请以非 0 且非 -1 的常量相除，小数须有上下界；或在释出之上做除法，那里不受限制",
    ),
    ("give a constant from 0 to 1", "请写 0 至 1 的常量"),
    (
        "give it a constant delimiter and a constant position from 1",
        "请写常量分隔符与从 1 起的常量位置",
    ),
    (
        "give it a constant number of characters, from 0",
        "请写不小于 0 的常量字符数",
    ),
    (
        "give it a constant start from 1 and a constant length",
        "请写从 1 起的常量起点与常量长度",
    ),
    ("give it a text and a pattern alone", "请只写文本与模式"),
    ("give it one argument", "请只写一个参数"),
    (
        "its squares do not fit; write CLAMP(x, lo, hi) with closer bounds around it",
        "平方会溢出；请用 CLAMP(x, lo, hi) 写出更窄的上下界",
    ),
    (
        "join with a public table, LEFT SEMI JOIN for EXISTS; or write unit IN (SELECT unit …)",
        "请连接公共表（EXISTS 用 LEFT SEMI JOIN），或写 unit IN (SELECT unit …)",
    ),
    (
        "keep texts within {} bytes: take LEFT(text, n) of them, or put fewer together",
        "文本请保持在 {} 字节之内：取 LEFT(text, n)，或少拼接一些",
    ),
    (
        "name a constant part: year, quarter, month, week, day, hour, minute or second",
        "请写成常量的时间部分：year、quarter、month、week、day、hour、minute 或 second",
    ),
    (
        "put the unit among its expressions: DISTINCT ON (unit, …)",
        "请把隐私单元写进去：DISTINCT ON (unit, …)",
    ),
    (
        "put the unit among the columns, or write GROUP BY with COUNT(DISTINCT unit) for the values that occur",
        "请把隐私单元列入各列，或用 GROUP BY 与 COUNT(DISTINCT unit) 求出现的值",
    ),
    (
        "put the unit in the same place of every branch",
        "请把隐私单元放在每个分支的同一位置",
    ),
    (
        "select one aggregate without GROUP BY, or LIMIT 1",
        "请选一个不带 GROUP BY 的聚合，或写 LIMIT 1",
    ),
    (
        "unite tables of one namespace, or aggregate each branch first",
        "请合并同一命名空间的表，或先分别聚合",
    ),
    ("use CLAMP, {} below the release", "释出之下请用 CLAMP、{}"),
    (
        "use COUNT, SUM, AVG, VAR, {}",
        "请用 COUNT、SUM、AVG、VAR、{}",
    ),
    (
        "use COUNT, SUM, AVG, MIN or MAX for each unit, or MEDIAN with GROUP BY",
        "每个隐私单元请用 COUNT、SUM、AVG、MIN 或 MAX，或带 GROUP BY 的 MEDIAN",
    ),
    (
        "write MEDIAN(CAST(x AS DECIMAL(18, 1))) for each unit: doubles stay above the release",
        "每个隐私单元请写 MEDIAN(CAST(x AS DECIMAL(18, 1)))：浮点数只能在释出之上使用",
    ),
    (
        "write AVG(CAST(x AS DECIMAL(18, 0))) for each unit: sums of doubles depend on the order of rows",
        "每个隐私单元请写 AVG(CAST(x AS DECIMAL(18, 0)))：浮点数之和与行的次序有关",
    ),
    (
        "use ROWS, or RANGE between UNBOUNDED and CURRENT ROW",
        "请用 ROWS，或 UNBOUNDED 至 CURRENT ROW 的 RANGE",
    ),
    ("use ROW_NUMBER, {}", "请用 ROW_NUMBER、{}"),
    (
        "use comparisons, AND, OR, +, -, *, /, %, || and ~ below the release",
        "释出之下请用比较、AND、OR、+、-、*、/、%、|| 与 ~",
    ),
    (
        "use public tables or released values in it, write unit IN (SELECT unit …), or compare above the release",
        "其中请只用公共表或已释出的值，或写 unit IN (SELECT unit …)，或在释出之上比较",
    ),
    (
        "write EXISTS (SELECT 1 FROM t WHERE t.unit = outer.unit AND …), with the outer columns in that WHERE alone",
        "请写 EXISTS (SELECT 1 FROM t WHERE t.unit = outer.unit AND …)，外层的列只出现在该 WHERE 中",
    ),
    (
        "give WIDTH_BUCKET constant bounds with lo < hi, and a constant number of buckets up to {}",
        "WIDTH_BUCKET 的上下界须为常数且 lo < hi，桶数须为不超过 {} 的常数",
    ),
    (
        "ask it in WHERE; or LEFT JOIN the table, and whether its column is null",
        "请写在 WHERE 中，或 LEFT JOIN 该表并判断其列是否为空",
    ),
    (
        "write WIDTH_BUCKET(x, lo, hi, n)",
        "请写 WIDTH_BUCKET(x, lo, hi, n)",
    ),
    ("write CAST(x AS BIGINT)", "请写 CAST(x AS BIGINT)"),
    (
        "write PARTITION BY with the unit, or use it above the aggregate, over released values",
        "请在 PARTITION BY 中写隐私单元，或在聚合之上对已释出的值使用",
    ),
    ("write a constant from 1 to {}", "请写 1 至 {} 的常量"),
    (
        "write a constant from 0 to {}, or UNBOUNDED",
        "请写 0 至 {} 的常量，或 UNBOUNDED",
    ),
    (
        "write a constant of the value's type",
        "请写与该值同类型的常量",
    ),
    (
        "write a constant regular expression, not null",
        "请写非空的常量正则表达式",
    ),
    ("write a constant regular expression", "请写常量正则表达式"),
    (
        "write a regular expression of at most {} bytes that compiles, with at most two counts up to {}, whose product is at most {}",
        "请写至多 {} 字节、可编译的正则表达式，其中重复次数至多两处、各不超过 {}，其乘积不超过 {}",
    ),
    (
        "write it plain; use CASE for a filter",
        "请写成普通形式；筛选请用 CASE",
    ),
    (
        "write the condition as WHERE, in a query of its own",
        "请在单独的查询中把条件写成 WHERE",
    ),
    (
        "write the grouping sets out; a CUBE is of at most {} keys",
        "请写出分组集；CUBE 至多 {} 个键",
    ),
    (
        "write unit IN (SELECT unit FROM a table of the same namespace)",
        "请写 unit IN (SELECT unit FROM 同一命名空间的表)",
    ),
    ("write CLAMP(x, lo, hi)", "请写 CLAMP(x, lo, hi)"),
    (
        "give CLAMP constant bounds with lo <= hi",
        "CLAMP 的界须为常量，且 lo <= hi",
    ),
    ("name a constant part", "请写成常量的时间部分"),
    (
        "take it of a stored date, of bounded dates, or of TRY_CAST itself: the default for its nulls comes after",
        "请用于存储的日期、有界的日期，或 TRY_CAST 本身：空值的默认值写在其后",
    ),
    (
        "trim a constant set of characters, of at most 16 bytes",
        "请去除至多 16 字节的常量字符集",
    ),
    (
        "match fewer regular expressions: with each use of a common table, they are over {}; | joins several in one",
        "请减少正则表达式：公共表每次使用都计入，已超过 {} 个；可用 | 合并",
    ),
    (
        "write a constant format of %Y %m %d %H %M %S and such: no %Z, %s, %f or %c, at most {} bytes",
        "请写由 %Y %m %d %H %M %S 等组成的常量格式：不含 %Z、%s、%f 与 %c，不超过 {} 字节",
    ),
    (
        "take it of a stored date or timestamp, or of bounded ones",
        "请用于存储的日期或时间戳，或有界的日期或时间戳",
    ),
    ("take it of a date or a timestamp", "请用于日期或时间戳"),
    (
        "use year, quarter, month, day, hour, minute, dow or doy",
        "请用 year、quarter、month、day、hour、minute、dow 或 doy",
    ),
    (
        "read a protected table, and leave aggregates of several units to the statement",
        "请读取受保护表，跨隐私单元的聚合留给语句",
    ),
    ("read a protected table", "请读取受保护表"),
    (
        "select at least one column beside the unit",
        "请在隐私单元之外至少选择一列",
    ),
    (
        "CAST it to BIGINT, DECIMAL(18, s), BOOLEAN, VARCHAR, DATE or TIMESTAMP",
        "请 CAST 为 BIGINT、DECIMAL(18, s)、BOOLEAN、VARCHAR、DATE 或 TIMESTAMP",
    ),
    (
        "name it otherwise: the unit's column has this name",
        "请另取名称：隐私单元的列已用此名",
    ),
    (
        "blocks are released as AVG, MEDIAN or PERCENTILE_CONT of an output, without FILTER",
        "分块只能以输出的 AVG、MEDIAN 或 PERCENTILE_CONT 释出，且不带 FILTER",
    ),
    (
        "write SELECT AVG(x), MEDIAN(y) FROM the table itself, without WHERE, GROUP BY or JOIN",
        "请写 SELECT AVG(x), MEDIAN(y) FROM 该表本身，不带 WHERE、GROUP BY 或 JOIN",
    ),
];
