//! A logistic regression of whether somebody saw a doctor in a year, fitted to a block of people.

use irongate_guest::prelude::*;

/// One year of a person.
#[derive(Debug, Clone, Copy, UnitRow)]
pub struct Year {
    /// Age, years; the registry may lack it.
    pub age: Option<f64>,
    /// Whether of a woman.
    pub female: Option<bool>,
    /// The household's net income.
    pub hhninc: f64,
    /// Visits to a doctor.
    pub docvis: Option<f64>,
}

/// Coefficients of the logit.
#[derive(Debug, Clone, Copy, PartialEq, Outputs)]
pub struct Model {
    /// At the age of 40, of a man with an income of 3.
    pub intercept: f64,
    /// For ten years of age.
    pub age: f64,
    /// Of women.
    pub female: f64,
    /// For 1 more of income.
    pub income: f64,
}

const TERMS: usize = 4;
/// Rounds of Newton's method: it converges in half as many.
const ROUNDS: usize = 12;
/// A ridge that keeps the fit of a small block finite.
const RIDGE: f64 = 1e-2;

/// The terms of a row, and whether a doctor was seen; `None` where something is missing.
fn terms(row: &Year) -> Option<([f64; TERMS], f64)> {
    let x = [
        1.0,
        (row.age? - 40.0) / 10.0,
        f64::from(u8::from(row.female?)),
        row.hhninc - 3.0,
    ];
    Some((x, if row.docvis? > 0.0 { 1.0 } else { 0.0 }))
}

/// Solves `a·x = b` by elimination with pivots; `None` if there is no one solution.
fn solved(mut a: [[f64; TERMS]; TERMS], mut b: [f64; TERMS]) -> Option<[f64; TERMS]> {
    for column in 0..TERMS {
        let largest =
            |x: &usize, y: &usize| f64::total_cmp(&a[*x][column].abs(), &a[*y][column].abs());
        let pivot = (column..TERMS).max_by(largest)?;
        if a[pivot][column].abs() < 1e-12 {
            return None;
        }
        a.swap(column, pivot);
        b.swap(column, pivot);
        for row in 0..TERMS {
            if row != column {
                let factor = a[row][column] / a[column][column];
                for at in 0..TERMS {
                    a[row][at] -= factor * a[column][at];
                }
                b[row] -= factor * b[column];
            }
        }
    }
    Some(std::array::from_fn(|at| b[at] / a[at][at]))
}

/// Newton's method on the log-likelihood; `None` where it does not converge to numbers.
pub fn fit(rows: &[Year]) -> Option<Model> {
    let mut weights = [0.0; TERMS];
    for _ in 0..ROUNDS {
        let mut slope = weights.map(|weight| -RIDGE * weight);
        let mut curve = [[0.0; TERMS]; TERMS];
        for (at, row) in curve.iter_mut().enumerate() {
            row[at] = RIDGE;
        }
        for (x, seen) in rows.iter().filter_map(terms) {
            let logit: f64 = x.iter().zip(&weights).map(|(x, weight)| x * weight).sum();
            let p = 1.0 / (1.0 + (-logit).exp());
            for i in 0..TERMS {
                slope[i] += x[i] * (seen - p);
                for j in 0..TERMS {
                    curve[i][j] += x[i] * x[j] * p * (1.0 - p);
                }
            }
        }
        let step = solved(curve, slope)?;
        for (weight, step) in weights.iter_mut().zip(step) {
            *weight += step;
        }
    }
    let [intercept, age, female, income] = weights;
    weights
        .iter()
        .all(|weight| weight.is_finite())
        .then_some(Model {
            intercept,
            age,
            female,
            income,
        })
}

/// Fits the model to all rows of a block; what is no fit gives no numbers, and the declared defaults stand.
#[irongate_guest::mapper]
pub fn map(people: Units<'_, Year>) -> Model {
    let rows: Vec<Year> = people.rows().collect();
    fit(&rows).unwrap_or(Model {
        intercept: f64::NAN,
        age: f64::NAN,
        female: f64::NAN,
        income: f64::NAN,
    })
}
