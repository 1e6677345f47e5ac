//! A health risk score of one person, from all of their years in the registry.

use irongate_guest::prelude::*;

/// One year of a person.
#[derive(Debug, Clone, Copy, UnitRow)]
pub struct Year {
    /// The year.
    pub year: i64,
    /// Age, years; the registry may lack it, as the others.
    pub age: Option<f64>,
    /// Visits to a doctor.
    pub docvis: Option<f64>,
    /// Days in hospital.
    pub hospvis: Option<f64>,
}

/// What is said of a person.
#[derive(Debug, PartialEq, Outputs)]
pub struct Risk {
    /// From 0 to 100.
    pub score: f64,
    /// Of visits over the years: 0 falling, 1 steady, 2 rising.
    pub trend: usize,
}

/// Visits a year by which they have to change to be called falling or rising.
const STEADY: f64 = 0.5;

/// Age, and visits of the worst year, on a scale that rises ever slower; and the slope of a line through the visits.
#[irongate_guest::mapper]
pub fn map(rows: Rows<'_, Year>) -> Risk {
    let count = rows.len() as f64;
    let (mut worst, mut age) = (0.0_f64, 0.0_f64);
    let (mut years, mut visits) = (0.0, 0.0);
    for row in rows.clone() {
        let docvis = row.docvis.unwrap_or(0.0);
        worst = worst.max(docvis + 3.0 * row.hospvis.unwrap_or(0.0));
        age = age.max(row.age.unwrap_or(0.0));
        years += row.year as f64;
        visits += docvis;
    }
    let (mean_year, mean_visits) = (years / count, visits / count);
    let (mut up, mut across) = (0.0, 0.0);
    for row in rows {
        let distance = row.year as f64 - mean_year;
        up += distance * (row.docvis.unwrap_or(0.0) - mean_visits);
        across += distance * distance;
    }
    let slope = if across > 0.0 { up / across } else { 0.0 };
    let trend = if slope < -STEADY {
        0
    } else if slope > STEADY {
        2
    } else {
        1
    };
    let score = 0.5 * (age - 18.0) + 60.0 * worst / (worst + 20.0);
    Risk {
        score: score.clamp(0.0, 100.0),
        trend,
    }
}
