//! Where stored tables are cut into partitions, and who reads which row groups.

use crate::bound::{UNIT_BYTES, Units};
use arrow::array::BooleanArray;
use arrow::record_batch::RecordBatch;
use std::ops::Range;

/// Places where every table is cut: the values of a pseudonym's first four bits.
const CELLS: usize = 16;

/// Cuts are made at whole cells.
pub(super) const MAX_PARTITIONS: usize = CELLS;

/// A row group of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) file: usize,
    pub(super) group: usize,
    /// The cells whose rows are read, where others have rows there too.
    pub(super) of: Option<Range<usize>>,
}

/// A row group, and the cells of its first and last pseudonym; `None` if its file does not tell.
pub(super) struct Place {
    pub(super) file: usize,
    pub(super) group: usize,
    pub(super) cells: Option<(usize, usize)>,
}

pub(super) fn cell(pseudonym: &[u8]) -> Option<usize> {
    let first = pseudonym
        .first()
        .filter(|_| pseudonym.len() == UNIT_BYTES)?;
    Some(usize::from(first >> 4))
}

/// The row groups of each partition. One that reaches over a cut, as in files from before there were cuts, is read
/// by each partition that may have rows there: so the form of plans is the same whatever the files are.
pub(super) fn cut(places: &[Place], partitions: usize) -> Vec<Vec<Piece>> {
    let width = CELLS / partitions.clamp(1, CELLS);
    let mut out: Vec<Vec<Piece>> = vec![Vec::new(); CELLS / width];
    for place in places {
        let (first, last) = place
            .cells
            .filter(|(first, last)| first <= last)
            .unwrap_or((0, CELLS - 1));
        let owners = first / width..=last / width;
        let is_shared = owners.start() != owners.end();
        for owner in owners {
            let of = is_shared.then(|| owner * width..(owner + 1) * width);
            if let Some(pieces) = out.get_mut(owner) {
                pieces.push(Piece {
                    file: place.file,
                    group: place.group,
                    of,
                });
            }
        }
    }
    out
}

/// Which rows of a batch of pseudonyms are in these cells. What is no pseudonym stays, and is refused by whoever
/// reads it.
pub(super) fn in_cells(batch: &RecordBatch, cells: &Range<usize>) -> BooleanArray {
    let is_own = |unit: [u8; UNIT_BYTES]| cell(&unit).is_none_or(|cell| cells.contains(&cell));
    let own = |units: Units<'_>| -> BooleanArray {
        let units = units.each();
        units.map(|unit| Some(unit.is_none_or(is_own))).collect()
    };
    let units = batch.columns().first().and_then(Units::of);
    units.map_or_else(|| BooleanArray::from(vec![true; batch.num_rows()]), own)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A row group by its file, and its first and last cell.
    type Group = (usize, Option<(usize, usize)>);

    fn places(groups: &[Group]) -> Vec<Place> {
        let groups = groups.iter().enumerate();
        groups
            .map(|(group, (file, cells))| Place {
                file: *file,
                group,
                cells: *cells,
            })
            .collect()
    }

    fn piece(file: usize, group: usize, of: Option<Range<usize>>) -> Piece {
        Piece { file, group, of }
    }

    /// All of one file, whole.
    fn whole(file: usize, groups: &[usize]) -> Vec<Piece> {
        groups
            .iter()
            .map(|group| piece(file, *group, None))
            .collect()
    }

    #[test]
    fn row_groups_go_to_the_partition_of_their_cells() {
        let cells = [
            (0, Some((0, 0))),
            (0, Some((1, 1))),
            (1, Some((9, 9))),
            (1, Some((15, 15))),
        ];
        let parts = cut(&places(&cells), 2);
        let expected = [whole(0, &[0, 1]), whole(1, &[2, 3])];
        assert_eq!(parts, expected);
        let parts = cut(&places(&cells), 4);
        assert_eq!(parts[1], []);
        assert_eq!(parts[2], whole(1, &[2]));
        // More partitions than cells are as many as cells.
        assert_eq!(cut(&places(&cells), 64).len(), CELLS);
    }

    #[test]
    fn what_reaches_over_a_cut_or_does_not_tell_is_read_by_each_partition() {
        let cells = [
            (0, Some((0, 3))),
            (0, Some((3, 4))),
            (0, None),
            (0, Some((15, 15))),
        ];
        let parts = cut(&places(&cells), 4);
        let shared = [0..4, 4..8, 8..12, 12..16].map(Some);
        let [first, second, third, last] = shared;
        let both = |of: Option<Range<usize>>| [piece(0, 1, of.clone()), piece(0, 2, of)];
        assert_eq!(parts[0], [&whole(0, &[0])[..], &both(first)].concat());
        assert_eq!(parts[1], both(second));
        assert_eq!(parts[2], [piece(0, 2, third)]);
        assert_eq!(parts[3], [piece(0, 2, last), piece(0, 3, None)]);
        assert_eq!(cut(&places(&cells), 1).len(), 1);
        assert_eq!(cut(&places(&cells), 1)[0], whole(0, &[0, 1, 2, 3]));
    }
}
