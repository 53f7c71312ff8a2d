//! The engine that scripts run in: chosen packages, no way out, every limit set.

use rhai::config::hashing::set_hashing_seed;
use rhai::packages::{
    ArithmeticPackage, BasicArrayPackage, BasicIteratorPackage, BasicMapPackage,
    BasicStringPackage, LogicPackage, Package,
};
use rhai::{Array, Dynamic, Engine, EvalAltResult, FnPtr, INT, Map, OptimizationLevel};

use super::budget::{LARGEST_CALL, Meter};
use super::{handle, maths, mirror, natives, table};

/// How long a script may be, in bytes.
pub const LONGEST_TEXT: usize = 64 * 1024;

/// What is not there: ways to run text, to make functions of data, to speak, to leave; and `**`,
/// whose last bits are the platform's.
const SYMBOLS_OFF: &[&str] = &[
    "**",
    "**=",
    "Fn",
    "call",
    "curry",
    "debug",
    "eval",
    "export",
    "global",
    "import",
    "is_def_fn",
    "print",
];

/// An engine for one script, which spends from `meter`.
pub(super) fn engine(meter: &Meter) -> Engine {
    // Once for the process; that somebody did it before is no harm, as no order depends on it.
    let _already_set = set_hashing_seed(Some([1, 2, 3, 4]));
    let mut engine = Engine::new_raw();
    ArithmeticPackage::new().register_into_engine(&mut engine);
    LogicPackage::new().register_into_engine(&mut engine);
    BasicArrayPackage::new().register_into_engine(&mut engine);
    BasicMapPackage::new().register_into_engine(&mut engine);
    BasicIteratorPackage::new().register_into_engine(&mut engine);
    BasicStringPackage::new().register_into_engine(&mut engine);
    maths::register(&mut engine);
    handle::register(&mut engine);
    mirror::register(&mut engine);
    natives::register(&mut engine, meter);
    table::register(&mut engine, meter);
    fence(&mut engine);
    restrict(&mut engine);
    let meter = meter.clone();
    engine.on_progress(move |_| (!meter.spend(1)).then_some(Dynamic::UNIT));
    engine
}

/// Takes the place of rhai's functions that call back functions of the script, by their name or
/// as a value: an error in what they call is swallowed, and an order may be a lie.
fn fence(engine: &mut Engine) {
    for name in CALL_BACK {
        engine
            .register_fn(*name, |_: &mut Array, _: &str| no_call_back())
            .register_fn(*name, |_: &mut Array, _: &str, _: Dynamic| no_call_back())
            .register_fn(*name, |_: &mut Array, _: FnPtr| no_call_back())
            .register_fn(*name, |_: &mut Array, _: FnPtr, _: INT| no_call_back())
            .register_fn(*name, |_: &mut Array, _: FnPtr, _: Dynamic| no_call_back())
            .register_fn(*name, |_: &mut Map, _: FnPtr| no_call_back());
    }
    engine
        .register_fn("index_of", |array: &mut Array, text: &str| {
            let place = array.iter().position(|value| {
                value.as_immutable_string_ref().is_ok_and(|value| value.as_str() == text)
            });
            place.map_or(-1, |place| place as INT)
        })
        .register_fn("index_of", |_: &mut Array, _: &str, _: INT| no_call_back());
}

const CALL_BACK: &[&str] = &[
    "all",
    "dedup",
    "drain",
    "filter",
    "find",
    "find_map",
    "for_each",
    "index_of",
    "map",
    "reduce",
    "reduce_rev",
    "retain",
    "some",
    "sort",
    "sort_by",
];

fn no_call_back() -> Result<Dynamic, Box<EvalAltResult>> {
    Err("there are no functions that call back; write a `for` loop".into())
}

fn restrict(engine: &mut Engine) {
    for symbol in SYMBOLS_OFF {
        engine.disable_symbol(*symbol);
    }
    engine
        .on_print(|_| {})
        .on_debug(|_, _, _| {})
        .set_allow_anonymous_fn(false)
        .set_allow_shadowing(true)
        .set_fail_on_invalid_map_property(true)
        .set_optimization_level(OptimizationLevel::None)
        .set_strict_variables(true)
        .set_max_array_size(512)
        .set_max_call_levels(12)
        .set_max_expr_depths(32, 24)
        .set_max_functions(32)
        .set_max_map_size(256)
        // Behind our own meter, which tells a call that takes too much from one that is wrong.
        .set_max_operations(LARGEST_CALL + 1)
        .set_max_string_size(1_024)
        .set_max_strings_interned(256)
        .set_max_variables(64);
}
