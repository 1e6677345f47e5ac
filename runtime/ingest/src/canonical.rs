//! The canonical form of units and rows. Pseudonyms and the choice of rows hang on it, so it is ours
//! and changes with no library.
//!
//! A row is its pseudonym and then its cells, and compares as bytes: cell by cell, nulls first,
//! numbers by value, texts by code point. Cells stand in canonical order: the columns of
//! `unique_within_unit` first, then the others in spec order.

use crate::error::IngestError;
use irongate_policy::dataset::{ColumnType, DatasetSpec};
use irongate_policy::{Decimal, KeyPurpose, NamespaceKey};
use ring::hmac;
use std::borrow::Cow;

/// Bytes of a pseudonym: the first 128 bits of an HMAC-SHA-256.
pub const UNIT_BYTES: usize = 16;
/// A pseudonym.
pub(crate) type UnitId = [u8; UNIT_BYTES];

const NULL: u8 = 0;
const VALUE: u8 = 1;
/// A zero byte in a text is followed by this, the text's end by [`TEXT_END`].
const TEXT_ZERO: u8 = 0xff;
const TEXT_END: u8 = 0;
const SIGN: u64 = 1 << 63;

/// One value of a row. Integers, decimals, dates and timestamps are their stored integers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cell<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Text(Cow<'a, str>),
}

/// Appends a cell.
pub(crate) fn push_cell(out: &mut Vec<u8>, cell: &Cell<'_>) {
    match cell {
        Cell::Null => out.push(NULL),
        Cell::Bool(value) => out.extend_from_slice(&[VALUE, u8::from(*value)]),
        Cell::Int(value) => {
            out.push(VALUE);
            out.extend_from_slice(&(value.cast_unsigned() ^ SIGN).to_be_bytes());
        }
        Cell::Text(text) => {
            out.push(VALUE);
            for (i, piece) in text.as_bytes().split(|byte| *byte == 0).enumerate() {
                if i > 0 {
                    out.extend_from_slice(&[0, TEXT_ZERO]);
                }
                out.extend_from_slice(piece);
            }
            out.extend_from_slice(&[0, TEXT_END]);
        }
    }
}

/// Takes the next cell off `bytes`; nothing if they are not what [`push_cell`] wrote.
pub(crate) fn take_cell<'a>(bytes: &mut &'a [u8], kind: ColumnType) -> Option<Cell<'a>> {
    let (marker, rest) = bytes.split_first()?;
    *bytes = rest;
    if *marker == NULL {
        return Some(Cell::Null);
    }
    Some(match kind {
        ColumnType::Bool => {
            let (value, rest) = bytes.split_first()?;
            *bytes = rest;
            Cell::Bool(*value != 0)
        }
        ColumnType::Int64
        | ColumnType::Decimal { .. }
        | ColumnType::Date
        | ColumnType::Timestamp => {
            let (value, rest) = bytes.split_first_chunk::<8>()?;
            *bytes = rest;
            Cell::Int((u64::from_be_bytes(*value) ^ SIGN).cast_signed())
        }
        ColumnType::String => Cell::Text(take_text(bytes)?),
    })
}

fn take_text<'a>(bytes: &mut &'a [u8]) -> Option<Cow<'a, str>> {
    let mut text: Cow<'a, [u8]> = Cow::Borrowed(&[]);
    loop {
        let zero = bytes.iter().position(|byte| *byte == 0)?;
        let (piece, rest) = bytes.split_at(zero);
        let (after, rest) = rest.get(1..)?.split_first()?;
        *bytes = rest;
        match text {
            Cow::Borrowed([]) if *after == TEXT_END => text = Cow::Borrowed(piece),
            Cow::Borrowed(_) | Cow::Owned(_) => text.to_mut().extend_from_slice(piece),
        }
        if *after == TEXT_END {
            break;
        }
        text.to_mut().push(0);
    }
    match text {
        Cow::Borrowed(text) => std::str::from_utf8(text).ok().map(Cow::Borrowed),
        Cow::Owned(text) => String::from_utf8(text).ok().map(Cow::Owned),
    }
}

/// Where each stored column stands in the canonical order of a row.
#[derive(Debug, Clone)]
pub(crate) struct RowLayout {
    /// The stored column (in spec order) at each canonical position, and its type.
    pub(crate) cells: Vec<(usize, ColumnType)>,
    /// How many of them, from the first, two rows of a unit may not agree in.
    pub(crate) unique: usize,
}

impl RowLayout {
    pub(crate) fn new(spec: &DatasetSpec) -> Self {
        let unique: &[String] = spec
            .protected()
            .map_or(&[], |protected| &protected.unit.unique_within_unit);
        let mut cells: Vec<_> = spec
            .stored_columns()
            .enumerate()
            .map(|(i, column)| (i, column.kind, unique.contains(&column.name)))
            .collect();
        cells.sort_by_key(|(i, _, unique)| (!unique, *i));
        Self {
            cells: cells.iter().map(|(i, kind, _)| (*i, *kind)).collect(),
            unique: unique.len(),
        }
    }

    /// Bytes of the pseudonym and the unique columns at the start of a row.
    pub(crate) fn unique_bytes(&self, row: &[u8]) -> Option<usize> {
        let mut rest = row.get(UNIT_BYTES..)?;
        for (_, kind) in self.cells.iter().take(self.unique) {
            take_cell(&mut rest, *kind)?;
        }
        Some(row.len() - rest.len())
    }
}

/// Turns units into pseudonyms.
pub(crate) struct Pseudonyms {
    key: hmac::Key,
    form: Vec<u8>,
    last: Option<(Vec<u8>, UnitId)>,
}

impl Pseudonyms {
    pub(crate) fn new(key: &NamespaceKey) -> Self {
        Self {
            key: key.derive(KeyPurpose::Pseudonym),
            form: Vec::new(),
            last: None,
        }
    }

    /// The pseudonym of a unit: HMAC-SHA-256, cut to 128 bits, over each of its values in declared
    /// order as type tag, length (32 bits, big-endian) and bytes. A decimal counts by value, whatever
    /// its resolution. Nothing if a value is null.
    pub(crate) fn of<'a>(
        &mut self,
        unit: impl Iterator<Item = (ColumnType, Cell<'a>)>,
    ) -> Option<UnitId> {
        self.form.clear();
        for (kind, cell) in unit {
            let (tag, bytes): (u8, Cow<'_, [u8]>) = match (kind, &cell) {
                (ColumnType::Bool, Cell::Bool(value)) => (1, vec![u8::from(*value)].into()),
                (ColumnType::Int64, Cell::Int(value)) => (2, value.to_be_bytes().to_vec().into()),
                (ColumnType::Decimal { scale }, Cell::Int(value)) => {
                    let decimal = Decimal::new(i128::from(*value), scale).ok()?;
                    (3, decimal.to_string().into_bytes().into())
                }
                (ColumnType::String, Cell::Text(text)) => (4, text.as_bytes().into()),
                (ColumnType::Date, Cell::Int(value)) => (5, value.to_be_bytes().to_vec().into()),
                (ColumnType::Timestamp, Cell::Int(value)) => {
                    (6, value.to_be_bytes().to_vec().into())
                }
                (_, Cell::Null | Cell::Bool(_) | Cell::Int(_) | Cell::Text(_)) => return None,
            };
            self.form.push(tag);
            self.form
                .extend_from_slice(&u32::try_from(bytes.len()).ok()?.to_be_bytes());
            self.form.extend_from_slice(&bytes);
        }
        // Files are often ordered by unit already.
        if let Some((form, id)) = &self.last
            && *form == self.form
        {
            return Some(*id);
        }
        let tag = hmac::sign(&self.key, &self.form);
        let id = *tag.as_ref().first_chunk()?;
        self.last = Some((self.form.clone(), id));
        Some(id)
    }
}

/// The keyed hash that decides which rows of a unit stand past its cap; equal rows differ in their
/// occurrence, from 0.
pub(crate) fn row_hash(key: &hmac::Key, row: &[u8], occurrence: u64) -> [u8; 32] {
    let mut context = hmac::Context::with_key(key);
    context.update(&occurrence.to_be_bytes());
    context.update(row);
    let mut hash = [0; 32];
    for (to, from) in hash.iter_mut().zip(context.sign().as_ref()) {
        *to = *from;
    }
    hash
}

/// Fails where bytes that this crate wrote are not what it wrote.
pub(crate) fn broken() -> IngestError {
    IngestError::Internal {
        step: "read back rows that were set aside",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cell() -> impl Strategy<Value = (ColumnType, Cell<'static>)> {
        let text = proptest::collection::vec(
            prop_oneof![Just('\0'), Just('a'), Just('诊'), any::<char>()],
            0..6,
        )
        .prop_map(|chars| Cell::Text(chars.into_iter().collect::<String>().into()));
        prop_oneof![
            Just((ColumnType::Int64, Cell::Null)),
            any::<bool>().prop_map(|value| (ColumnType::Bool, Cell::Bool(value))),
            any::<i64>().prop_map(|value| (ColumnType::Int64, Cell::Int(value))),
            text.prop_map(|text| (ColumnType::String, text)),
        ]
    }

    fn bytes(cells: &[&Cell<'_>]) -> Vec<u8> {
        let mut out = Vec::new();
        cells.iter().for_each(|cell| push_cell(&mut out, cell));
        out
    }

    proptest! {
        #[test]
        fn cells_come_back(cells in proptest::collection::vec(cell(), 0..5)) {
            let written = bytes(&cells.iter().map(|(_, cell)| cell).collect::<Vec<_>>());
            let mut rest = written.as_slice();
            for (kind, cell) in &cells {
                prop_assert_eq!(&take_cell(&mut rest, *kind).unwrap(), cell);
            }
            prop_assert!(rest.is_empty());
        }

        #[test]
        fn bytes_order_as_values(a in any::<i64>(), b in any::<i64>(), s in "[\0ab诊]{0,4}", t in "[\0ab诊]{0,4}") {
            let (x, y) = (Cell::Int(a), Cell::Int(b));
            let (u, v) = (Cell::Text(s.as_str().into()), Cell::Text(t.as_str().into()));
            prop_assert_eq!(bytes(&[&x]).cmp(&bytes(&[&y])), a.cmp(&b));
            prop_assert_eq!(bytes(&[&u, &x]).cmp(&bytes(&[&v, &y])), (&s, a).cmp(&(&t, b)));
            prop_assert!(bytes(&[&Cell::Null]) < bytes(&[&u]));
        }

        #[test]
        fn no_bytes_panic(garbage in proptest::collection::vec(any::<u8>(), 0..20)) {
            for kind in [ColumnType::Bool, ColumnType::Int64, ColumnType::String] {
                let _: Option<Cell<'_>> = take_cell(&mut garbage.as_slice(), kind);
            }
        }
    }

    #[test]
    fn pseudonyms_tell_units_apart() {
        let key = NamespaceKey::new([3; NamespaceKey::LENGTH]);
        let of =
            |unit: &[(ColumnType, Cell<'static>)]| Pseudonyms::new(&key).of(unit.iter().cloned());
        let text = |text: &'static str| (ColumnType::String, Cell::Text(text.into()));
        let decimal = |scale, value| (ColumnType::Decimal { scale }, Cell::Int(value));
        assert_ne!(
            of(&[text("ab"), text("c")]),
            of(&[text("a"), text("bc")]),
            "lengths count"
        );
        assert_ne!(
            of(&[text("12345678")]),
            of(&[(ColumnType::Int64, Cell::Int(0x3132_3334_3536_3738))]),
            "types count"
        );
        assert_ne!(
            of(&[(ColumnType::Date, Cell::Int(1))]),
            of(&[(ColumnType::Int64, Cell::Int(1))]),
            "types count"
        );
        assert_eq!(
            of(&[decimal(1, 15)]),
            of(&[decimal(3, 1500)]),
            "decimals count by value"
        );
        assert_eq!(of(&[text("a"), (ColumnType::Int64, Cell::Null)]), None);
        let other = NamespaceKey::new([4; NamespaceKey::LENGTH]);
        assert_ne!(
            of(&[text("a")]),
            Pseudonyms::new(&other).of([text("a")].into_iter())
        );
    }

    /// Joins between versions ingested years apart hang on this value.
    #[test]
    fn the_canonical_form_never_changes() {
        let key = NamespaceKey::new([7; NamespaceKey::LENGTH]);
        let unit = [
            (ColumnType::String, Cell::Text("110101199003070011".into())),
            (ColumnType::Int64, Cell::Int(-5)),
        ];
        let id = Pseudonyms::new(&key).of(unit.into_iter()).unwrap();
        let form = b"\x04\x00\x00\x00\x12110101199003070011\x02\x00\x00\x00\x08\xff\xff\xff\xff\xff\xff\xff\xfb";
        let expected = hmac::sign(&key.derive(KeyPurpose::Pseudonym), form);
        assert_eq!(id.as_slice(), &expected.as_ref()[..UNIT_BYTES]);
    }
}
