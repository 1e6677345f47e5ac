//! The worlds, as types to compare with: `guest-sdk/wit/sandbox.wit`, structurally.
//!
//! Names of types do not matter, structure does. The comparison follows *our* tree, so a guest's
//! types cannot make it deep or long.

use wasmparser::PrimitiveValType as P;
use wasmparser::component_types::{
    ComponentAnyTypeId, ComponentDefinedType, ComponentEntityType, ComponentFuncTypeId,
    ComponentInstanceTypeId, ComponentValType,
};
use wasmparser::types::TypesRef;

/// The instance a guest imports its types from.
pub(crate) const TABLES: &str = "irongate:sandbox/tables@1.0.0";
/// The instance a guest imports its functions from.
pub(crate) const GATE: &str = "irongate:sandbox/gate@1.0.0";
/// The one export of a job.
pub(crate) const RUN: &str = "run";
/// The one export of a mapper.
pub(crate) const MAP: &str = "map";

/// A type of the contract.
enum Ty {
    Prim(P),
    List(&'static Ty),
    Option(&'static Ty),
    Result(Option<&'static Ty>, Option<&'static Ty>),
    Record(&'static [(&'static str, &'static Ty)]),
    Variant(&'static [(&'static str, Option<&'static Ty>)]),
    Enum(&'static [&'static str]),
}

struct Func {
    params: &'static [(&'static str, &'static Ty)],
    result: Option<&'static Ty>,
}

static STRING: Ty = Ty::Prim(P::String);
static U32: Ty = Ty::Prim(P::U32);
static BOOLS: Ty = Ty::List(&Ty::Prim(P::Bool));
static S64S: Ty = Ty::List(&Ty::Prim(P::S64));
static F64S: Ty = Ty::List(&Ty::Prim(P::F64));
static S32S: Ty = Ty::List(&Ty::Prim(P::S32));
static STRINGS: Ty = Ty::List(&STRING);

static DECIMALS: Ty = Ty::Record(&[("scale", &Ty::Prim(P::U8)), ("units", &S64S)]);
static VALUES: Ty = Ty::Variant(&[
    ("bools", Some(&BOOLS)),
    ("int64s", Some(&S64S)),
    ("float64s", Some(&F64S)),
    ("strings", Some(&STRINGS)),
    ("dates", Some(&S32S)),
    ("timestamps", Some(&S64S)),
    ("decimals", Some(&DECIMALS)),
]);
static COLUMN: Ty = Ty::Record(&[
    ("name", &STRING),
    ("values", &VALUES),
    ("valid", &BOOLS),
    ("half-widths", &Ty::Option(&F64S)),
]);
static TABLE: Ty = Ty::Record(&[("columns", &Ty::List(&COLUMN))]);
static OPTIONS: Ty = Ty::Record(&[
    ("epsilon", &Ty::Option(&STRING)),
    ("rho", &Ty::Option(&STRING)),
    ("delta", &Ty::Option(&STRING)),
    ("max-groups-per-unit", &Ty::Option(&U32)),
    ("max-rows-per-group", &Ty::Option(&U32)),
    ("max-values-per-group", &Ty::Option(&U32)),
    ("accuracy", &STRINGS),
    ("shares", &Ty::List(&U32)),
]);
static ERROR: Ty = Ty::Variant(&[
    ("denied", Some(&STRINGS)),
    ("rejected", Some(&STRING)),
    ("failed", None),
]);
static LEVEL: Ty = Ty::Enum(&["debug", "info", "warn", "error"]);

static TYPES: [(&str, &Ty); 7] = [
    ("values", &VALUES),
    ("decimals", &DECIMALS),
    ("column", &COLUMN),
    ("table", &TABLE),
    ("query-options", &OPTIONS),
    ("error", &ERROR),
    ("level", &LEVEL),
];

static FUNCS: [(&str, Func); 3] = [
    (
        "query",
        Func {
            params: &[("sql", &STRING), ("options", &OPTIONS)],
            result: Some(&Ty::Result(Some(&TABLE), Some(&ERROR))),
        },
    ),
    (
        "output",
        Func {
            params: &[("name", &STRING), ("table", &TABLE)],
            result: Some(&Ty::Result(None, Some(&ERROR))),
        },
    ),
    (
        "log",
        Func {
            params: &[("level", &LEVEL), ("text", &STRING)],
            result: None,
        },
    ),
];

static RUN_TYPE: Func = Func {
    params: &[],
    result: Some(&Ty::Result(None, Some(&STRING))),
};

static MAP_TYPE: Func = Func {
    params: &[("rows", &Ty::List(&Ty::Prim(P::U8)))],
    result: Some(&F64S),
};

/// Whether an imported instance is within the contract; if not, the name of what is not.
pub(crate) fn import_fits(
    types: TypesRef<'_>,
    name: &str,
    instance: ComponentInstanceTypeId,
) -> Result<(), String> {
    let Some(instance) = types.get(instance) else {
        return Err(name.to_owned());
    };
    for (item, entity) in &instance.exports {
        let fits = match entity.ty {
            ComponentEntityType::Type {
                referenced: ComponentAnyTypeId::Defined(id),
                ..
            } => find(&TYPES, item).is_some_and(|ty| same(types, ty, ComponentValType::Type(id))),
            ComponentEntityType::Func(id) if name == GATE => {
                find(&FUNCS, item).is_some_and(|f| same_func(types, f, id))
            }
            ComponentEntityType::Type { .. }
            | ComponentEntityType::Func(_)
            | ComponentEntityType::Module(_)
            | ComponentEntityType::Value(_)
            | ComponentEntityType::Instance(_)
            | ComponentEntityType::Component(_) => false,
        };
        if !fits {
            return Err(format!("{name}#{item}"));
        }
    }
    Ok(())
}

/// Whether an exported function is `run: func() -> result<_, string>`.
pub(crate) fn run_fits(types: TypesRef<'_>, func: ComponentFuncTypeId) -> bool {
    same_func(types, &RUN_TYPE, func)
}

/// Whether an exported function is `map: func(rows: list<u8>) -> list<f64>`.
pub(crate) fn map_fits(types: TypesRef<'_>, func: ComponentFuncTypeId) -> bool {
    same_func(types, &MAP_TYPE, func)
}

fn find<T>(list: &'static [(&str, T)], name: &str) -> Option<&'static T> {
    list.iter().find(|(n, _)| *n == name).map(|(_, t)| t)
}

fn same_func(types: TypesRef<'_>, want: &Func, got: ComponentFuncTypeId) -> bool {
    let Some(got) = types.get(got) else {
        return false;
    };
    !got.async_
        && got.params.len() == want.params.len()
        && want
            .params
            .iter()
            .zip(&got.params)
            .all(|((wn, wt), (gn, gt))| *wn == gn.as_str() && same(types, wt, *gt))
        && same_maybe(types, want.result, got.result)
}

fn same_maybe(types: TypesRef<'_>, want: Option<&Ty>, got: Option<ComponentValType>) -> bool {
    match (want, got) {
        (None, None) => true,
        (Some(want), Some(got)) => same(types, want, got),
        (None, Some(_)) | (Some(_), None) => false,
    }
}

fn same(types: TypesRef<'_>, want: &Ty, got: ComponentValType) -> bool {
    let got = match got {
        ComponentValType::Primitive(p) => return matches!(want, Ty::Prim(w) if *w == p),
        ComponentValType::Type(id) => match types.get(id) {
            Some(got) => got,
            None => return false,
        },
    };
    match (want, got) {
        (Ty::Prim(w), ComponentDefinedType::Primitive(g)) => w == g,
        (Ty::List(w), ComponentDefinedType::List { element, .. }) => same(types, w, *element),
        (Ty::Option(w), ComponentDefinedType::Option { ty, .. }) => same(types, w, *ty),
        (
            Ty::Result(ok, err),
            ComponentDefinedType::Result {
                ok: g_ok,
                err: g_err,
                ..
            },
        ) => same_maybe(types, *ok, *g_ok) && same_maybe(types, *err, *g_err),
        (Ty::Record(w), ComponentDefinedType::Record(g)) => {
            w.len() == g.fields.len()
                && w.iter()
                    .zip(&g.fields)
                    .all(|((wn, wt), (gn, gt))| *wn == gn.as_str() && same(types, wt, *gt))
        }
        (Ty::Variant(w), ComponentDefinedType::Variant(g)) => {
            w.len() == g.cases.len()
                && w.iter()
                    .zip(&g.cases)
                    .all(|((wn, wt), (gn, gt))| *wn == gn.as_str() && same_maybe(types, *wt, gt.ty))
        }
        (Ty::Enum(w), ComponentDefinedType::Enum(g)) => {
            w.len() == g.len() && w.iter().zip(g).all(|(w, g)| *w == g.as_str())
        }
        _ => false,
    }
}
