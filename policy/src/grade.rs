//! Data grades (数据分级) after GB/T 43697-2024: core, important, general; the four general levels
//! are its informative annex.

use serde::{Deserialize, Serialize};

/// How much harm a leak of a column could do. Ordered: a later variant is graver.
///
/// State secrets and work secrets have no variant: they cannot be imported at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Grade {
    /// General data, level 1 (一般数据1级).
    General1,
    /// General data, level 2 (一般数据2级).
    General2,
    /// General data, level 3 (一般数据3级).
    General3,
    /// General data, level 4 (一般数据4级).
    General4,
    /// Important data (重要数据); also what is not graded.
    Important,
    /// Core data (核心数据).
    Core,
}

impl Grade {
    /// Every grade, from the least grave.
    pub const ALL: [Self; 6] = [
        Self::General1,
        Self::General2,
        Self::General3,
        Self::General4,
        Self::Important,
        Self::Core,
    ];

    /// The grade of a column that declares none, in a dataset that declares none.
    pub const UNGRADED: Self = Self::Important;

    /// The name as written in specs and policy packs.
    pub fn name(self) -> &'static str {
        match self {
            Self::General1 => "General1",
            Self::General2 => "General2",
            Self::General3 => "General3",
            Self::General4 => "General4",
            Self::Important => "Important",
            Self::Core => "Core",
        }
    }
}

impl std::fmt::Display for Grade {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grades_are_ordered_from_general_to_core() {
        assert!(Grade::ALL.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(Grade::UNGRADED, Grade::Important);
    }
}
