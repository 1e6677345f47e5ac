//! The fold: what each event makes of the state. Events were decided; nothing is refused here.

use super::*;
use crate::Actor;
use crate::account::Owner;

impl State {
    /// Takes one event in.
    pub fn evolve(&mut self, event: &Event) {
        self.last = event.at;
        if let Some(signed) = &event.signed {
            self.nonces.insert(signed.statement.nonce);
        }
        match &event.event {
            Fact::Opened {
                origin,
                log_key,
                agency,
                key,
                pack,
                pack_digest,
            } => {
                self.log = Some(LogInfo {
                    origin: origin.clone(),
                    log_key: log_key.clone(),
                    pack: (**pack).clone(),
                    pack_digest: *pack_digest,
                });
                let kind = PartyKind::Agency;
                self.parties
                    .insert(agency.clone(), Party { kind, key: *key });
            }
            Fact::PartyAdded { party, kind, key } => {
                let (kind, key) = (*kind, *key);
                self.parties.insert(party.clone(), Party { kind, key });
            }
            Fact::PackInstalled { pack, pack_digest } => {
                if let Some(log) = &mut self.log {
                    log.pack = (**pack).clone();
                    log.pack_digest = *pack_digest;
                }
            }
            Fact::DraftRecorded { .. }
            | Fact::ChangeConsented { .. }
            | Fact::BatchPublished { .. }
            | Fact::DatasetDelisted { .. } => self.evolve_catalog(event),
            Fact::AgreementOffered { .. }
            | Fact::AgreementAccepted { .. }
            | Fact::AgreementConsented { .. }
            | Fact::AgreementActivated { .. }
            | Fact::AgreementRevoked { .. }
            | Fact::ScenarioProposed { .. }
            | Fact::ScenarioApproved { .. } => self.evolve_grant(&event.event),
            Fact::JobSubmitted { .. }
            | Fact::JobChecked { .. }
            | Fact::JobRejected { .. }
            | Fact::JobApprovalGiven { .. }
            | Fact::JobApproved { .. }
            | Fact::JobStarted { .. }
            | Fact::QueryReserved { .. }
            | Fact::QueryReleased { .. }
            | Fact::ReleaseReused { .. }
            | Fact::JobHeld { .. }
            | Fact::JobReleaseVoted { .. }
            | Fact::JobReleased { .. }
            | Fact::JobRefused { .. }
            | Fact::JobFailed { .. } => self.evolve_job(event),
            Fact::Frozen { target, .. } => {
                let thaws = BTreeSet::new();
                self.freezes.insert(
                    target.clone(),
                    FreezeState {
                        at: event.at,
                        thaws,
                    },
                );
            }
            Fact::ThawSigned { target, party } => {
                if let Some(freeze) = self.freezes.get_mut(target) {
                    freeze.thaws.insert(party.clone());
                }
            }
            Fact::Thawed { target } => {
                self.freezes.remove(target);
            }
        }
    }

    fn evolve_catalog(&mut self, event: &Event) {
        match &event.event {
            Fact::DraftRecorded { draft, change } => {
                let spec = &draft.spec;
                let namespace = spec.protected().map(|p| p.unit.namespace.clone());
                self.elements.insert(spec.source_element.clone(), namespace);
                let dataset = self.datasets.entry(spec.name.clone()).or_default();
                dataset.versions.insert(draft.version.clone(), *change);
                dataset.changes.insert(
                    *change,
                    Change {
                        draft: (**draft).clone(),
                        at: event.at,
                        consents: BTreeSet::new(),
                        published: false,
                        delisted: false,
                    },
                );
            }
            Fact::ChangeConsented {
                dataset,
                change,
                party,
            } => {
                if let Some(change) = self.change_mut(dataset, change) {
                    change.consents.insert(party.clone());
                }
            }
            Fact::BatchPublished { batch, changes } => {
                self.batches.insert(batch.clone(), changes.clone());
                let mut links = Vec::new();
                for entry in changes {
                    let Some(change) = self.change_mut(&entry.dataset, &entry.change) else {
                        continue;
                    };
                    change.published = true;
                    let protected = change.draft.spec.protected().cloned();
                    if let Some(dataset) = self.datasets.get_mut(&entry.dataset) {
                        dataset.published = Some(entry.change);
                    }
                    if let Some(protected) = protected {
                        let namespace = protected.unit.namespace.clone();
                        self.namespaces.entry(namespace).or_insert(Namespace {
                            budget: protected.budget,
                            failures: 0,
                            linked: BTreeSet::new(),
                        });
                        self.open(&protected.unit.namespace, Owner::Namespace);
                        links.push(protected.unit);
                    }
                }
                // Once all are known: a batch may link two namespaces that are new with it.
                for unit in links {
                    for other in &unit.linked {
                        self.link(&unit.namespace, other);
                    }
                }
            }
            Fact::DatasetDelisted { dataset, .. } => {
                let changes = self
                    .datasets
                    .get_mut(dataset)
                    .map(|d| d.changes.values_mut());
                for change in changes.into_iter().flatten().filter(|c| c.published) {
                    change.delisted = true;
                }
            }
            _ => {}
        }
    }

    fn evolve_grant(&mut self, fact: &Fact) {
        match fact {
            Fact::AgreementOffered { agreement } => {
                let state = AgreementState {
                    agreement: (**agreement).clone(),
                    accepted: false,
                    providers: BTreeSet::new(),
                    active: false,
                    revoked: false,
                };
                self.agreements.insert(agreement.id.clone(), state);
            }
            Fact::AgreementAccepted { agreement } => {
                if let Some(state) = self.agreements.get_mut(agreement) {
                    state.accepted = true;
                }
            }
            Fact::AgreementConsented {
                agreement,
                provider,
            } => {
                if let Some(state) = self.agreements.get_mut(agreement) {
                    state.providers.insert(provider.clone());
                }
            }
            Fact::AgreementActivated { agreement } => {
                if let Some(state) = self.agreements.get_mut(agreement) {
                    state.active = true;
                }
            }
            Fact::AgreementRevoked { agreement, .. } => {
                if let Some(state) = self.agreements.get_mut(agreement) {
                    state.revoked = true;
                }
            }
            Fact::ScenarioProposed { scenario } => {
                let state = ScenarioState {
                    scenario: (**scenario).clone(),
                    approved: false,
                };
                self.scenarios.insert(scenario.id.clone(), state);
            }
            Fact::ScenarioApproved { scenario } => {
                let Some(state) = self.scenarios.get_mut(scenario) else {
                    return;
                };
                state.approved = true;
                let terms = state.scenario.clone();
                for namespace in self.namespaces_of(terms.datasets.iter()) {
                    self.open(&namespace, Owner::Operator(terms.agreement.clone()));
                    self.open(&namespace, Owner::Scenario(scenario.clone()));
                }
            }
            _ => {}
        }
    }

    fn evolve_job(&mut self, event: &Event) {
        if let Fact::JobSubmitted { job, order } = &event.event {
            let submitter = match &event.actor {
                Actor::Party(party) => party.clone(),
                Actor::Gate => return,
            };
            let state = Job {
                submitter,
                order: (**order).clone(),
                status: JobStatus::Submitted,
                approvals: BTreeSet::new(),
                versions: BTreeMap::new(),
                started: None,
                queries: Vec::new(),
                outputs: None,
                votes: BTreeSet::new(),
                was_held: false,
            };
            self.jobs.insert(job.clone(), state);
            return;
        }
        let Some(id) = event.event.job().cloned() else {
            return;
        };
        let Some(mut job) = self.jobs.remove(&id) else {
            return;
        };
        match &event.event {
            Fact::JobChecked { .. } => job.status = JobStatus::Checked,
            Fact::JobRejected { .. } => job.status = JobStatus::Rejected,
            Fact::JobApprovalGiven { reviewer, .. } => {
                job.approvals.insert(reviewer.clone());
            }
            Fact::JobApproved { versions, .. } => {
                job.status = JobStatus::Approved;
                job.versions = versions.clone();
            }
            Fact::JobStarted { .. } => {
                job.status = JobStatus::Running;
                job.started = Some(event.at);
            }
            Fact::QueryReserved {
                reads,
                charges,
                fingerprint,
                ..
            } => job.queries.push(QueryState {
                reads: reads.clone(),
                charges: charges.clone(),
                fingerprint: *fingerprint,
                release: None,
                reused: false,
            }),
            Fact::QueryReleased {
                query,
                release,
                table,
                ..
            } => {
                let scenario = job.scenario().clone();
                if let Some(query) = job.queries.get_mut(*query as usize) {
                    query.release = Some(release.clone());
                    // In the place of an earlier one, which could not be handed out when this was asked.
                    let stored = StoredRelease {
                        release: release.clone(),
                        job: id.clone(),
                        scenario,
                        table: *table,
                        reads: query.reads.clone(),
                        charges: query.charges.clone(),
                    };
                    self.stored.insert(query.fingerprint, stored);
                }
                self.releases.insert(release.clone());
            }
            Fact::ReleaseReused { fingerprint, .. } => {
                if let Some(stored) = self.stored.get(fingerprint).cloned() {
                    let paid = job.paid_for(fingerprint);
                    job.queries.push(QueryState {
                        reads: stored.reads,
                        charges: stored.charges.clone(),
                        fingerprint: *fingerprint,
                        release: Some(stored.release),
                        reused: true,
                    });
                    self.jobs.insert(id.clone(), job);
                    if !paid {
                        self.charge_all(&stored.charges, &[Owner::Job(id.clone())]);
                    }
                    return;
                }
            }
            Fact::JobHeld {
                release, outputs, ..
            } => {
                job.status = JobStatus::Held;
                job.was_held = true;
                job.outputs = Some((release.clone(), *outputs));
                self.releases.insert(release.clone());
            }
            Fact::JobReleaseVoted { reviewer, .. } => {
                job.votes.insert(reviewer.clone());
            }
            Fact::JobReleased {
                release, outputs, ..
            } => {
                job.status = JobStatus::Released;
                job.outputs = Some((release.clone(), *outputs));
                self.releases.insert(release.clone());
            }
            Fact::JobRefused { .. } => job.status = JobStatus::Refused,
            Fact::JobFailed { residual, .. } => {
                job.status = JobStatus::Failed;
                if *residual {
                    for namespace in self.charged_together(&job.touched()) {
                        if let Some(namespace) = self.namespaces.get_mut(&namespace) {
                            namespace.failures = namespace.failures.saturating_add(1);
                        }
                    }
                }
            }
            _ => {}
        }
        let (namespaces, charges) = match &event.event {
            Fact::JobApproved { versions, .. } => {
                (self.namespaces_of(versions.keys()), Charges::new())
            }
            Fact::QueryReserved { charges, .. } => (BTreeSet::new(), charges.clone()),
            _ => (BTreeSet::new(), Charges::new()),
        };
        self.jobs.insert(id.clone(), job);
        for namespace in namespaces {
            self.open(&namespace, Owner::Job(id.clone()));
        }
        let owners = self.owners(&id);
        self.charge_all(&charges, &owners);
    }

    fn change_mut(&mut self, dataset: &DatasetId, change: &Digest) -> Option<&mut Change> {
        self.datasets.get_mut(dataset)?.changes.get_mut(change)
    }

    /// The namespaces of the published versions of these datasets.
    fn namespaces_of<'a>(
        &self,
        datasets: impl Iterator<Item = &'a DatasetId>,
    ) -> BTreeSet<NamespaceId> {
        datasets
            .filter_map(|id| self.published_spec(id)?.protected())
            .map(|protected| protected.unit.namespace.clone())
            .collect()
    }
}

impl Job {
    /// Whether its own account has paid for this release already.
    pub(crate) fn paid_for(&self, fingerprint: &Digest) -> bool {
        self.queries.iter().any(|q| q.fingerprint == *fingerprint)
    }

    /// The namespaces its reserved queries read.
    pub(crate) fn touched(&self) -> BTreeSet<NamespaceId> {
        self.queries
            .iter()
            .filter(|query| !query.reused)
            .flat_map(|query| query.charges.keys().cloned())
            .collect()
    }
}
