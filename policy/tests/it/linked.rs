//! Namespaces that hold the same persons are charged together.

use crate::flow::{finish, release, reserve, reuse};
use crate::refusals::denied;
use crate::world::*;
use irongate_policy::account::{Account, AccountId, Owner};
use irongate_policy::command::{Draft, Reservation};
use irongate_policy::dataset::Protection;
use irongate_policy::event::JobOrder;
use irongate_policy::request::*;
use irongate_policy::*;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// Datasets, and the namespace of each.
const TABLES: [(&str, &str); 4] = [
    ("clinic", "patient"),
    ("bureau", "citizen"),
    ("school", "pupil"),
    ("depot", "driver"),
];

/// A version of the nth dataset whose namespace is declared linked to these.
fn version(nth: usize, version: &str, linked: &[usize]) -> Draft {
    let (table, namespace) = TABLES[nth];
    let mut draft = draft(table, &format!("{table}-{version}"));
    if let Protection::Protected(protected) = &mut draft.spec.protection {
        protected.unit.namespace = id(namespace);
        protected.unit.linked = linked.iter().map(|n| id(TABLES[*n].1)).collect();
    }
    draft
}

/// Publishes these drafts in one batch.
fn publish(world: &mut World, batch: &str, drafts: Vec<Draft>) -> Result<usize, Denial> {
    let mut changes = vec![];
    for draft in drafts {
        let dataset = draft.spec.name.clone();
        let change = change_hash(&draft).unwrap();
        world.draft(draft);
        for party in ["provider", "regulator"] {
            let dataset = dataset.clone();
            world.ok(party, Consent { dataset, change });
        }
        changes.push(ChangeRef { dataset, change });
    }
    let batch = id(batch);
    world.ask("agency", Publish { batch, changes })
}

fn submit(world: &mut World, salt: &str, cap: &str) -> JobId {
    let mut order = order(salt);
    order.manifest.budget = budget(cap, "1e-6");
    order.manifest.limits.queries = 32;
    let rule = order.manifest.reads[0].clone();
    order.manifest.reads = TABLES
        .iter()
        .map(|(table, _)| {
            let mut rule = rule.clone();
            rule.dataset = id(table);
            rule
        })
        .collect();
    world.ok("operator", order.clone());
    let found = |job: &state::Job| matches!(&job.order, JobOrder::Package(own) if *own == order);
    let jobs = &world.state.jobs;
    let (job, _) = jobs.iter().find(|(_, job)| found(job)).unwrap();
    job.clone()
}

fn run(world: &mut World, salt: &str, cap: &str) -> JobId {
    let job = submit(world, salt, cap);
    world.approve(&job);
    world.ok("agency", RunJob { job: job.clone() });
    job
}

/// With all four tables published, linked as said, and a job that runs over them all. Every namespace
/// may lose ρ 0.3, the scenario 0.25.
fn running(links: [&[usize]; 4]) -> (World, JobId) {
    let mut world = World::open();
    let drafts = links
        .iter()
        .enumerate()
        .map(|(n, linked)| version(n, "1", linked));
    publish(&mut world, "first", drafts.collect()).unwrap();
    let mut terms = agreement(agreement::Mode::Scenario);
    terms.datasets = TABLES.iter().map(|(table, _)| id(table)).collect();
    let (agreement, digest) = (terms.id.clone(), Digest::of_json(&terms).unwrap());
    let mut scenario = scenario();
    scenario.datasets = terms.datasets.clone();
    world.ok("agency", OfferAgreement { agreement: terms });
    for (party, request) in [
        (
            "operator",
            Request::from(AcceptAgreement {
                agreement: agreement.clone(),
                terms: digest,
            }),
        ),
        (
            "provider",
            Request::from(ConsentAgreement {
                agreement,
                terms: digest,
            }),
        ),
        (
            "operator",
            Request::from(ProposeScenario {
                scenario: scenario.clone(),
            }),
        ),
    ] {
        world.ok(party, request);
    }
    let terms = Digest::of_json(&scenario).unwrap();
    let scenario = scenario.id;
    world.ok("agency", ApproveScenario { scenario, terms });
    let job = run(&mut world, "a", "0.2");
    (world, job)
}

/// A query over these tables that loses as much ρ (10⁻⁹) in each.
fn ask(job: &JobId, tables: &[usize], rho: u64, print: &str) -> Reservation {
    let named = tables.iter().map(|n| TABLES[*n]);
    Reservation {
        job: job.clone(),
        reads: named
            .clone()
            .flat_map(|(table, _)| reads(table, &["visits"]))
            .collect(),
        charges: named
            .map(|(_, namespace)| (id(namespace), Loss::from_rho(rho)))
            .collect(),
        fingerprint: Digest::of(print.as_bytes()),
    }
}

fn account(world: &World, nth: usize, owner: Owner) -> Account {
    let namespace = id(TABLES[nth].1);
    world
        .state
        .account(&AccountId { namespace, owner })
        .unwrap()
}

fn spent(world: &World) -> [u64; 4] {
    [0, 1, 2, 3].map(|n| account(world, n, Owner::Namespace).spent.rho)
}

#[test]
fn what_is_lost_in_one_is_charged_to_all_linked_to_it() {
    // Clinic and depot are linked through bureau; the school is not.
    let (mut world, job) = running([&[1], &[], &[], &[1]]);
    world.gate(reserve(&ask(&job, &[0], 10, "a"))).unwrap();
    assert_eq!(spent(&world), [10, 10, 0, 10]);
    for owner in world.state.jobs.keys().cloned().map(Owner::Job).chain([
        Owner::Operator(id("health-2026")),
        Owner::Scenario(id("care")),
    ]) {
        let spent = [0, 1, 2, 3].map(|n| account(&world, n, owner.clone()).spent.rho);
        assert_eq!(spent, [10, 10, 0, 10], "{owner:?}");
    }
    world.gate(reserve(&ask(&job, &[2], 7, "b"))).unwrap();
    world.gate(reserve(&ask(&job, &[0, 2, 3], 5, "c"))).unwrap();
    assert_eq!(
        spent(&world),
        [20, 20, 12, 20],
        "the losses of one query add up over linked namespaces"
    );
}

#[test]
fn what_a_query_would_cost_names_the_accounts_of_linked_namespaces() {
    let (mut world, job) = running([&[1], &[], &[], &[]]);
    let asked = ask(&job, &[0, 2], 10, "a");
    let costs = world.state.costs(&id("care"), &asked.charges);
    let hit: BTreeSet<_> = costs.iter().map(|(id, ..)| id.clone()).collect();
    assert_eq!(hit.len(), 9, "three namespaces, at three levels: {hit:?}");
    let before: BTreeMap<_, _> = costs
        .iter()
        .map(|(id, a, loss)| (id, (*a, *loss)))
        .collect();
    world.gate(reserve(&asked)).unwrap();
    for (id, (account, loss)) in before {
        let after = world.state.account(id).unwrap();
        assert_eq!(account.after(loss), Ok(after.spent), "{id}");
    }
}

#[test]
fn a_query_over_linked_namespaces_needs_the_sum() {
    let (mut world, job) = running([&[1], &[], &[], &[]]);
    // The job may lose 0.2 in each.
    world
        .gate(reserve(&ask(&job, &[0], 20_000_000, "z")))
        .unwrap();
    let over = ask(&job, &[0, 1], 90_000_001, "a");
    denied(world.gate(reserve(&over)), Code::BudgetExhausted);
    assert_eq!(
        spent(&world),
        [20_000_000, 20_000_000, 0, 0],
        "all accounts or none"
    );
    let apart = ask(&job, &[0, 2], 90_000_001, "b");
    world.gate(reserve(&apart)).unwrap();
}

#[test]
fn a_link_found_later_counts_what_was_lost_before() {
    let (mut world, job) = running([&[], &[], &[], &[]]);
    for (table, rho) in [(0, 75_000_000), (1, 80_000_000)] {
        for print in ["a", "b"] {
            world
                .gate(reserve(&ask(&job, &[table], rho, print)))
                .unwrap();
        }
    }
    assert_eq!(spent(&world), [150_000_000, 160_000_000, 0, 0]);
    let linked = version(1, "2", &[0]);
    publish(&mut world, "second", vec![linked]).unwrap();
    assert_eq!(spent(&world), [310_000_000, 310_000_000, 0, 0]);
    let clinic = account(&world, 0, Owner::Namespace);
    assert_eq!(
        (clinic.cap, clinic.left()),
        (300_000_000, 0),
        "spent past its cap, it is closed"
    );
    for table in [0, 1] {
        denied(
            world.gate(reserve(&ask(&job, &[table], 1, "c"))),
            Code::BudgetExhausted,
        );
    }
    // A version that no longer says so changes nothing, and neither does saying it twice.
    let silent = version(1, "3", &[]);
    publish(&mut world, "third", vec![silent]).unwrap();
    let again = version(0, "2", &[1]);
    publish(&mut world, "fourth", vec![again]).unwrap();
    assert_eq!(spent(&world), [310_000_000, 310_000_000, 0, 0]);
    world.gate(reserve(&ask(&job, &[2], 1, "d"))).unwrap();
}

#[test]
fn failures_count_together() {
    let (mut world, job) = running([&[1], &[], &[], &[]]);
    let fail = |job: &JobId| GateAction::FailJob {
        job: job.clone(),
        residual: true,
    };
    let mut jobs = vec![job];
    for n in 1..4_u8 {
        jobs.push(run(&mut world, &n.to_string(), "0.01"));
    }
    for (n, job) in jobs.iter().enumerate() {
        assert!(world.state.freezes.is_empty(), "{n} within the allowance");
        world
            .gate(reserve(&ask(job, &[n % 2], 10, &n.to_string())))
            .unwrap();
        world.gate(fail(job)).unwrap();
    }
    let failures = |namespace: &str| world.state.namespaces[&id::<NamespaceId>(namespace)].failures;
    assert_eq!(
        ["patient", "citizen", "pupil"].map(failures),
        [4, 4, 0],
        "whichever of the two was touched"
    );
    for target in ["namespace:patient", "namespace:citizen"] {
        let target: FreezeTarget = target.parse().unwrap();
        assert!(world.state.frozen_at(&target).is_some(), "{target}");
    }
    let linked = version(2, "2", &[0]);
    publish(&mut world, "second", vec![linked]).unwrap();
    let failures = |namespace: &str| world.state.namespaces[&id::<NamespaceId>(namespace)].failures;
    assert_eq!(
        ["patient", "citizen", "pupil", "driver"].map(failures),
        [4, 4, 4, 0],
        "failures before the link count too"
    );
    let pupil: FreezeTarget = "namespace:pupil".parse().unwrap();
    assert!(world.state.frozen_at(&pupil).is_some(), "and freeze it");
    let driver: FreezeTarget = "namespace:driver".parse().unwrap();
    assert!(world.state.frozen_at(&driver).is_none());
}

#[test]
fn a_reused_release_is_owed_by_the_other_job_in_every_linked_namespace() {
    let (mut world, job) = running([&[1], &[], &[], &[]]);
    let asked = ask(&job, &[0], 10, "a");
    world.gate(reserve(&asked)).unwrap();
    world.gate(release(&job, 0, "release-a")).unwrap();
    world.gate(finish(&job, "release-b")).unwrap();
    let other = run(&mut world, "b", "0.1");
    let mut asked = asked;
    asked.job = other.clone();
    world.gate(reuse(&asked)).unwrap();
    assert_eq!(spent(&world), [10, 10, 0, 0]);
    for n in [0, 1] {
        assert_eq!(account(&world, n, Owner::Job(other.clone())).spent.rho, 10);
    }
}

#[test]
fn a_link_to_a_namespace_nobody_knows_is_refused() {
    let mut world = World::open();
    let alone = version(0, "1", &[1]);
    let refused = publish(&mut world, "first", vec![alone.clone()]);
    denied(refused, Code::UnknownNamespace);
    let both = vec![alone, version(1, "1", &[])];
    publish(&mut world, "second", both).unwrap();
}

/// What a random hand does: loses ρ in some of the tables, or links two namespaces.
#[derive(Debug, Clone)]
enum Step {
    Lose(BTreeSet<usize>, u64),
    Link(usize, usize),
}

fn step() -> impl Strategy<Value = Step> {
    let table = 0..TABLES.len();
    prop_oneof![
        6 => (prop::collection::btree_set(table.clone(), 1..4), 1_000_000_u64..60_000_000)
            .prop_map(|(tables, rho)| Step::Lose(tables, rho)),
        1 => (table.clone(), table).prop_map(|(a, b)| Step::Link(a, b)),
    ]
}

/// Who may be one person with whom, by the links so far: followed link by link.
fn reach(links: &[(usize, usize)], from: usize) -> BTreeSet<usize> {
    let mut seen = BTreeSet::from([from]);
    loop {
        let before = seen.len();
        for (a, b) in links {
            if seen.contains(a) || seen.contains(b) {
                seen.extend([*a, *b]);
            }
        }
        if seen.len() == before {
            return seen;
        }
    }
}

proptest! {
    /// Whatever is asked and linked in whatever order: each account holds exactly what was lost in
    /// all it is linked to, and nothing is granted that would take one of them past its cap.
    #[test]
    fn no_person_in_linked_namespaces_loses_more_than_any_of_their_budgets(steps in prop::collection::vec(step(), 1..32)) {
        let (mut world, job) = running([&[]; 4]);
        let mut own: BTreeMap<usize, u64> = BTreeMap::new();
        let mut links = vec![];
        for (n, step) in steps.into_iter().enumerate() {
            match step {
                Step::Lose(tables, rho) => {
                    let mut would = own.clone();
                    for table in &tables {
                        *would.entry(*table).or_default() += rho;
                    }
                    let sum = |own: &BTreeMap<usize, u64>, of: usize| -> u64 {
                        reach(&links, of).iter().filter_map(|n| own.get(n)).sum()
                    };
                    // The job's own budget is the smallest.
                    let hit = (0..4).filter(|n| reach(&links, *n).iter().any(|n| tables.contains(n)));
                    let fits = hit.clone().all(|n| sum(&would, n) <= 200_000_000);
                    let tables: Vec<usize> = tables.into_iter().collect();
                    let outcome = world.gate(reserve(&ask(&job, &tables, rho, &n.to_string())));
                    prop_assert_eq!(outcome.is_ok(), fits);
                    if fits {
                        own = would;
                    }
                }
                Step::Link(a, b) if a != b => {
                    let linked = version(a, &format!("{}", n + 2), &[b]);
                    publish(&mut world, &format!("batch-{n}"), vec![linked]).unwrap();
                    links.push((a, b));
                }
                Step::Link(..) => {}
            }
            for n in 0..4 {
                let expected: u64 = reach(&links, n).iter().filter_map(|n| own.get(n)).sum();
                prop_assert_eq!(spent(&world)[n], expected);
                prop_assert_eq!(account(&world, n, Owner::Job(job.clone())).spent.rho, expected);
            }
        }
        prop_assert_eq!(&State::replay(&world.log), &world.state);
    }
}
