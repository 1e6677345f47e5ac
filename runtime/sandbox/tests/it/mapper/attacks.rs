//! Mappers that are out for one person, each in another way: what they do to that person's call, and that nobody
//! else's call is another for it.

use irongate_sandbox::{AdmissionLimits, Code, Mapped, Mapper, MapperLimits, World, admit};
use serde::Deserialize;

use super::{AT_ONCE, MEMORY, Sandbox};

const ATTACKS: &str = include_str!("../../attacks.toml");
/// How many there are.
const COUNT: usize = 74;
/// Fuel of a call.
const FUEL: u64 = 1_000_000;
/// The rows of the person whom they are out for, and those of others.
const PERSON: &[u8] = &[255, 1, 2];
const OTHERS: [&[u8]; 3] = [&[1], &[2, 3], &[]];

#[derive(Deserialize)]
struct Attacks {
    attack: Vec<Attack>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Attack {
    name: String,
    #[serde(default)]
    more: String,
    memory: Option<String>,
    act: Option<String>,
    look: Option<String>,
    target: Option<String>,
    others: Option<f64>,
    component: Option<String>,
    refused: Option<String>,
}

impl Attack {
    /// A component that acts and looks; one that is refused has `component` before its export.
    fn bytes(&self) -> Vec<u8> {
        let pages = self.memory.as_deref().unwrap_or("2");
        let memory = MEMORY.replace("\"memory\") 2", &format!("\"memory\") {pages}"));
        let (act, look) = (
            self.act.as_deref().unwrap_or(""),
            self.look.as_deref().unwrap_or("(f64.const 1)"),
        );
        let (more, component) = (&self.more, self.component.as_deref().unwrap_or(""));
        let text = format!(
            r#"(component
              (core module $m
                {memory}
                {more}
                (func (export "map") (param $at i32) (param $length i32) (result i32)
                  (local $i i32) (local $n i32) (local $w i64)
                  (if (i32.eq (i32.load8_u (local.get $at)) (i32.const 255)) (then {act}))
                  (call $answer {look})))
              (core instance $i (instantiate $m))
              (alias core export $i "memory" (core memory $memory))
              (func (export "map") (param "rows" (list u8)) (result (list f64))
                (canon lift (core func $i "map") (memory $memory) (realloc (core func $i "realloc"))))
              {component})"#
        );
        wat::parse_str(text).unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }
}

/// What comes of a call, as the file writes it.
fn called(mapper: &Mapper, rows: &[u8]) -> String {
    let mut output = [f64::MAX];
    match mapper.map(rows, &mut output).expect("not aborted") {
        Mapped::Values if output[0] != 0.0 && output[0].abs() < 1e-3 => format!("{:.3}", output[0]),
        Mapped::Values => output[0].to_string(),
        Mapped::Default(code) => format!("default {}", code.as_str()),
    }
}

#[test]
fn no_attack_reaches_another_persons_call() {
    let Attacks { attack: attacks } = toml::from_str(ATTACKS).unwrap();
    assert_eq!(attacks.len(), COUNT);
    let sandbox = Sandbox::new();
    let limits = MapperLimits {
        fuel: FUEL,
        ..MapperLimits::default()
    };
    let mut wrong = Vec::new();
    for attack in &attacks {
        let name = &attack.name;
        let bytes = attack.bytes();
        let admitted = admit(&bytes, World::Mapper, &AdmissionLimits::default());
        let refused = admitted.as_ref().err().map(|error| error.code().to_owned());
        if refused != attack.refused {
            wrong.push(format!("{name}: refused is {refused:?}"));
        }
        if refused.is_some() {
            continue;
        }
        let mapper = sandbox.mapper_with(&bytes, limits.clone());
        let others = attack.others.unwrap().to_string();
        let mut look = |when: &str| {
            for rows in OTHERS {
                let found = called(&mapper, rows);
                if found != others {
                    wrong.push(format!("{name}, {when}: others are {found}"));
                }
            }
        };
        look("before");
        // Often enough that every place was the person's, and then another's.
        for _ in 0..2 * AT_ONCE.get() {
            let own = called(&mapper, PERSON);
            if Some(&own) != attack.target.as_ref() {
                wrong.push(format!("{name}: the person's is {own}"));
                break;
            }
            look("after");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Whatever a deterministic end is called, it is no abort: the default stands for it.
#[test]
fn no_end_that_a_mapper_can_cause_is_residual() {
    let Attacks { attack: attacks } = toml::from_str(ATTACKS).unwrap();
    let ends = attacks.iter().filter_map(|attack| {
        let end = attack.target.as_deref()?;
        end.strip_prefix("default ")
    });
    let residual = [Code::Backstop.as_str(), Code::Host.as_str()];
    assert!(ends.clone().count() > 10);
    assert!(ends.into_iter().all(|end| !residual.contains(&end)));
}
