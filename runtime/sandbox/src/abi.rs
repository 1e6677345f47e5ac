//! The boundary: the analyst world's imports, measured before anything is copied.
//!
//! Arguments arrive as pointers into guest memory whose bounds were checked ([`WasmStr`],
//! [`WasmList`]); nothing is allocated on the host before its length has been charged in fuel and
//! against the job's limits.

use wasmtime::StoreContextMut;
use wasmtime::component::{ComponentType, Lift, Linker, Lower, WasmList, WasmStr};

use crate::contract;
use crate::failure::Code;
use crate::growth::Stop;
use crate::host::{GuestError, Level, QueryOptions};
use crate::job::Job;
use crate::table::{COLUMN_OVERHEAD, Column, STRING_OVERHEAD, Table, Values};

/// Fuel of one host call, whatever it carries.
const FUEL_PER_CALL: u64 = 1_000;

/// Bytes of one statement and its options: far beyond any query, far below what costs memory.
const STATEMENT_BYTES: u64 = 256 << 10;

type Store<'a> = StoreContextMut<'a, Job>;

fn burn(store: &mut Store<'_>, fuel: u64) -> wasmtime::Result<()> {
    let left = store.get_fuel()?;
    let Some(left) = left.checked_sub(fuel) else {
        store.set_fuel(0)?;
        return Err(Stop(Code::OutOfFuel).into());
    };
    store.set_fuel(left)
}

fn enter(store: &mut Store<'_>) -> wasmtime::Result<()> {
    burn(store, FUEL_PER_CALL)?;
    let job = store.data_mut();
    job.host_calls = job.host_calls.saturating_add(1);
    if job.host_calls > job.limits.host_calls {
        return Err(Stop(Code::HostCallLimit).into());
    }
    Ok(())
}

/// A running total that may not pass its limit, and the code for when it does.
struct Meter {
    used: u64,
    limit: u64,
    code: Code,
}

impl Meter {
    fn take(&mut self, store: &mut Store<'_>, bytes: u64) -> wasmtime::Result<()> {
        self.used = self.used.saturating_add(bytes);
        if self.used > self.limit {
            return Err(Stop(self.code).into());
        }
        burn(store, bytes)
    }

    /// Copies text out of the guest. The decoding borrows: admission allows UTF-8 only.
    fn text(&mut self, store: &mut Store<'_>, text: &WasmStr) -> wasmtime::Result<String> {
        let bytes = {
            let text = text.to_str(&*store)?;
            text.len() as u64
        };
        self.take(store, bytes)?;
        Ok(text.to_str(&*store)?.into_owned())
    }

    fn texts(
        &mut self,
        store: &mut Store<'_>,
        list: &WasmList<WasmStr>,
    ) -> wasmtime::Result<Vec<String>> {
        let texts = self.list(store, list, 8)?;
        texts.iter().map(|text| self.text(store, text)).collect()
    }

    fn list<T: Lift + 'static>(
        &mut self,
        store: &mut Store<'_>,
        list: &WasmList<T>,
        bytes_each: u64,
    ) -> wasmtime::Result<Vec<T>> {
        self.take(store, (list.len() as u64).saturating_mul(bytes_each))?;
        list.iter(&mut *store)?.collect()
    }
}

#[derive(ComponentType, Lift)]
#[component(record)]
struct InOptions {
    epsilon: Option<WasmStr>,
    rho: Option<WasmStr>,
    delta: Option<WasmStr>,
    #[component(name = "max-groups-per-unit")]
    max_groups_per_unit: Option<u32>,
    #[component(name = "max-rows-per-group")]
    max_rows_per_group: Option<u32>,
    #[component(name = "max-values-per-group")]
    max_values_per_group: Option<u32>,
    accuracy: WasmList<WasmStr>,
    shares: WasmList<u32>,
}

#[derive(ComponentType, Lift, Clone, Copy)]
#[component(enum)]
#[repr(u8)]
#[expect(dead_code, reason = "made by lifting only")]
enum InLevel {
    #[component(name = "debug")]
    Debug,
    #[component(name = "info")]
    Info,
    #[component(name = "warn")]
    Warn,
    #[component(name = "error")]
    Error,
}

#[derive(ComponentType, Lift)]
#[component(record)]
struct InDecimals {
    scale: u8,
    units: WasmList<i64>,
}

#[derive(ComponentType, Lift)]
#[component(variant)]
enum InValues {
    #[component(name = "bools")]
    Bools(WasmList<bool>),
    #[component(name = "int64s")]
    Int64s(WasmList<i64>),
    #[component(name = "float64s")]
    Float64s(WasmList<f64>),
    #[component(name = "strings")]
    Strings(WasmList<WasmStr>),
    #[component(name = "dates")]
    Dates(WasmList<i32>),
    #[component(name = "timestamps")]
    Timestamps(WasmList<i64>),
    #[component(name = "decimals")]
    Decimals(InDecimals),
}

#[derive(ComponentType, Lift)]
#[component(record)]
struct InColumn {
    name: WasmStr,
    values: InValues,
    valid: WasmList<bool>,
    #[component(name = "half-widths")]
    half_widths: Option<WasmList<f64>>,
}

#[derive(ComponentType, Lift)]
#[component(record)]
struct InTable {
    columns: WasmList<InColumn>,
}

#[derive(ComponentType, Lower)]
#[component(record)]
struct OutDecimals {
    scale: u8,
    units: Vec<i64>,
}

#[derive(ComponentType, Lower)]
#[component(variant)]
enum OutValues {
    #[component(name = "bools")]
    Bools(Vec<bool>),
    #[component(name = "int64s")]
    Int64s(Vec<i64>),
    #[component(name = "float64s")]
    Float64s(Vec<f64>),
    #[component(name = "strings")]
    Strings(Vec<String>),
    #[component(name = "dates")]
    Dates(Vec<i32>),
    #[component(name = "timestamps")]
    Timestamps(Vec<i64>),
    #[component(name = "decimals")]
    Decimals(OutDecimals),
}

#[derive(ComponentType, Lower)]
#[component(record)]
struct OutColumn {
    name: String,
    values: OutValues,
    valid: Vec<bool>,
    #[component(name = "half-widths")]
    half_widths: Option<Vec<f64>>,
}

#[derive(ComponentType, Lower)]
#[component(record)]
struct OutTable {
    columns: Vec<OutColumn>,
}

#[derive(ComponentType, Lower)]
#[component(variant)]
enum OutError {
    #[component(name = "denied")]
    Denied(Vec<String>),
    #[component(name = "rejected")]
    Rejected(String),
    #[component(name = "failed")]
    Failed,
}

impl From<Table> for OutTable {
    fn from(table: Table) -> Self {
        let column = |c: Column| OutColumn {
            name: c.name,
            values: match c.values {
                Values::Bools(v) => OutValues::Bools(v),
                Values::Int64s(v) => OutValues::Int64s(v),
                Values::Float64s(v) => OutValues::Float64s(v),
                Values::Strings(v) => OutValues::Strings(v),
                Values::Dates(v) => OutValues::Dates(v),
                Values::Timestamps(v) => OutValues::Timestamps(v),
                Values::Decimals { scale, units } => {
                    OutValues::Decimals(OutDecimals { scale, units })
                }
            },
            valid: c.valid,
            half_widths: c.half_widths,
        };
        Self {
            columns: table.columns.into_iter().map(column).collect(),
        }
    }
}

impl From<GuestError> for OutError {
    fn from(error: GuestError) -> Self {
        match error {
            GuestError::Denied(codes) => Self::Denied(codes),
            GuestError::Rejected(text) => Self::Rejected(text),
            GuestError::Failed => Self::Failed,
        }
    }
}

fn error_bytes(error: &GuestError) -> u64 {
    match error {
        GuestError::Denied(codes) => codes.iter().fold(0u64, |sum, c| {
            sum.saturating_add(STRING_OVERHEAD + c.len() as u64)
        }),
        GuestError::Rejected(text) => text.len() as u64,
        GuestError::Failed => 0,
    }
}

/// What goes back to the guest counts and costs before it is copied in.
fn give(store: &mut Store<'_>, bytes: u64) -> wasmtime::Result<()> {
    let job = store.data();
    let mut meter = Meter {
        used: job.returned_bytes,
        limit: job.limits.returned_bytes,
        code: Code::ReturnedBytes,
    };
    meter.take(store, bytes)?;
    store.data_mut().returned_bytes = meter.used;
    Ok(())
}

fn take_table(
    store: &mut Store<'_>,
    meter: &mut Meter,
    table: &InTable,
) -> wasmtime::Result<Table> {
    let count = table.columns.len();
    // All columns are charged before room for them is made.
    meter.take(store, (count as u64).saturating_mul(COLUMN_OVERHEAD))?;
    let mut columns = Vec::with_capacity(count);
    for i in 0..count {
        let Some(column) = table.columns.get(&mut *store, i) else {
            break;
        };
        let column = column?;
        let values = match &column.values {
            InValues::Bools(v) => Values::Bools(meter.list(store, v, 1)?),
            InValues::Int64s(v) => Values::Int64s(meter.list(store, v, 8)?),
            InValues::Float64s(v) => Values::Float64s(meter.list(store, v, 8)?),
            InValues::Strings(v) => {
                meter.take(store, (v.len() as u64).saturating_mul(STRING_OVERHEAD))?;
                let mut strings = Vec::with_capacity(v.len());
                for i in 0..v.len() {
                    let Some(text) = v.get(&mut *store, i) else {
                        break;
                    };
                    strings.push(meter.text(store, &text?)?);
                }
                Values::Strings(strings)
            }
            InValues::Dates(v) => Values::Dates(meter.list(store, v, 4)?),
            InValues::Timestamps(v) => Values::Timestamps(meter.list(store, v, 8)?),
            InValues::Decimals(d) => Values::Decimals {
                scale: d.scale,
                units: meter.list(store, &d.units, 8)?,
            },
        };
        columns.push(Column {
            name: meter.text(store, &column.name)?,
            values,
            valid: meter.list(store, &column.valid, 1)?,
            half_widths: match &column.half_widths {
                Some(list) => Some(meter.list(store, list, 8)?),
                None => None,
            },
        });
    }
    Ok(Table { columns })
}

fn query(
    mut store: Store<'_>,
    (sql, options): (WasmStr, InOptions),
) -> wasmtime::Result<(Result<OutTable, OutError>,)> {
    let store = &mut store;
    enter(store)?;
    let job = store.data_mut();
    job.queries = job.queries.saturating_add(1);
    if job.queries > job.limits.queries {
        return Err(Stop(Code::QueryLimit).into());
    }
    let mut meter = Meter {
        used: 0,
        limit: STATEMENT_BYTES,
        code: Code::OutputBytes,
    };
    let sql = meter.text(store, &sql)?;
    let mut maybe = |store: &mut Store<'_>, text: Option<WasmStr>| {
        text.map(|text| meter.text(store, &text)).transpose()
    };
    let options = QueryOptions {
        epsilon: maybe(store, options.epsilon)?,
        rho: maybe(store, options.rho)?,
        delta: maybe(store, options.delta)?,
        max_groups_per_unit: options.max_groups_per_unit,
        max_rows_per_group: options.max_rows_per_group,
        max_values_per_group: options.max_values_per_group,
        accuracy: meter.texts(store, &options.accuracy)?,
        shares: meter.list(store, &options.shares, 4)?,
    };
    let answer = store.data_mut().host.query(&sql, &options);
    let bytes = match &answer {
        Ok(table) => table.bytes(),
        Err(error) => error_bytes(error),
    };
    give(store, bytes)?;
    Ok((answer.map(OutTable::from).map_err(OutError::from),))
}

fn output(
    mut store: Store<'_>,
    (name, table): (WasmStr, InTable),
) -> wasmtime::Result<(Result<(), OutError>,)> {
    let store = &mut store;
    enter(store)?;
    let job = store.data();
    let mut meter = Meter {
        used: job.output_bytes,
        limit: job.limits.output_bytes,
        code: Code::OutputBytes,
    };
    let name = meter.text(store, &name)?;
    let table = take_table(store, &mut meter, &table)?;
    store.data_mut().output_bytes = meter.used;
    let answer = store.data_mut().host.output(&name, table);
    give(store, answer.as_ref().err().map_or(0, error_bytes))?;
    Ok((answer.map_err(OutError::from),))
}

fn log(mut store: Store<'_>, (level, text): (InLevel, WasmStr)) -> wasmtime::Result<()> {
    let store = &mut store;
    enter(store)?;
    let job = store.data();
    let mut meter = Meter {
        used: job.log_bytes,
        limit: job.limits.log_bytes,
        code: Code::LogBytes,
    };
    let text = meter.text(store, &text)?;
    let job = store.data_mut();
    job.log_bytes = meter.used;
    let level = match level {
        InLevel::Debug => Level::Debug,
        InLevel::Info => Level::Info,
        InLevel::Warn => Level::Warn,
        InLevel::Error => Level::Error,
    };
    job.host.log(level, &text);
    Ok(())
}

/// Offers the analyst world, and nothing else.
pub(crate) fn link(linker: &mut Linker<Job>) -> wasmtime::Result<()> {
    linker.instance(contract::TABLES)?;
    let mut gate = linker.instance(contract::GATE)?;
    gate.func_wrap("query", query)?;
    gate.func_wrap("output", output)?;
    gate.func_wrap("log", log)?;
    Ok(())
}
