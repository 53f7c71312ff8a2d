//! `select(ctx, session, asks)`.

use std::sync::Arc;

use bitswap_core::strategy::{
    Asks, Ctx, EventMask, InFlight, PeerSelector, PeerView, Presence, Report, SessionView, State,
    StrategyEvent, WantView,
};
use bitswap_core::{AnswerTimes, Timestamp};
use rhai::{Engine, EvalAltResult, INT};

use super::list::List;
use super::{Left, ears};
use crate::script::budget::{self, Meter};
use crate::script::convert::{count, key, maybe_count, maybe_ms, maybe_span, ms};
use crate::script::runner::Runner;

/// A selector that asks a script.
pub(super) struct Selector {
    pub(super) runner: Runner,
    pub(super) native: Box<dyn PeerSelector>,
}

impl PeerSelector for Selector {
    fn select(&mut self, ctx: &mut Ctx<'_>, session: &SessionView<'_>, asks: &mut Asks) {
        let budget = budget::for_rows(session.presences.len());
        let rows = SessionRows::new(session, self.runner.meter());
        let arguments = (self.runner.ctx(), rows, self.runner.asks());
        let answer = self.runner.ask(ctx, ("select", budget), arguments, |_, call| {
            Ok((std::mem::take(&mut call.asks), call.wake_at.take()))
        });
        match answer {
            Some((answer, wake_at)) => {
                for ask in answer {
                    asks.push(ask);
                }
                if let Some(moment) = wake_at {
                    asks.wake_at(moment);
                }
            }
            None => self.native.select(ctx, session, asks),
        }
    }

    ears!();
}

/// A session, copied once for a call.
#[derive(Clone)]
pub(in crate::script) struct SessionRows(Arc<Session>);

struct Session {
    id: u64,
    opened_at: Timestamp,
    wants: List<WantRow>,
    asked: List<WantRow>,
    peers: List<PeerRow>,
    presences: Vec<Presence>,
    pending_wants: u32,
    in_flight: List<InFlight>,
    block_asks_in_flight: u32,
    blocks_received: u64,
    bytes_received: u64,
    duplicates: u64,
    block_bytes: Option<u64>,
    last_progress_at: Option<Timestamp>,
    answer_times: AnswerTimes,
    meter: Meter,
}

/// A want and its row in the table of presences.
#[derive(Clone)]
pub(super) struct WantRow {
    view: WantView,
    row: usize,
}

/// A member and its column in the table of presences.
#[derive(Clone)]
pub(super) struct PeerRow {
    view: PeerView,
    column: usize,
}

impl SessionRows {
    pub(in crate::script) fn new(session: &SessionView<'_>, meter: Meter) -> Self {
        let want = |(row, view): (usize, &WantView)| WantRow { view: view.clone(), row };
        let peer = |(column, view): (usize, &PeerView)| PeerRow { view: view.clone(), column };
        Self(Arc::new(Session {
            id: session.session.0,
            opened_at: session.opened_at,
            wants: session.wants.iter().enumerate().map(want).collect(),
            asked: session.asked_rows().map(want).collect(),
            peers: session.peers.iter().enumerate().map(peer).collect(),
            presences: session.presences.to_vec(),
            pending_wants: session.pending_wants,
            in_flight: session.in_flight.iter().copied().collect(),
            block_asks_in_flight: session.block_asks_in_flight,
            blocks_received: session.blocks_received,
            bytes_received: session.bytes_received,
            duplicates: session.duplicates,
            block_bytes: session.block_bytes,
            last_progress_at: session.last_progress_at,
            answer_times: session.answer_times.clone(),
            meter,
        }))
    }

    fn presence(&self, row: usize, column: usize) -> Presence {
        let place = row.saturating_mul(self.0.peers.len()).saturating_add(column);
        self.0.presences.get(place).copied().unwrap_or_default()
    }

    /// At most `limit` peers that may have the want in `row`: those that said so, then those that
    /// would relay it, then its providers, then those that said nothing, then those that were asked.
    fn candidates(&self, row: usize, limit: usize) -> List<PeerRow> {
        // Native work is paid for like the script's own.
        let _in_budget = self.0.meter.spend(1 + self.0.peers.len() as u64 / 8);
        let columns = |presence| {
            let columns = 0..self.0.peers.len();
            columns.filter(move |column| self.presence(row, *column) == presence)
        };
        let found = Presence::LIKELIEST_FIRST.into_iter().flat_map(columns).take(limit);
        found.filter_map(|column| self.0.peers.get(column).cloned()).collect()
    }
}

pub(super) fn register(engine: &mut Engine) {
    register_views(engine);
    view!(engine, InFlight as "InFlight" {
        "want" => |open| key(open.want.0),
        "peer" => |open| key(open.peer.0),
        "since_ms" => |open| ms(open.since),
        "hedged" => |open| open.hedged,
    });
    engine
        .register_fn("presence", |session: &mut SessionRows, row: INT, column: INT| {
            Ok::<_, Box<EvalAltResult>>(word(session.presence(place(row)?, place(column)?)))
        })
        .register_fn("answer_time_ms", |session: &mut SessionRows, percent: INT| {
            let percent = u32::try_from(percent.clamp(0, 100)).unwrap_or_default();
            maybe_span(session.0.answer_times.quantile(percent))
        })
        .register_fn("candidates", |session: &mut SessionRows, row: INT, limit: INT| {
            Ok::<_, Box<EvalAltResult>>(session.candidates(place(row)?, place(limit)?))
        });
}

fn register_views(engine: &mut Engine) {
    view!(engine, SessionRows as "Session" {
        "session" => |session| key(session.0.id),
        "opened_at_ms" => |session| ms(session.0.opened_at),
        "wants" => |session| session.0.wants.clone(),
        "asked" => |session| session.0.asked.clone(),
        "peers" => |session| session.0.peers.clone(),
        "pending_wants" => |session| INT::from(session.0.pending_wants),
        "block_asks_in_flight" => |session| INT::from(session.0.block_asks_in_flight),
        "in_flight" => |session| session.0.in_flight.clone(),
        "blocks_received" => |session| count(session.0.blocks_received),
        "bytes_received" => |session| count(session.0.bytes_received),
        "duplicates" => |session| count(session.0.duplicates),
        "block_bytes" => |session| maybe_count(session.0.block_bytes),
        "last_progress_at_ms" => |session| maybe_ms(session.0.last_progress_at),
    });
    view!(engine, WantRow as "Want" {
        "row" => |want| want.row as INT,
        "want" => |want| key(want.view.want.0),
        "wanted_since_ms" => |want| ms(want.view.wanted_since),
        "priority" => |want| INT::from(want.view.priority),
        "failed_asks" => |want| INT::from(want.view.failed_asks),
        "holders" => |want| INT::from(want.view.holders),
        "broken_haves" => |want| INT::from(want.view.broken_haves),
    });
    view!(engine, PeerRow as "Peer" {
        "column" => |peer| peer.column as INT,
        "peer" => |peer| key(peer.view.peer.0),
        "connected_since_ms" => |peer| ms(peer.view.connected_since),
        "class" => |peer| peer.view.class.name(),
        "is_local" => |peer| peer.view.is_local,
        "first_deliveries" => |peer| INT::from(peer.view.first_deliveries),
        "recent_deliveries" => |peer| INT::from(peer.view.recent_deliveries),
        "late_deliveries" => |peer| INT::from(peer.view.late_deliveries),
        "timeouts_in_a_row" => |peer| INT::from(peer.view.timeouts_in_a_row),
        "broken_haves" => |peer| INT::from(peer.view.broken_haves),
        "resets" => |peer| INT::from(peer.view.resets),
        "bytes_in_flight" => |peer| count(peer.view.bytes_in_flight),
        "delivery_rate" => |peer| maybe_count(peer.view.delivery_rate),
        "answer_time_min_ms" => |peer| maybe_span(peer.view.answer_time_min),
        "dont_haves_in_a_row" => |peer| INT::from(peer.view.dont_haves_in_a_row),
        "block_asks_in_flight" => |peer| INT::from(peer.view.block_asks_in_flight),
        "answer_time_ms" => |peer| maybe_span(peer.view.answer_time),
        "round_trip_ms" => |peer| maybe_span(peer.view.round_trip),
    });
}

fn place(number: INT) -> Result<usize, Box<EvalAltResult>> {
    usize::try_from(number).map_err(|_| format!("{number} is below 0").into())
}

const fn word(presence: Presence) -> &'static str {
    match presence {
        Presence::Asked => "asked",
        Presence::DontHave => "dont_have",
        Presence::Provider => "provider",
        Presence::Reachable => "reachable",
        Presence::Have => "have",
        Presence::Unknown => "unknown",
    }
}
