//! `rank_peer(ctx, peer)` and `rank_task(ctx, task)`.

use bitswap_core::Timestamp;
use bitswap_core::strategy::{
    Ctx, EventMask, PeerQueueView, Rank, Report, State, StrategyEvent, TaskPrioritizer, TaskView,
};
use rhai::{Dynamic, Engine, INT};

use super::view::{self, view};
use super::{Left, ears};
use crate::script::budget::CALL;
use crate::script::convert::{Fields, array, count, key, maybe_ms, ms, number};
use crate::script::handle::Call;
use crate::script::runner::Runner;

/// A prioritizer that asks a script.
pub(super) struct Prioritizer {
    pub(super) runner: Runner,
    pub(super) native: Box<dyn TaskPrioritizer>,
}

impl TaskPrioritizer for Prioritizer {
    fn rank_peer(&mut self, ctx: &mut Ctx<'_>, peer: &PeerQueueView) -> Rank {
        let arguments = (self.runner.ctx(), peer.clone());
        let answer = self
            .runner
            .ask(ctx, ("rank_peer", CALL), arguments, |value, call| Ok(rank(value, call)?));
        answer.unwrap_or_else(|| self.native.rank_peer(ctx, peer))
    }

    fn rank_task(&mut self, ctx: &mut Ctx<'_>, task: &TaskView) -> Rank {
        let arguments = (self.runner.ctx(), task.clone());
        let answer = self
            .runner
            .ask(ctx, ("rank_task", CALL), arguments, |value, call| Ok(rank(value, call)?));
        answer.unwrap_or_else(|| self.native.rank_task(ctx, task))
    }

    ears!();
}

/// An array of up to four integers, or a map with that as its `key`, and moments in `until_ms` and
/// `not_before_ms`.
fn rank(value: Dynamic, call: &mut Call) -> Result<Rank, String> {
    if value.is_array() {
        return Ok(Rank::new(numbers(value)?));
    }
    let mut fields = Fields::read("a rank", value, &["key", "until_ms", "not_before_ms"])?;
    let mut rank = Rank::new(numbers(Fields::needed("key", fields.take("key"))?)?);
    if let Some(until) = fields.moment("until_ms")? {
        later("until_ms", until, call.now)?;
        rank = rank.until(until);
    }
    if let Some(moment) = fields.moment("not_before_ms")? {
        rank = rank.not_before(moment);
    }
    Ok(rank)
}

fn numbers(value: Dynamic) -> Result<[INT; 4], String> {
    let given = array("a rank", value)?;
    let mut key = [0; 4];
    if given.is_empty() || given.len() > key.len() {
        return Err(format!("a rank has one to four numbers, not {}", given.len()));
    }
    for (place, value) in key.iter_mut().zip(&given) {
        *place = number("a number of a rank", value)?;
    }
    Ok(key)
}

/// A moment to be asked again at has to lie ahead.
pub(super) fn later(name: &str, moment: Timestamp, now: Timestamp) -> Result<(), String> {
    if moment > now {
        return Ok(());
    }
    Err(format!("{name} is {}, and it is {} already", ms(moment), ms(now)))
}

view! {
    /// A peer that waits for blocks from us: `rank_peer(ctx, peer)`.
    PeerQueueView as "PeerQueue" {
        /// Key of the peer.
        "peer" => |peer| key(peer.peer.0),
        /// Who the peer is to this node.
        "class" => |peer| peer.class.name(),
        /// Whether the peer is in the same local network.
        "is_local" => |peer| peer.is_local,
        /// The weight that the ledger policy gave the peer.
        "weight" => |peer| INT::from(peer.weight.get()),
        /// Blocks queued for the peer.
        "pending_tasks" => |peer| INT::from(peer.pending_tasks),
        /// Bytes of the blocks queued for the peer.
        "pending_bytes" => |peer| count(peer.pending_bytes),
        /// Block bytes taken from the peer's queue and not yet sent.
        "in_flight_bytes_to" => |peer| count(peer.in_flight_bytes_to),
        /// Size in bytes of the block that is taken next from the peer's queue.
        "next_task_bytes" => |peer| INT::from(peer.next_task_bytes),
        /// Whether that block came from another peer for this one (it was relayed).
        "next_task_relayed" => |peer| peer.next_task_relayed,
        /// When the oldest queued block was requested.
        "oldest_task_at_ms" => |peer| ms(peer.oldest_task_at),
        /// When a block was last taken from the peer's queue; `()` = never.
        "last_served_at_ms" => |peer| maybe_ms(peer.last_served_at),
        /// Since when the peer has always had a block queued or in flight.
        "backlogged_since_ms" => |peer| ms(peer.backlogged_since),
        /// Block bytes taken from the peer's queue since then.
        "served_since_backlogged" => |peer| count(peer.served_since_backlogged),
        /// The peer's start tag in start-time fair queueing (Goyal, Vin and Cheng 1996), in bytes:
        /// the block bytes taken from its queue, each divided by the weight that the peer had then,
        /// and never less than the tag of the peer that was served last when this one began to
        /// wait. The peer with the smallest tag has had least for its weight.
        "start_tag" => |peer| count(peer.start_tag),
        /// The node's count of served turns when this peer was last served.
        "turn" => |peer| count(peer.turn),
        /// Useful block bytes that were sent to the peer.
        "sent_to" => |peer| count(peer.sent_to),
        /// Useful block bytes that were received from the peer.
        "received_from" => |peer| count(peer.received_from),
    }
}

view! {
    /// A block queued for a peer: `rank_task(ctx, task)`.
    TaskView as "Task" {
        /// The requester.
        "peer" => |task| key(task.peer.0),
        /// The want.
        "want" => |task| key(task.want.0),
        /// Size of the block in bytes.
        "bytes" => |task| INT::from(task.bytes),
        /// The requester's priority; higher first, relative to its other requests.
        "priority" => |task| INT::from(task.priority),
        /// Number of the request, in order of arrival over all peers.
        "arrival" => |task| count(task.arrival),
        /// When the request was received.
        "arrived_at_ms" => |task| ms(task.arrived_at),
        /// Whether the block came from another peer for this one (it is relayed).
        "relayed" => |task| task.relayed,
    }
}

pub(super) fn register(engine: &mut Engine) {
    view::register::<PeerQueueView>(engine);
    view::register::<TaskView>(engine);
}
