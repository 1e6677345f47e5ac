//! Trips of one card, from its taps: a tap soon after another, on another line, is a transfer.

use irongate_guest::prelude::*;

/// A tap.
#[derive(Debug, Clone, Copy, UnitRow)]
pub struct Tap {
    /// When.
    pub at: Timestamp,
    /// The line's number.
    pub line: i64,
    /// The stop's.
    pub stop: i64,
}

/// What is said of a card.
#[derive(Debug, PartialEq, Outputs)]
pub struct Chains {
    /// Trips, each of one or more rides.
    pub trips: usize,
    /// Changes of line within trips.
    pub transfers: usize,
    /// 0 commuter, 1 occasional, 2 mostly with transfers.
    pub kind: usize,
}

/// A tap this long after the last begins a new trip.
const APART_MICROS: i64 = 45 * 60 * 1_000_000;
/// Trips of a month that make a commuter.
const COMMUTER_TRIPS: usize = 20;

/// Rows come in the order of their columns, so taps come by time.
#[irongate_guest::mapper]
pub fn map(rows: Rows<'_, Tap>) -> Chains {
    let (mut trips, mut transfers) = (0_usize, 0_usize);
    let mut last: Option<Tap> = None;
    for tap in rows {
        let soon = last.is_some_and(|last| {
            tap.at.micros().saturating_sub(last.at.micros()) < APART_MICROS
        });
        let other_line = last.is_some_and(|last| last.line != tap.line);
        if soon && other_line {
            transfers += 1;
        } else if !soon {
            trips += 1;
        }
        last = Some(tap);
    }
    let kind = if 2 * transfers > trips {
        2
    } else if trips >= COMMUTER_TRIPS {
        0
    } else {
        1
    };
    Chains { trips, transfers, kind }
}
