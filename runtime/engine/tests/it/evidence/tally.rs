//! What came of cases: how many count, of what they are made, and which faults would be found in them.

use super::queries::PARTS;
use std::collections::BTreeMap;

/// Faults that are planted in cases.
pub(super) const FAULTS: [&str; 4] = ["half the sensitivity", "no clamp", "no C", "no m"];
/// Counter-examples that are shown in full.
const SHOWN: usize = 5;
/// Characters by which kinds of failures are told apart.
const KIND: usize = 80;
/// Kinds of refusals that are told.
const REFUSED: usize = 6;

#[derive(Default)]
pub(super) struct Tally {
    pub(super) statements: usize,
    pub(super) accepted: usize,
    pub(super) cases: usize,
    pub(super) counted: usize,
    pub(super) parts: BTreeMap<&'static str, usize>,
    /// Counted cases of statements whose results the fault changes, and those it is found in.
    pub(super) found: [(usize, usize); FAULTS.len()],
    pub(super) refused: BTreeMap<String, usize>,
    /// Accepted statements that fail, whoever is there.
    pub(super) failed: Vec<String>,
    /// Counter-examples.
    pub(super) wrong: Vec<String>,
}

impl Tally {
    pub(super) fn add(&mut self, other: Self) {
        self.statements += other.statements;
        self.accepted += other.accepted;
        self.cases += other.cases;
        self.counted += other.counted;
        for (part, count) in other.parts {
            *self.parts.entry(part).or_default() += count;
        }
        for (own, more) in self.found.iter_mut().zip(other.found) {
            *own = (own.0 + more.0, own.1 + more.1);
        }
        for (why, count) in other.refused {
            *self.refused.entry(why).or_default() += count;
        }
        self.failed.extend(other.failed);
        self.wrong.extend(other.wrong);
    }

    pub(super) fn of_fault(&mut self, fault: usize, is_found: bool) {
        self.found[fault].0 += 1;
        self.found[fault].1 += usize::from(is_found);
    }

    pub(super) fn told(&self) {
        println!(
            "{} statements, {} accepted; {} cases, {} counted",
            self.statements, self.accepted, self.cases, self.counted
        );
        for (fault, (looked_at, found)) in FAULTS.iter().zip(self.found) {
            println!("{fault}: would be found in {found} of {looked_at} counted cases looked at");
        }
        println!("counted cases by part:");
        let width = PARTS.iter().map(|part| part.len()).max().unwrap_or(0);
        for (part, count) in &self.parts {
            println!("  {part:width$} {count:>8}");
        }
        let mut refused: Vec<_> = self.refused.iter().collect();
        refused.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        for (why, count) in refused.into_iter().take(REFUSED) {
            println!("refused {count}: {why}");
        }
        println!(
            "accepted but failed, whoever is there: {}",
            self.failed.len()
        );
        let mut kinds: BTreeMap<String, (usize, &str)> = BTreeMap::new();
        for failed in &self.failed {
            let kind = failed.chars().take(KIND).collect();
            kinds.entry(kind).or_insert((0, failed)).0 += 1;
        }
        for (count, one) in kinds.values() {
            println!("{count} such as: {one}");
        }
        for wrong in self.wrong.iter().take(SHOWN) {
            println!("COUNTER-EXAMPLE: {wrong}");
        }
    }
}
