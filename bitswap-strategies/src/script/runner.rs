//! One running script: calls it, and drops everything of a call that fails.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use bitswap_core::strategy::{Ctx, EventMask, PartReport, Report, StrategyEvent};
use rhai::{AST, CallFnOptions, Dynamic, Engine, EvalAltResult, FuncArgs, Position, Scope};

use super::breaker::Breaker;
use super::budget::{CALL, LARGEST_CALL, Meter};
use super::connected::Connected;
use super::error::At;
use super::handle::{AsksHandle, Call, CtxHandle, Handle};
use super::sandbox;
use super::signature::place_of;
use super::stats::{Cause, Failure, ScriptStats};
use super::undo::{Done, Scene, Undo};

/// A script with its engine, state and counters.
pub(super) struct Runner {
    engine: Engine,
    ast: AST,
    handle: Handle,
    meter: Meter,
    state: Dynamic,
    text: Arc<str>,
    /// How to undo a call; `None` if the script never says `this`.
    undo: Option<Undo>,
    /// How often something was told that may have changed the state.
    told: u64,
    /// Whether the script takes over the state of its predecessor.
    migrates: bool,
    events: EventMask,
    /// Events that say who is connected, if answers name peers.
    connections: EventMask,
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
    /// Whether answers name peers.
    pub(super) names_peers: bool,
    pub(super) migrates: bool,
    pub(super) at: At,
    pub(super) stats: ScriptStats,
}

impl Runner {
    pub(super) fn new(parts: Parts) -> Self {
        let Parts { ast, handle, state, text, events, names_peers, migrates, at, stats } = parts;
        let undo = text.contains("this").then(|| Undo::new(&state));
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
            undo,
            told: 0,
            migrates,
            events,
            connections: if names_peers { Connected::events() } else { EventMask::NOTHING },
            breaker,
            at,
            stats,
        }
    }

    /// The script's `ctx`.
    pub(super) fn ctx(&self) -> CtxHandle {
        self.handle.ctx()
    }

    /// A parameter that is a number of at least 0.
    pub(super) fn parameter(&self, name: &str) -> Option<usize> {
        self.handle.open().parameter(name)
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
        read: impl FnOnce(Dynamic, &mut Call) -> Result<R, Wrong>,
    ) -> Option<R> {
        let answer = self.call(ctx, (function, limit), arguments, read);
        if answer.is_none() {
            self.stats.answered_by_native();
        }
        answer
    }

    /// Tells the script an event, if it wants to hear it.
    pub(super) fn observe(&mut self, ctx: &mut Ctx<'_>, event: &StrategyEvent) {
        if self.events().contains(event.kind()) {
            self.handle.open().connected.note(event);
        }
        if self.events.contains(event.kind()) {
            self.told += 1;
            let heard = (self.ctx(), event.clone());
            let _heard: Option<()> = self.call(ctx, ("observe", CALL), heard, |_, _| Ok(()));
        }
    }

    /// Changes whenever the script was told something.
    pub(super) const fn told(&self) -> u64 {
        self.told
    }

    /// Gives `this` away, for the script that follows.
    pub(super) fn take_state(&mut self) -> Dynamic {
        std::mem::take(&mut self.state)
    }

    /// Hands the script what its predecessor kept in `this`, if it wants that. If that fails, its
    /// own `this` is as it was.
    pub(super) fn migrate(&mut self, ctx: &mut Ctx<'_>, old: Dynamic) {
        if self.migrates {
            self.told += 1;
            let handed = (self.ctx(), old);
            let _done: Option<()> =
                self.call(ctx, ("migrate", LARGEST_CALL), handed, |_, _| Ok(()));
        }
    }

    /// What people are told of the script: how often it was called, and failed, and how.
    pub(super) fn report(&self) -> Report {
        let counts = self.stats.counts();
        let mut part = PartReport::new("script", self.stats.name())
            .with_count("calls", counts.calls)
            .with_count("failures", counts.failures)
            .with_count("answered_by_native", counts.answered_by_native)
            .with_count("breaker_open", u64::from(counts.breaker_open));
        part.examples.extend(self.stats.failures_told().map(ToString::to_string));
        let mut report = Report::default();
        report.push(part);
        report
    }

    pub(super) fn events(&self) -> EventMask {
        self.events | self.connections
    }

    fn call<R>(
        &mut self,
        ctx: &mut Ctx<'_>,
        (function, limit): (&'static str, u64),
        arguments: impl FuncArgs,
        read: impl FnOnce(Dynamic, &mut Call) -> Result<R, Wrong>,
    ) -> Option<R> {
        if self.breaker.is_open() {
            return None;
        }
        let scene = Scene::of(ctx);
        self.handle.begin(&scene);
        let mut given = Vec::new();
        arguments.parse(&mut given);
        let done = self.undo.is_some().then(|| {
            let arguments = given.clone();
            Done { function, limit, arguments, scene }
        });
        let outcome = self.run(function, limit, given);
        self.stats.called(self.meter.spent(), self.meter.limit());
        let answer = outcome.and_then(|value| {
            let answer = read(value, &mut self.handle.open());
            let answer = answer.map_err(|Wrong { place, what }| (Cause::Answer, place, what))?;
            self.keep(done)?;
            Ok(answer)
        });
        match answer {
            Ok(answer) => {
                let call = self.handle.open();
                ctx.chance().clone_from(&call.dice);
                ctx.because(call.reason);
                Some(answer)
            }
            Err(fault) => {
                self.fail(ctx, function, fault);
                None
            }
        }
    }

    fn run(
        &mut self,
        function: &str,
        limit: u64,
        arguments: Vec<Dynamic>,
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
        outcome.map_err(|error| {
            let (place, what) = place(*error);
            (Cause::Error, place, what)
        })
    }

    /// Keeps what a call that succeeded changed in the state.
    fn keep(&mut self, done: Option<Done>) -> Result<(), Fault> {
        let Some((undo, done)) = self.undo.as_mut().zip(done) else { return Ok(()) };
        match undo.done(done, self.meter.spent(), &self.state) {
            Ok(copied) => self.stats.copied(copied),
            Err(what) => {
                // It grew within the calls since the last copy: all of them are forgotten.
                self.state = undo.forget();
                return Err((Cause::State, None, what));
            }
        }
        Ok(())
    }

    /// Brings the state back to where it was before the call that failed.
    fn undo(&mut self) {
        let Some((state, calls)) = self.undo.as_ref().map(Undo::way_back) else { return };
        self.state = state;
        for Done { function, limit, arguments, scene } in calls {
            self.handle.begin(&scene);
            let _again = self.run(function, limit, arguments);
        }
    }

    fn fail(&mut self, ctx: &Ctx<'_>, function: &'static str, (cause, place, what): Fault) {
        self.undo();
        let place = place.or_else(|| place_of(&self.text, function));
        let at = At { place, ..self.at.clone() };
        self.stats.failed(&Failure { at, function: Arc::from(function), cause, what });
        if self.breaker.failed(ctx.now()) {
            self.stats.breaker_opened();
        }
    }
}

/// Why an answer is none, and the place in the script where that was said, if it is known.
#[derive(Debug)]
pub(super) struct Wrong {
    pub(super) place: Option<(usize, usize)>,
    pub(super) what: String,
}

impl From<String> for Wrong {
    fn from(what: String) -> Self {
        Self { place: None, what }
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
    let place = line_and_column(error.take_position());
    (place, lower(&error.to_string()))
}

/// A position, from 1.
pub(super) fn line_and_column(position: Position) -> Option<(usize, usize)> {
    position.line().map(|line| (line, position.position().unwrap_or(1)))
}

/// Messages of ours begin in lower case.
pub(super) fn lower(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}
