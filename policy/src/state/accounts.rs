//! Accounts as the events leave them, and namespaces that are charged together.
//!
//! Two namespaces may hold the same person under two pseudonyms. Declared linked, each account of
//! either counts what is lost in both, so no person in both loses more than the smaller budget says.
//! Links join: of three namespaces linked in a row all three are charged together, since the one in
//! the middle says nothing about whether its neighbours share persons too.

use super::State;
use crate::account::{Account, AccountId, Owner};
use crate::command::Charges;
use crate::{JobId, Loss, NamespaceId};
use std::collections::{BTreeMap, BTreeSet};

impl State {
    /// The accounts a charge of this job hits in each namespace.
    pub(crate) fn owners(&self, job: &JobId) -> Vec<Owner> {
        let mut owners = vec![Owner::Namespace];
        if let Some(state) = self.jobs.get(job) {
            let scenario = state.scenario();
            if let Some(scenario) = self.scenarios.get(scenario) {
                owners.push(Owner::Operator(scenario.scenario.agreement.clone()));
            }
            owners.push(Owner::Scenario(scenario.clone()));
        }
        owners.push(Owner::Job(job.clone()));
        owners
    }

    /// These namespaces and all that are charged together with one of them.
    pub fn charged_together<'a>(
        &'a self,
        namespaces: impl IntoIterator<Item = &'a NamespaceId>,
    ) -> BTreeSet<NamespaceId> {
        let mut all = BTreeSet::new();
        for namespace in namespaces {
            all.insert(namespace.clone());
            if let Some(known) = self.namespaces.get(namespace) {
                all.extend(known.linked.iter().cloned());
            }
        }
        all
    }

    /// What these charges take from each namespace: its own, and those of the namespaces linked to it.
    /// A release reads one namespace, so the losses of several add up, whoever is in all of them.
    pub(crate) fn losses(&self, charges: &Charges) -> BTreeMap<NamespaceId, Loss> {
        let mut losses = BTreeMap::new();
        for (namespace, loss) in charges {
            for hit in self.charged_together([namespace]) {
                let total = losses.entry(hit).or_insert(Loss::NONE);
                *total = total.compose(*loss).unwrap_or(Loss::CLOSED);
            }
        }
        losses
    }

    /// An account as it stands: as charged, or as it would be opened. Nothing if its namespace, or
    /// what it belongs to, is unknown.
    pub fn account(&self, id: &AccountId) -> Option<Account> {
        if let Some(account) = self.accounts.get(id) {
            return Some(*account);
        }
        let namespace = self.namespaces.get(&id.namespace)?.budget;
        let budget = match &id.owner {
            Owner::Namespace => namespace,
            Owner::Operator(id) => self
                .agreements
                .get(id)?
                .agreement
                .budget
                .unwrap_or(namespace),
            Owner::Scenario(id) => self.scenarios.get(id)?.scenario.budget,
            Owner::Job(id) => self.jobs.get(id)?.budget(),
        };
        Account::open(&budget).ok()
    }

    pub(super) fn open(&mut self, namespace: &NamespaceId, owner: Owner) {
        self.charge(namespace, owner, Loss::NONE);
    }

    /// Takes the losses of these charges from every account of each owner they reach.
    pub(super) fn charge_all(&mut self, charges: &Charges, owners: &[Owner]) {
        for (namespace, loss) in self.losses(charges) {
            for owner in owners {
                self.charge(&namespace, owner.clone(), loss);
            }
        }
    }

    fn charge(&mut self, namespace: &NamespaceId, owner: Owner, loss: Loss) {
        let namespace = namespace.clone();
        let id = AccountId { namespace, owner };
        if let Some(mut account) = self.account(&id) {
            // `decide` saw that the sum fits; if it ever did not, the account is closed, not reset.
            account.spent = account.spent.compose(loss).unwrap_or(Loss::CLOSED);
            self.accounts.insert(id, account);
        }
    }

    /// Has two namespaces charged together from now on. What was lost in one so far counts in the
    /// other too; an account this takes past its cap is spent, and takes no further charge.
    pub(super) fn link(&mut self, one: &NamespaceId, other: &NamespaceId) {
        let sides = [self.charged_together([one]), self.charged_together([other])];
        let [ours, theirs] = &sides;
        if ours.contains(other) {
            return;
        }
        let mut owners: BTreeMap<Owner, [Loss; 2]> = BTreeMap::new();
        for (id, account) in &self.accounts {
            for (side, namespaces) in sides.iter().enumerate() {
                // All accounts of an owner within a side are alike.
                if namespaces.contains(&id.namespace)
                    && let Some(spent) = owners
                        .entry(id.owner.clone())
                        .or_insert([Loss::NONE; 2])
                        .get_mut(side)
                {
                    *spent = account.spent;
                }
            }
        }
        let failures = [one, other].map(|id| self.namespaces.get(id).map_or(0, |n| n.failures));
        let all: BTreeSet<NamespaceId> = ours.union(theirs).cloned().collect();
        for (owner, [a, b]) in owners {
            for (namespaces, more) in [(ours, b), (theirs, a)] {
                for namespace in namespaces {
                    self.charge(namespace, owner.clone(), more);
                }
            }
        }
        for id in &all {
            if let Some(namespace) = self.namespaces.get_mut(id) {
                namespace.failures = failures.iter().fold(0, |sum, n| sum.saturating_add(*n));
                namespace.linked = all.iter().filter(|other| *other != id).cloned().collect();
            }
        }
    }
}
