//! The pseudonyms of rows in unit order: one for each row, or as keys into a dictionary.

use super::UNIT_BYTES;
use arrow::array::{Array, ArrayRef, AsArray, BinaryArray};
use arrow::datatypes::Int32Type;

type Pseudonym = [u8; UNIT_BYTES];

/// The pseudonyms of a column without nulls.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Units<'a> {
    /// One for each row.
    Whole(&'a [Pseudonym]),
    /// For each row, the place of its pseudonym.
    Keys(&'a [i32], &'a [Pseudonym]),
}

impl<'a> Units<'a> {
    /// `None` if the column holds anything but pseudonyms.
    pub(crate) fn of(column: &'a ArrayRef) -> Option<Self> {
        if column.null_count() > 0 {
            return None;
        }
        if let Some(units) = column.as_fixed_size_binary_opt() {
            let is_whole = units.value_length() == UNIT_BYTES as i32;
            return is_whole.then(|| Self::Whole(units.value_data().as_chunks().0));
        }
        let dictionary = column.as_dictionary_opt::<Int32Type>()?;
        let values = pseudonyms(dictionary.values().as_binary_opt()?)?;
        Some(Self::Keys(dictionary.keys().values(), values))
    }

    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Whole(units) => units.len(),
            Self::Keys(keys, _) => keys.len(),
        }
    }

    /// The pseudonym of each row; none where its place is no place.
    pub(crate) fn each(self) -> impl Iterator<Item = Option<Pseudonym>> {
        let at = move |row| match self {
            Self::Whole(units) => units.get(row).copied(),
            Self::Keys(keys, values) => {
                let place = usize::try_from(*keys.get(row)?).ok()?;
                values.get(place).copied()
            }
        };
        (0..self.len()).map(at)
    }

    /// The unit of the row at `start`, and where its rows here end.
    pub(super) fn run(&self, start: usize) -> Option<(u128, usize)> {
        let (unit, more) = match self {
            Self::Whole(units) => {
                let (first, rest) = units.get(start..)?.split_first()?;
                (first, same(first, rest))
            }
            Self::Keys(keys, values) => {
                let (first, rest) = keys.get(start..)?.split_first()?;
                (
                    values.get(usize::try_from(*first).ok()?)?,
                    same(first, rest),
                )
            }
        };
        Some((u128::from_be_bytes(*unit), start + 1 + more))
    }
}

/// How many at the front are the same.
fn same<T: PartialEq>(first: &T, rest: &[T]) -> usize {
    let other = rest.iter().position(|other| other != first);
    other.unwrap_or(rest.len())
}

/// The values of a dictionary of pseudonyms; `None` if it holds anything else.
fn pseudonyms(values: &BinaryArray) -> Option<&[Pseudonym]> {
    let offsets = values.value_offsets();
    let is_whole = |pair: &[i32]| matches!(pair, [from, to] if to - from == UNIT_BYTES as i32);
    if values.null_count() > 0 || !offsets.windows(2).all(is_whole) {
        return None;
    }
    let start = usize::try_from(*offsets.first()?).ok()?;
    let end = usize::try_from(*offsets.last()?).ok()?;
    Some(values.value_data().get(start..end)?.as_chunks().0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{DictionaryArray, FixedSizeBinaryArray, Int32Array};
    use arrow::buffer::NullBuffer;
    use std::sync::Arc;

    fn runs(column: &ArrayRef) -> Option<Vec<(u128, usize)>> {
        let units = Units::of(column)?;
        let mut runs = Vec::new();
        let mut start = 0;
        while let Some((unit, end)) = units.run(start) {
            runs.push((unit, end));
            start = end;
        }
        assert_eq!(start, units.len());
        Some(runs)
    }

    fn dictionary(keys: Vec<Option<i32>>, values: &[&[u8]]) -> ArrayRef {
        let values = Arc::new(BinaryArray::from_iter_values(values));
        Arc::new(DictionaryArray::new(Int32Array::from(keys), values))
    }

    #[test]
    fn runs_are_the_same_whole_and_by_key() {
        let whole = [[1; 16], [1; 16], [2; 16], [9; 16]];
        let whole: ArrayRef = Arc::new(FixedSizeBinaryArray::try_from_iter(whole.iter()).unwrap());
        let values: [&[u8]; 3] = [&[9; 16], &[1; 16], &[2; 16]];
        let keys = dictionary([1, 1, 2, 0].map(Some).to_vec(), &values);
        let one = u128::from_be_bytes([1; 16]);
        let expected = vec![(one, 2), (2 * one, 3), (9 * one, 4)];
        assert_eq!(runs(&whole), Some(expected.clone()));
        assert_eq!(runs(&keys), Some(expected));
    }

    #[test]
    fn what_is_no_pseudonym_is_refused() {
        let short = [[1_u8; 15]];
        let short: ArrayRef = Arc::new(FixedSizeBinaryArray::try_from_iter(short.iter()).unwrap());
        assert_eq!(runs(&short), None);
        assert_eq!(
            runs(&dictionary(vec![Some(0)], &[&[1; 15], &[1; 17]])),
            None
        );
        assert_eq!(runs(&dictionary(vec![None], &[&[1; 16]])), None);
        assert_eq!(
            runs(&(Arc::new(Int32Array::from(vec![1])) as ArrayRef)),
            None
        );
    }

    #[test]
    fn a_null_in_a_dictionary_is_refused_whatever_its_bytes() {
        let values = BinaryArray::from_iter_values([[1; 16], [2; 16]]);
        let (offsets, bytes, _) = values.into_parts();
        let nulls = NullBuffer::from(vec![true, false]);
        let values = BinaryArray::new(offsets, bytes, Some(nulls));
        let column = DictionaryArray::new(Int32Array::from(vec![0, 1]), Arc::new(values));
        assert_eq!(runs(&(Arc::new(column) as ArrayRef)), None);
    }

    #[test]
    fn a_part_of_a_dictionary_has_the_pseudonyms_of_that_part() {
        let values = BinaryArray::from_iter_values([[1; 16], [2; 16], [3; 16]]).slice(1, 2);
        let keys = Int32Array::from(vec![1, 0, 2, -1]);
        let (keys, values) = (keys.values(), pseudonyms(&values).unwrap());
        let each: Vec<_> = Units::Keys(keys, values).each().collect();
        assert_eq!(each, [Some([3; 16]), Some([2; 16]), None, None]);
        let whole: Vec<_> = Units::Whole(values).each().collect();
        assert_eq!(whole, [Some([2; 16]), Some([3; 16])]);
    }
}
