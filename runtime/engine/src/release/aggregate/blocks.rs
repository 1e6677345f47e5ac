//! Aggregates over blocks: how many there are is public, so a mean divides by that, and only sums get noise.

use super::{Builder, Call, Output, refuse};
use crate::reject::{Checked, Rule};
use datafusion::functions_aggregate::average;

impl Builder<'_> {
    pub(super) fn of_blocks(&mut self, call: &Call<'_>, blocks: u32) -> Checked<Output> {
        let instead =
            "blocks are released as AVG, MEDIAN or PERCENTILE_CONT of an output, without FILTER";
        let refused = || refuse(Rule::Aggregate, format!("{} of blocks", call.name), instead);
        if call.distinct || call.filter.is_some() {
            return refused();
        }
        // Every block counts: where one had no value, the number of values would be private.
        if call.args.first().is_none_or(|x| self.nullable(x)) {
            return refused();
        }
        match call.args {
            [x] if call.is(&average::avg_udaf()) => {
                let value = self.argument(call, x)?;
                let (of, _) = self.centred(&value)?;
                Ok(Output::BlockMean { of, blocks })
            }
            _ => match self.asked_quantile(call)? {
                Some(output) => Ok(output),
                None => refused(),
            },
        }
    }
}
