//! Quantiles from noisy bins.

use super::{Estimate, Range, estimate};
use crate::release::Bins;

/// The value below which a share `p` of a group lies; none where the noisy bins hold less than one row.
///
/// `width` bounds, at every cut between bins at once, how far the noise may move a sum of all bins with weights of
/// at most one (see [`crate::noise::AtOnce::Cuts`]). Before a cut, `below - p·all` is such a sum with weights of at
/// most `max(p, 1 - p)`: where it is surely negative the quantile lies beyond the cut, where it is surely positive
/// before it.
pub(crate) fn quantile(bins: &Bins, counts: &[f64], width: f64, p: f64) -> Option<Estimate> {
    let all: f64 = counts.iter().sum();
    if all < 1.0 {
        return None;
    }
    let unit = 10_f64.powi(i32::from(bins.scale));
    let start = |bin: usize| bins.start(bin) as f64 / unit;
    let end = |bin: usize| (bins.start(bin + 1) - 1) as f64 / unit;
    let possible = Range {
        lo: bins.lo as f64 / unit,
        hi: bins.hi as f64 / unit,
    };
    let margin = width * p.max(1.0 - p);
    let mut known = possible;
    let mut value = None;
    let mut below = 0.0;
    for (bin, count) in counts.iter().enumerate() {
        let with = below + count;
        if value.is_none() && with >= p * all {
            let part = if *count > 0.0 {
                ((p * all - below) / count).clamp(0.0, 1.0)
            } else {
                0.0
            };
            value = Some(start(bin) + part * (end(bin) - start(bin)));
        }
        below = with;
        if bin + 1 < counts.len() {
            let past = below - p * all;
            if past < -margin {
                known.lo = start(bin + 1);
            } else if past > margin {
                known.hi = known.hi.min(end(bin));
            }
        }
    }
    let value = value.unwrap_or(possible.hi);
    // To a whole step of the value's own scale.
    let value = (value * unit).round() / unit;
    // Noise beyond its intervals may have crossed the two ends.
    let known = (known.lo <= known.hi).then_some(known);
    Some(estimate(value, known, possible))
}
