//! May this be used, by this job, now? The one check made again at submission, approval, start, each
//! reservation, each release and the end.

use super::grant::want_in_force;
use crate::command::{Charges, Reads};
use crate::dataset::Budget;
use crate::denial::Reasons;
use crate::event::JobOrder;
use crate::manifest::JobKind;
use crate::pack::GradeRules;
use crate::request::{FreezeTarget, PartyKind};
use crate::state::{Change, Job, LogInfo};
use crate::{
    Code, Currency, DatasetId, Decimal, Grade, Loss, NamespaceId, ScenarioId, State, Timestamp,
    VersionId,
};
use std::collections::{BTreeMap, BTreeSet};

/// Versions fixed at approval.
type Versions = BTreeMap<DatasetId, VersionId>;

/// Notes whatever keeps a scenario itself from being used, and freezes that reach it.
pub(super) fn want_scenario(state: &State, at: Timestamp, id: &ScenarioId, why: &mut Reasons) {
    let mut frozen = |target: FreezeTarget| {
        why.want(
            !state.freezes.contains_key(&target),
            Code::Frozen,
            target.to_string(),
        );
    };
    frozen(FreezeTarget::All);
    let Some(known) = state.scenarios.get(id) else {
        why.add(Code::UnknownScenario, id.to_string());
        return;
    };
    if let Some(agreement) = state.agreements.get(&known.scenario.agreement) {
        frozen(FreezeTarget::Operator(agreement.agreement.operator.clone()));
    }
    why.want(known.approved, Code::ScenarioNotApproved, id.to_string());
    let _ = want_in_force(state, at, &known.scenario.agreement, why);
}

/// Notes whatever keeps these reads from being used by this job, and says what their grade allows.
pub(super) fn want_use<'a>(
    state: &State,
    log: &'a LogInfo,
    at: Timestamp,
    job: &Job,
    reads: &Reads,
    pinned: Option<&Versions>,
    why: &mut Reasons,
) -> Option<&'a GradeRules> {
    let kind = job.kind();
    want_scenario(state, at, job.scenario(), why);
    let known = state.scenarios.get(job.scenario())?;
    let agreement = state.agreements.get(&known.scenario.agreement);
    let mut grade: Option<Grade> = None;
    for (dataset, columns) in reads {
        let name = dataset.to_string();
        why.want(
            known.scenario.datasets.contains(dataset),
            Code::OutOfScope,
            &name,
        );
        let Some(change) = want_version(state, dataset, pinned, why) else {
            continue;
        };
        let spec = &change.draft.spec;
        let mut targets = vec![FreezeTarget::Dataset(dataset.clone())];
        if let Some(protected) = spec.protected() {
            targets.push(FreezeTarget::Namespace(protected.unit.namespace.clone()));
        }
        for target in targets {
            why.want(
                !state.freezes.contains_key(&target),
                Code::Frozen,
                target.to_string(),
            );
        }
        // Whoever provides it now must have agreed, and whoever provided this version.
        let current = state.published_spec(dataset);
        if let Some(agreement) = agreement {
            for spec in [Some(spec), current].into_iter().flatten() {
                why.want(
                    agreement.agreement.covers(dataset, &spec.regulator),
                    Code::OutOfScope,
                    &name,
                );
                why.want(
                    !agreement.agreement.needs_providers()
                        || agreement.providers.contains(&spec.provider),
                    Code::ProviderMissing,
                    format!("{name}: {}", spec.provider),
                );
            }
        }
        for column in columns {
            let declared = spec.column(column);
            why.want(
                declared.is_some(),
                Code::UnknownColumn,
                format!("{name}.{column}"),
            );
            // A grade raised since holds for older versions too.
            let raised = current.and_then(|spec| spec.column(column));
            grade = grade
                .max(declared.map(|c| c.grade))
                .max(raised.map(|c| c.grade));
        }
        // Every use reads the privacy unit, whatever it names; a public table has none, and counting its
        // rows is as grave as the table.
        let unit = spec.protected().map(|protected| &protected.unit.columns);
        let unnamed = spec
            .columns
            .iter()
            .filter(|column| unit.map_or(columns.is_empty(), |unit| unit.contains(&column.name)));
        grade = grade.max(unnamed.map(|column| column.grade).max());
    }
    let grade = grade?;
    let Some(rules) = log.pack.rules(grade) else {
        why.add(Code::GradeForbids, format!("{grade}: everything"));
        return None;
    };
    why.want(
        rules.kinds.contains(&kind),
        Code::GradeForbids,
        format!("{grade}: {}", kind.name()),
    );
    Some(rules)
}

fn want_version<'a>(
    state: &'a State,
    dataset: &DatasetId,
    pinned: Option<&Versions>,
    why: &mut Reasons,
) -> Option<&'a Change> {
    let name = dataset.to_string();
    let Some(known) = state.datasets.get(dataset) else {
        why.add(Code::UnknownDataset, name);
        return None;
    };
    let change = match pinned {
        Some(pinned) => pinned
            .get(dataset)
            .and_then(|version| state.version(dataset, version)),
        None => known
            .published
            .as_ref()
            .and_then(|last| known.changes.get(last)),
    };
    let Some(change) = change.filter(|change| change.published) else {
        why.add(Code::NotPublished, name);
        return None;
    };
    why.want(!change.delisted, Code::Delisted, name);
    Some(change)
}

/// Notes what of a job's order its grade does not allow: loss, limits, rows, deadline.
pub(super) fn want_order(order: &JobOrder, rules: &GradeRules, why: &mut Reasons) {
    let mut over = |ok: bool, what: &str| why.want(ok, Code::OverGradeLimit, what);
    let budget = |budget: &Budget| {
        let most = match budget.currency {
            Currency::Rho => rules.max_rho_job,
            Currency::Epsilon => rules.max_epsilon_job,
        };
        (budget.cap <= most, budget.delta <= rules.max_delta_job)
    };
    match order {
        JobOrder::Package(order) => {
            let manifest = &order.manifest;
            let (cap, delta) = budget(&manifest.budget);
            over(cap, "budget.cap");
            over(delta, "budget.delta");
            for limit in manifest.limits.beyond(&rules.limits) {
                over(false, limit);
            }
            let rows = manifest
                .outputs
                .iter()
                .try_fold(0_u64, |sum, output| sum.checked_add(output.max_rows));
            over(
                rows.is_some_and(|rows| rows <= rules.output_rows),
                "max_rows",
            );
            over(manifest.job.deadline <= rules.max_deadline, "deadline");
        }
        JobOrder::Query(order) => {
            let (cap, delta) = budget(&order.budget);
            over(cap, "budget.cap");
            over(delta, "budget.delta");
            // Without any time a query fails once it is paid for, and the failure counts.
            let has_time = order.deadline.0 > 0;
            over(has_time && order.deadline <= rules.max_deadline, "deadline");
        }
    }
}

/// Notes what of a query's charges its grade does not allow, and charges that do not fit the reads:
/// every protected namespace read is charged something, and no other.
pub(super) fn want_charges(
    state: &State,
    job: &Job,
    reads: &Reads,
    charges: &Charges,
    rules: Option<&GradeRules>,
    why: &mut Reasons,
) {
    let namespaces: BTreeSet<&NamespaceId> = reads
        .keys()
        .filter_map(|dataset| {
            let change = state.version(dataset, job.versions.get(dataset)?)?;
            Some(&change.draft.spec.protected()?.unit.namespace)
        })
        .collect();
    why.want(
        namespaces == charges.keys().collect(),
        Code::Uncharged,
        "the namespaces read",
    );
    for (namespace, loss) in charges {
        why.want(
            loss.rho > 0 && loss.eps != Some(0),
            Code::Uncharged,
            namespace.to_string(),
        );
        let Some(rules) = rules else { continue };
        let within = |amount: u64, most: Decimal, read: fn(Decimal) -> Result<u64, _>| {
            read(most).is_ok_and(|most| amount <= most)
        };
        let ok = within(loss.rho, rules.max_rho_query, Loss::nano)
            && loss
                .eps
                .is_none_or(|eps| within(eps, rules.max_epsilon_query, Loss::nano))
            && within(loss.delta, rules.max_delta_job, Loss::atto);
        why.want(ok, Code::OverGradeLimit, format!("loss in {namespace}"));
    }
}

/// Notes that reviewers are too few, or the agency is not among them.
pub(super) fn has_quorum(state: &State, reviewers: &BTreeSet<crate::PartyId>, quorum: u32) -> bool {
    let agency = reviewers
        .iter()
        .any(|id| state.parties.get(id).map(|p| p.kind) == Some(PartyKind::Agency));
    agency && reviewers.len() >= quorum as usize
}

/// Everything that must hold for a job as a whole, at any step after its submission. `reads` are what
/// is at stake: the declared ones, or an interactive query's own.
pub(super) fn want_job<'a>(
    state: &State,
    log: &'a LogInfo,
    at: Timestamp,
    job: &Job,
    pinned: bool,
    why: &mut Reasons,
) -> Option<&'a GradeRules> {
    let reads = job.declared_reads().unwrap_or_else(|| {
        let mut all = Reads::new();
        for query in &job.queries {
            for (dataset, columns) in &query.reads {
                all.entry(dataset.clone())
                    .or_default()
                    .extend(columns.iter().cloned());
            }
        }
        all
    });
    let versions = pinned.then_some(&job.versions);
    let kind = job.kind();
    let rules = want_use(state, log, at, job, &reads, versions, why);
    want_submitter(state, job, why);
    if let Some(rules) = rules {
        want_order(&job.order, rules, why);
        why.want(
            !job.has_mappers() || rules.kinds.contains(&JobKind::Mapper),
            Code::GradeForbids,
            JobKind::Mapper.name(),
        );
        why.want(
            !pinned
                || kind == JobKind::Interactive
                || has_quorum(state, &job.approvals, rules.quorum),
            Code::QuorumMissing,
            format!("{} asked for", rules.quorum),
        );
    }
    rules
}

/// Notes a submitter that has no part in the scenario, and queries where it allows none.
fn want_submitter(state: &State, job: &Job, why: &mut Reasons) {
    let Some(known) = state.scenarios.get(job.scenario()) else {
        return;
    };
    let operator = state
        .agreements
        .get(&known.scenario.agreement)
        .map(|a| &a.agreement.operator);
    let submitter = &job.submitter;
    let bound = operator == Some(submitter) || known.scenario.developers.contains(submitter);
    why.want(bound, Code::NotBound, submitter.to_string());
    why.want(
        job.kind() != JobKind::Interactive || known.scenario.interactive,
        Code::NotInteractive,
        known.scenario.id.to_string(),
    );
}
