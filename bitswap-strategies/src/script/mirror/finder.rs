//! `next_step(ctx, search)`.

use std::time::Duration;

use bitswap_core::strategy::{
    Ctx, EventMask, PeerSet, ProviderFinder, SearchView, Source, State, Step, StrategyEvent,
};
use rhai::{Dynamic, Engine, INT};

use super::{Left, ears, prioritizer, reason};
use crate::script::budget::CALL;
use crate::script::convert::{Fields, count, key, maybe_ms, maybe_span, ms, peers};
use crate::script::handle::Call;
use crate::script::runner::Runner;

/// A finder that asks a script.
pub(super) struct Finder {
    pub(super) runner: Runner,
    pub(super) native: Box<dyn ProviderFinder>,
}

impl ProviderFinder for Finder {
    fn next_step(&mut self, ctx: &mut Ctx<'_>, search: &SearchView) -> Step {
        let arguments = (self.runner.ctx(), search.clone());
        let answer = self.runner.ask(ctx, ("next_step", CALL), arguments, step);
        answer.unwrap_or_else(|| self.native.next_step(ctx, search))
    }

    ears!();
}

/// What a look-up has if the script does not say.
const MAX_PROVIDERS: u64 = 10;
const TIMEOUT: Duration = Duration::from_secs(10);

fn step(value: Dynamic, call: &mut Call) -> Result<Step, String> {
    let known = ["at_ms", "max_providers", "peers", "reason", "source", "step", "timeout_ms"];
    let mut fields = Fields::read("a step", value, &known)?;
    let reason = reason(&mut fields, call)?;
    let step = Fields::needed("step", fields.text("step")?)?;
    let step = match step.as_str() {
        "ask" => {
            let max = fields.count("max_providers")?.unwrap_or(MAX_PROVIDERS);
            Step::Ask {
                source: source(&mut fields)?,
                max_providers: u32::try_from(max).unwrap_or(u32::MAX),
                timeout: fields.millis("timeout_ms")?.unwrap_or(TIMEOUT),
                reason,
            }
        }
        "broadcast" => {
            let peers = peer_set(Fields::needed("peers", fields.take("peers"))?)?;
            Step::Broadcast { peers, reason }
        }
        "give_up" => Step::GiveUp { reason },
        "wait_until" => {
            let at = Fields::needed("at_ms", fields.moment("at_ms")?)?;
            prioritizer::later("at_ms", at, call.now)?;
            Step::WaitUntil { at, reason }
        }
        _ => {
            let known = "ask, broadcast, give_up, wait_until";
            return Err(format!("there is no step `{step}`; there are {known}"));
        }
    };
    fields.nothing_left().map(|()| step)
}

fn source(fields: &mut Fields) -> Result<Source, String> {
    match fields.text("source")? {
        None => Ok(Source::Routing),
        Some(name) if name == "routing" => Ok(Source::Routing),
        Some(name) => Err(format!("there is no source `{name}`; there is routing")),
    }
}

/// `"all"`, `"useful"`, a number for so many by chance, or an array of peers.
fn peer_set(value: Dynamic) -> Result<PeerSet, String> {
    if let Ok(number) = value.as_int() {
        let number =
            u32::try_from(number).map_err(|_| format!("{number} peers cannot be drawn"))?;
        return Ok(PeerSet::Random(number));
    }
    if value.is_array() {
        return peers("peers", value).map(PeerSet::List);
    }
    match value.into_string().unwrap_or_default().as_str() {
        "all" => Ok(PeerSet::All),
        "useful" => Ok(PeerSet::Useful),
        _ => Err("peers are \"all\", \"useful\", a number or an array".to_owned()),
    }
}

pub(super) fn register(engine: &mut Engine) {
    view!(engine, SearchView as "Search" {
        "want" => |search| key(search.want.0),
        "started_at_ms" => |search| ms(search.started_at),
        "broadcasts" => |search| INT::from(search.broadcasts),
        "last_broadcast_at_ms" => |search| maybe_ms(search.last_broadcast_at),
        "lookups" => |search| INT::from(search.lookups),
        "last_lookup_at_ms" => |search| maybe_ms(search.last_lookup_at),
        "lookup_running" => |search| search.lookup_running,
        "providers_found" => |search| count(search.providers_found.into()),
        "quiet_rounds" => |search| INT::from(search.quiet_rounds),
        "peers_connected" => |search| INT::from(search.peers_connected),
        "answer_time_ms" => |search| maybe_span(search.answer_time),
    });
}
