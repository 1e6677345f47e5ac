//! A small world: parties with keys, two datasets of one namespace, one agreement, one scenario.

use irongate_policy::agreement::{Agreement, Mode};
use irongate_policy::command::{Charges, Draft, Reads, Reservation};
use irongate_policy::dataset::*;
use irongate_policy::manifest::JobManifest;
use irongate_policy::request::*;
use irongate_policy::scenario::Scenario;
use irongate_policy::*;

pub const ORIGIN: &str = "irongate.test/log";
/// 2026-12-02T00:00:00+08:00.
pub const START: i64 = 1_796_140_800_000;
pub const PARTIES: [(&str, PartyKind); 10] = [
    ("agency", PartyKind::Agency),
    ("operator", PartyKind::Operator),
    ("rival", PartyKind::Operator),
    ("developer", PartyKind::Developer),
    ("provider", PartyKind::Provider),
    ("regulator", PartyKind::Regulator),
    ("supervisor", PartyKind::Supervisor),
    ("expert", PartyKind::Expert),
    ("auditor", PartyKind::Auditor),
    ("bystander", PartyKind::Provider),
];

#[derive(Clone, Default)]
pub struct World {
    pub state: State,
    pub log: Vec<Event>,
    pub at: Timestamp,
    pub drawn: u64,
}

pub fn key(id: &str) -> SigningKey {
    SigningKey::from_seed(Digest::of(id.as_bytes()).as_bytes()).unwrap()
}

pub fn id<T: std::str::FromStr<Err = IdError>>(text: &str) -> T {
    text.parse().unwrap()
}

/// A version called `…-grave` has a privacy unit of a graver grade than its other columns need.
pub fn draft(name: &str, version: &str) -> Draft {
    let unit = match version.ends_with("-grave") {
        true => Grade::Important,
        false => Grade::General3,
    };
    let column = |name: &str, role, grade| Column {
        name: name.into(),
        kind: ColumnType::Int64,
        role,
        grade,
        domain: None,
        bounds: None,
        out_of_range: OutOfRange::Drop,
        null: NullRule::Drop,
        measure: None,
    };
    let spec = DatasetSpec {
        name: id(name),
        title: both("title"),
        provider: id("provider"),
        regulator: id("regulator"),
        source_element: id(&format!("element-{name}")),
        legal_basis: "public research data".into(),
        update_frequency: UpdateFrequency::None,
        source: Source {
            format: Format::Csv,
            null_values: vec![],
            ignore: vec![],
        },
        protection: Protection::Protected(Box::new(Protected {
            unit: Unit {
                namespace: id("patient"),
                columns: vec!["id".into()],
                max_rows: 5,
                linked: std::collections::BTreeSet::new(),
                unique_within_unit: vec![],
            },
            budget: budget("0.3", "1e-6"),
            units_at_most: 1000,
            size_class: SizeClass::Small,
        })),
        columns: vec![
            column("id", Role::Unit, unit),
            column("year", Role::Key, Grade::General3),
            column("visits", Role::Measure, Grade::General3),
            column("illness", Role::Measure, Grade::Important),
            column("secretish", Role::Measure, Grade::Core),
        ],
    };
    Draft {
        spec,
        version: id(version),
        commitment: Digest::of(version.as_bytes()),
    }
}

pub fn both(text: &str) -> Bilingual {
    Bilingual {
        zh: text.into(),
        en: text.into(),
    }
}

pub fn budget(cap: &str, delta: &str) -> Budget {
    Budget {
        currency: Currency::Rho,
        cap: cap.parse().unwrap(),
        delta: delta.parse().unwrap(),
    }
}

pub fn agreement(mode: Mode) -> Agreement {
    Agreement {
        format: 1,
        id: id("health-2026"),
        operator: id("operator"),
        mode,
        datasets: if mode == Mode::Whole {
            vec![]
        } else {
            vec![id("clinic")]
        },
        domains: vec![],
        scenarios: vec![],
        from: "2026-12-01".parse().unwrap(),
        to: "2029-12-01".parse().unwrap(),
        budget: None,
    }
}

pub fn scenario() -> Scenario {
    Scenario {
        format: 1,
        id: id("care"),
        agreement: id("health-2026"),
        title: both("care"),
        purpose: both("care"),
        datasets: vec![id("clinic")],
        interactive: true,
        developers: vec![id("developer")],
        budget: budget("0.25", "1e-6"),
    }
}

pub const MANIFEST: &str = r#"
format = 1
reads = [{ dataset = "clinic", columns = ["year", "visits"] }]
budget = { currency = "rho", cap = "0.1", delta = "0" }
limits = { fuel = 1_000_000_000, memory_mib = 64, queries = 4, returned_mib = 8 }
[job]
name = "visits"
version = "0.1.0"
kind = "analyst"
scenario = "care"
component = "job.wasm"
purpose = { zh = "统计", en = "statistics" }
deadline = "60s"
[[outputs]]
name = "visits"
max_rows = 20
required = true
columns = [{ name = "year", type = "int64", null = false }]
"#;

pub fn manifest() -> JobManifest {
    JobManifest::parse(MANIFEST).unwrap()
}

pub fn order(salt: &str) -> SubmitJob {
    SubmitJob {
        package: Digest::of(salt.as_bytes()),
        manifest: manifest(),
    }
}

pub fn reads(dataset: &str, columns: &[&str]) -> Reads {
    let columns = columns.iter().map(|c| (*c).to_owned()).collect();
    [(id(dataset), columns)].into()
}

pub fn ask(job: &JobId, columns: &[&str], rho: u64, print: &str) -> Reservation {
    Reservation {
        job: job.clone(),
        reads: reads("clinic", columns),
        charges: Charges::from([(id("patient"), Loss::from_rho(rho))]),
        fingerprint: Digest::of(print.as_bytes()),
    }
}

impl World {
    /// A log that is open, with every party.
    pub fn open() -> Self {
        let mut world = Self {
            at: Timestamp(START),
            ..Self::default()
        };
        let genesis = Genesis {
            key: key("agency").public_key(),
            log_key: "log key".into(),
            pack: pack::DEFAULT.into(),
        };
        world.ok("agency", genesis);
        for (party, kind) in PARTIES.into_iter().skip(1) {
            world.ok(
                "agency",
                AddParty {
                    party: id(party),
                    kind,
                    key: key(party).public_key(),
                },
            );
        }
        world
    }

    /// With both datasets published.
    pub fn published() -> Self {
        let mut world = Self::open();
        for name in ["clinic", "hospital"] {
            world.draft(draft(name, &format!("{name}-1")));
            world.consent(name, &format!("{name}-1"), "provider");
            world.consent(name, &format!("{name}-1"), "regulator");
            world.publish(name, &format!("{name}-1"));
        }
        world
    }

    /// With an approved scenario.
    pub fn granted() -> Self {
        let mut world = Self::published();
        let terms = agreement(Mode::Scenario);
        world.ok(
            "agency",
            OfferAgreement {
                agreement: terms.clone(),
            },
        );
        let (agreement, terms) = (terms.id.clone(), Digest::of_json(&terms).unwrap());
        world.ok(
            "operator",
            AcceptAgreement {
                agreement: agreement.clone(),
                terms,
            },
        );
        world.ok("provider", ConsentAgreement { agreement, terms });
        world.ok(
            "operator",
            ProposeScenario {
                scenario: scenario(),
            },
        );
        world.ok("agency", approve_scenario());
        world
    }

    /// With a running job.
    pub fn running() -> (Self, JobId) {
        let mut world = Self::granted();
        let job = world.submit("a");
        world.approve(&job);
        world.ok("agency", RunJob { job: job.clone() });
        (world, job)
    }

    pub fn approve(&mut self, job: &JobId) {
        self.gate(GateAction::MarkChecked { job: job.clone() })
            .unwrap();
        self.ok("agency", ApproveJob { job: job.clone() });
    }

    pub fn submit(&mut self, salt: &str) -> JobId {
        self.ok("operator", order(salt));
        self.state
            .find_live_job(&id("operator"), &order(salt))
            .unwrap()
            .clone()
    }

    pub fn draft(&mut self, draft: Draft) {
        self.gate(GateAction::RecordDraft(Box::new(draft))).unwrap();
    }

    pub fn consent(&mut self, name: &str, version: &str, party: &str) {
        let (dataset, change) = (id(name), change_hash(&draft(name, version)).unwrap());
        self.ok(party, Consent { dataset, change });
    }

    pub fn publish(&mut self, name: &str, version: &str) {
        let body = batch(name, version);
        self.ok("agency", body);
    }

    pub fn sign(&mut self, party: &str, request: impl Into<Request>) -> Signed {
        self.drawn += 1;
        let nonce = Nonce::new(*Digest::of(&self.drawn.to_be_bytes()).as_bytes());
        key(party)
            .sign(request.into(), ORIGIN, nonce, id(party))
            .unwrap()
    }

    pub fn ask(&mut self, party: &str, request: impl Into<Request>) -> Result<usize, Denial> {
        let signed = self.sign(party, request);
        self.act(Action::Party(Box::new(signed)))
    }

    #[track_caller]
    pub fn ok(&mut self, party: &str, request: impl Into<Request>) {
        if let Err(denial) = self.ask(party, request) {
            panic!("{denial}");
        }
    }

    pub fn gate(&mut self, action: GateAction) -> Result<usize, Denial> {
        self.act(Action::Gate(action))
    }

    /// Decides, takes the events in as they come back from JSON, and says how many there were.
    pub fn act(&mut self, action: Action) -> Result<usize, Denial> {
        let command = Command {
            at: self.at,
            action,
        };
        let events = decide(&self.state, &command)?;
        for event in &events {
            let text = serde_json::to_string(event).unwrap();
            let read: Event = serde_json::from_str(&text).unwrap();
            assert_eq!(read, *event, "events survive JSON: {text}");
            self.state.evolve(&read);
            self.log.push(read);
        }
        Ok(events.len())
    }
}

pub fn batch(name: &str, version: &str) -> Publish {
    let (dataset, change) = (id(name), change_hash(&draft(name, version)).unwrap());
    Publish {
        batch: id(&format!("batch-{version}")),
        changes: vec![ChangeRef { dataset, change }],
    }
}

pub fn approve_scenario() -> ApproveScenario {
    ApproveScenario {
        scenario: id("care"),
        terms: Digest::of_json(&scenario()).unwrap(),
    }
}
