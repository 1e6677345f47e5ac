//! Denials: every reason why not, each with a stable code and a text for people.

use serde::{Deserialize, Serialize};

macro_rules! codes {
    ($($variant:ident = $code:literal, $zh:literal, $en:literal, $remedy_zh:literal, $remedy_en:literal;)*) => {
        /// Why something was denied. Codes are stable: scripts rely on them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Code {
            $(#[doc = $en] #[serde(rename = $code)] $variant,)*
        }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable code.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// What it means, in Chinese.
            pub fn zh(self) -> &'static str {
                match self { $(Self::$variant => $zh,)* }
            }

            /// What it means, in English.
            pub fn en(self) -> &'static str {
                match self { $(Self::$variant => $en,)* }
            }

            /// What to do about it, in Chinese.
            pub fn remedy_zh(self) -> &'static str {
                match self { $(Self::$variant => $remedy_zh,)* }
            }

            /// What to do about it, in English.
            pub fn remedy_en(self) -> &'static str {
                match self { $(Self::$variant => $remedy_en,)* }
            }
        }
    };
}

codes! {
    ClockWentBack = "clock-went-back", "时间早于上一事件", "the time is before the last event", "校准主机时钟后重试", "correct the machine's clock and retry";
    NotInitialised = "not-initialised", "日志尚未创建", "the log has not been opened", "先执行 init", "run `init` first";
    AlreadyInitialised = "already-initialised", "日志已创建", "the log is already open with other content", "另选目录", "use another home";
    UnknownParty = "unknown-party", "签署方未登记", "the signer is not registered", "由实施机构登记该方", "ask the agency to add the party";
    BadSignature = "bad-signature", "签名无效或内容被改动", "the signature does not fit the statement", "用登记的密钥重新签署", "sign again with the registered key";
    OtherOrigin = "other-origin", "声明属于另一日志", "the statement is meant for another log", "针对本日志重新签署", "sign again for this log";
    Replayed = "replayed", "声明已使用过", "the statement's nonce was already used", "以新的随机数重新签署", "sign again with a fresh nonce";
    WrongRole = "wrong-role", "该类主体无权执行此操作", "a party of this kind may not do this", "由有权主体签署", "have a party of the right kind sign";
    NotYours = "not-yours", "该主体与此对象无关", "this party has no part in this", "由指定主体签署", "have the party named there sign";
    IdInUse = "id-in-use", "标识已用于其他内容", "the id is in use with other content", "换一个标识", "choose another id";
    KeyInUse = "key-in-use", "密钥已属其他主体", "the key belongs to another party", "每个主体使用自己的密钥", "give each party a key of its own";
    BadText = "bad-text", "文本为空或过长", "a text is empty or too long", "填写 1 至 2000 字节", "write 1 to 2000 bytes";
    BadPack = "bad-pack", "策略包无效或版本不高于现行版本", "the policy pack is not valid or not newer", "修正策略包并提高版本号", "correct the pack and raise its version";
    UnknownDataset = "unknown-dataset", "数据集不在目录中", "the dataset is not in the catalog", "先导入该数据集", "ingest the dataset first";
    UnknownChange = "unknown-change", "没有此目录变更", "there is no such catalog change", "核对变更哈希", "check the change hash";
    VersionInUse = "version-in-use", "版本标识已使用", "the version id is in use", "重新导入", "ingest again";
    BadSpec = "bad-spec", "数据集说明不符合规则", "the dataset spec breaks a rule", "按说明修改", "correct the spec as the detail says";
    SecondNamespace = "second-namespace", "同一数据源或数据集不得进入第二个命名空间", "a source element or dataset may not enter a second namespace", "沿用原命名空间", "keep the namespace it has";
    UnknownNamespace = "unknown-namespace", "关联的命名空间不存在", "a linked namespace is not known", "核对名称，或将其数据集列入同一批次", "check its name, or publish a dataset of it in the same batch";
    UnitDiffers = "unit-differs", "标识单元的列与该命名空间其他数据集的类型不同", "the columns that name the unit have other types than in the namespace's other datasets", "以相同类型和顺序的列标识单元，或另立命名空间", "name the unit by columns of the same types in the same order, or declare another namespace";
    BudgetDiffers = "budget-differs", "与命名空间已定预算不一致", "the budget differs from the namespace's", "采用命名空间的预算", "declare the namespace's budget";
    NotConsented = "not-consented", "缺少提供单位或主管部门同意", "the provider or the regulator has not consented", "请两方对同一变更哈希签署同意", "have both consent to the same change hash";
    NotPublished = "not-published", "数据集尚未发布", "the dataset is not published", "由实施机构发布", "ask the agency to publish it";
    Delisted = "delisted", "数据集已下架", "the dataset was delisted", "发布新版本", "publish a new version";
    Frozen = "frozen", "已冻结", "it is frozen", "查明后由两方解冻", "have two parties thaw it once resolved";
    NotFrozen = "stale-thaw", "所指冻结不是现行冻结", "the freeze it names is not the present one", "针对现行冻结重新签署", "sign again for the present freeze";
    UnknownTarget = "unknown-target", "冻结对象不存在", "there is no such thing to freeze", "核对标识", "check the id";
    BadTerm = "bad-term", "协议期限无效", "the term is not valid", "期限不超过三年", "choose a term of at most three years";
    BadAgreement = "bad-agreement", "协议范围与方式不符", "the agreement's lists do not fit its mode", "按授权方式填写范围", "list what its mode asks for";
    UnknownAgreement = "unknown-agreement", "没有此协议", "there is no such agreement", "核对标识", "check the id";
    OtherTerms = "other-terms", "签署的内容与所提内容不同", "what was signed is not what was offered", "核对内容后重新签署", "read what was offered and sign that";
    AgreementNotActive = "agreement-not-active", "协议未生效", "not all who must sign the agreement have", "补齐签署", "have the operator and each affected provider sign";
    AgreementRevoked = "agreement-revoked", "协议已终止", "the agreement was revoked", "需另订协议", "a new agreement is needed";
    OutsideTerm = "outside-term", "不在协议期限内", "now is outside the agreement's term", "在期限内操作", "act within the term";
    ProviderMissing = "provider-missing", "提供单位未签署协议", "the dataset's provider has not signed the agreement", "请提供单位签署", "have the provider consent to the agreement";
    UnknownScenario = "unknown-scenario", "没有此场景", "there is no such scenario", "核对标识", "check the id";
    ScenarioNotApproved = "scenario-not-approved", "场景未获批准", "the scenario is not approved", "由实施机构批准", "ask the agency to approve it";
    SecondScenario = "second-scenario", "一场景一授权协议只容一个场景", "the agreement is for one scenario, and it is another", "另订协议", "make another agreement";
    NotInteractive = "not-interactive", "场景不允许交互查询", "the scenario does not allow interactive queries", "提交作业", "submit a job instead";
    NotBound = "not-bound", "开发主体未绑定此场景", "the developer is not bound to the scenario", "在场景中列明该开发主体", "name the developer in the scenario";
    OutOfScope = "out-of-scope", "超出授权范围", "it reads what the agreement or scenario does not grant", "缩小范围或另行申请授权", "read less, or ask for a wider grant";
    UndeclaredRead = "undeclared-read", "读取了未声明的数据", "it reads what the manifest does not declare", "在清单中声明", "declare the read in the manifest";
    UnknownColumn = "unknown-column", "没有此列", "the dataset has no such column", "核对列名", "check the column's name";
    BadManifest = "bad-manifest", "作业清单无效", "the manifest is not valid", "按说明修改", "correct the manifest as the detail says";
    GradeForbids = "grade-forbids", "数据级别不允许此类作业", "the grade does not allow this kind of job", "避免读取该级别的列", "leave out columns of that grade";
    OverGradeLimit = "over-grade-limit", "超过数据级别的限额", "it is more than the grade allows", "降低请求", "ask for less";
    UnknownJob = "unknown-job", "没有此作业", "there is no such job", "核对标识", "check the id";
    WrongState = "wrong-state", "当前状态不允许此操作", "the job's state does not allow this", "查看作业状态", "look at the job's state";
    SelfReview = "self-review", "提交方不得自审", "who submitted may not review", "由其他主体评审", "have another party review";
    QuorumMissing = "quorum-missing", "评审人数未达现行级别要求", "the approvals are fewer than the grade asks for now", "补充评审", "have more reviewers approve";
    TooManyQueries = "too-many-queries", "查询次数已用尽", "the job has no queries left", "减少查询或提高清单上限", "ask fewer queries or declare more";
    UnknownQuery = "unknown-query", "没有此查询或已发布", "there is no such query, or it was released", "核对编号", "check its number";
    ReleaseInUse = "release-in-use", "发布标识已使用", "the release id is in use", "换一个标识", "draw another id";
    NothingToReuse = "nothing-to-reuse", "没有可重用的发布", "there is no stored release that may be reused", "重新查询", "run the query";
    Uncharged = "uncharged", "计费与读取不符", "the charges do not fit what is read", "对每个所读的受保护命名空间计费，且只对这些计费", "charge each protected namespace that is read, and no other";
    NoEpsilon = "no-epsilon", "该账户只接受以 ε 计量的查询", "the account takes only losses that have an epsilon", "改用 ε", "ask with epsilon";
    NoDelta = "no-delta", "δ 超出账户余额", "the account has no delta left for this", "声明键的取值域，或减少所请求的 δ", "declare the domains of the keys, or ask for less delta";
    BudgetExhausted = "budget-exhausted", "隐私预算不足", "the account has too little left", "减少开销；预算不会恢复", "ask for less; budgets are never refreshed";
    BadBudget = "bad-budget", "预算无效", "the budget is not a number an account can hold", "填写非负数", "write amounts that are not negative";
}

/// One reason.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Reason {
    /// Its code.
    pub code: Code,
    /// Which thing it is about: ids, names and declared numbers only, never values of data.
    pub detail: String,
}

impl Reason {
    /// A reason about `detail`.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
        }
    }
}

/// A command was denied, for all these reasons.
#[must_use]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{}", self.text())]
pub struct Denial {
    /// Every failing reason; never empty.
    pub reasons: Vec<Reason>,
}

impl Denial {
    /// The first reason's code.
    pub fn code(&self) -> Code {
        self.reasons
            .first()
            .map_or(Code::WrongState, |reason| reason.code)
    }

    /// Whether a reason has this code.
    pub fn has(&self, code: Code) -> bool {
        self.reasons.iter().any(|reason| reason.code == code)
    }

    fn text(&self) -> String {
        let lines: Vec<_> = self
            .reasons
            .iter()
            .map(|r| {
                format!(
                    "{} ({}): {}; {}",
                    r.code.as_str(),
                    r.detail,
                    r.code.en(),
                    r.code.remedy_en()
                )
            })
            .collect();
        lines.join("\n")
    }
}

/// Reasons as they are found.
#[derive(Debug, Default)]
pub(crate) struct Reasons(Vec<Reason>);

impl Reasons {
    /// Notes a reason.
    pub(crate) fn add(&mut self, code: Code, detail: impl Into<String>) {
        let reason = Reason::new(code, detail);
        if !self.0.contains(&reason) {
            self.0.push(reason);
        }
    }

    /// Notes a reason unless `ok`.
    pub(crate) fn want(&mut self, ok: bool, code: Code, detail: impl Into<String>) {
        if !ok {
            self.add(code, detail);
        }
    }

    pub(crate) fn codes(&self) -> Vec<Code> {
        let mut codes: Vec<_> = self.0.iter().map(|reason| reason.code).collect();
        codes.sort_unstable();
        codes.dedup();
        codes
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Nothing found, or a denial.
    pub(crate) fn finish(self) -> Result<(), Denial> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(Denial { reasons: self.0 })
        }
    }
}

impl From<Reasons> for Denial {
    fn from(reasons: Reasons) -> Self {
        Self { reasons: reasons.0 }
    }
}

/// A denial for one reason.
pub(crate) fn deny<T>(code: Code, detail: impl Into<String>) -> Result<T, Denial> {
    Err(Denial {
        reasons: vec![Reason::new(code, detail)],
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn codes_are_kebab_case_unique_and_told_in_both_languages() {
        let all: BTreeSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(all.len(), Code::ALL.len());
        for code in Code::ALL {
            let kebab = code
                .as_str()
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b == b'-');
            assert!(kebab, "{}", code.as_str());
            assert!(![code.zh(), code.en(), code.remedy_zh(), code.remedy_en()].contains(&""));
            let json = serde_json::to_string(code).unwrap();
            assert_eq!(json, format!("{:?}", code.as_str()), "one name everywhere");
        }
    }
}
