//! What a script's own tests are written with, and nobody else has: assertions, a clock and
//! connections that can be set, and (in `views`) views made of maps.

mod views;

use std::sync::Arc;

use bitswap_core::strategy::Ctx;
use bitswap_core::{Chance, Timestamp};
use rhai::{Array, CallFnOptions, Dynamic, Engine, EvalAltResult, INT, ImmutableString, Scope};

use super::budget::{LARGEST_CALL, Meter};
use super::convert;
use super::error::At;
use super::handle::{CtxHandle, Handle};
use super::load::Script;
use super::runner::place;
use super::sandbox;
use super::signature::place_of;
use super::stats::{Cause, Failure};
use super::undo::Scene;

/// How functions that are tests begin.
const TEST: &str = "test_";

impl Script {
    /// The script's own tests, in the order of its text: functions that are called `test_…`.
    pub fn tests(&self) -> Vec<String> {
        let names = self.ast.iter_functions().map(|own| own.name);
        let mut names: Vec<_> = names.filter(|name| name.starts_with(TEST)).collect();
        names.sort_unstable_by_key(|name| (place_of(&self.text, name), *name));
        names.dedup();
        names.into_iter().map(ToOwned::to_owned).collect()
    }

    /// Runs one of its [`tests`](Self::tests), called with a `ctx` of its own, and returns how
    /// many operations that took.
    ///
    /// # Errors
    /// What stopped it. Nothing is kept of a test, whether it fails or not.
    pub fn run_test(&self, name: &str) -> Result<u64, Failure> {
        let failed = |place: Option<_>, cause, what| Failure {
            at: At { place: place.or_else(|| place_of(&self.text, name)), ..self.at.clone() },
            function: Arc::from(name),
            cause,
            what,
        };
        let mut arities = self.ast.iter_functions().filter(|own| own.name == name);
        if arities.all(|own| own.params.len() != 1) {
            let what = format!("it has to be written `fn {name}(ctx)`");
            return Err(failed(None, Cause::Error, what));
        }
        let meter = Meter::default();
        let mut engine = sandbox::engine(&meter);
        register(&mut engine, &meter);
        let handle = Handle::new(self.params.clone());
        handle.begin(&Scene::of(&mut Ctx::new(Timestamp::ZERO, &mut Chance::named(1, "test"))));
        meter.start(LARGEST_CALL);
        let options = CallFnOptions::new().eval_ast(false);
        let outcome: Result<Dynamic, _> = engine.call_fn_with_options(
            options,
            &mut Scope::new(),
            &self.ast,
            name,
            (handle.ctx(),),
        );
        if meter.is_empty() {
            let what = format!("it takes more than {LARGEST_CALL} operations");
            return Err(failed(None, Cause::Budget, what));
        }
        let Err(error) = outcome else { return Ok(meter.spent()) };
        let (place, what) = place(*error);
        Err(failed(place, Cause::Error, what))
    }
}

fn register(engine: &mut Engine, meter: &Meter) {
    views::register(engine, meter);
    engine
        .register_fn("assert", |truth: bool| assert(truth, "it is not so"))
        .register_fn("assert", |truth: bool, what: &str| assert(truth, what))
        .register_fn("assert_eq", |given: Dynamic, expected: Dynamic| {
            let (given, expected) = (format!("{given:?}"), format!("{expected:?}"));
            assert(given == expected, &format!("{given} is not {expected}"))
        })
        .register_fn("new_asks", |ctx: &mut CtxHandle| ctx.new_asks())
        .register_get("reason", |ctx: &mut CtxHandle| ImmutableString::from(ctx.reason()))
        .register_set("connected", |ctx: &mut CtxHandle, peers: Array| {
            let peers = convert::peers("connected", peers.into())?;
            ctx.set_connected(&peers);
            Ok::<_, Box<EvalAltResult>>(())
        })
        .register_set("now_ms", |ctx: &mut CtxHandle, moment: INT| {
            let millis = u64::try_from(moment).map_err(|_| format!("{moment} is below 0"))?;
            ctx.set_now(millis);
            Ok::<_, Box<EvalAltResult>>(())
        });
}

fn assert(truth: bool, what: &str) -> Result<(), Box<EvalAltResult>> {
    if truth { Ok(()) } else { Err(what.into()) }
}
