//! Statistics computed from noisy sums, each with a half-width.
//!
//! Every input comes with an interval that holds the exact bounded sum; all of them do at once 95 times in 100,
//! since each misses its share of the 5 % at most (Bonferroni). Whenever they do, interval arithmetic gives a
//! range that the statistic of the exact sums lies in, and the statistic of any data lies in its public range;
//! the half-width reaches from the released value to the farther end of what both leave.

mod quantile;

use self::quantile::quantile;
use crate::noise::AtOnce;
use crate::release::{Centred, Output};
use std::ops::{Add, Mul, Sub};

/// A closed range of real numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Range {
    pub(crate) lo: f64,
    pub(crate) hi: f64,
}

impl Range {
    fn around(value: f64, width: f64) -> Self {
        Self {
            lo: value - width,
            hi: value + width,
        }
    }

    fn of(ends: &[f64]) -> Self {
        Self {
            lo: ends.iter().copied().fold(f64::INFINITY, f64::min),
            hi: ends.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        }
    }

    fn square(self) -> Self {
        let ends = Self::of(&[self.lo * self.lo, self.hi * self.hi]);
        let least = if self.lo <= 0.0 && self.hi >= 0.0 {
            0.0
        } else {
            ends.lo
        };
        Self { lo: least, ..ends }
    }

    /// By a range that is above zero.
    fn over(self, by: Self) -> Self {
        Self::of(&[
            self.lo / by.lo,
            self.lo / by.hi,
            self.hi / by.lo,
            self.hi / by.hi,
        ])
    }

    fn clamp(self, to: Self) -> Self {
        Self {
            lo: self.lo.clamp(to.lo, to.hi),
            hi: self.hi.clamp(to.lo, to.hi),
        }
    }
}

impl Add for Range {
    type Output = Self;
    fn add(self, by: Self) -> Self {
        Self {
            lo: self.lo + by.lo,
            hi: self.hi + by.hi,
        }
    }
}

impl Sub for Range {
    type Output = Self;
    fn sub(self, by: Self) -> Self {
        Self {
            lo: self.lo - by.hi,
            hi: self.hi - by.lo,
        }
    }
}

impl Mul for Range {
    type Output = Self;
    fn mul(self, by: Self) -> Self {
        Self::of(&[
            self.lo * by.lo,
            self.lo * by.hi,
            self.hi * by.lo,
            self.hi * by.hi,
        ])
    }
}

/// A noisy sum and the half-width of its interval.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Noisy {
    pub(crate) value: f64,
    pub(crate) width: f64,
}

impl Noisy {
    fn range(self) -> Range {
        Range::around(self.value, self.width)
    }
}

/// A statistic and the half-width of its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Estimate {
    pub(crate) value: f64,
    pub(crate) half_width: f64,
}

/// `value` and what is known of it, both within the statistic's public range.
fn estimate(value: f64, known: Option<Range>, possible: Range) -> Estimate {
    let value = value.clamp(possible.lo, possible.hi);
    let known = known.map_or(possible, |known| known.clamp(possible));
    Estimate {
        value,
        half_width: (known.hi - value).max(value - known.lo),
    }
}

/// The range of a count, if it is surely at least `least`: then nothing is divided by zero.
fn divisor(count: Noisy, least: f64) -> Option<Range> {
    let range = count.range();
    (range.lo >= least).then_some(range)
}

/// `centre + Σ(x - centre)/n` for values in `possible`; none where the noisy count is below one.
pub(crate) fn mean(sum: Noisy, count: Noisy, centre: f64, possible: Range) -> Option<Estimate> {
    if count.value < 1.0 {
        return None;
    }
    let middle = Range::around(centre, 0.0);
    let known = divisor(count, 1.0).map(|n| middle + sum.range().over(n));
    Some(estimate(centre + sum.value / count.value, known, possible))
}

/// Noisy sums of two values about a constant each, of their product, and a noisy count.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moments {
    pub(crate) x: Noisy,
    pub(crate) y: Noisy,
    pub(crate) product: Noisy,
    pub(crate) count: Noisy,
}

/// `(Σuv - Σu·Σv/n)/(n - d)`, with what is known of it; `d` is 1 for a sample.
fn covariance_of(moments: Moments, sample: bool) -> Option<(f64, Option<Range>)> {
    let Moments {
        x,
        y,
        product,
        count,
    } = moments;
    let d = if sample { 1.0 } else { 0.0 };
    if count.value < 1.0 + d {
        return None;
    }
    let value = (product.value - x.value * y.value / count.value) / (count.value - d);
    let known = divisor(count, 1.0 + d).map(|n| {
        (product.range() - (x.range() * y.range()).over(n)).over(n - Range::around(d, 0.0))
    });
    Some((value, known))
}

/// A covariance of values whose ranges are `widths` wide. By Popoviciu's inequality a variance is at most
/// `w²/4`, so a covariance at most `w·v/4` in magnitude; dividing by `n - 1` at most doubles it.
pub(crate) fn covariance(moments: Moments, widths: (f64, f64), sample: bool) -> Option<Estimate> {
    let (value, known) = covariance_of(moments, sample)?;
    let most = widths.0 * widths.1 / if sample { 2.0 } else { 4.0 };
    Some(estimate(value, known, Range::around(0.0, most)))
}

/// A variance, or its root, of values whose range is `width` wide.
pub(crate) fn spread(
    sum: Noisy,
    squares: Noisy,
    count: Noisy,
    width: f64,
    (sample, root): (bool, bool),
) -> Option<Estimate> {
    let moments = Moments {
        x: sum,
        y: sum,
        product: squares,
        count,
    };
    let (value, _) = covariance_of(moments, sample)?;
    let d = if sample { 1.0 } else { 0.0 };
    // Both factors are the same sum: its square is never below zero.
    let known = divisor(count, 1.0 + d)
        .map(|n| (squares.range() - sum.range().square().over(n)).over(n - Range::around(d, 0.0)));
    let possible = Range {
        lo: 0.0,
        hi: width * width / if sample { 2.0 } else { 4.0 },
    };
    if !root {
        return Some(estimate(value, known, possible));
    }
    let rooted = |r: Range| Range {
        lo: r.lo.max(0.0).sqrt(),
        hi: r.hi.max(0.0).sqrt(),
    };
    Some(estimate(
        value.max(0.0).sqrt(),
        known.map(rooted),
        rooted(possible),
    ))
}

/// Pearson's correlation; none where a noisy variance is not above zero.
pub(crate) fn correlation(
    moments: Moments,
    x_squares: Noisy,
    y_squares: Noisy,
) -> Option<Estimate> {
    let of = |sum: Noisy, squares: Noisy| Moments {
        x: sum,
        y: sum,
        product: squares,
        ..moments
    };
    let (covariance, between) = covariance_of(moments, false)?;
    let (x, x_known) = covariance_of(of(moments.x, x_squares), false)?;
    let (y, y_known) = covariance_of(of(moments.y, y_squares), false)?;
    if x <= 0.0 || y <= 0.0 {
        return None;
    }
    let known = between
        .zip(x_known.zip(y_known))
        .and_then(|(between, (x, y))| {
            let scale = Range {
                lo: (x.lo.max(0.0) * y.lo.max(0.0)).sqrt(),
                hi: (x.hi.max(0.0) * y.hi.max(0.0)).sqrt(),
            };
            (scale.lo > 0.0).then(|| between.over(scale))
        });
    Some(estimate(
        covariance / (x * y).sqrt(),
        known,
        Range::around(0.0, 1.0),
    ))
}

/// The statistic of an output from its noisy sums, which are asked for by measure, with intervals that hold at
/// once; none for a plain sum, and where the noisy count is too small.
pub(crate) fn computed<E>(
    output: &Output,
    noisy: impl Fn(usize, AtOnce) -> Result<Noisy, E>,
) -> Result<Option<Estimate>, E> {
    Ok(match *output {
        Output::Measure(_) => None,
        Output::Total { of, count } => {
            let centre = of.centre as f64 / 10_f64.powi(i32::from(of.scale));
            let (sum, count) = (noisy(of.sum, AtOnce::Two)?, noisy(count, AtOnce::Two)?);
            Some(Estimate {
                value: centre * count.value + sum.value,
                half_width: centre.abs() * count.width + sum.width,
            })
        }
        Output::Quantile { bins, p, .. } => {
            let at_once = AtOnce::Cuts(bins.count);
            let each = (bins.first..bins.first + bins.count).map(|i| noisy(i, at_once));
            let each = each.collect::<Result<Vec<_>, E>>()?;
            let counts: Vec<f64> = each.iter().map(|n| n.value).collect();
            let width = each.first().map_or(f64::INFINITY, |n| n.width);
            quantile(&bins, &counts, width, p)
        }
        Output::Mean { of, count } => {
            let unit = 10_f64.powi(i32::from(of.scale));
            let possible = Range {
                lo: of.lo as f64 / unit,
                hi: of.hi as f64 / unit,
            };
            mean(
                noisy(of.sum, AtOnce::Two)?,
                noisy(count, AtOnce::Two)?,
                of.centre as f64 / unit,
                possible,
            )
        }
        Output::BlockMean { of, blocks } => {
            let unit = 10_f64.powi(i32::from(of.scale));
            let possible = Range {
                lo: of.lo as f64 / unit,
                hi: of.hi as f64 / unit,
            };
            let count = Noisy {
                value: f64::from(blocks),
                width: 0.0,
            };
            mean(
                noisy(of.sum, AtOnce::One)?,
                count,
                of.centre as f64 / unit,
                possible,
            )
        }
        Output::Spread {
            of,
            squares,
            count,
            sample,
            root,
        } => spread(
            noisy(of.sum, AtOnce::Three)?,
            noisy(squares, AtOnce::Three)?,
            noisy(count, AtOnce::Three)?,
            wide(of),
            (sample, root),
        ),
        Output::Covariance {
            x,
            y,
            products,
            count,
            sample,
        } => {
            let moments = Moments {
                x: noisy(x.sum, AtOnce::Four)?,
                y: noisy(y.sum, AtOnce::Four)?,
                product: noisy(products, AtOnce::Four)?,
                count: noisy(count, AtOnce::Four)?,
            };
            covariance(moments, (wide(x), wide(y)), sample)
        }
        Output::Correlation {
            x,
            y,
            x_squares,
            y_squares,
            products,
            count,
        } => {
            let moments = Moments {
                x: noisy(x.sum, AtOnce::Six)?,
                y: noisy(y.sum, AtOnce::Six)?,
                product: noisy(products, AtOnce::Six)?,
                count: noisy(count, AtOnce::Six)?,
            };
            correlation(
                moments,
                noisy(x_squares, AtOnce::Six)?,
                noisy(y_squares, AtOnce::Six)?,
            )
        }
    })
}

/// How wide a value's range is.
fn wide(of: Centred) -> f64 {
    (of.hi as f64 - of.lo as f64) / 10_f64.powi(i32::from(of.scale))
}

#[cfg(test)]
mod tests {
    use super::quantile::quantile;
    use super::*;
    use crate::release::Bins;
    use proptest::prelude::*;

    proptest! {
        /// Noise that stays within both widths leaves the exact sum within the interval, and reaches its end.
        #[test]
        fn a_sum_of_parts_lies_within_its_interval(
            centre in -40_i32..40,
            (sum, count) in (-500_i32..500, 0_i32..90),
            (off, off_count) in (-9_i32..=9, -9_i32..=9),
        ) {
            let of = Centred {
                sum: 0,
                centre: i128::from(centre),
                lo: -90,
                hi: 90,
                scale: 1,
            };
            let noisy = |measure: usize, _| {
                let value = [f64::from(sum + off) / 10.0, f64::from(count + off_count)][measure];
                Ok::<_, std::convert::Infallible>(Noisy { value, width: [0.9, 9.0][measure] })
            };
            let Ok(told) = computed(&Output::Total { of, count: 1 }, noisy);
            let told = told.unwrap();
            let exact = f64::from(centre) / 10.0 * f64::from(count) + f64::from(sum) / 10.0;
            let distance = (told.value - exact).abs();
            prop_assert!(distance <= told.half_width + 1e-9);
            let most = f64::from(centre).abs() / 10.0 * 9.0 + 0.9;
            prop_assert!((told.half_width - most).abs() < 1e-9);
        }

        /// Noise of any kind that stays within its margin leaves the exact quantile within the interval.
        #[test]
        fn a_quantile_lies_within_its_interval(
            rows in prop::collection::vec(0_usize..12, 1..60),
            noise in prop::collection::vec(-1.0_f64..1.0, 12),
            p in 0.0_f64..=1.0,
        ) {
            let bins = Bins { first: 0, count: 12, lo: 0, hi: 11, scale: 0 };
            let mut exact = [0.0; 12];
            for row in &rows {
                exact[*row] += 1.0;
            }
            let noisy: Vec<f64> = exact.iter().zip(&noise).map(|(a, b)| a + b).collect();
            // The most that any sum of this noise with weights of at most one can be.
            let width: f64 = noise.iter().map(|n| n.abs()).sum();
            let mut sorted = rows.clone();
            sorted.sort_unstable();
            let rank = (p * rows.len() as f64).ceil().max(1.0) as usize;
            let truth = sorted[rank - 1] as f64;
            if let Some(found) = quantile(&bins, &noisy, width, p) {
                prop_assert!((0.0..=11.0).contains(&found.value));
                prop_assert!((found.value - truth).abs() <= found.half_width + 1e-9, "{found:?} {truth}");
            }
        }
    }
}
