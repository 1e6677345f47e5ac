//! What operators cost in fuel.
//!
//! Deadlines are planned with a time for each unit of fuel, so none may take longer: an operator that takes longer than the rest,
//! on whatever numbers, costs more than one. `cargo xtask bench mapper -- fuel` measures every operator that computes, in chains of
//! nothing else, on plain and on subnormal numbers, and loads that each wait for the one before.

use wasmtime::OperatorCost;

/// For each page of `memory.grow`: the host zeroes 64 KiB.
const PAGE: u8 = 255;
/// A call into the host.
const HOST: u8 = 60;
/// A look through a table, which fills an element when it is first asked for.
const TABLE: u8 = 8;
/// A division of integers, whose unit of the processor is busy for long.
const DIVISION: u8 = 8;
/// A multiplication, division, root or change of width of floats: where a number is subnormal, a processor does it in microcode, some
/// 160 cycles long.
const ASSISTED: u8 = 24;
/// Rounding, the lesser or greater of floats, vectors of floats cut to integers: up to ten instructions, for the numbers that a
/// processor treats in another way than WebAssembly.
const SEVERAL: u8 = 6;
/// A load, which may wait for the one before and for a cache beyond the first.
const LOAD: u8 = 4;
/// Two or three instructions, or one that takes as long.
const FEW: u8 = 3;

/// The costs; of what is not named, one.
pub(crate) fn costs() -> OperatorCost {
    let mut cost = OperatorCost::new();
    cost.variable.memory_grow_per_page = PAGE;
    for host in [
        &mut cost.MemoryGrow,
        &mut cost.TableGrow,
        &mut cost.TableInit,
        &mut cost.TableCopy,
        &mut cost.TableFill,
        &mut cost.MemoryInit,
        &mut cost.MemoryCopy,
        &mut cost.MemoryFill,
        &mut cost.ElemDrop,
        &mut cost.DataDrop,
        &mut cost.RefFunc,
    ] {
        *host = HOST;
    }
    for look in [
        &mut cost.TableGet,
        &mut cost.TableSet,
        &mut cost.CallIndirect,
    ] {
        *look = TABLE;
    }
    for divide in [
        &mut cost.I32DivS,
        &mut cost.I32DivU,
        &mut cost.I32RemS,
        &mut cost.I32RemU,
        &mut cost.I64DivS,
        &mut cost.I64DivU,
        &mut cost.I64RemS,
        &mut cost.I64RemU,
    ] {
        *divide = DIVISION;
    }
    for assisted in [
        &mut cost.F32Mul,
        &mut cost.F64Mul,
        &mut cost.F32Div,
        &mut cost.F64Div,
        &mut cost.F32Sqrt,
        &mut cost.F64Sqrt,
        &mut cost.F32DemoteF64,
        &mut cost.F64PromoteF32,
        &mut cost.F32x4Mul,
        &mut cost.F64x2Mul,
        &mut cost.F32x4Div,
        &mut cost.F64x2Div,
        &mut cost.F32x4Sqrt,
        &mut cost.F64x2Sqrt,
        &mut cost.F32x4DemoteF64x2Zero,
        &mut cost.F64x2PromoteLowF32x4,
    ] {
        *assisted = ASSISTED;
    }
    for several in [
        &mut cost.F32Ceil,
        &mut cost.F32Floor,
        &mut cost.F32Trunc,
        &mut cost.F32Nearest,
        &mut cost.F64Ceil,
        &mut cost.F64Floor,
        &mut cost.F64Trunc,
        &mut cost.F64Nearest,
        &mut cost.F32Min,
        &mut cost.F32Max,
        &mut cost.F64Min,
        &mut cost.F64Max,
        &mut cost.F32x4Ceil,
        &mut cost.F32x4Floor,
        &mut cost.F32x4Trunc,
        &mut cost.F32x4Nearest,
        &mut cost.F64x2Ceil,
        &mut cost.F64x2Floor,
        &mut cost.F64x2Trunc,
        &mut cost.F64x2Nearest,
        &mut cost.F32x4Min,
        &mut cost.F32x4Max,
        &mut cost.F64x2Min,
        &mut cost.F64x2Max,
        &mut cost.I32x4TruncSatF32x4S,
        &mut cost.I32x4TruncSatF32x4U,
        &mut cost.I32x4TruncSatF64x2SZero,
        &mut cost.I32x4TruncSatF64x2UZero,
    ] {
        *several = SEVERAL;
    }
    for load in [
        &mut cost.I32Load,
        &mut cost.I64Load,
        &mut cost.F32Load,
        &mut cost.F64Load,
        &mut cost.I32Load8S,
        &mut cost.I32Load8U,
        &mut cost.I32Load16S,
        &mut cost.I32Load16U,
        &mut cost.I64Load8S,
        &mut cost.I64Load8U,
        &mut cost.I64Load16S,
        &mut cost.I64Load16U,
        &mut cost.I64Load32S,
        &mut cost.I64Load32U,
        &mut cost.V128Load,
        &mut cost.V128Load8x8S,
        &mut cost.V128Load8x8U,
        &mut cost.V128Load16x4S,
        &mut cost.V128Load16x4U,
        &mut cost.V128Load32x2S,
        &mut cost.V128Load32x2U,
        &mut cost.V128Load8Splat,
        &mut cost.V128Load16Splat,
        &mut cost.V128Load32Splat,
        &mut cost.V128Load64Splat,
        &mut cost.V128Load32Zero,
        &mut cost.V128Load64Zero,
        &mut cost.V128Load8Lane,
        &mut cost.V128Load16Lane,
        &mut cost.V128Load32Lane,
        &mut cost.V128Load64Lane,
    ] {
        *load = LOAD;
    }
    for few in [
        &mut cost.F32Add,
        &mut cost.F64Add,
        &mut cost.F32Sub,
        &mut cost.F64Sub,
        &mut cost.F32x4Add,
        &mut cost.F32x4Sub,
        &mut cost.F64x2Add,
        &mut cost.F64x2Sub,
        &mut cost.I64x2Mul,
        &mut cost.I64x2ExtMulLowI32x4S,
        &mut cost.I64x2ExtMulHighI32x4S,
        &mut cost.I64x2ExtMulLowI32x4U,
        &mut cost.I64x2ExtMulHighI32x4U,
        &mut cost.I32x4ExtAddPairwiseI16x8U,
        &mut cost.F32ConvertI64S,
        &mut cost.F32ConvertI64U,
        &mut cost.F64ConvertI64U,
        &mut cost.I32TruncF32S,
        &mut cost.I32TruncF32U,
        &mut cost.I32TruncF64S,
        &mut cost.I32TruncF64U,
        &mut cost.I64TruncF32S,
        &mut cost.I64TruncF32U,
        &mut cost.I64TruncF64S,
        &mut cost.I64TruncF64U,
        &mut cost.I32TruncSatF32S,
        &mut cost.I32TruncSatF32U,
        &mut cost.I32TruncSatF64S,
        &mut cost.I32TruncSatF64U,
        &mut cost.I64TruncSatF32S,
        &mut cost.I64TruncSatF32U,
        &mut cost.I64TruncSatF64S,
        &mut cost.I64TruncSatF64U,
    ] {
        *few = FEW;
    }
    cost
}
