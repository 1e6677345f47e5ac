//! Random command sequences against a small oracle that keeps its own books.

use crate::flow::{finish, release, reserve, reuse};
use crate::world::*;
use irongate_policy::event::Fact;
use irongate_policy::manifest::Seconds;
use irongate_policy::request::*;
use irongate_policy::*;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};

/// What the random hand may do. Numbers are taken modulo what there is.
#[derive(Debug, Clone)]
enum Step {
    Wait(u8),
    Draft(u8),
    Consent(u8, u8),
    Publish(u8),
    Delist(u8),
    Freeze(u8),
    /// Takes a job from where it is to running, as honest parties would.
    Carry(u8),
    Thaw(u8, u8),
    Revoke,
    Submit(u8, u8),
    Move(u8, u8, u8),
    Query(u8),
    Reserve(u8, u8, u32, u8),
    Reuse(u8, u8, u32, u8),
}

fn step() -> impl Strategy<Value = Step> {
    let n = || any::<u8>();
    prop_oneof![
        1 => n().prop_map(Step::Wait),
        1 => n().prop_map(Step::Draft),
        2 => (n(), n()).prop_map(|(a, b)| Step::Consent(a, b)),
        1 => n().prop_map(Step::Publish),
        1 => n().prop_map(Step::Delist),
        1 => (0_u8..40).prop_map(Step::Freeze),
        3 => (n(), n()).prop_map(|(a, b)| Step::Thaw(a, b)),
        1 => Just(Step::Revoke),
        6 => (n(), n()).prop_map(|(a, b)| Step::Submit(a, b)),
        24 => (n(), n(), n()).prop_map(|(a, b, c)| Step::Move(a, b, c)),
        4 => n().prop_map(Step::Query),
        16 => n().prop_map(Step::Carry),
        24 => (n(), n(), 0_u32..60_000_000, n()).prop_map(|(a, b, c, d)| Step::Reserve(a, b, c, d)),
        6 => (n(), n(), 0_u32..60_000_000, n()).prop_map(|(a, b, c, d)| Step::Reuse(a, b, c, d)),
    ]
}

const NAMES: [&str; 2] = ["clinic", "hospital"];
const TARGETS: [&str; 5] = [
    "all",
    "dataset:clinic",
    "dataset:hospital",
    "operator:operator",
    "namespace:patient",
];
const COLUMNS: [&[&str]; 5] = [
    &["visits"],
    &["year", "visits"],
    &["illness"],
    &["secretish"],
    &["id"],
];

/// The oracle: plain books kept from what was seen to happen, by other code than the policy's.
#[derive(Default)]
struct Oracle {
    consents: BTreeMap<(String, String), BTreeSet<&'static str>>,
    published: BTreeSet<String>,
    delisted: BTreeSet<String>,
    latest: BTreeMap<&'static str, String>,
    frozen: BTreeMap<&'static str, BTreeSet<&'static str>>,
    revoked: bool,
    namespace: u64,
    scenario: u64,
    jobs: BTreeMap<JobId, (u64, u64)>,
    pins: BTreeMap<JobId, String>,
}

static RESERVED: AtomicUsize = AtomicUsize::new(0);
static RELEASED: AtomicUsize = AtomicUsize::new(0);
static REUSED: AtomicUsize = AtomicUsize::new(0);
static REFUSED: AtomicUsize = AtomicUsize::new(0);

impl Oracle {
    /// Why this use is forbidden, by the oracle's own books.
    fn forbids(
        &self,
        at: Timestamp,
        dataset: &str,
        columns: &[&str],
        job: &JobId,
    ) -> Option<&'static str> {
        let end: Timestamp = "2029-12-01".parse::<Day>().unwrap().start();
        let version = self.pins.get(job);
        let frozen = [
            "all",
            "dataset:clinic",
            "operator:operator",
            "namespace:patient",
        ]
        .iter()
        .any(|target| self.frozen.contains_key(target));
        if frozen {
            Some("frozen")
        } else if at >= end {
            Some("expired")
        } else if self.revoked {
            Some("revoked")
        } else if dataset != "clinic" {
            Some("out of scope")
        } else if columns.contains(&"secretish") {
            Some("over grade")
        } else if version.is_none_or(|v| !self.published.contains(v) || self.delisted.contains(v)) {
            Some("unpublished or delisted")
        } else {
            None
        }
    }
}

struct Run {
    world: World,
    oracle: Oracle,
    versions: BTreeMap<&'static str, u32>,
    jobs: Vec<JobId>,
    releases: u32,
}

impl Run {
    fn new() -> Self {
        let world = World::granted();
        let mut oracle = Oracle::default();
        for name in NAMES {
            oracle.published.insert(format!("{name}-1"));
            oracle.latest.insert(name, format!("{name}-1"));
        }
        let versions = NAMES.into_iter().map(|name| (name, 1)).collect();
        Self {
            world,
            oracle,
            versions,
            jobs: vec![],
            releases: 0,
        }
    }

    fn job(&self, n: u8) -> JobId {
        match self.jobs.len() {
            0 => id("job-none"),
            len => self.jobs[usize::from(n) % len].clone(),
        }
    }

    fn take(&mut self, step: Step) {
        let seen = self.world.log.len();
        match step {
            Step::Wait(days) if days > 250 => self.world.at.0 += 86_400_000 * 400,
            Step::Wait(ms) => self.world.at.0 += i64::from(ms),
            Step::Draft(n) => {
                let name = NAMES[usize::from(n) % 2];
                let next = self.versions[name] + 1;
                let draft = draft(name, &format!("{name}-{next}"));
                if self
                    .world
                    .gate(GateAction::RecordDraft(Box::new(draft)))
                    .is_ok()
                {
                    self.versions.insert(name, next);
                }
            }
            Step::Consent(n, who) => {
                let name = NAMES[usize::from(n) % 2];
                let version = format!("{name}-{}", self.versions[name]);
                let party = ["provider", "regulator", "agency", "bystander"][usize::from(who) % 4];
                let (dataset, change) = (id(name), change_hash(&draft(name, &version)).unwrap());
                if self.world.ask(party, Consent { dataset, change }).is_ok() {
                    assert!(
                        party == "provider" || party == "regulator",
                        "{party} stood in"
                    );
                    self.oracle
                        .consents
                        .entry((name.into(), version))
                        .or_default()
                        .insert(party);
                }
            }
            Step::Publish(n) => {
                let name = NAMES[usize::from(n) % 2];
                let version = format!("{name}-{}", self.versions[name]);
                if self
                    .world
                    .ask("agency", batch(name, &version))
                    .is_ok_and(|events| events > 0)
                {
                    let both = self.oracle.consents.get(&(name.into(), version.clone()));
                    assert_eq!(both.map(BTreeSet::len), Some(2), "{version} unconsented");
                    self.oracle.published.insert(version.clone());
                    self.oracle.latest.insert(name, version);
                }
            }
            Step::Delist(n) if n.is_multiple_of(4) => {
                let name = NAMES[usize::from(n / 4) % 2];
                let body = Delist {
                    dataset: id(name),
                    reason: "x".into(),
                };
                if self
                    .world
                    .ask("provider", body)
                    .is_ok_and(|events| events > 0)
                {
                    let out = self.oracle.published.iter().filter(|v| v.starts_with(name));
                    self.oracle
                        .delisted
                        .extend(out.cloned().collect::<Vec<_>>());
                }
            }
            Step::Delist(_) => {}
            Step::Freeze(n) => {
                let Some(target) = TARGETS.get(usize::from(n)) else {
                    return;
                };
                let body = Freeze {
                    target: target.parse().unwrap(),
                    reason: "x".into(),
                };
                if self
                    .world
                    .ask("agency", body)
                    .is_ok_and(|events| events > 0)
                {
                    self.oracle.frozen.insert(target, BTreeSet::new());
                }
            }
            Step::Thaw(n, who) => {
                let target = TARGETS[usize::from(n) % 5];
                let parsed: FreezeTarget = target.parse().unwrap();
                let frozen_at = self.world.state.frozen_at(&parsed).unwrap_or_default();
                let party = ["agency", "supervisor", "operator"][usize::from(who) % 3];
                let body = Thaw {
                    target: parsed,
                    frozen_at,
                    reason: "x".into(),
                };
                if self.world.ask(party, body).is_ok_and(|events| events > 0) {
                    let signed = self.oracle.frozen.get_mut(target).unwrap();
                    signed.insert(party);
                    if signed.len() == 2 {
                        self.oracle.frozen.remove(target);
                    }
                }
            }
            Step::Revoke => {
                // Seldom: nothing can be used afterwards.
                self.world.drawn += 1;
                if self.world.drawn.is_multiple_of(16) {
                    let body = RevokeAgreement {
                        agreement: id("health-2026"),
                        reason: "x".into(),
                    };
                    self.world.ok("agency", body);
                    self.oracle.revoked = true;
                }
            }
            Step::Submit(salt, n) => {
                let mut body = order(&salt.to_string());
                body.manifest.reads[0].columns = COLUMNS[usize::from(n) % 5]
                    .iter()
                    .map(|c| (*c).into())
                    .collect();
                body.manifest.reads[0].dataset = id(NAMES[usize::from(n / 100) % 2]);
                let party = ["operator", "developer", "rival"][usize::from(salt) % 3];
                drop(self.world.ask(party, body));
            }
            Step::Query(n) => {
                let body = SubmitQuery {
                    scenario: id("care"),
                    sql: Digest::of(&[n]),
                    budget: budget("0.05", "0"),
                    deadline: Seconds(10),
                };
                drop(self.world.ask("operator", body));
            }
            Step::Carry(n) => {
                let job = self.job(n);
                drop(
                    self.world
                        .gate(GateAction::MarkChecked { job: job.clone() }),
                );
                for party in ["provider", "agency"] {
                    drop(self.world.ask(party, ApproveJob { job: job.clone() }));
                }
                drop(self.world.ask("agency", RunJob { job }));
            }
            Step::Move(n, what, who) => self.advance(n, what, who),
            Step::Reserve(n, columns, rho, print) => {
                let columns = COLUMNS[usize::from(columns) % 5];
                let job = self.job(n);
                let mut asked = ask(&job, columns, u64::from(rho), &print.to_string());
                let dataset = NAMES[usize::from(print / 200) % 2];
                asked.reads = reads(dataset, columns);
                match self.world.gate(reserve(&asked)) {
                    Ok(_) => {
                        let at = self.world.at;
                        assert_eq!(self.oracle.forbids(at, dataset, columns, &job), None);
                        let rho = u64::from(rho);
                        self.oracle.namespace += rho;
                        self.oracle.scenario += rho;
                        self.oracle.jobs.get_mut(&job).unwrap().0 += rho;
                        RESERVED.fetch_add(1, Ordering::Relaxed);
                        // Most queries come back.
                        let query = self.world.state.jobs[&job].queries.len() - 1;
                        self.releases += 1;
                        if !print.is_multiple_of(4) {
                            let name = format!("r-{}", self.releases);
                            let query = u32::try_from(query).unwrap();
                            self.world.gate(release(&job, query, &name)).unwrap();
                        }
                    }
                    Err(_) => drop(REFUSED.fetch_add(1, Ordering::Relaxed)),
                }
            }
            Step::Reuse(n, columns, rho, print) => {
                let columns = COLUMNS[usize::from(columns) % 5];
                let job = self.job(n);
                let asked = match self.world.state.stored.iter().next() {
                    Some((print, stored)) => command::Reservation {
                        job: job.clone(),
                        reads: stored.reads.clone(),
                        charges: stored.charges.clone(),
                        fingerprint: *print,
                    },
                    None => ask(&job, columns, u64::from(rho), &print.to_string()),
                };
                let first =
                    !self.world.state.jobs.get(&job).is_some_and(|j| {
                        j.queries.iter().any(|q| q.fingerprint == asked.fingerprint)
                    });
                if self.world.gate(reuse(&asked)).is_ok() {
                    let at = self.world.at;
                    assert_eq!(self.oracle.forbids(at, "clinic", &["visits"], &job), None);
                    if first {
                        let own = asked.charges.values().map(|l| l.rho).sum::<u64>();
                        self.oracle.jobs.get_mut(&job).unwrap().0 += own;
                    }
                    REUSED.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
        self.book(seen);
    }

    fn advance(&mut self, n: u8, what: u8, who: u8) {
        let job = self.job(n);
        self.releases += 1;
        let name = format!("r-{}", self.releases);
        let party = ["agency", "expert", "provider", "operator"][usize::from(who) % 4];
        let outcome = match what % 9 {
            0 | 1 => self
                .world
                .gate(GateAction::MarkChecked { job: job.clone() }),
            2 => self.world.ask(party, ApproveJob { job: job.clone() }),
            3 => self.world.ask("agency", ApproveJob { job: job.clone() }),
            4 | 5 => self.world.ask("agency", RunJob { job: job.clone() }),
            6 => self.world.gate(release(&job, u32::from(who % 3), &name)),
            7 if who.is_multiple_of(4) => self.world.gate(finish(&job, &name)),
            7 if who % 16 == 1 => self.world.gate(GateAction::FailJob {
                job: job.clone(),
                residual: who > 128,
            }),
            7 => Ok(0),
            _ => self.world.ask(party, ReleaseJob { job: job.clone() }),
        };
        if what % 9 == 6 && outcome.is_ok() {
            let at = self.world.at;
            assert_eq!(self.oracle.forbids(at, "clinic", &["visits"], &job), None);
        }
    }

    /// Reads the new events into the books.
    fn book(&mut self, seen: usize) {
        for event in &self.world.log[seen..] {
            match &event.event {
                Fact::JobSubmitted { job, order } => {
                    let cap = match **order {
                        event::JobOrder::Package(_) => 100_000_000,
                        event::JobOrder::Query(_) => 50_000_000,
                    };
                    self.oracle.jobs.insert(job.clone(), (0, cap));
                    self.jobs.push(job.clone());
                }
                Fact::JobApproved { job, .. } => {
                    let latest = self.oracle.latest["clinic"].clone();
                    self.oracle.pins.insert(job.clone(), latest);
                }
                // A query that asked nothing has nothing to release: freezing data does not hold it.
                Fact::JobReleased { job, .. } if !self.world.state.jobs[job].queries.is_empty() => {
                    let at = self.world.at;
                    assert_eq!(
                        self.oracle.forbids(at, "clinic", &["visits"], job),
                        None,
                        "released"
                    );
                    RELEASED.fetch_add(1, Ordering::Relaxed);
                }
                Fact::Frozen {
                    target: FreezeTarget::Namespace(_),
                    ..
                } => {
                    self.oracle.frozen.entry("namespace:patient").or_default();
                }
                _ => {}
            }
        }
        assert!(self.oracle.namespace <= 300_000_000, "namespace overspent");
        assert!(self.oracle.scenario <= 250_000_000, "scenario overspent");
        for (job, (spent, cap)) in &self.oracle.jobs {
            assert!(spent <= cap, "{job} overspent");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    fn sequences(steps in prop::collection::vec(step(), 1..120)) {
        let mut run = Run::new();
        for step in steps {
            run.take(step);
        }
        prop_assert_eq!(State::replay(&run.world.log), run.world.state);
    }
}

#[test]
fn no_sequence_overspends_or_slips_through() {
    sequences();
    let count = |counter: &AtomicUsize| counter.load(Ordering::Relaxed);
    println!(
        "{} reserved, {} refused, {} reused, {} released",
        count(&RESERVED),
        count(&REFUSED),
        count(&REUSED),
        count(&RELEASED)
    );
    assert!(count(&RESERVED) > 50, "the sequences reach reservations");
    assert!(count(&REFUSED) > 50);
    assert!(count(&RELEASED) > 0 && count(&REUSED) > 0);
}
