//! One running script: calls it, and drops everything of a call that fails.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use bitswap_core::strategy::{Ctx, EventMask, PartReport, Report, StrategyEvent};
use rhai::{AST, CallFnOptions, Dynamic, Engine, EvalAltResult, FuncArgs, Scope};

use super::breaker::Breaker;
use super::budget::{CALL, LARGEST_CALL, Meter};
use super::error::At;
use super::handle::{AsksHandle, Call, CtxHandle, Handle};
use super::signature::place_of;
use super::stats::{Cause, Failure, ScriptStats};
use super::{sandbox, state};

/// A script with its engine, state and counters.
pub(super) struct Runner {
    engine: Engine,
    ast: AST,
    handle: Handle,
    meter: Meter,
    state: Dynamic,
    text: Arc<str>,
    /// Whether the script ever says `this`; if not, its state needs neither copies nor checks.
    stateful: bool,
    /// Whether the script takes over the state of its predecessor.
    migrates: bool,
    events: EventMask,
    breaker: Breaker,
    at: At,
    stats: ScriptStats,
}

/// What makes a runner, besides an engine of its own.
pub(super) struct Parts {
    pub(super) ast: AST,
    pub(super) handle: Handle,
    pub(super) state: Dynamic,
    pub(super) text: Arc<str>,
    pub(super) events: EventMask,
    pub(super) migrates: bool,
    pub(super) at: At,
    pub(super) stats: ScriptStats,
}

impl Runner {
    pub(super) fn new(parts: Parts) -> Self {
        let Parts { ast, handle, state, text, events, migrates, at, stats } = parts;
        let stateful = text.contains("this");
        let meter = Meter::default();
        let engine = sandbox::engine(&meter);
        let breaker = Breaker::default();
        Self {
            engine,
            ast,
            handle,
            meter,
            state,
            text,
            stateful,
            migrates,
            events,
            breaker,
            at,
            stats,
        }
    }

    /// The script's `ctx`.
    pub(super) fn ctx(&self) -> CtxHandle {
        self.handle.ctx()
    }

    /// The script's `asks`.
    pub(super) fn asks(&self) -> AsksHandle {
        self.handle.asks()
    }

    /// What the script's own operations are counted with.
    pub(super) fn meter(&self) -> Meter {
        self.meter.clone()
    }

    /// Asks `function`, which may take `limit` operations, and reads its answer. `None` if that
    /// failed, or is not tried any more: then the native strategy is to answer.
    pub(super) fn ask<R>(
        &mut self,
        ctx: &mut Ctx<'_>,
        (function, limit): (&'static str, u64),
        arguments: impl FuncArgs,
        read: impl FnOnce(Dynamic, &mut Call) -> Result<R, String>,
    ) -> Option<R> {
        let answer = self.call(ctx, (function, limit), arguments, read);
        if answer.is_none() {
            self.stats.answered_by_native();
        }
        answer
    }

    /// Tells the script an event, if it wants to hear it.
    pub(super) fn observe(&mut self, ctx: &mut Ctx<'_>, event: &StrategyEvent) {
        if self.events.contains(event.kind()) {
            let heard = (self.ctx(), event.clone());
            let _heard: Option<()> = self.call(ctx, ("observe", CALL), heard, |_, _| Ok(()));
        }
    }

    /// Gives `this` away, for the script that follows.
    pub(super) fn take_state(&mut self) -> Dynamic {
        std::mem::take(&mut self.state)
    }

    /// Hands the script what its predecessor kept in `this`, if it wants that. If that fails, its
    /// own `this` is as it was.
    pub(super) fn migrate(&mut self, ctx: &mut Ctx<'_>, old: Dynamic) {
        if self.migrates {
            let handed = (self.ctx(), old);
            let _done: Option<()> =
                self.call(ctx, ("migrate", LARGEST_CALL), handed, |_, _| Ok(()));
        }
    }

    /// What people are told of the script: how often it was called, and failed, and first how.
    pub(super) fn report(&self) -> Report {
        let counts = self.stats.counts();
        let mut part = PartReport::new("script", self.stats.name())
            .with_count("calls", counts.calls)
            .with_count("failures", counts.failures)
            .with_count("answered_by_native", counts.answered_by_native)
            .with_count("breaker_open", u64::from(counts.breaker_open));
        part.examples.extend(self.stats.first_failure().map(ToString::to_string));
        let mut report = Report::default();
        report.push(part);
        report
    }

    pub(super) const fn events(&self) -> EventMask {
        self.events
    }

    fn call<R>(
        &mut self,
        ctx: &mut Ctx<'_>,
        (function, limit): (&'static str, u64),
        arguments: impl FuncArgs,
        read: impl FnOnce(Dynamic, &mut Call) -> Result<R, String>,
    ) -> Option<R> {
        if self.breaker.is_open() {
            return None;
        }
        self.handle.begin(ctx);
        let before = self.stateful.then(|| self.state.clone());
        let outcome = self.run(function, limit, arguments);
        self.stats.called(self.meter.spent(), self.meter.limit());
        let answer = outcome.and_then(|value| {
            let mut call = self.handle.open();
            let answer = read(value, &mut call).map_err(|what| (Cause::Answer, None, what))?;
            ctx.chance().clone_from(&call.dice);
            ctx.because(call.reason);
            Ok(answer)
        });
        answer.map_err(|fault| self.fail(ctx, function, fault, before)).ok()
    }

    fn run(
        &mut self,
        function: &str,
        limit: u64,
        arguments: impl FuncArgs,
    ) -> Result<Dynamic, Fault> {
        self.meter.start(limit);
        let options = CallFnOptions::new().eval_ast(false).bind_this_ptr(&mut self.state);
        let (engine, ast) = (&self.engine, &self.ast);
        let run =
            || engine.call_fn_with_options(options, &mut Scope::new(), ast, function, arguments);
        let outcome = catch_unwind(AssertUnwindSafe(run))
            .map_err(|_| (Cause::Error, None, "it brought the script engine down".to_owned()))?;
        if self.meter.is_empty() {
            let place = outcome.err().and_then(|error| place(*error).0);
            return Err((Cause::Budget, place, over(&self.meter)));
        }
        let value = outcome.map_err(|error| {
            let (place, what) = place(*error);
            (Cause::Error, place, what)
        })?;
        if self.stateful {
            state::check(&self.state).map_err(|what| (Cause::State, None, what))?;
        }
        Ok(value)
    }

    fn fail(
        &mut self,
        ctx: &Ctx<'_>,
        function: &'static str,
        (cause, place, what): Fault,
        before: Option<Dynamic>,
    ) {
        if let Some(before) = before {
            self.state = before;
        }
        let place = place.or_else(|| place_of(&self.text, function));
        let at = At { place, ..self.at.clone() };
        self.stats.failed(Failure { at, function: Arc::from(function), cause, what });
        if self.breaker.failed(ctx.now()) {
            self.stats.breaker_opened();
        }
    }
}

type Fault = (Cause, Option<(usize, usize)>, String);

fn over(meter: &Meter) -> String {
    format!("it takes more than {} operations; do less in one call", meter.limit())
}

/// Where an error arose, and what it is, without rhai's own words about where.
pub(super) fn place(error: EvalAltResult) -> (Option<(usize, usize)>, String) {
    let mut error = error;
    while let EvalAltResult::ErrorInFunctionCall(_, _, inner, _) = error {
        error = *inner;
    }
    let position = error.take_position();
    let place = position.line().map(|line| (line, position.position().unwrap_or(1)));
    (place, lower(&error.to_string()))
}

/// Messages of ours begin in lower case.
pub(super) fn lower(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}
