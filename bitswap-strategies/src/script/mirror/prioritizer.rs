//! `rank_peer(ctx, peer)` and `rank_task(ctx, task)`.

use bitswap_core::Timestamp;
use bitswap_core::strategy::{
    Ctx, EventMask, PeerQueueView, Rank, Report, State, StrategyEvent, TaskPrioritizer, TaskView,
};
use rhai::{Dynamic, Engine, INT};

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
        let answer = self.runner.ask(ctx, ("rank_peer", CALL), arguments, rank);
        answer.unwrap_or_else(|| self.native.rank_peer(ctx, peer))
    }

    fn rank_task(&mut self, ctx: &mut Ctx<'_>, task: &TaskView) -> Rank {
        let arguments = (self.runner.ctx(), task.clone());
        let answer = self.runner.ask(ctx, ("rank_task", CALL), arguments, rank);
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

pub(super) fn register(engine: &mut Engine) {
    view!(engine, PeerQueueView as "PeerQueue" {
        "peer" => |peer| key(peer.peer.0),
        "class" => |peer| peer.class.name(),
        "is_local" => |peer| peer.is_local,
        "weight" => |peer| INT::from(peer.weight.get()),
        "pending_tasks" => |peer| INT::from(peer.pending_tasks),
        "pending_bytes" => |peer| count(peer.pending_bytes),
        "in_flight_bytes_to" => |peer| count(peer.in_flight_bytes_to),
        "next_task_bytes" => |peer| INT::from(peer.next_task_bytes),
        "next_task_relayed" => |peer| peer.next_task_relayed,
        "oldest_task_at_ms" => |peer| ms(peer.oldest_task_at),
        "last_served_at_ms" => |peer| maybe_ms(peer.last_served_at),
        "backlogged_since_ms" => |peer| ms(peer.backlogged_since),
        "served_since_backlogged" => |peer| count(peer.served_since_backlogged),
        "start_tag" => |peer| count(peer.start_tag),
        "turn" => |peer| count(peer.turn),
        "sent_to" => |peer| count(peer.sent_to),
        "received_from" => |peer| count(peer.received_from),
    });
    view!(engine, TaskView as "Task" {
        "peer" => |task| key(task.peer.0),
        "want" => |task| key(task.want.0),
        "bytes" => |task| INT::from(task.bytes),
        "priority" => |task| INT::from(task.priority),
        "arrival" => |task| count(task.arrival),
        "arrived_at_ms" => |task| ms(task.arrived_at),
        "relayed" => |task| task.relayed,
    });
}
