//! `select(ctx, session, asks)`.

use std::sync::Arc;

use bitswap_core::strategy::{
    Asks, Ctx, EventMask, FullSessionView, InFlight, PeerSelector, PeerView, Presence, Report,
    SessionView, State, StrategyEvent, WantView,
};
use bitswap_core::{AnswerTimes, PeerKey, Timestamp};
use rhai::{Engine, EvalAltResult, INT};

use super::full_session::{FullSession, evicted};
use super::list::List;
use super::scores::Scores;
use super::view::{self, view};
use super::{Left, ears, gate};
use crate::script::budget::{self, Meter};
use crate::script::convert::{count, key, maybe_count, maybe_ms, maybe_span, ms};
use crate::script::runner::Runner;

/// A selector that asks a script.
pub(super) struct Selector {
    pub(super) runner: Runner,
    pub(super) native: Box<dyn PeerSelector>,
    /// What a script said of the members that only scores them.
    pub(super) scores: Option<Scores>,
    /// Whether the script has `evict`.
    pub(super) evicts: bool,
}

impl PeerSelector for Selector {
    fn select(&mut self, ctx: &mut Ctx<'_>, session: &SessionView<'_>, asks: &mut Asks) {
        let is_answered = match &mut self.scores {
            Some(scores) => scores.ask(&mut self.runner, ctx, session, asks),
            None => self.ask(ctx, session, asks),
        };
        if !is_answered {
            self.native.select(ctx, session, asks);
        }
    }

    fn evict(&mut self, ctx: &mut Ctx<'_>, session: &FullSessionView<'_>) -> Option<PeerKey> {
        if !self.evicts {
            ctx.because(FullSessionView::LEAST_USEFUL);
            return session.least_useful();
        }
        let budget = budget::for_rows(session.peers.len());
        let arguments = (self.runner.ctx(), FullSession::new(session));
        let answer = self
            .runner
            .ask(ctx, ("evict", budget), arguments, |value, _| Ok(evicted(&value, session)?));
        answer.unwrap_or_else(|| self.native.evict(ctx, session))
    }

    ears!();
}

impl Selector {
    /// Asks the script for the whole answer; false if it gave none.
    fn ask(&mut self, ctx: &mut Ctx<'_>, session: &SessionView<'_>, asks: &mut Asks) -> bool {
        let budget = budget::for_rows(session.presences.len());
        let rows = SessionRows::new(session, self.runner.meter());
        let arguments = (self.runner.ctx(), rows, self.runner.asks());
        let answer = self.runner.ask(ctx, ("select", budget), arguments, |_, call| {
            gate::asks(session, call)?;
            Ok((std::mem::take(&mut call.asks), call.wake_at.take()))
        });
        let Some((answer, wake_at)) = answer else { return false };
        for (ask, _) in answer {
            asks.push(ask);
        }
        if let Some(moment) = wake_at {
            asks.wake_at(moment);
        }
        true
    }
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
pub(in crate::script) struct WantRow {
    view: WantView,
    row: usize,
}

/// A member and its column in the table of presences.
#[derive(Clone)]
pub(in crate::script) struct PeerRow {
    pub(in crate::script) view: PeerView,
    pub(in crate::script) column: usize,
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

    /// At most `limit` peers that may have the want in `row`: those that said so, then its
    /// providers, then those that said nothing, then those asked, then those that would relay it.
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

view! {
    /// A want-block in flight: an element of `session.in_flight`.
    InFlight as "InFlight" {
        /// The want.
        "want" => |open| key(open.want.0),
        /// The peer that was asked.
        "peer" => |open| key(open.peer.0),
        /// When it was asked.
        "since_ms" => |open| ms(open.since),
        /// Whether another peer was being asked for the block already.
        "hedged" => |open| open.hedged,
    }
}

view! {
    /// A session with wants that need a decision, and the peers that it can ask: `select(ctx,
    /// session, asks)`.
    SessionRows as "Session" {
        /// Id of the session.
        "session" => |session| key(session.0.id),
        /// When the session was opened.
        "opened_at_ms" => |session| ms(session.0.opened_at),
        /// Wants without an open ask, oldest first; at most 256.
        "wants" => |session| session.0.wants.clone(),
        /// Wants in flight, oldest ask first, at most 256: shown when the selector is asked at the
        /// moment that it named by `asks.wake_at`, or because a peer answered HAVE and sent no
        /// block; else empty.
        "asked" => |session| session.0.asked.clone(),
        /// Members: peers that have, or may have, what the session wants; at most 256.
        "peers" => |session| session.0.peers.clone(),
        /// Number of wants that need a decision, those beyond the view included.
        "pending_wants" => |session| INT::from(session.0.pending_wants),
        /// Number of want-blocks of this session in flight, those beyond the view included.
        "block_asks_in_flight" => |session| INT::from(session.0.block_asks_in_flight),
        /// Want-blocks of this session in flight, in no meaningful order; at most 1,024.
        "in_flight" => |session| session.0.in_flight.clone(),
        /// Blocks that were received for this session.
        "blocks_received" => |session| count(session.0.blocks_received),
        /// Bytes of these blocks.
        "bytes_received" => |session| count(session.0.bytes_received),
        /// Blocks of this session that were received once more, from another peer.
        "duplicates" => |session| count(session.0.duplicates),
        /// Running mean of the sizes of its blocks, in bytes.
        "block_bytes" => |session| maybe_count(session.0.block_bytes),
        /// When its last block was received.
        "last_progress_at_ms" => |session| maybe_ms(session.0.last_progress_at),
    }
}

view! {
    /// A want of a session: an element of `session.wants` and `session.asked`.
    WantRow as "Want" {
        /// Its row in the table of presences.
        "row" => |want| want.row as INT,
        /// The want.
        "want" => |want| key(want.view.want.0),
        /// When the first caller asked for it.
        "wanted_since_ms" => |want| ms(want.view.wanted_since),
        /// The caller's priority; higher first.
        "priority" => |want| INT::from(want.view.priority),
        /// Number of asks for it that ended without the block.
        "failed_asks" => |want| INT::from(want.view.failed_asks),
        /// Number of members that answered HAVE, or that they would relay it.
        "holders" => |want| INT::from(want.view.holders),
        /// Number of times that a peer answered HAVE for it, and later DONT_HAVE or nothing, of
        /// peers that never sent us a block.
        "broken_haves" => |want| INT::from(want.view.broken_haves),
    }
}

view! {
    /// A member of a session: an element of `session.peers` and of `session.candidates(…)`, and
    /// what `score(ctx, peer)` is about. What is not said to be of the session is of all sessions,
    /// since the peer connected.
    PeerRow as "Peer" {
        /// Its column in the table of presences.
        "column" => |peer| peer.column as INT,
        /// Key of the peer.
        "peer" => |peer| key(peer.view.peer.0),
        /// When the peer connected.
        "connected_since_ms" => |peer| ms(peer.view.connected_since),
        /// Who the peer is to this node: `"peered"` or `"other"`.
        "class" => |peer| peer.view.class.name(),
        /// Whether the peer is connected from the same local network.
        "is_local" => |peer| peer.view.is_local,
        /// Blocks of this session that the peer was the first to send.
        "first_deliveries" => |peer| INT::from(peer.view.first_deliveries),
        /// The same, but halved after each 64 blocks of the session, so that a later peer can rise,
        /// and forgotten when the peer's messages were lost.
        "recent_deliveries" => |peer| INT::from(peer.view.recent_deliveries),
        /// Blocks of this session that the peer sent after another peer had.
        "late_deliveries" => |peer| INT::from(peer.view.late_deliveries),
        /// Asks that timed out since the peer's last answer.
        "timeouts_in_a_row" => |peer| INT::from(peer.view.timeouts_in_a_row),
        /// How often the peer answered HAVE, and later DONT_HAVE or nothing.
        "broken_haves" => |peer| INT::from(peer.view.broken_haves),
        /// How often messages to the peer were lost in the last minute.
        "resets" => |peer| INT::from(peer.view.resets),
        /// The bytes that its want-blocks in flight will probably bring, by what their callers told
        /// and by the blocks of their kind that came.
        "bytes_in_flight" => |peer| count(peer.view.bytes_in_flight),
        /// How many blocks more of the session's usual size it may be asked for now, by its window:
        /// asks beyond that are dropped, and their wants held back until it has room.
        "room" => |peer| count(peer.view.room.into()),
        /// Bytes per second that the peer sent while it was asked for blocks: the most of the last
        /// eight windows of at least 250 ms.
        "delivery_rate" => |peer| maybe_count(peer.view.delivery_rate),
        /// The shortest time from an ask to the peer's answer in the last 10 s to 20 s in which it
        /// answered.
        "answer_time_min_ms" => |peer| maybe_span(peer.view.answer_time_min),
        /// DONT_HAVEs of the peer since its last HAVE or block, in this session.
        "dont_haves_in_a_row" => |peer| INT::from(peer.view.dont_haves_in_a_row),
        /// Want-blocks in flight to the peer.
        "block_asks_in_flight" => |peer| INT::from(peer.view.block_asks_in_flight),
        /// Smoothed time from an ask to the peer's answer.
        "answer_time_ms" => |peer| maybe_span(peer.view.answer_time),
        /// Round-trip time as the transport measured it.
        "round_trip_ms" => |peer| maybe_span(peer.view.round_trip),
    }
}

pub(super) fn register(engine: &mut Engine) {
    view::register::<InFlight>(engine);
    view::register::<SessionRows>(engine);
    view::register::<WantRow>(engine);
    view::register::<PeerRow>(engine);
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
