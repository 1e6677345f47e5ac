//! Operators of WebAssembly in long chains, each the next one's operand: as much of an operator for a unit of fuel as an
//! author can have. On plain numbers, and on subnormal ones, which many processors take far longer for.

/// How often an operator stands in one expression.
const DEEP: usize = 16;

/// Of two of a type, another.
const BINARY: [(&str, &str); 6] = [
    (
        "i32",
        "add sub mul and or xor shl shr_s shr_u rotl rotr eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u div_u rem_u div_s rem_s",
    ),
    (
        "i64",
        "add sub mul and or xor shl shr_s shr_u rotl rotr div_u rem_u div_s rem_s",
    ),
    ("f32", "add sub mul div min max copysign"),
    ("f64", "add sub mul div min max copysign"),
    (
        "v128",
        "v128.and v128.or v128.xor v128.andnot i8x16.swizzle i8x16.eq i8x16.ne i8x16.lt_s i8x16.lt_u i8x16.gt_s i8x16.gt_u i8x16.le_s \
         i8x16.le_u i8x16.ge_s i8x16.ge_u i16x8.eq i16x8.ne i16x8.lt_s i16x8.lt_u i16x8.gt_u i16x8.le_u i16x8.ge_u i32x4.eq \
         i32x4.ne i32x4.lt_s i32x4.lt_u i32x4.gt_u i32x4.le_u i32x4.ge_u i64x2.eq i64x2.ne i64x2.lt_s i64x2.gt_s i64x2.le_s \
         i64x2.ge_s f32x4.eq f32x4.ne f32x4.lt f32x4.gt f32x4.le f32x4.ge f64x2.eq f64x2.ne f64x2.lt f64x2.gt f64x2.le \
         f64x2.ge i8x16.narrow_i16x8_s i8x16.narrow_i16x8_u i8x16.add i8x16.add_sat_s i8x16.add_sat_u i8x16.sub i8x16.sub_sat_s \
         i8x16.sub_sat_u i8x16.min_s i8x16.min_u i8x16.max_s i8x16.max_u i8x16.avgr_u i16x8.q15mulr_sat_s i16x8.narrow_i32x4_s \
         i16x8.narrow_i32x4_u i16x8.add i16x8.add_sat_s i16x8.add_sat_u i16x8.sub i16x8.sub_sat_s i16x8.sub_sat_u i16x8.mul \
         i16x8.min_s i16x8.min_u i16x8.max_s i16x8.max_u i16x8.avgr_u i16x8.extmul_low_i8x16_s i16x8.extmul_high_i8x16_s \
         i16x8.extmul_low_i8x16_u i16x8.extmul_high_i8x16_u i32x4.add i32x4.sub i32x4.mul i32x4.min_s i32x4.min_u i32x4.max_s \
         i32x4.max_u i32x4.dot_i16x8_s i32x4.extmul_low_i16x8_s i32x4.extmul_high_i16x8_s i32x4.extmul_low_i16x8_u \
         i32x4.extmul_high_i16x8_u i64x2.add i64x2.sub i64x2.mul i64x2.extmul_low_i32x4_s i64x2.extmul_high_i32x4_s \
         i64x2.extmul_low_i32x4_u i64x2.extmul_high_i32x4_u f32x4.add f32x4.sub f32x4.mul f32x4.div f32x4.min f32x4.max \
         f32x4.pmin f32x4.pmax f64x2.add f64x2.sub f64x2.mul f64x2.div f64x2.min f64x2.max f64x2.pmin f64x2.pmax",
    ),
    ("shift", "i8x16 i16x8 i32x4 i64x2"),
];

/// Of one of a type, another.
const UNARY: [(&str, &str); 5] = [
    ("i32", "clz ctz popcnt eqz extend8_s extend16_s"),
    ("i64", "clz ctz popcnt extend8_s extend16_s extend32_s"),
    ("f32", "abs neg ceil floor trunc nearest sqrt"),
    ("f64", "abs neg ceil floor trunc nearest sqrt"),
    (
        "v128",
        "v128.not i8x16.abs i8x16.neg i8x16.popcnt i16x8.extadd_pairwise_i8x16_s i16x8.extadd_pairwise_i8x16_u i16x8.abs i16x8.neg \
         i16x8.extend_low_i8x16_s i16x8.extend_high_i8x16_s i16x8.extend_low_i8x16_u i16x8.extend_high_i8x16_u \
         i32x4.extadd_pairwise_i16x8_s i32x4.extadd_pairwise_i16x8_u i32x4.abs i32x4.neg i32x4.extend_low_i16x8_s \
         i32x4.extend_high_i16x8_s i32x4.extend_low_i16x8_u i32x4.extend_high_i16x8_u i64x2.abs i64x2.neg \
         i64x2.extend_low_i32x4_s i64x2.extend_high_i32x4_s i64x2.extend_low_i32x4_u i64x2.extend_high_i32x4_u f32x4.ceil \
         f32x4.floor f32x4.trunc f32x4.nearest f32x4.abs f32x4.neg f32x4.sqrt f64x2.ceil f64x2.floor f64x2.trunc f64x2.nearest \
         f64x2.abs f64x2.neg f64x2.sqrt i32x4.trunc_sat_f32x4_s i32x4.trunc_sat_f32x4_u f32x4.convert_i32x4_s \
         f32x4.convert_i32x4_u i32x4.trunc_sat_f64x2_s_zero i32x4.trunc_sat_f64x2_u_zero f64x2.convert_low_i32x4_s \
         f64x2.convert_low_i32x4_u f32x4.demote_f64x2_zero f64x2.promote_low_f32x4",
    ),
];

/// From a type to another, and back: in turn.
const THERE_AND_BACK: [(&str, &str, &str); 26] = [
    ("i32", "i64.extend_i32_s", "i32.wrap_i64"),
    ("i32", "i64.extend_i32_u", "i32.wrap_i64"),
    ("i32", "f32.convert_i32_s", "i32.trunc_sat_f32_s"),
    ("i32", "f32.convert_i32_u", "i32.trunc_sat_f32_u"),
    ("i32", "f64.convert_i32_s", "i32.trunc_sat_f64_s"),
    ("i32", "f64.convert_i32_u", "i32.trunc_sat_f64_u"),
    ("i32", "f32.reinterpret_i32", "i32.reinterpret_f32"),
    ("i64", "f32.convert_i64_s", "i64.trunc_sat_f32_s"),
    ("i64", "f32.convert_i64_u", "i64.trunc_sat_f32_u"),
    ("i64", "f64.convert_i64_s", "i64.trunc_sat_f64_s"),
    ("i64", "f64.convert_i64_u", "i64.trunc_sat_f64_u"),
    ("i64", "f64.reinterpret_i64", "i64.reinterpret_f64"),
    ("f32", "f64.promote_f32", "f32.demote_f64"),
    ("i32", "i8x16.splat", "i8x16.extract_lane_s 3"),
    ("i32", "i16x8.splat", "i16x8.extract_lane_u 3"),
    ("i32", "i32x4.splat", "i32x4.extract_lane 3"),
    ("i64", "i64x2.splat", "i64x2.extract_lane 1"),
    ("f32", "f32x4.splat", "f32x4.extract_lane 3"),
    ("f64", "f64x2.splat", "f64x2.extract_lane 1"),
    ("i32", "i8x16.splat", "v128.any_true"),
    ("i32", "i8x16.splat", "i8x16.all_true"),
    ("i32", "i16x8.splat", "i16x8.all_true"),
    ("i32", "i32x4.splat", "i32x4.all_true"),
    ("i32", "i8x16.splat", "i8x16.bitmask"),
    ("i32", "i16x8.splat", "i16x8.bitmask"),
    ("i32", "i32x4.splat", "i32x4.bitmask"),
];

/// Locals, by their type: a value, one that it is combined with, and the same where they are subnormal. No compiler knows
/// what is in them.
pub(crate) const LOCALS: &str = "(local $i32 i32) (local $i32b i32) (local $i64 i64) (local $i64b i64) (local $f32 f32) (local $f32b f32) \
    (local $f64 f64) (local $f64b f64) (local $v128 v128) (local $v128b v128)";

/// What is loaded into them, from 8 on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Numbers {
    Plain,
    /// And a one or a zero that they are combined with.
    Subnormal,
}

impl Numbers {
    /// The locals' values, in the order of memory: doubles, then floats, each with the other operand.
    pub(crate) fn data(self) -> Vec<u8> {
        let (wide, narrow) = match self {
            Self::Plain => ([1.625_f64, 1.0], [1.625_f32, 1.0]),
            Self::Subnormal => (
                [f64::MIN_POSITIVE / 3.0, 1.0],
                [f32::MIN_POSITIVE / 3.0, 1.0],
            ),
        };
        let mut data: Vec<u8> = wide.iter().flat_map(|n| n.to_le_bytes()).collect();
        data.extend(narrow.iter().flat_map(|n| n.to_le_bytes()));
        data
    }

    /// Gives the locals their values.
    pub(crate) fn load(self, lanes: &str) -> String {
        let load = |of: &str, kind: &str, at: u32| {
            format!("(local.set ${of} ({kind}.load (i32.const {at})))")
        };
        let mut text = [
            load("f64", "f64", 8),
            load("f64b", "f64", 16),
            load("f32", "f32", 24),
            load("f32b", "f32", 28),
            load("i32", "i32", 8),
            load("i32b", "i32", 24),
            load("i64", "i64", 8),
            load("i64b", "i64", 24),
        ]
        .concat();
        let of = if lanes == "f32x4" { "f32" } else { "f64" };
        text += &format!(
            "(local.set $v128 ({of}x{n}.splat (local.get ${of}))) (local.set $v128b ({of}x{n}.splat (local.get ${of}b)))",
            n = if of == "f32" { 4 } else { 2 }
        );
        text
    }
}

/// A chain that is as long as [`DEEP`], and what it is of.
#[derive(Debug, Clone)]
pub(crate) struct Chain {
    pub(crate) name: String,
    pub(crate) body: String,
    /// The lanes of its vectors.
    pub(crate) lanes: &'static str,
}

fn chain(name: &str, kind: &str, step: impl Fn(&str) -> String) -> Chain {
    let mut term = format!("(local.get ${kind})");
    for _ in 0..DEEP {
        term = step(&term);
    }
    Chain {
        name: name.to_owned(),
        body: format!("(local.set ${kind} {term})"),
        lanes: if name.starts_with("f32x4") {
            "f32x4"
        } else {
            "f64x2"
        },
    }
}

/// Every operator that computes.
pub(crate) fn all() -> Vec<Chain> {
    let mut all = Vec::new();
    let whole = |kind: &str, name: &str| match kind {
        "v128" => name.to_owned(),
        kind => format!("{kind}.{name}"),
    };
    for (kind, names) in BINARY {
        for name in names.split_whitespace() {
            if kind == "shift" {
                for way in ["shl", "shr_s", "shr_u"] {
                    let name = format!("{name}.{way}");
                    all.push(chain(&name, "v128", |term| {
                        format!("({name} {term} (local.get $i32b))")
                    }));
                }
                continue;
            }
            let name = whole(kind, name);
            // A divisor that is never zero.
            let other = match name.contains(".div_") || name.contains(".rem_") {
                true => format!("({kind}.const 3)"),
                false => format!("(local.get ${kind}b)"),
            };
            all.push(chain(&name, kind, |term| {
                format!("({name} {term} {other})")
            }));
        }
    }
    for (kind, names) in UNARY {
        for name in names.split_whitespace() {
            let name = whole(kind, name);
            all.push(chain(&name, kind, |term| format!("({name} {term})")));
        }
    }
    for (kind, there, back) in THERE_AND_BACK {
        all.push(chain(&format!("{there}+{back}"), kind, |term| {
            format!("({back} ({there} {term}))")
        }));
    }
    all
}
