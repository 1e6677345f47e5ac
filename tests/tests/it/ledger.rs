//! A home's log, added up by the tests themselves.

use std::collections::{BTreeMap, BTreeSet};

use irongate_policy::account::{AccountId, Owner};
use irongate_policy::state::JobStatus;
use irongate_policy::{Digest, Event, Fact, ReleaseId};

use crate::world::{World, id};

/// What the log says, so far.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    /// Entries read.
    pub(crate) entries: u64,
    /// ρ of every reservation, in 10⁻⁹.
    pub(crate) reserved: u64,
    /// Reservations.
    pub(crate) reservations: u64,
    /// Releases, by the 64 bits of their first value: how much each had reserved.
    pub(crate) released: BTreeMap<u64, u64>,
    /// The first values of every table handed over.
    handed: BTreeSet<u64>,
    /// Releases.
    pub(crate) releases: u64,
    /// Stored releases handed out again.
    pub(crate) reused: u64,
    /// Jobs and questions that ended well, and not.
    pub(crate) ended_well: u64,
    pub(crate) failed: u64,
    pub(crate) failed_residual: u64,
}

impl Ledger {
    /// Reads on to the log's end, and holds accounts, states and stored releases against it.
    pub(crate) async fn check(&mut self, world: &World) {
        let log = world.gate.log();
        let size = log.size().await.unwrap();
        let mut pending = BTreeMap::new();
        for entry in log.read(self.entries..size).await.unwrap() {
            let event: Event = serde_json::from_slice(&entry.body).unwrap();
            match event.event {
                Fact::QueryReserved {
                    job,
                    query,
                    charges,
                    ..
                } => {
                    let rho: u64 = charges.values().map(|loss| loss.rho).sum();
                    self.reserved += rho;
                    self.reservations += 1;
                    pending.insert((job, query), rho);
                }
                Fact::QueryReleased {
                    job,
                    query,
                    release,
                    table,
                } => {
                    let paid = pending.remove(&(job, query)).expect("reserved before");
                    let bits = stored_bits(world, &release, &table).await;
                    self.released.insert(bits, paid);
                    self.releases += 1;
                }
                Fact::ReleaseReused { .. } => self.reused += 1,
                Fact::JobReleased { .. } => self.ended_well += 1,
                Fact::JobFailed { residual, .. } => {
                    self.failed += 1;
                    self.failed_residual += u64::from(residual);
                }
                _ => {}
            }
        }
        self.entries = size;
        self.check_state(world).await;
    }

    /// The counts, for people.
    pub(crate) fn summary(&self) -> String {
        format!(
            "{} log entries, {} reservations of ρ {} (10⁻⁹), {} releases, {} reused, {} ended well, {} failed, \
             {} of them with a query in flight",
            self.entries,
            self.reservations,
            self.reserved,
            self.releases,
            self.reused,
            self.ended_well,
            self.failed,
            self.failed_residual
        )
    }

    async fn check_state(&self, world: &World) {
        let namespace = AccountId {
            namespace: id("patient"),
            owner: Owner::Namespace,
        };
        world
            .gate
            .with_state(|state| {
                assert_eq!(state.accounts[&namespace].spent.rho, self.reserved);
                for (id, account) in &state.accounts {
                    assert!(account.spent.rho <= account.cap, "{id} is overspent");
                }
                let failures = u64::from(state.namespaces[&id("patient")].failures);
                let lost = self.reservations - self.releases;
                assert_eq!(
                    failures, lost,
                    "a reservation without its release, each counted"
                );
                assert_eq!(failures, self.failed_residual);
                for (job, record) in &state.jobs {
                    assert_ne!(record.status, JobStatus::Running, "{job}");
                }
            })
            .await;
    }

    /// Every table that was handed over has its durable release, and all of them together cost no more
    /// than was reserved, which is what the account spent.
    pub(crate) fn check_handed(&mut self, handed: &[u64]) {
        self.handed.extend(handed);
        let loss = |bits: &u64| {
            let paid = self.released.get(bits);
            *paid.unwrap_or_else(|| panic!("{bits:016x} was handed over and has no release"))
        };
        let paid: u64 = self.handed.iter().map(loss).sum();
        assert!(paid <= self.reserved, "{paid} of {}", self.reserved);
    }
}

/// The first value of a stored release, whose bytes are those that the log names.
async fn stored_bits(world: &World, release: &ReleaseId, table: &Digest) -> u64 {
    let bytes = world.gate.log().document("release", release.as_str());
    let bytes = bytes.await.unwrap().expect("a release without its table");
    assert_eq!(Digest::of(&bytes), *table);
    let columns: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    columns[0]["values"]["int64s"][0]
        .as_i64()
        .unwrap()
        .cast_unsigned()
}
