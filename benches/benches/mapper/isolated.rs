//! Calls of the product's mapper, an instance for each unit, and what it takes to get one ready.

use crate::Size;
use crate::calls;
use crate::score::{Native, Sandbox, component, rows};
use irongate_benches::{Line, Outcome, median};
use irongate_engine::{MapUnit, Mapped};
use irongate_sandbox::Mapper;
use std::num::NonZeroUsize;
use std::time::Instant;
use wasmtime::component::{Component, Linker};
use wasmtime::{Config, Engine, Store};

/// A unit on one core, µs.
const UNIT_US: f64 = 6.0;
/// The most times as long as the least guest takes in wasmtime alone, in the same run: what a unit may take, over the 4.4 µs
/// of such a guest where that was settled. It depends less on how fast the machine is at the time.
const TIMES_LEAST: f64 = UNIT_US / 4.4;
/// Units in a second, on two cores.
const UNITS_PER_SECOND: f64 = 300_000.0;
/// The most times as long as in a shared instance.
const TIMES_SHARED: f64 = 4.0;
/// Until a mapper can be called, with its compilation; without; and a first call. Ms.
const READY_MS: [f64; 3] = [300.0, 5.0, 2.0];
const TWO: NonZeroUsize = NonZeroUsize::new(2).unwrap();
/// Persons whose rows are called in turn.
const PERSONS: i64 = 512;
/// Calls of a shared instance until its memory, of which nothing is freed, would be full.
const SHARED_CALLS: usize = 64;

type Rows = Vec<Vec<u8>>;

/// Time of one unit, µs.
fn timed(size: Size, rows: &Rows, mut call: impl FnMut(&[u8]) -> Outcome<()>) -> Outcome<f64> {
    let start = Instant::now();
    for (_, rows) in (0..size.units).zip(rows.iter().cycle()) {
        call(rows)?;
    }
    Ok(start.elapsed().as_secs_f64() * 1e6 / f64::from(size.units))
}

fn isolated(mapper: &Mapper, rows: &[u8]) -> Outcome<()> {
    let mut outputs = [0.0; 2];
    match mapper.map(rows, &mut outputs)? {
        irongate_sandbox::Mapped::Values => Ok(()),
        irongate_sandbox::Mapped::Default(code) => Err(code.as_str().into()),
    }
}

/// On two threads at once, a unit's share of the time, µs. So many units that it does not matter how soon a core that
/// had nothing to do is there.
fn on_two(size: Size, each: [impl Fn(Size) -> Outcome<f64> + Sync; 2]) -> Outcome<f64> {
    let size = Size {
        units: 5 * size.units,
        ..size
    };
    let start = Instant::now();
    let ended = std::thread::scope(|scope| {
        let threads = each.each_ref();
        let threads = threads.map(|run| scope.spawn(move || run(size).map_err(|e| e.to_string())));
        threads.map(|thread| thread.join().map_err(|_| "a thread stopped".to_owned()))
    });
    for ended in ended {
        ended??;
    }
    Ok(start.elapsed().as_secs_f64() * 1e6 / f64::from(2 * size.units))
}

/// A guest that does nothing with its rows: what is left is what an instance costs.
fn empty() -> Outcome<Vec<u8>> {
    let text = r#"(component
      (core module $m
        (memory (export "memory") 1)
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
        ;; the pair that points to a list of two numbers, all of them zero but its length
        (data (i32.const 16) "\20\00\00\00\02\00\00\00")
        (func (export "map") (param i32 i32) (result i32) (i32.const 16)))
      (core instance $i (instantiate $m))
      (func (export "map") (param "rows" (list u8)) (result (list f64))
        (canon lift (core func $i "map") (memory (core memory $i "memory"))
          (realloc (core func $i "cabi_realloc")))))"#;
    Ok(wat::parse_str(text)?)
}

/// The component in one instance for many units: unsound, and what isolation is compared with. Nothing is freed in it,
/// so it is made anew now and then.
struct Shared {
    engine: Engine,
    component: Component,
}

impl Shared {
    fn new(bytes: &[u8]) -> Outcome<Self> {
        let mut config = Config::new();
        config.consume_fuel(true).epoch_interruption(true);
        let engine = Engine::new(&config)?;
        let component = Component::new(&engine, bytes)?;
        Ok(Self { engine, component })
    }

    fn timed(&self, size: Size, rows: &Rows) -> Outcome<f64> {
        let ready = Linker::new(&self.engine).instantiate_pre(&self.component)?;
        let units: Vec<_> = (0..size.units).zip(rows.iter().cycle()).collect();
        let mut spent = 0.0;
        for some in units.chunks(SHARED_CALLS) {
            let mut store = Store::new(&self.engine, ());
            store.set_epoch_deadline(1 << 40);
            store.set_fuel(u64::MAX)?;
            let instance = ready.instantiate(&mut store)?;
            let map = instance.get_typed_func::<(&[u8],), (Vec<f64>,)>(&mut store, "map")?;
            let start = Instant::now();
            for (_, rows) in some {
                map.call(&mut store, (rows.as_slice(),))?;
            }
            spent += start.elapsed().as_secs_f64();
        }
        Ok(spent * 1e6 / f64::from(size.units))
    }
}

fn native(rows: &[u8]) -> Outcome<()> {
    let mut outputs = [0.0; 2];
    let default = matches!(Native.map(rows, &mut outputs)?, Mapped::Default);
    std::hint::black_box((default, outputs));
    Ok(())
}

pub(crate) fn measure(size: Size) -> Outcome<()> {
    let bytes = component()?;
    let sandbox = Sandbox::new(TWO)?;
    let mapper = sandbox.mapper(&bytes)?;
    let bare = sandbox.mapper(&empty()?)?;
    let rows = (0..PERSONS).map(rows).collect::<Outcome<Rows>>()?;
    let whole = Shared::new(&bytes)?;
    let numbers = vec![calls::numbers()];
    let floors = [calls::least()?, calls::least()?];
    let of_floor =
        |floor: &calls::Whole, size| timed(size, &numbers, |rows| floor.isolated(rows).map(drop));
    let [
        mut least,
        mut two_least,
        mut alone,
        mut two,
        mut shared,
        mut plain,
        mut nothing,
    ] = [const { Vec::new() }; 7];
    for _ in 0..size.rounds {
        least.push(of_floor(&floors[0], size)?);
        let floors = floors.each_ref();
        two_least.push(on_two(
            size,
            floors.map(|floor| move |size| of_floor(floor, size)),
        )?);
        nothing.push(timed(size, &rows, |rows| isolated(&bare, rows))?);
        alone.push(timed(size, &rows, |rows| isolated(&mapper, rows))?);
        let run = |size| timed(size, &rows, |rows| isolated(&mapper, rows));
        two.push(on_two(size, [run; 2])?);
        shared.push(whole.timed(size, &rows)?);
        plain.push(timed(size, &rows, native)?);
    }
    let [least, two_least, alone, two, shared, plain, nothing] =
        [least, two_least, alone, two, shared, plain, nothing].map(median);
    let line = |what: &str, value, unit| {
        Line::new(format!("mapper/unit/{what}"), value, unit, size.rounds)
    };
    line("isolated", alone, "us").at_most(UNIT_US).print();
    line("least-in-wasmtime", least, "us").print();
    line("isolated-over-least", alone / least, "x")
        .at_most(TIMES_LEAST)
        .print();
    line("on-two-cores", 1e6 / two, "units/s")
        .at_least(UNITS_PER_SECOND)
        .print();
    line("least-on-two-cores", 1e6 / two_least, "units/s").print();
    line("shared", shared, "us").print();
    line("isolated-over-shared", alone / shared, "x")
        .at_most(TIMES_SHARED)
        .print();
    line("native", plain, "us").print();
    line("nothing-done", nothing, "us").print();
    ready(size, &bytes)
}

/// What it takes until a mapper can be called.
fn ready(size: Size, bytes: &[u8]) -> Outcome<()> {
    let [mut compiled, mut cached, mut started] = [const { Vec::new() }; 3];
    let ms = |start: Instant| start.elapsed().as_secs_f64() * 1e3;
    for _ in 0..size.rounds {
        let sandbox = Sandbox::new(NonZeroUsize::MIN)?;
        // Admitted, compiled and started; then all but compiled; then started again.
        let start = Instant::now();
        sandbox.mapper(bytes)?;
        compiled.push(ms(start));
        let start = Instant::now();
        sandbox.mapper(bytes)?;
        cached.push(ms(start));
        let mapper = sandbox.mapper(bytes)?;
        let rows = rows(1)?;
        let start = Instant::now();
        isolated(&mapper, &rows)?;
        started.push(ms(start));
    }
    let names = ["admitted-and-compiled", "from-cache", "first-call"];
    for ((name, times), bar) in names.iter().zip([compiled, cached, started]).zip(READY_MS) {
        let name = format!("mapper/ready/{name}");
        Line::new(name, median(times), "ms", size.rounds)
            .at_most(bar)
            .print();
    }
    Ok(())
}
