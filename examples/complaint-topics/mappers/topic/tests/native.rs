//! The mapper natively, on made-up texts.
#![allow(clippy::unwrap_used, reason = "tests")]

use irongate_guest::Table;
use irongate_guest::prelude::*;
use irongate_guest::testing::MapperHarness;

const PROJECT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

#[derive(Row)]
struct Complaint {
    day: Date,
    text: String,
}

fn complaints(texts: &[&str]) -> Table {
    let day = Date::from_ymd(2026, 3, 1).unwrap();
    let rows: Vec<Complaint> =
        texts.iter().map(|text| Complaint { day, text: (*text).to_owned() }).collect();
    Table::from_rows(&rows).unwrap()
}

#[test]
fn most_complaints_decide() {
    let harness = MapperHarness::<topic::map>::new(PROJECT, "topic").unwrap();
    for (texts, topic) in [
        (&["The BUS never comes", "no parking", "loud karaoke"][..], 3.0),
        (&["夜间施工噪音扰民", "地铁太挤"], 2.0),
        (&["房屋漏水"], 1.0),
        (&["no doctor at the clinic"], 0.0),
        (&["thank you", ""], 4.0),
    ] {
        let numbers = harness.call(&complaints(texts)).unwrap().unwrap();
        assert_eq!(numbers, [topic, texts.len() as f64], "{texts:?}");
    }
}

#[test]
fn any_texts_have_a_topic() {
    let harness = MapperHarness::<topic::map>::new(PROJECT, "topic").unwrap();
    let tried = harness.try_people(1_000, 2).unwrap();
    assert_eq!((tried.defaults, tried.beyond), (0, 0), "{tried:?}");
}
