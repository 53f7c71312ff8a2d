//! `next_step(ctx, search)`.

use std::sync::Arc;
use std::time::Duration;

use bitswap_core::CidKey;
use bitswap_core::strategy::{
    Ctx, EventMask, PeerSet, ProviderFinder, Report, SearchView, SearchedWant, Source, State, Step,
    StrategyEvent, WantPhase, WantSet,
};
use rhai::{Dynamic, Engine, INT};

use super::list::List;
use super::view::{self, view};
use super::{Left, ears, gate, prioritizer, reason};
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
        let arguments = (self.runner.ctx(), SearchRows::new(search));
        let answer = self.runner.ask(ctx, ("next_step", CALL), arguments, |value, call| {
            let step = step(value, call, search)?;
            gate::step(&step, search, &call.connected)?;
            Ok(step)
        });
        answer.unwrap_or_else(|| self.native.next_step(ctx, search))
    }

    ears!();
}

/// What a look-up has if the script does not say.
const MAX_PROVIDERS: u64 = 10;
const MAX_CANDIDATES: u64 = 10;
const TIMEOUT: Duration = Duration::from_secs(10);

fn step(value: Dynamic, call: &mut Call, search: &SearchView) -> Result<Step, String> {
    let mut fields = Fields::read("a step", value, FIELDS)?;
    let reason = reason(&mut fields, call)?;
    let step = Fields::needed("step", fields.text("step")?)?;
    let step = match step.as_str() {
        "ask" => {
            let max = fields.count("max_providers")?.unwrap_or(MAX_PROVIDERS);
            Step::Ask {
                want: want(&mut fields, search)?,
                source: source(&mut fields)?,
                max_providers: u32::try_from(max).unwrap_or(u32::MAX),
                timeout: fields.millis("timeout_ms")?.unwrap_or(TIMEOUT),
                reason,
            }
        }
        "broadcast" => {
            let peers = peer_set(Fields::needed("peers", fields.take("peers"))?)?;
            let peers = match (fields.count("newcomers")?, peers) {
                (Some(count), PeerSet::All) => {
                    PeerSet::UsefulFirst(u32::try_from(count).unwrap_or(u32::MAX))
                }
                (Some(_), _) => return Err("`newcomers` are of a broadcast to \"all\"".to_owned()),
                (None, peers) => peers,
            };
            let ttl = fields.count("ttl")?.map(|ttl| u8::try_from(ttl).unwrap_or(u8::MAX));
            Step::Broadcast { wants: want_set(&mut fields)?, peers, ttl, reason }
        }
        "candidates" => {
            let limit = fields.count("limit")?.unwrap_or(MAX_CANDIDATES);
            let limit = usize::try_from(limit).unwrap_or(usize::MAX);
            Step::Candidates { want: want(&mut fields, search)?, limit, reason }
        }
        "give_up" => Step::GiveUp { wants: want_set(&mut fields)?, reason },
        "wait_until" => {
            let at = Fields::needed("at_ms", fields.moment("at_ms")?)?;
            prioritizer::later("at_ms", at, call.now)?;
            Step::WaitUntil { at, reason }
        }
        _ => {
            let known = "ask, broadcast, candidates, give_up, wait_until";
            return Err(format!("there is no step `{step}`; there are {known}"));
        }
    };
    fields.nothing_left().map(|()| step)
}

/// What a step may say.
const FIELDS: &[&str] = &[
    "at_ms",
    "limit",
    "max_providers",
    "newcomers",
    "peers",
    "reason",
    "source",
    "step",
    "timeout_ms",
    "ttl",
    "want",
    "wants",
];

/// The want that a step names, or else the first one.
fn want(fields: &mut Fields, search: &SearchView) -> Result<CidKey, String> {
    let Some(key) = fields.take("want") else {
        let first = search.wants.first();
        return Ok(first.map_or(CidKey(0), |first| first.want));
    };
    let key =
        key.as_int().map_err(|kind| format!("a want is not an integer but of type {kind}"))?;
    Ok(CidKey(key.cast_unsigned()))
}

/// `"all"` (the default), `"new"`, a want, or an array of wants.
fn want_set(fields: &mut Fields) -> Result<WantSet, String> {
    let Some(value) = fields.take("wants") else {
        return Ok(WantSet::All);
    };
    if value.is_array() {
        let keys = peers("wants", value)?;
        return Ok(WantSet::List(keys.into_iter().map(|key| CidKey(key.0)).collect()));
    }
    if let Ok(key) = value.as_int() {
        return Ok(WantSet::One(CidKey(key.cast_unsigned())));
    }
    match value.into_string().unwrap_or_default().as_str() {
        "all" => Ok(WantSet::All),
        "new" => Ok(WantSet::New),
        _ => Err("wants are \"all\", \"new\", a want or an array".to_owned()),
    }
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
        "local" => Ok(PeerSet::Local),
        "peered" => Ok(PeerSet::Peered),
        "useful" => Ok(PeerSet::Useful),
        _ => {
            let known = "\"all\", \"local\", \"peered\", \"useful\", a number or an array";
            Err(format!("peers are {known}"))
        }
    }
}

/// A search, copied once for a call.
#[derive(Clone)]
pub(in crate::script) struct SearchRows {
    view: Arc<SearchView>,
    wants: List<SearchedWant>,
}

impl SearchRows {
    pub(in crate::script) fn new(view: &SearchView) -> Self {
        Self { view: Arc::new(view.clone()), wants: view.wants.iter().copied().collect() }
    }
}

view! {
    /// The search of one session, what it wants and what was done to find it: `next_step(ctx,
    /// search)`.
    SearchRows as "Search" {
        /// Id of the session.
        "session" => |search| key(search.view.session.0),
        /// When the session began to want something, after it wanted nothing.
        "started_at_ms" => |search| ms(search.view.started_at),
        /// Wants without their block; at most 64. Those that are searched for come first, and then
        /// the others, each oldest first.
        "wants" => |search| search.wants.clone(),
        /// The wants that no member can serve, oldest first.
        "searched" => |search| search.view.searched().copied().collect::<List<_>>(),
        /// Number of wants that no member can serve and that were not broadcast yet.
        "unasked" => |search| unasked(&search.view),
        /// Number of wants without their block, those beyond `wants` included.
        "pending" => |search| INT::from(search.view.pending),
        /// Want-blocks of the session in flight.
        "in_flight" => |search| INT::from(search.view.in_flight),
        /// Number of members of the session.
        "members" => |search| INT::from(search.view.members),
        /// Number of connected peers.
        "peers_connected" => |search| INT::from(search.view.peers_connected),
        /// Whether the registry was asked for candidates since the session had no members.
        "candidates_asked" => |search| search.view.candidates_asked,
        /// Broadcasts of all wants since the last block came.
        "broadcasts" => |search| INT::from(search.view.broadcasts),
        /// When all wants were last broadcast.
        "last_broadcast_at_ms" => |search| maybe_ms(search.view.last_broadcast_at),
        /// Whether the first broadcast left peers for later, and all were not asked since.
        "others_left" => |search| search.view.others_left,
        /// Number of provider look-ups so far.
        "lookups" => |search| INT::from(search.view.lookups),
        /// When the last provider look-up started.
        "last_lookup_at_ms" => |search| maybe_ms(search.view.last_lookup_at),
        /// Whether a provider look-up is running.
        "lookup_running" => |search| search.view.lookup_running,
        /// Number of providers found so far.
        "providers_found" => |search| count(search.view.providers_found.into()),
        /// Number of HAVEs so far.
        "haves" => |search| count(search.view.haves.into()),
        /// Number of HAVEs so far from peers that relay: the holder is further away.
        "relayed_haves" => |search| count(search.view.relayed_haves.into()),
        /// When the session last got a block.
        "last_block_at_ms" => |search| maybe_ms(search.view.last_block_at),
        /// When a block last came; before the first, when the search started.
        "last_progress_at_ms" => |search| ms(search.view.last_progress_at()),
        /// Number of waits in a row that passed without a HAVE, a provider or a block.
        "quiet_rounds" => |search| INT::from(search.view.quiet_rounds),
        /// Smoothed time from an ask of the session to its block.
        "answer_time_ms" => |search| maybe_span(search.view.answer_time),
    }
}

view! {
    /// A want of a search: an element of `search.wants` and `search.searched`.
    SearchedWant as "SearchedWant" {
        /// The want.
        "want" => |row| key(row.want.0),
        /// When the first caller asked for it.
        "wanted_since_ms" => |row| ms(row.wanted_since),
        /// What is being done about it.
        "phase" => |row| word(row.phase),
        /// Number of asks for it that ended without the block.
        "failed_asks" => |row| INT::from(row.failed_asks),
        /// When it was last broadcast.
        "broadcast_at_ms" => |row| maybe_ms(row.broadcast_at),
        /// When its providers were last looked up.
        "looked_up_at_ms" => |row| maybe_ms(row.looked_up_at),
    }
}

pub(super) fn register(engine: &mut Engine) {
    view::register::<SearchRows>(engine);
    view::register::<SearchedWant>(engine);
}

/// Wants that no member can serve, and that were not broadcast yet.
fn unasked(search: &SearchView) -> INT {
    search.searched().filter(|want| want.broadcast_at.is_none()).count() as INT
}

const fn word(phase: WantPhase) -> &'static str {
    match phase {
        WantPhase::Searching => "searching",
        WantPhase::Undecided => "undecided",
        WantPhase::Asked => "asked",
    }
}
