//! Group keys to ids: small integers that index the totals.
//!
//! Dictionaries are looked at once for each of their values, whole numbers through a table, and
//! everything else by its canonical bytes, so that most rows cost one load.

use super::choice::Choice;
use super::numbers::Numbers;
use super::pass::{NO_GROUP, Names};
use arrow::array::{Array, ArrayRef, AsArray, PrimitiveArray, UInt32Array};
use arrow::compute::{cast, take};
use arrow::datatypes::{
    DataType, Date32Type, Int8Type, Int16Type, Int32Type, Int64Type, TimeUnit,
    TimestampMicrosecondType,
};
use arrow::error::ArrowError;
use arrow::row::{RowConverter, Rows, SortField};
use datafusion::common::ScalarValue;
use hashbrown::{HashMap, HashSet};
use std::sync::{Arc, OnceLock};

/// The code of a value outside a declared domain.
pub(super) const NO_CODE: u32 = NO_GROUP;
/// The code of a value that no row has used yet.
pub(super) const UNSEEN: u32 = NO_GROUP - 1;

/// The declared groups of a release, shared by its passes: every tuple of the keys' domains, the
/// last key fastest. No keys make one group.
pub(crate) struct Domain {
    keys: Vec<Vec<ScalarValue>>,
    size: usize,
    rows: Option<Rows>,
    /// Their names, once one is needed.
    names: OnceLock<Vec<u128>>,
}

impl Domain {
    pub(crate) fn new(kinds: &[DataType], keys: Vec<Vec<ScalarValue>>) -> Result<Self, ArrowError> {
        let size: usize = keys.iter().map(Vec::len).product();
        let mut columns: Vec<ArrayRef> = Vec::new();
        let mut each = size;
        for (values, kind) in keys.iter().zip(kinds) {
            each /= values.len().max(1);
            let column =
                (0..size).filter_map(|i| values.get(i.checked_div(each)? % values.len()).cloned());
            columns.push(if size == 0 {
                arrow::array::new_empty_array(kind)
            } else {
                ScalarValue::iter_to_array(column)?
            });
        }
        let rows = (!columns.is_empty())
            .then(|| converter(kinds)?.convert_columns(&columns))
            .transpose()?;
        Ok(Self {
            keys,
            rows,
            size,
            names: OnceLock::new(),
        })
    }

    /// How many groups there are.
    pub(crate) fn len(&self) -> usize {
        self.size
    }

    /// The canonical bytes of each group, by id.
    pub(crate) fn canonical(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.len()).map(|id| self.bytes(id))
    }

    fn bytes(&self, id: usize) -> &[u8] {
        match &self.rows {
            Some(rows) if id < rows.num_rows() => rows.row(id).data(),
            _ => &[],
        }
    }
}

/// The converter to canonical bytes: order-preserving and injective.
pub(crate) fn converter(kinds: &[DataType]) -> Result<RowConverter, ArrowError> {
    RowConverter::new(kinds.iter().cloned().map(SortField::new).collect())
}

/// The code of each of a dictionary's keys.
fn look_up(keys: &PrimitiveArray<Int32Type>, codes: &[u32], null: u32, out: &mut Vec<u32>) {
    let code = |key: i32| codes.get(key as usize).copied().unwrap_or(NO_CODE);
    if keys.null_count() == 0 {
        out.extend(keys.values().iter().map(|key| code(*key)));
    } else {
        out.extend(keys.iter().map(|key| key.map_or(null, code)));
    }
}

/// The values of one key, and their codes.
struct Column {
    kind: DataType,
    converter: RowConverter,
    /// By canonical bytes.
    codes: HashMap<Box<[u8]>, u32>,
    /// All of those, bytes.
    bytes: usize,
    /// By value, of the whole numbers met so far.
    numbers: Numbers,
    null: Option<u32>,
    is_closed: bool,
    /// The dictionary last met, and the codes of its values.
    dictionary: Option<(ArrayRef, Vec<u32>)>,
}

impl Column {
    fn new(kind: &DataType, domain: Option<&[ScalarValue]>) -> Result<Self, ArrowError> {
        let mut column = Self {
            kind: kind.clone(),
            converter: converter(std::slice::from_ref(kind))?,
            codes: HashMap::new(),
            bytes: 0,
            numbers: Numbers::default(),
            null: None,
            is_closed: false,
            dictionary: None,
        };
        if let Some(values) = domain.filter(|values| !values.is_empty()) {
            let values = ScalarValue::iter_to_array(values.iter().cloned())?;
            column.by_bytes(&cast(&values, kind)?, &mut Vec::new())?;
        }
        column.is_closed = domain.is_some();
        Ok(column)
    }

    fn by_bytes(&mut self, array: &ArrayRef, out: &mut Vec<u32>) -> Result<(), ArrowError> {
        let rows = self
            .converter
            .convert_columns(std::slice::from_ref(array))?;
        for row in &rows {
            let code = match self.codes.get(row.data()) {
                Some(code) => *code,
                None if self.is_closed => NO_CODE,
                None => {
                    let code = self.codes.len() as u32;
                    self.codes.insert(row.data().into(), code);
                    self.bytes += row.data().len();
                    code
                }
            };
            out.push(code);
        }
        Ok(())
    }

    /// The code of null.
    fn null(&mut self) -> Result<u32, ArrowError> {
        if let Some(code) = self.null {
            return Ok(code);
        }
        let mut code = Vec::new();
        self.by_bytes(&arrow::array::new_null_array(&self.kind, 1), &mut code)?;
        let code = code.first().copied().unwrap_or(NO_CODE);
        self.null = Some(code);
        Ok(code)
    }

    /// The codes of the values at `at`, by their canonical bytes.
    fn looked_up(&mut self, values: &ArrayRef, at: Vec<u32>) -> Result<Vec<u32>, ArrowError> {
        let values = take(values, &UInt32Array::from(at), None)?;
        let mut codes = Vec::new();
        self.by_bytes(&cast(&values, &self.kind)?, &mut codes)?;
        Ok(codes)
    }

    fn by_number(
        &mut self,
        array: &ArrayRef,
        values: impl Iterator<Item = Option<i64>> + Clone,
        out: &mut Vec<u32>,
    ) -> Result<(), ArrowError> {
        let null = if array.null_count() > 0 {
            self.null()?
        } else {
            NO_CODE
        };
        let begun = out.len();
        let numbers = &mut self.numbers;
        out.extend(
            values
                .clone()
                .map(|value| value.map_or(null, |value| numbers.get(value))),
        );
        let found = out.get(begun..).unwrap_or_default();
        if !found.contains(&UNSEEN) {
            return Ok(());
        }
        let (mut fresh, mut at) = (HashSet::new(), Vec::new());
        for ((row, value), code) in (0_u32..).zip(values.clone()).zip(found) {
            if let (Some(value), UNSEEN) = (value, *code)
                && fresh.insert(value)
            {
                at.push((row, value));
            }
        }
        let rows = at.iter().map(|(row, _)| *row).collect();
        let codes = self.looked_up(array, rows)?;
        let pairs = at.into_iter().map(|(_, value)| value).zip(codes);
        self.numbers.extend(pairs);
        for (slot, value) in out.iter_mut().skip(begun).zip(values) {
            if let (UNSEEN, Some(value)) = (*slot, value) {
                *slot = self.numbers.get(value);
            }
        }
        Ok(())
    }

    fn by_dictionary(&mut self, array: &ArrayRef, out: &mut Vec<u32>) -> Result<(), ArrowError> {
        let dictionary = array.as_dictionary::<Int32Type>();
        let values = dictionary.values();
        let mut codes = match self.dictionary.take() {
            Some((known, codes)) if known.to_data().ptr_eq(&values.to_data()) => codes,
            _ => vec![UNSEEN; values.len()],
        };
        let keys = dictionary.keys();
        let null = if keys.null_count() > 0 {
            self.null()?
        } else {
            NO_CODE
        };
        let begun = out.len();
        look_up(keys, &codes, null, out);
        if out.get(begun..).unwrap_or_default().contains(&UNSEEN) {
            // Only values that occur get a code.
            let mut fresh: Vec<u32> = Vec::new();
            for key in keys.iter().flatten() {
                if let Some(code) = codes.get_mut(key as usize).filter(|code| **code == UNSEEN) {
                    *code = NO_CODE;
                    fresh.push(key.cast_unsigned());
                }
            }
            let found = self.looked_up(values, fresh.clone())?;
            for (key, code) in fresh.into_iter().zip(found) {
                if let Some(slot) = codes.get_mut(key as usize) {
                    *slot = code;
                }
            }
            out.truncate(begun);
            look_up(keys, &codes, null, out);
        }
        self.dictionary = Some((Arc::clone(values), codes));
        Ok(())
    }

    fn codes(&mut self, array: &ArrayRef, out: &mut Vec<u32>) -> Result<(), ArrowError> {
        macro_rules! numbers {
            ($t:ty) => {{
                let values = array.as_primitive::<$t>().iter();
                self.by_number(array, values.map(|v| v.map(i64::from)), out)
            }};
        }
        match array.data_type() {
            DataType::Dictionary(key, _) if **key == DataType::Int32 => {
                self.by_dictionary(array, out)
            }
            DataType::Boolean => {
                let values = array.as_boolean().iter();
                self.by_number(array, values.map(|v| v.map(i64::from)), out)
            }
            DataType::Int8 => numbers!(Int8Type),
            DataType::Int16 => numbers!(Int16Type),
            DataType::Int32 => numbers!(Int32Type),
            DataType::Int64 => numbers!(Int64Type),
            DataType::Date32 => numbers!(Date32Type),
            DataType::Timestamp(TimeUnit::Microsecond, _) => numbers!(TimestampMicrosecondType),
            _ => self.by_bytes(&cast(array, &self.kind)?, out),
        }
    }

    /// Without the codes of the last dictionary, which are a part of its batch.
    fn memory(&self) -> usize {
        self.codes.capacity() * 40 + self.bytes + self.numbers.memory()
    }
}

/// The groups met in one pass.
pub(crate) struct Groups {
    choice: Choice,
    kinds: Vec<DataType>,
    columns: Vec<Column>,
    domain: Option<Arc<Domain>>,
    /// Where keys are not declared: from the id of the first keys and the next key's code to an id.
    pairs: Vec<HashMap<(u32, u32), u32>>,
    canonical: Vec<Option<Box<[u8]>>>,
    canonical_bytes: usize,
    names: Vec<Option<u128>>,
    codes: Vec<u32>,
}

impl Groups {
    pub(crate) fn new(
        kinds: &[DataType],
        domain: Option<Arc<Domain>>,
        choice: Choice,
    ) -> Result<Self, ArrowError> {
        let columns = kinds.iter().enumerate().map(|(i, kind)| {
            let values = domain.as_ref().and_then(|domain| domain.keys.get(i));
            Column::new(kind, values.map(Vec::as_slice))
        });
        Ok(Self {
            choice,
            columns: columns.collect::<Result<_, _>>()?,
            pairs: kinds.iter().skip(1).map(|_| HashMap::new()).collect(),
            kinds: kinds.to_vec(),
            domain,
            canonical: Vec::new(),
            canonical_bytes: 0,
            names: Vec::new(),
            codes: Vec::new(),
        })
    }

    /// As new, for the same keys.
    pub(super) fn without_groups(&self) -> Result<Self, ArrowError> {
        Self::new(&self.kinds, self.domain.clone(), self.choice.clone())
    }

    /// Whether every group is declared.
    pub(super) fn is_declared(&self) -> bool {
        self.domain.is_some()
    }

    /// The keys of groups, one row a group.
    pub(super) fn keys(&self, groups: &[u32]) -> Result<Vec<ArrayRef>, ArrowError> {
        let converter = converter(&self.kinds)?;
        let parser = converter.parser();
        let bytes = groups.iter().map(|id| self.canonical(*id as usize));
        converter.convert_rows(bytes.map(|bytes| parser.parse(bytes)))
    }

    /// How many ids there are.
    pub(crate) fn len(&self) -> usize {
        self.domain
            .as_ref()
            .map_or(self.canonical.len(), |domain| domain.len())
    }

    /// The id of each of `rows` rows: [`NO_GROUP`] where a key is outside its declared domain.
    pub(crate) fn ids(
        &mut self,
        keys: &[ArrayRef],
        rows: usize,
        out: &mut Vec<u32>,
    ) -> Result<(), ArrowError> {
        out.clear();
        for (i, (column, array)) in self.columns.iter_mut().zip(keys).enumerate() {
            if i == 0 {
                column.codes(array, out)?;
                continue;
            }
            self.codes.clear();
            column.codes(array, &mut self.codes)?;
            if let Some(domain) = &self.domain {
                let size = domain.keys.get(i).map_or(0, Vec::len) as u32;
                for (id, code) in out.iter_mut().zip(&self.codes) {
                    *id = if *id == NO_GROUP || *code == NO_CODE {
                        NO_GROUP
                    } else {
                        *id * size + *code
                    };
                }
            } else if let Some(pairs) = self.pairs.get_mut(i - 1) {
                for (id, code) in out.iter_mut().zip(&self.codes) {
                    let next = pairs.len() as u32;
                    *id = *pairs.entry((*id, *code)).or_insert(next);
                }
            }
        }
        if self.domain.is_some() {
            out.resize(rows, 0);
            return Ok(());
        }
        self.remember(keys, out)
    }

    /// Keeps the canonical bytes of each group met for the first time.
    fn remember(&mut self, keys: &[ArrayRef], ids: &[u32]) -> Result<(), ArrowError> {
        let most = ids.iter().max().map_or(0, |id| *id as usize + 1);
        let count = most.max(self.canonical.len());
        self.canonical.resize(count, None);
        self.names.resize(count, None);
        let (mut fresh, mut first): (Vec<u32>, Vec<u32>) = (Vec::new(), Vec::new());
        for (row, id) in (0_u32..).zip(ids) {
            if let Some(slot) = self.canonical.get_mut(*id as usize).filter(|c| c.is_none()) {
                *slot = Some(Box::default());
                fresh.push(*id);
                first.push(row);
            }
        }
        if fresh.is_empty() {
            return Ok(());
        }
        let first = UInt32Array::from(first);
        let columns = keys.iter().zip(&self.kinds);
        let columns = columns
            .map(|(array, kind)| cast(&take(array, &first, None)?, kind))
            .collect::<Result<Vec<_>, _>>()?;
        let rows = converter(&self.kinds)?.convert_columns(&columns)?;
        for (id, row) in fresh.into_iter().zip(&rows) {
            self.canonical_bytes += row.data().len();
            if let Some(slot) = self.canonical.get_mut(id as usize) {
                *slot = Some(row.data().into());
            }
        }
        Ok(())
    }

    /// The canonical bytes of a group.
    pub(crate) fn canonical(&self, id: usize) -> &[u8] {
        match &self.domain {
            Some(domain) => domain.bytes(id),
            None => self
                .canonical
                .get(id)
                .and_then(Option::as_deref)
                .unwrap_or(&[]),
        }
    }

    /// Bytes held, for the memory account.
    pub(crate) fn memory(&self) -> usize {
        self.columns.iter().map(Column::memory).sum::<usize>()
            + self.canonical.capacity() * 16
            + self.canonical_bytes
            + self.names.capacity() * 32
            + self
                .pairs
                .iter()
                .map(|pairs| pairs.capacity() * 13)
                .sum::<usize>()
    }
}

impl Domain {
    /// The names of its groups, by id.
    fn names(&self, choice: &Choice) -> &[u128] {
        let all = || self.canonical().map(|bytes| choice.name(bytes)).collect();
        self.names.get_or_init(all)
    }
}

impl Names for Groups {
    fn name(&mut self, group: u32) -> u128 {
        let id = group as usize;
        if let Some(domain) = &self.domain {
            let name = domain.names(&self.choice).get(id);
            return name.copied().unwrap_or_default();
        }
        if let Some(Some(name)) = self.names.get(id) {
            return *name;
        }
        let name = self.choice.name(self.canonical(id));
        if let Some(slot) = self.names.get_mut(id) {
            *slot = Some(name);
        }
        name
    }

    fn names(&mut self, groups: &[u32], out: &mut Vec<u128>) {
        out.clear();
        if let Some(domain) = &self.domain {
            let names = domain.names(&self.choice);
            let name = |group: &u32| names.get(*group as usize).copied().unwrap_or_default();
            out.extend(groups.iter().map(name));
        } else {
            out.extend(groups.iter().map(|group| self.name(*group)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::DictionaryArray;
    use irongate_policy::NamespaceKey;

    #[test]
    fn a_value_of_a_dictionary_is_no_group_before_a_row_has_it() {
        let texts: DictionaryArray<Int32Type> = ["a", "b", "b"].into_iter().collect();
        let choice = Choice::new(&NamespaceKey::new([5; 32]));
        let mut groups = Groups::new(&[DataType::Utf8], None, choice).unwrap();
        let mut ids = Vec::new();
        groups
            .ids(&[Arc::new(texts.slice(1, 2))], 2, &mut ids)
            .unwrap();
        assert_eq!((ids, groups.len()), (vec![0, 0], 1));
    }
}
