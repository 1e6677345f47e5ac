//! The rows of a block of people, and what a mapper's function may take.

use super::{ColumnNeeded, Malformed, Parts, Rows, UnitRow, VERSION_OF_UNITS, checksum};

/// The rows of many people, one person after another: what a mapper of blocks sees.
pub struct Units<'a, R: UnitRow<'a>> {
    columns: R::Columns,
    /// Where each person's rows end.
    ends: &'a [[u8; 4]],
    rows: usize,
    next: usize,
}

impl<'a, R: UnitRow<'a>> Clone for Units<'a, R> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

impl<'a, R: UnitRow<'a>> Units<'a, R> {
    /// Finds the columns and the people in a buffer.
    ///
    /// # Errors
    /// [`Malformed`] if it holds other columns, or anything else.
    pub fn new(buffer: &'a [u8]) -> Result<Self, Malformed> {
        let names = const { checksum(R::COLUMNS) };
        let mut parts = Parts::new(buffer, VERSION_OF_UNITS, names)?;
        let [count] = parts.items::<4>(1)? else {
            return Err(Malformed);
        };
        let count = usize::try_from(u32::from_le_bytes(*count)).map_err(|_| Malformed)?;
        let ends = parts.items(count)?;
        let rows = parts.rows;
        let columns = R::open(&mut parts)?;
        if !parts.columns.is_empty() || !parts.rest.is_empty() {
            return Err(Malformed);
        }
        Ok(Self {
            columns,
            ends,
            rows,
            next: 0,
        })
    }

    /// How many people there are.
    pub fn len(&self) -> usize {
        self.ends.len() - self.next
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The rows of all people that are left, one after another.
    pub fn rows(&self) -> impl Iterator<Item = R> + use<'a, R> {
        self.clone().flatten()
    }
}

impl<'a, R: UnitRow<'a>> Iterator for Units<'a, R> {
    type Item = Rows<'a, R>;

    fn next(&mut self) -> Option<Rows<'a, R>> {
        let end = |at: usize| {
            let end = u32::from_le_bytes(*self.ends.get(at)?);
            usize::try_from(end).ok().map(|end| end.min(self.rows))
        };
        let to = end(self.next)?;
        let from = self.next.checked_sub(1).map_or(Some(0), end)?;
        self.next += 1;
        Some(Rows {
            columns: self.columns,
            next: from.min(to),
            end: to,
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.len(), Some(self.len()))
    }
}

impl<'a, R: UnitRow<'a>> ExactSizeIterator for Units<'a, R> {}

/// What a mapper's function takes: the rows of one person, or those of a block of people.
pub trait Input<'a>: Sized {
    /// The columns it reads.
    const COLUMNS: &'static [ColumnNeeded];
    /// Whether it is a block.
    const IS_BLOCK: bool;

    /// Reads a buffer.
    ///
    /// # Errors
    /// [`Malformed`] if it holds something else.
    fn read(buffer: &'a [u8]) -> Result<Self, Malformed>;
}

impl<'a, R: UnitRow<'a>> Input<'a> for Rows<'a, R> {
    const COLUMNS: &'static [ColumnNeeded] = R::COLUMNS;
    const IS_BLOCK: bool = false;

    fn read(buffer: &'a [u8]) -> Result<Self, Malformed> {
        Self::new(buffer)
    }
}

impl<'a, R: UnitRow<'a>> Input<'a> for Units<'a, R> {
    const COLUMNS: &'static [ColumnNeeded] = R::COLUMNS;
    const IS_BLOCK: bool = true;

    fn read(buffer: &'a [u8]) -> Result<Self, Malformed> {
        Self::new(buffer)
    }
}
