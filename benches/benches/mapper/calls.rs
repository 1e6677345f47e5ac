//! Ways to call a guest for one unit, side by side.

use crate::Size;
use irongate_benches::{Line, Outcome, median};
use std::time::Instant;
use wasmtime::component::{self, Component, ComponentExportIndex, WasmList};
use wasmtime::{
    Config, Enabled, Engine, InstanceAllocationStrategy, InstancePre, Linker, Module, OperatorCost,
    PoolingAllocationConfig, Store, Val,
};

/// Numbers of a unit: 20 rows of 4.
const NUMBERS: u32 = 20 * 4;
/// What they add up to.
const SUM: f64 = 79.0 * 40.0;
/// Where the guest begins to allocate.
const HEAP: i32 = 12_288;

/// Fuel of one unit; far above what the guest takes.
const FUEL: u64 = 1_000_000;

/// A guest of two pages, as a compiler lays it out: a stack below, data above it, then what is allocated. It adds
/// the numbers up, with a spill to its stack for each row.
const CORE: &str = r#"
  (memory (export "memory") 2 2)
  (global $stack (mut i32) (i32.const 8192))
  (global $next (export "next") (mut i32) (i32.const 12288))
  (data (i32.const 8192) "a table of weights, or a text")
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
    (global.set $next (i32.add (local.get $at) (local.get 3)))
    (local.get $at))
  (func (export "map") (param $at i32) (param $len i32) (result i32)
    (local $end i32) (local $sum f64) (local $frame i32)
    (local.set $frame (i32.sub (global.get $stack) (i32.const 16)))
    (local.set $end (i32.add (local.get $at) (local.get $len)))
    (block $done
      (loop $more
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $sum (f64.add (local.get $sum) (f64.load (local.get $at))))
        (f64.store (local.get $frame) (local.get $sum))
        (local.set $at (i32.add (local.get $at) (i32.const 8)))
        (br $more)))
    ;; the list of one number, and the pair that points to it
    (f64.store (i32.const 8448) (local.get $sum))
    (i32.store (i32.const 8464) (i32.const 8448))
    (i32.store (i32.const 8468) (i32.const 1))
    (i32.const 8464))
"#;

/// An engine as the sandbox's, with `resident` bytes of each memory reset by copying.
fn engine(resident: usize) -> Outcome<Engine> {
    let mut cost = OperatorCost::new();
    cost.variable.memory_grow_per_page = 255;
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(4)
        .total_core_instances(4)
        .total_memories(4)
        .total_tables(4)
        .max_memory_size(1 << 20)
        .table_elements(1_000)
        .max_unused_warm_slots(4)
        .linear_memory_keep_resident(resident)
        .pagemap_scan(Enabled::No);
    let mut config = Config::new();
    config
        .consume_fuel(true)
        .operator_cost(cost)
        .epoch_interruption(true)
        .cranelift_nan_canonicalization(true)
        .concurrency_support(false)
        .memory_may_move(false)
        .memory_init_cow(true)
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    Ok(Engine::new(&config)?)
}

fn store(engine: &Engine) -> Outcome<Store<()>> {
    let mut store = Store::new(engine, ());
    store.set_epoch_deadline(1 << 40);
    store.set_fuel(FUEL)?;
    Ok(store)
}

/// The guest as a core module: the host writes the rows where the guest says, and reads the answer itself.
struct Core {
    engine: Engine,
    ready: InstancePre<()>,
}

impl Core {
    fn new(engine: &Engine) -> Outcome<Self> {
        let module = Module::new(engine, wat::parse_str(format!("(module {CORE})"))?)?;
        let ready = Linker::new(engine).instantiate_pre(&module)?;
        Ok(Self {
            engine: engine.clone(),
            ready,
        })
    }

    fn call(&self, store: &mut Store<()>, rows: &[u8]) -> Outcome<f64> {
        let instance = self.ready.instantiate(&mut *store)?;
        Called::of(store, instance)?.call(store, rows)
    }

    fn isolated(&self, rows: &[u8]) -> Outcome<f64> {
        self.call(&mut store(&self.engine)?, rows)
    }
}

/// What is called of a core instance.
struct Called {
    memory: wasmtime::Memory,
    reserve: wasmtime::TypedFunc<(i32, i32, i32, i32), i32>,
    map: wasmtime::TypedFunc<(i32, i32), i32>,
}

impl Called {
    fn of(store: &mut Store<()>, instance: wasmtime::Instance) -> Outcome<Self> {
        Ok(Self {
            memory: instance
                .get_memory(&mut *store, "memory")
                .ok_or("no memory")?,
            reserve: instance.get_typed_func(&mut *store, "cabi_realloc")?,
            map: instance.get_typed_func(&mut *store, "map")?,
        })
    }

    fn call(&self, store: &mut Store<()>, rows: &[u8]) -> Outcome<f64> {
        let length = i32::try_from(rows.len())?;
        let at = self.reserve.call(&mut *store, (0, 0, 8, length))?;
        self.memory.write(&mut *store, usize::try_from(at)?, rows)?;
        let pair = usize::try_from(self.map.call(&mut *store, (at, length))?)?;
        let data = self.memory.data(&*store);
        let word = |at: usize| -> Option<[u8; 4]> { data.get(at..at + 4)?.try_into().ok() };
        let list = u32::from_le_bytes(word(pair).ok_or("no pair")?) as usize;
        let number = data.get(list..list + 8).ok_or("no number")?;
        Ok(f64::from_le_bytes(number.try_into()?))
    }
}

/// The guest as a component, called through the canonical ABI.
pub(crate) struct Whole {
    engine: Engine,
    ready: component::InstancePre<()>,
    map: ComponentExportIndex,
}

impl Whole {
    fn new(engine: &Engine) -> Outcome<Self> {
        let text = format!(
            r#"(component
                 (core module $m {CORE})
                 (core instance $i (instantiate $m))
                 (func (export "map") (param "rows" (list u8)) (result (list f64))
                   (canon lift (core func $i "map") (memory (core memory $i "memory")) (realloc (core func $i "cabi_realloc")))))"#
        );
        let component = Component::new(engine, wat::parse_str(text)?)?;
        let map = component.get_export_index(None, "map").ok_or("no map")?;
        let ready = component::Linker::new(engine).instantiate_pre(&component)?;
        Ok(Self {
            engine: engine.clone(),
            ready,
            map,
        })
    }

    pub(crate) fn isolated(&self, rows: &[u8]) -> Outcome<f64> {
        let mut store = store(&self.engine)?;
        let instance = self.ready.instantiate(&mut store)?;
        let map = instance.get_typed_func::<(&[u8],), (WasmList<f64>,)>(&mut store, &self.map)?;
        let (list,) = map.call(&mut store, (rows,))?;
        list.get(&mut store, 0)
            .ok_or("no number")?
            .map_err(Into::into)
    }
}

/// What wasmtime alone takes for the least: the component, in an instance of its own, with as much of its memory reset by
/// copying as it touches.
pub(crate) fn least() -> Outcome<Whole> {
    Whole::new(&engine(16 << 10)?)
}

/// The rows of [`CORE`].
pub(crate) fn numbers() -> Vec<u8> {
    (0..NUMBERS)
        .flat_map(|n| f64::from(n).to_le_bytes())
        .collect()
}

/// A way to call the guest for one unit.
struct Way<'a> {
    name: String,
    call: Box<dyn FnMut() -> Outcome<f64> + 'a>,
}

impl<'a> Way<'a> {
    fn new(name: impl Into<String>, call: impl FnMut() -> Outcome<f64> + 'a) -> Self {
        let (name, call) = (name.into(), Box::new(call));
        Self { name, call }
    }
}

/// Time of one unit, µs, for each of `ways`: the median of rounds in which all are measured in turn.
fn in_turn(size: Size, ways: &mut [Way<'_>]) -> Outcome<Vec<f64>> {
    let mut times = vec![Vec::new(); ways.len()];
    for _ in 0..size.rounds {
        for (way, times) in ways.iter_mut().zip(&mut times) {
            let start = Instant::now();
            for _ in 0..size.units {
                if (way.call)()? != SUM {
                    return Err(format!("{}: another sum", way.name).into());
                }
            }
            times.push(start.elapsed().as_secs_f64() * 1e6 / f64::from(size.units));
        }
    }
    Ok(times.into_iter().map(median).collect())
}

pub(crate) fn measure(size: Size) -> Outcome<()> {
    let rows = numbers();
    let mut kinds = Vec::new();
    for resident in [0, 16, 32, 64, 128] {
        let engine = engine(resident << 10)?;
        kinds.push((resident, Core::new(&engine)?, Whole::new(&engine)?));
    }
    // One instance for all units: what a reset costs is what it lacks.
    let engine = engine(0)?;
    let core = Core::new(&engine)?;
    let mut shared = store(&engine)?;
    shared.set_fuel(u64::MAX)?;
    let instance = core.ready.instantiate(&mut shared)?;
    let called = Called::of(&mut shared, instance)?;
    let next = instance
        .get_global(&mut shared, "next")
        .ok_or("no global")?;
    let mut ways = Vec::new();
    for (resident, core, whole) in &kinds {
        let name = |kind: &str| format!("{kind}/resident-{resident}-kib");
        ways.push(Way::new(name("core"), || core.isolated(&rows)));
        ways.push(Way::new(name("component"), || whole.isolated(&rows)));
    }
    ways.push(Way::new("core/shared", || {
        next.set(&mut shared, Val::I32(HEAP))?;
        called.call(&mut shared, &rows)
    }));
    let times = in_turn(size, &mut ways)?;
    for (way, time) in ways.iter().zip(times) {
        let name = format!("mapper/calls/{}", way.name);
        Line::new(name, time, "us", size.rounds).print();
    }
    Ok(())
}
