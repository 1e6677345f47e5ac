//! Values as the identities that COUNT(DISTINCT …) tells apart: 128 bits of a keyed hash of their
//! canonical bytes.
//!
//! Were the hash random, any two of n values would have one identity with a chance below n²/2^129, which
//! is 10⁻²⁰ for a billion values. Such a pair counts as one value. Sensitivities do not rest on it: a unit
//! brings at most L identities to a group, whether or not some of them are those of several values.

use super::choice::Choice;
use super::groups::converter;
use arrow::array::{Array, ArrayRef};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use arrow::error::ArrowError;
use arrow::row::RowConverter;
use hashbrown::HashMap;

/// What the values whose identities are remembered may take, bytes: they are forgotten beyond it.
const MAX_REMEMBERED: usize = 4 << 20;
/// What one of them takes beside its own bytes.
const EACH: usize = 96;

/// The identities of one column's values.
pub(crate) struct Identities {
    choice: Choice,
    kind: DataType,
    converter: RowConverter,
    /// By canonical bytes, of values met of late: most are met again.
    known: HashMap<Box<[u8]>, u128>,
    bytes: usize,
}

impl Identities {
    pub(crate) fn new(kind: &DataType, choice: Choice) -> Result<Self, ArrowError> {
        Ok(Self {
            choice,
            kind: kind.clone(),
            converter: converter(std::slice::from_ref(kind))?,
            known: HashMap::new(),
            bytes: 0,
        })
    }

    /// The identity of each value; none where it is null.
    pub(crate) fn of(
        &mut self,
        array: &ArrayRef,
        out: &mut Vec<Option<u128>>,
    ) -> Result<(), ArrowError> {
        let array = cast(array, &self.kind)?;
        let nulls = array.logical_nulls();
        let rows = self.converter.convert_columns(&[array])?;
        out.clear();
        for (at, row) in rows.iter().enumerate() {
            let is_null = nulls.as_ref().is_some_and(|nulls| nulls.is_null(at));
            out.push((!is_null).then(|| self.one(row.data())));
        }
        Ok(())
    }

    fn one(&mut self, canonical: &[u8]) -> u128 {
        if let Some(identity) = self.known.get(canonical) {
            return *identity;
        }
        if self.bytes > MAX_REMEMBERED {
            self.known.clear();
            self.bytes = 0;
        }
        let identity = self.choice.identity(canonical);
        self.bytes += canonical.len() + EACH;
        self.known.insert(canonical.into(), identity);
        identity
    }

    /// Bytes held, for the memory account.
    pub(crate) fn memory(&self) -> usize {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::Int64Array;
    use irongate_policy::NamespaceKey;
    use std::sync::Arc;

    fn of(identities: &mut Identities, numbers: std::ops::Range<i64>) -> Vec<Option<u128>> {
        let array: ArrayRef = Arc::new(Int64Array::from_iter_values(numbers));
        let mut out = Vec::new();
        identities.of(&array, &mut out).unwrap();
        out
    }

    #[test]
    fn values_are_remembered_up_to_a_bound_and_keep_their_identities() {
        let choice = Choice::new(&NamespaceKey::new([1; 32]));
        let mut identities = Identities::new(&DataType::Int64, choice).unwrap();
        let first = of(&mut identities, 0..100);
        // An integer takes nine bytes: one of them tells that it is not null.
        assert_eq!(identities.memory(), 100 * (9 + EACH));
        assert_eq!(of(&mut identities, 0..100), first);
        assert_eq!(identities.memory(), 100 * (9 + EACH));
        let most = 100_000;
        for from in (100..most).step_by(1_000) {
            of(&mut identities, from..from + 1_000);
            assert!(identities.memory() <= MAX_REMEMBERED + 9 + EACH);
        }
        assert!(identities.memory() < most as usize * (9 + EACH));
        assert_eq!(of(&mut identities, 0..100), first);
    }
}
