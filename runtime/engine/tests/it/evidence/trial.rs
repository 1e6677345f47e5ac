//! Statements asked of one random database and of its neighbours.

use super::judge::{Groups, groups, halved, violations};
use super::queries::{Asked, RELEASED_BELOW, asked};
use super::runtime;
use super::tally::Tally;
use super::world::{Database, SPACES, World};
use irongate_engine::{
    Assumed, CheckedQuery, ExecutionEnv, ExecutionError, Fault, Given, QueryOptions, assumed,
    bounded, bounded_given, check, given, prepare,
};
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;
use std::num::NonZeroUsize;

/// Statements asked of each database.
const STATEMENTS: usize = 10;
/// Of so many statements one is also asked with faults, of this many of its counted neighbours.
const PLANTED: usize = 4;
const PLANTED_UNITS: usize = 3;

/// One random world, its databases, and what came of it.
struct Trial<'a> {
    world: &'a World,
    number: usize,
    whole: Database,
    /// By namespace and unit.
    without: BTreeMap<(usize, u8), Database>,
    runtime: tokio::runtime::Runtime,
    fault: Option<Fault>,
    tally: Tally,
}

/// All cases of one seed and number.
pub(super) fn trial(seed: u64, number: usize, fault: Option<Fault>) -> Tally {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(number as u64);
    let world = World::new(&mut random);
    let mut trial = Trial {
        whole: world.database(),
        world: &world,
        number,
        without: BTreeMap::new(),
        runtime: runtime(),
        fault,
        tally: Tally::default(),
    };
    for at in 0..STATEMENTS {
        trial.statement(&mut random, at);
    }
    trial.tally
}

/// A statement that was accepted.
struct Accepted {
    query: CheckedQuery,
    assumed: Vec<Vec<Assumed>>,
    /// The same for noise of half the sensitivity.
    half: Vec<Vec<Assumed>>,
    /// The namespace of each release.
    of: Vec<String>,
    /// The statement and how to have it again.
    told: String,
    /// What earlier releases came out as, where a later one uses their values: any outcome will do, and without
    /// noise it is the same for the same seed.
    seen: Option<Given>,
}

impl Trial<'_> {
    /// Every other database is asked on two cores, where plans are cut into partitions.
    fn env(&self, fault: Option<Fault>) -> ExecutionEnv {
        let cores = NonZeroUsize::MIN.saturating_add(self.number % 2);
        ExecutionEnv {
            fault,
            cores,
            ..ExecutionEnv::default()
        }
    }

    fn results(
        &self,
        query: &CheckedQuery,
        data: &Database,
        fault: Option<Fault>,
        seen: Option<&Given>,
    ) -> Result<Vec<Groups>, ExecutionError> {
        let env = self.env(fault);
        let result = match seen {
            None => self.runtime.block_on(bounded(query, data, &env))?,
            Some(seen) => {
                let bounded = bounded_given(query, data, &env, seen);
                self.runtime.block_on(bounded)?
            }
        };
        Ok(result.iter().map(groups).collect())
    }

    fn neighbour(&mut self, space: usize, unit: u8) -> Database {
        let made = || self.world.without(&self.whole, space, unit);
        let data = self.without.entry((space, unit)).or_insert_with(made);
        data.clone()
    }

    fn refused(&mut self, why: String) {
        *self.tally.refused.entry(why).or_default() += 1;
    }

    fn wrong(&mut self, what: &str, accepted: &Accepted, space: usize, unit: u8) {
        let (name, told) = (SPACES[space].0, &accepted.told);
        let rows = self.world.told(space, unit);
        let text = format!("{what}\n  without {unit} of {name}, {told}\n{rows}");
        self.tally.wrong.push(text);
    }

    /// The statement, if the checker accepts it and it releases something.
    fn accepted(&mut self, asked: &Asked, at: usize) -> Option<Accepted> {
        let (sql, options) = (&asked.sql, &asked.options);
        let query = match check(sql, &self.world.catalog, options) {
            Ok(query) => query,
            Err(rejection) => {
                self.refused(format!("{:?}: {}", rejection.rule, rejection.instead));
                return None;
            }
        };
        let releases = query.explain().releases;
        let assumed = assumed(&query).unwrap();
        let of = releases.iter().map(|release| release.unit.to_string());
        let of: Vec<String> = of.collect();
        let number = self.number;
        (!of.is_empty()).then(|| Accepted {
            half: halved(&assumed),
            assumed,
            of,
            told: format!("database {number}, statement {at}:\n  {sql}\n  {options:?}"),
            seen: None,
            query,
        })
    }

    /// What the whole database gives, and the values that later releases use.
    fn whole(&self, accepted: &mut Accepted, asked: &Asked) -> Result<Vec<Groups>, ExecutionError> {
        if asked.parts.contains(RELEASED_BELOW) {
            let exact = self.env(Some(Fault::NoiseMissing));
            let seen = given(&accepted.query, &self.whole, &exact);
            accepted.seen = Some(self.runtime.block_on(seen)?);
        }
        let seen = accepted.seen.as_ref();
        self.results(&accepted.query, &self.whole, self.fault, seen)
    }

    fn statement(&mut self, random: &mut ChaCha8Rng, at: usize) {
        let asked = asked(random, self.world);
        self.tally.statements += 1;
        let Some(mut accepted) = self.accepted(&asked, at) else {
            return;
        };
        // Said from declared metadata and public tables, before anything is read.
        let env = self.env(None);
        let fitting = prepare(&accepted.query, &self.whole, &env);
        match self.runtime.block_on(fitting) {
            Ok(_) => {}
            Err(ExecutionError::TooLarge(why)) => return self.refused(why),
            Err(unplanned @ ExecutionError::Unplanned) => {
                return self.refused(unplanned.to_string());
            }
            Err(error) => return self.failed(&accepted, &error),
        }
        let with = match self.whole(&mut accepted, &asked) {
            Ok(with) => with,
            // Keys without noise may not be drawn: then there are no values to go on with.
            Err(ExecutionError::Noise(why)) => return self.refused(why),
            Err(error) => return self.failed(&accepted, &error),
        };
        self.tally.accepted += 1;
        let mut planted = match at.is_multiple_of(PLANTED) {
            true => self.planted(&accepted, &asked.sql, &asked.options, &with),
            false => Vec::new(),
        };
        let mut counted = 0;
        for (space, (name, units)) in SPACES.into_iter().enumerate() {
            if !accepted.of.iter().any(|of| of == name) {
                continue;
            }
            for unit in 0..units {
                self.tally.cases += 1;
                let data = self.neighbour(space, unit);
                if !self.is_counted(&accepted, &with, &data, space, unit) {
                    continue;
                }
                counted += 1;
                self.look(&accepted, &planted, &data);
                if counted == PLANTED_UNITS {
                    planted.clear();
                }
            }
        }
        self.tally.counted += counted;
        for part in &asked.parts {
            *self.tally.parts.entry(part).or_default() += counted;
        }
    }

    /// Looks at one case, and whether it counts: whether its results differ.
    fn is_counted(
        &mut self,
        accepted: &Accepted,
        with: &[Groups],
        data: &Database,
        space: usize,
        unit: u8,
    ) -> bool {
        let seen = accepted.seen.as_ref();
        let without = match self.results(&accepted.query, data, self.fault, seen) {
            Ok(without) => without,
            // Nothing that fails may depend on whose rows there are.
            Err(error) => {
                self.wrong(&format!("failed: {error:?}"), accepted, space, unit);
                return false;
            }
        };
        for what in violations(&accepted.assumed, with, &without) {
            self.wrong(&what, accepted, space, unit);
        }
        let others = accepted.of.iter().zip(with).zip(&without);
        for ((of, with), without) in others.filter(|((of, _), _)| *of != SPACES[space].0) {
            if with != without {
                self.wrong(
                    &format!("a release of {of} is moved"),
                    accepted,
                    space,
                    unit,
                );
            }
        }
        let is_counted = with != without;
        if is_counted {
            let is_found = !violations(&accepted.half, with, &without).is_empty();
            self.tally.of_fault(0, is_found);
        }
        is_counted
    }

    /// What fails must fail without any of the units as well: else its failing tells of one.
    fn failed(&mut self, accepted: &Accepted, error: &ExecutionError) {
        let what = format!("failed: {error:?}");
        for (space, (_, units)) in SPACES.into_iter().enumerate() {
            for unit in 0..units {
                let data = self.neighbour(space, unit);
                let seen = accepted.seen.as_ref();
                let without = self.results(&accepted.query, &data, self.fault, seen);
                if without.is_ok() {
                    return self.wrong(&format!("only whole it {what}"), accepted, space, unit);
                }
            }
        }
        self.tally
            .failed
            .push(format!("{what}\n  {}", accepted.told));
    }

    /// The same statement with each fault that leaves something out of bounding, where it changes the results:
    /// which fault, how it is asked, and the results.
    fn planted(
        &self,
        accepted: &Accepted,
        sql: &str,
        options: &QueryOptions,
        with: &[Groups],
    ) -> Vec<Planted> {
        let (c, m) = (options.max_groups_per_unit, options.max_rows_per_group);
        let capped = |max_groups_per_unit, max_rows_per_group| {
            let options = QueryOptions {
                max_groups_per_unit,
                max_rows_per_group,
                ..options.clone()
            };
            check(sql, &self.world.catalog, &options).ok()
        };
        // By default a cap is what declared metadata allows: as good as none.
        let faulty = [
            (1, Some(accepted.query.clone()), Some(Fault::ClampRemoved)),
            (2, c.and_then(|_| capped(None, m)), None),
            (3, m.and_then(|_| capped(c, None)), None),
        ];
        let of = |(number, query, fault): (usize, Option<CheckedQuery>, Option<Fault>)| {
            let query = query?;
            let seen = accepted.seen.as_ref();
            let whole = self.results(&query, &self.whole, fault, seen).ok()?;
            (whole != with).then_some(Planted {
                number,
                query,
                fault,
                whole,
            })
        };
        faulty.into_iter().filter_map(of).collect()
    }

    fn look(&mut self, accepted: &Accepted, planted: &[Planted], data: &Database) {
        for one in planted {
            let seen = accepted.seen.as_ref();
            if let Ok(without) = self.results(&one.query, data, one.fault, seen) {
                let found = violations(&accepted.assumed, &one.whole, &without);
                self.tally.of_fault(one.number, !found.is_empty());
            }
        }
    }
}

/// A statement with a fault.
struct Planted {
    number: usize,
    query: CheckedQuery,
    fault: Option<Fault>,
    whole: Vec<Groups>,
}
