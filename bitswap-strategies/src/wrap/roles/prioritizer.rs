//! Task prioritizers in wrappers. Slots of time are what a split gives away. A prioritizer always
//! has an answer, so it has no fallback.

use bitswap_core::strategy::{
    Ctx, EventMask, PeerQueueView, Rank, Reason, Report, State, StrategyEvent, TaskPrioritizer,
    TaskView,
};
use bitswap_core::{CidKey, PeerKey, Timestamp};

use super::super::{Decider, Subject, Wrap, Wrapper};
use super::{common, wrapped};
use crate::cases::{self, Answer};
use crate::catalog::Base;

/// What a task prioritizer is to rank.
#[derive(Clone, Copy, Debug)]
pub enum ToRank<'a> {
    /// A peer among peers.
    Peer(&'a PeerQueueView),
    /// A task among those of its peer.
    Task(&'a TaskView),
}

/// What a task prioritizer ranked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ranked {
    /// The peer.
    pub peer: PeerKey,
    /// Its task; `None` = the peer itself.
    pub task: Option<CidKey>,
    /// Its rank.
    pub rank: Rank,
    /// Why.
    pub reason: Reason,
}

impl Ranked {
    /// Whether the two ranks are compared with each other: those of two peers, or of two tasks of
    /// one peer.
    fn competes_with(&self, other: &Self) -> bool {
        match (self.task, other.task) {
            (None, None) => self.peer != other.peer,
            (Some(task), Some(than)) => self.peer == other.peer && task != than,
            (None, Some(_)) | (Some(_), None) => false,
        }
    }
}

impl Decider for dyn TaskPrioritizer {
    const SUBJECT: Subject = Subject::Slot;

    type Question<'a> = ToRank<'a>;
    type Answer = Ranked;

    fn make(base: &Base) -> Box<Self> {
        base.prioritizer()
    }

    fn decide(&mut self, ctx: &mut Ctx<'_>, question: ToRank<'_>) -> Ranked {
        let (peer, task, rank) = match question {
            ToRank::Peer(view) => (view.peer, None, self.rank_peer(ctx, view)),
            ToRank::Task(view) => (view.peer, Some(view.want), self.rank_task(ctx, view)),
        };
        Ranked { peer, task, rank, reason: ctx.reason() }
    }

    fn subject(now: Timestamp, _: ToRank<'_>) -> u64 {
        Subject::slot(now)
    }

    fn describe(question: ToRank<'_>) -> String {
        match question {
            ToRank::Peer(view) => cases::view::queue(view),
            ToRank::Task(view) => cases::view::task(view),
        }
    }

    /// Ranks of two prioritizers mean nothing to each other, only what they say of two peers (or
    /// two tasks of one peer) can be compared: who comes first, and whether one has to wait.
    fn agree(before: Option<&(Ranked, Ranked)>, one: &Ranked, other: &Ranked) -> Option<bool> {
        let (one_before, other_before) = before?;
        let order = |now: &Ranked, before: &Ranked| {
            let waits = now.task.is_none() && now.rank.served_from() > Timestamp::ZERO;
            (now.rank.key().cmp(&before.rank.key()), waits)
        };
        let is_pair = one.competes_with(one_before);
        is_pair.then(|| order(one, one_before) == order(other, other_before))
    }

    fn until(answer: Ranked, moment: Timestamp) -> Ranked {
        let rank = answer.rank.until(answer.rank.recheck().min(moment));
        Ranked { rank, ..answer }
    }

    common!(TaskPrioritizer);
}

impl From<Ranked> for Answer {
    fn from(ranked: Ranked) -> Self {
        Self::Rank(ranked.rank, ranked.reason)
    }
}

impl<W: Wrap<Of = dyn TaskPrioritizer>> TaskPrioritizer for Wrapper<W> {
    fn rank_peer(&mut self, ctx: &mut Ctx<'_>, peer: &PeerQueueView) -> Rank {
        self.0.decide(ctx, ToRank::Peer(peer)).rank
    }

    fn rank_task(&mut self, ctx: &mut Ctx<'_>, task: &TaskView) -> Rank {
        self.0.decide(ctx, ToRank::Task(task)).rank
    }

    wrapped!();
}
