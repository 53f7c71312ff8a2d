//! From a text to a script that may be asked.

use std::fmt;
use std::sync::Arc;

use bitswap_core::strategy::{Ctx, EventMask, Role};
use bitswap_core::{Chance, Timestamp};
use rhai::{AST, CallFnOptions, Dynamic, Engine, FuncArgs, Map, Scope};
use toml::{Table, Value};

use super::budget::{CALL, Meter};
use super::error::{At, ScriptError};
use super::handle::Handle;
use super::runner::{Parts, Runner, lower, place};
use super::signature::place_of;
use super::stats::{Cause, Failure, ScriptStats};
use super::{mirror, params, sandbox, signature, state};
use crate::catalog::{Entry, Strategy, default_of, find, of_role};
use crate::conformance::Trial;
use crate::fixture::drawn;

/// A script that can be used: it was compiled and has what its role needs.
pub struct Script {
    role: Role,
    pub(super) at: At,
    pub(super) ast: AST,
    has: Vec<&'static str>,
    pub(super) text: Arc<str>,
    events: EventMask,
    pub(super) params: Map,
    state: Dynamic,
    fallback: &'static Entry,
}

impl Script {
    /// Compiles and checks `text`, tells it `given`, and rehearses it.
    ///
    /// # Errors
    /// The first thing that is wrong with it; nothing was made.
    pub fn load(role: Role, name: &str, text: &str, given: &Table) -> Result<Self, ScriptError> {
        let script = Self::compile(role, name, text, given)?;
        script.rehearse()?;
        Ok(script)
    }

    /// As [`load`](Self::load), without the rehearsal.
    ///
    /// # Errors
    /// As there.
    pub fn compile(role: Role, name: &str, text: &str, given: &Table) -> Result<Self, ScriptError> {
        let at = At { script: Arc::from(name), place: None };
        let meter = Meter::default();
        let engine = sandbox::engine(&meter);
        let ast = parse(&engine, &at, text)?;
        let has = signature::check(role, &at, text, &ast)?;
        let asked =
            Settings { engine: &engine, meter: &meter, ast: &ast, at: &at, text, has: &has };
        let params = params::told(&at, asked.params()?, given)?;
        let script = Self {
            role,
            events: asked.events()?,
            state: asked.state(&params)?,
            fallback: asked.fallback(role)?,
            text: Arc::from(text),
            params,
            has,
            ast,
            at,
        };
        Ok(script)
    }

    /// The roles that the script `text` has functions for, whatever their arguments.
    ///
    /// # Errors
    /// It cannot be read as a script.
    pub fn roles(name: &str, text: &str) -> Result<Vec<Role>, ScriptError> {
        let at = At { script: Arc::from(name), place: None };
        let ast = parse(&sandbox::engine(&Meter::default()), &at, text)?;
        Ok(signature::roles(&ast))
    }

    /// What it was loaded for.
    pub const fn role(&self) -> Role {
        self.role
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.at.script
    }

    /// The native strategy that answers when it fails.
    pub const fn fallback(&self) -> &'static Entry {
        self.fallback
    }

    /// The functions of it that are called while it runs, or were when it was loaded.
    pub fn functions(&self) -> &[&'static str] {
        &self.has
    }

    /// What it can be told, with what it was told.
    pub fn parameters(&self) -> Vec<(String, Value)> {
        params::written(&self.params)
    }

    /// A strategy that asks it, with state and counters of its own.
    pub fn strategy(&self) -> (Strategy, ScriptStats) {
        let stats = self.counters();
        (self.counting(&stats), stats)
    }

    pub(super) fn counters(&self) -> ScriptStats {
        ScriptStats::new(self.role, &self.at.script)
    }

    /// A strategy that asks it, with state of its own, which counts into `stats`.
    pub(super) fn counting(&self, stats: &ScriptStats) -> Strategy {
        let runner = Runner::new(Parts {
            ast: self.ast.clone(),
            handle: Handle::new(self.params.clone()),
            state: self.state.clone(),
            text: Arc::clone(&self.text),
            events: self.events,
            names_peers: match self.role {
                Role::PeerSelector | Role::ProviderFinder | Role::Registry => true,
                Role::TaskPrioritizer | Role::LedgerPolicy => false,
            },
            migrates: self.has.contains(&"migrate"),
            at: self.at.clone(),
            stats: stats.clone(),
        });
        mirror::strategy(self.role, runner, &self.has, self.fallback)
    }

    /// Puts drawn events and questions to it, the unknown and the extreme among them.
    ///
    /// # Errors
    /// The first call that failed.
    fn rehearse(&self) -> Result<(), ScriptError> {
        let (strategy, stats) = self.strategy();
        let mut trial = Trial::new(strategy, SEED);
        let mut chance = Chance::named(SEED, "rehearsal");
        let mut now = Timestamp::ZERO;
        for _ in 0..QUESTIONS {
            now = now.after(std::time::Duration::from_millis(500));
            trial.hear(now, &drawn::event(&mut chance));
            let question = Chance::named(chance.bits(), "question");
            let _answer = trial.ask(now, question);
            if let Some(failure) = stats.first_failure() {
                return Err(failure.clone().into());
            }
        }
        self.rehearse_migration(now, trial.into_strategy())
    }

    /// Hands it what another one with the same text left: after each small change of a script this
    /// is what happens.
    fn rehearse_migration(&self, now: Timestamp, before: Strategy) -> Result<(), ScriptError> {
        let (next, stats) = self.strategy();
        if let Some(state) = before.named(&self.at.script).export_state() {
            let mut dice = Chance::named(SEED, "migration");
            next.named(&self.at.script).import_state(&mut Ctx::new(now, &mut dice), state);
        }
        stats.first_failure().map_or(Ok(()), |failure| Err(failure.clone().into()))
    }
}

fn parse(engine: &Engine, at: &At, text: &str) -> Result<AST, ScriptError> {
    if text.len() > sandbox::LONGEST_TEXT {
        let (bytes, most) = (text.len(), sandbox::LONGEST_TEXT);
        return Err(ScriptError::TooLong { at: at.clone(), bytes, most });
    }
    engine.compile(text).map_err(|error| {
        let position = error.position();
        let place = position.line().map(|line| (line, position.position().unwrap_or(1)));
        let what = lower(&error.err_type().to_string());
        ScriptError::Syntax { at: At { place, ..at.clone() }, what }
    })
}

/// How many questions are rehearsed.
const QUESTIONS: u32 = 48;

const SEED: u64 = 1;

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.role, self.at.script)
    }
}

/// A script that is asked for its settings.
struct Settings<'a> {
    engine: &'a Engine,
    meter: &'a Meter,
    ast: &'a AST,
    at: &'a At,
    text: &'a str,
    has: &'a [&'static str],
}

impl Settings<'_> {
    /// What it can be told.
    fn params(&self) -> Result<Map, ScriptError> {
        let Some(value) = self.call("params", ())? else { return Ok(Map::new()) };
        let wrong = || self.wrong("params", "it returns no map of numbers, texts and bools");
        let map = value.try_cast::<Map>().ok_or_else(wrong)?;
        if map.values().all(|value| params::kind(value).is_some()) { Ok(map) } else { Err(wrong()) }
    }

    /// What `this` is at first.
    fn state(&self, params: &Map) -> Result<Dynamic, ScriptError> {
        let state = self.call("init", (params.clone(),))?.unwrap_or_else(|| Map::new().into());
        state::check(&state).map_err(|what| self.wrong("init", &what))?;
        Ok(state)
    }

    /// Which events it wants to hear.
    fn events(&self) -> Result<EventMask, ScriptError> {
        let Some(value) = self.call("events", ())? else { return Ok(EventMask::NOTHING) };
        mirror::event::events(value).map_err(|what| self.wrong("events", &what))
    }

    /// Who answers when it fails.
    fn fallback(&self, role: Role) -> Result<&'static Entry, ScriptError> {
        let Some(value) = self.call("fallback", ())? else { return Ok(default_of(role)) };
        let given = value
            .into_string()
            .map_err(|_| self.wrong("fallback", "it returns no text such as \"random\""))?;
        find(role, &given).map_err(|_| ScriptError::UnknownFallback {
            at: self.place("fallback"),
            role,
            given,
            known: of_role(role).map(|entry| entry.name).collect(),
        })
    }

    /// Calls a function if it is there.
    fn call(
        &self,
        function: &'static str,
        arguments: impl FuncArgs,
    ) -> Result<Option<Dynamic>, ScriptError> {
        if !self.has.contains(&function) {
            return Ok(None);
        }
        self.meter.start(CALL);
        let options = CallFnOptions::new().eval_ast(false);
        let outcome = self.engine.call_fn_with_options(
            options,
            &mut Scope::new(),
            self.ast,
            function,
            arguments,
        );
        if self.meter.is_empty() {
            return Err(self.wrong(function, &format!("it takes more than {CALL} operations")));
        }
        outcome.map(Some).map_err(|error| {
            let (place, what) = place(*error);
            let at = At { place, ..self.at.clone() };
            Failure { at, function: Arc::from(function), cause: Cause::Error, what }.into()
        })
    }

    fn wrong(&self, function: &'static str, what: &str) -> ScriptError {
        let at = self.place(function);
        let (function, what) = (Arc::from(function), what.to_owned());
        Failure { at, function, cause: Cause::Answer, what }.into()
    }

    fn place(&self, function: &str) -> At {
        At { place: place_of(self.text, function), ..self.at.clone() }
    }
}
