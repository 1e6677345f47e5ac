//! The topic of most of a person's complaints, from words in their texts.

use irongate_guest::prelude::*;

/// A complaint.
#[derive(Debug, Clone, Copy, UnitRow)]
pub struct Complaint<'a> {
    /// When it was made.
    pub day: Date,
    /// What was said.
    pub text: &'a str,
}

/// What is said of a person.
#[derive(Debug, PartialEq, Outputs)]
pub struct Topic {
    /// The index of the topic; the last is "other".
    pub topic: usize,
    /// How many complaints there are.
    pub complaints: usize,
}

/// Words of each topic, in the order of the declared keys.
const WORDS: [&[&str]; 4] = [
    &["hospital", "clinic", "doctor", "医院", "门诊", "医生"],
    &["rent", "flat", "roof", "租房", "房屋", "漏水"],
    &["noise", "loud", "karaoke", "噪音", "吵", "扰民"],
    &["bus", "metro", "parking", "公交", "地铁", "停车"],
];

fn topic_of(text: &str) -> usize {
    let text = text.to_lowercase();
    let hits = |words: &&[&str]| words.iter().filter(|word| text.contains(**word)).count();
    let scores = WORDS.iter().map(hits);
    // The first of those with most.
    let best = scores.enumerate().fold((WORDS.len(), 0), |best, (topic, score)| {
        if score > best.1 { (topic, score) } else { best }
    });
    best.0
}

/// Each complaint has one topic, and a person that of most complaints.
#[irongate_guest::mapper]
pub fn map<'a>(rows: Rows<'a, Complaint<'a>>) -> Topic {
    let complaints = rows.len();
    let mut counts = [0_usize; WORDS.len() + 1];
    for row in rows {
        if let Some(count) = counts.get_mut(topic_of(row.text)) {
            *count += 1;
        }
    }
    let most = counts.iter().enumerate().fold((WORDS.len(), 0), |best, (topic, count)| {
        if *count > best.1 { (topic, *count) } else { best }
    });
    Topic { topic: most.0, complaints }
}
