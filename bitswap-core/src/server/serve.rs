//! Serving: takes tasks in order, reads their blocks and queues them.

use std::time::Duration;

use super::Reading;
use super::ServerRoom;
use crate::action::{Action, ReadItem};
use crate::block::Block;
use crate::event::Event;
use crate::ids::{CidKey, PeerKey};
use crate::input::ReadAnswer;
use crate::limits::{ByteRate, Limits};
use crate::peers::{Request, State, Task};
use crate::queues::{LeavingBlock, OutgoingBlock};
use crate::strategy::{PeerQueueView, Rank, Role, StrategyEvent, Weight};
use crate::time::Timestamp;

impl ServerRoom<'_> {
    /// Takes the tasks of the next peer to serve; `None` if no peer waits or enough bytes are
    /// outstanding.
    pub(crate) fn pop_tasks(&mut self) -> Option<(PeerKey, Vec<Task>)> {
        while let Some((peer, key)) = self.server.task_to_rank(self.now) {
            let queued = self.peers.request(peer, key).map(Request::queued);
            if let Some((_, bytes)) = queued {
                self.queue_block(peer, key, bytes);
            }
        }
        for peer in self.server.peers_to_rank(self.peers, self.now) {
            if let Some(rank) = self.rank_peer(peer) {
                let rank = (rank, self.strategies.generation());
                self.server.rank(self.peers, self.now, peer, rank);
            }
        }
        let peer = self.server.first_peer(self.now)?;
        self.rank_old_tasks(peer);
        let most = self.config.limits.message_bytes as u64;
        let turn = self.server.pop_tasks(self.peers, self.now, peer, most)?;
        let bytes = turn.iter().map(|task| u64::from(task.bytes)).sum();
        self.strategies.notify(self.now, &StrategyEvent::TurnTaken { peer, bytes });
        let reason = self.peers.requests(peer).map_or("", |requests| requests.rank_reason);
        let blocks = turn.len() as u32;
        self.out.report(Event::TurnTaken { peer, blocks, bytes, reason });
        if self.peers.requests(peer).is_some_and(|requests| requests.tasks() == 0) {
            self.strategies.notify(self.now, &StrategyEvent::QueueEmptied { peer });
        }
        Some((peer, turn))
    }

    /// Changes the upload limits, of the node and of each peer.
    pub(crate) fn limit_upload(&mut self, limits: [ByteRate; 2]) {
        for peer in self.server.pacer.limit(self.now, self.peers, limits) {
            self.server.rank_again(peer);
        }
    }

    /// Ranks the tasks of a peer again whose turn it is, if another task prioritizer ranked some.
    fn rank_old_tasks(&mut self, peer: PeerKey) {
        let since = self.strategies.in_charge_since(Role::TaskPrioritizer);
        let Some(requests) = self.peers.requests_mut(peer) else {
            return;
        };
        if std::mem::replace(&mut requests.tasks_ranked_in, since) >= since {
            return;
        }
        let queued = |key: &CidKey| Some((*key, requests.get(*key)?.queued()));
        let tasks: Vec<_> = requests.tasks.values().filter_map(queued).collect();
        for (key, (_, bytes)) in tasks {
            self.queue_block(peer, key, bytes);
        }
    }

    /// Reads the blocks of a peer's tasks from the store.
    pub(crate) fn read_tasks(&mut self, peer: PeerKey, turns: Vec<Task>) {
        let item = |turn: &Task| ReadItem { cid: turn.cid, size_only: false };
        let items: Vec<ReadItem> = turns.iter().map(item).collect();
        if !items.is_empty() {
            self.read(peer, items, Reading::Turns(peer, turns));
        }
    }

    /// Starts a read of the store on behalf of a peer.
    pub(super) fn read(&mut self, peer: PeerKey, items: Vec<ReadItem>, reading: Reading) {
        let read = self.out.next_read();
        self.server.read_begins(self.peers, peer, read, reading);
        self.out.act(Action::Read { read, items });
    }

    /// The store answered for the block of a task.
    pub(crate) fn block_read(&mut self, peer: PeerKey, turn: &Task, answer: ReadAnswer) {
        let taken = u64::from(turn.bytes);
        if !self.is_leaving(peer, turn.key, turn.arrival) {
            self.server.release(self.peers, peer, taken);
            return;
        }
        match answer {
            ReadAnswer::Block(block) if block.multihash() == turn.cid.hash() => {
                self.send_block(peer, turn, block, false);
            }
            ReadAnswer::Denied(_) => {
                self.server.release(self.peers, peer, taken);
                self.deny(peer, turn.key);
            }
            ReadAnswer::Missing => {
                self.server.release(self.peers, peer, taken);
                self.not_here(peer, turn.key, State::Absent);
            }
            ReadAnswer::Block(_) | ReadAnswer::Failed(_) | ReadAnswer::Size(_) => {
                self.out.stats.server.store_faults += 1;
                self.server.release(self.peers, peer, taken);
                self.not_here(peer, turn.key, State::Unread);
            }
        }
    }

    /// The ephemeral store has the block of a task.
    pub(crate) fn relayed_block_read(&mut self, peer: PeerKey, turn: &Task, block: Block) {
        if self.is_leaving(peer, turn.key, turn.arrival) {
            self.send_block(peer, turn, block, true);
        } else {
            self.server.release(self.peers, peer, u64::from(turn.bytes));
        }
    }

    fn send_block(&mut self, peer: PeerKey, turn: &Task, block: Block, is_relayed: bool) {
        let Task { key, arrival, cid, bytes } = *turn;
        if self.peers.requests(peer).is_some_and(|requests| requests.send.is_suspended()) {
            self.server.release(self.peers, peer, u64::from(bytes));
            self.queue_block(peer, key, bytes);
            return;
        }
        let unused = u64::from(bytes).saturating_sub(block.len() as u64);
        self.server.release(self.peers, peer, unused);
        let leaving = LeavingBlock { key, arrival, cid, bytes: block.len() as u32, is_relayed };
        self.peers.queue_block(peer, OutgoingBlock { leaving, block });
    }

    /// The message with a block was `written`, or failed; its bytes were `held` until now, or given
    /// back before.
    pub(crate) fn block_left(
        &mut self,
        peer: PeerKey,
        given: &LeavingBlock,
        (written, held): (bool, bool),
    ) {
        let LeavingBlock { key, bytes, .. } = *given;
        if held {
            self.server.release(self.peers, peer, u64::from(bytes));
        }
        let answers = self.is_leaving(peer, key, given.arrival);
        if !written {
            if answers {
                self.block_stayed(peer, key, bytes);
            }
            return;
        }
        self.out.stats.server.blocks_sent.add(bytes as usize);
        if given.is_relayed {
            self.peers.ledger.relayed_sent(self.now, peer, u64::from(bytes));
        } else {
            self.peers.ledger.sent(self.now, peer, u64::from(bytes));
        }
        self.strategies.notify(self.now, &StrategyEvent::BlockSent { peer, want: key, bytes });
        if answers && let Some(request) = self.end_request(peer, key) {
            let after = self.now.since(request.arrived_at);
            self.out.report(Event::RequestServed { peer, want: key, bytes, after });
        }
    }

    /// Queues a block again whose message failed, unless messages to this peer keep failing.
    fn block_stayed(&mut self, peer: PeerKey, key: CidKey, bytes: u32) {
        let failed = self.peers.change_request(peer, key, |request| {
            request.rare_mut().failed_sends += 1;
            request.rare().failed_sends
        });
        if failed.is_some_and(|failed| failed < self.config.tuning.send_attempts) {
            self.queue_block(peer, key, bytes);
        } else {
            self.end_request(peer, key);
        }
    }

    /// Whether the block of this very request is being read, or in flight.
    pub(super) fn is_leaving(&self, peer: PeerKey, key: CidKey, arrival: u64) -> bool {
        self.peers
            .request(peer, key)
            .is_some_and(|request| request.state == State::Leaving && request.arrival == arrival)
    }

    fn rank_peer(&mut self, peer: PeerKey) -> Option<Rank> {
        let weight = self.weight(peer);
        self.peers.requests_mut(peer)?.weight = Some(weight);
        let known = self.peers.get(peer)?;
        let requests = &known.requests;
        let next = requests.next_task();
        let account = self.peers.ledger.account(peer);
        let view = PeerQueueView {
            peer,
            class: known.class,
            is_local: known.is_local,
            weight,
            pending_tasks: requests.tasks() as u32,
            pending_bytes: requests.task_bytes,
            in_flight_bytes_to: requests.in_flight_bytes,
            next_task_bytes: next.map_or(0, |request| request.queued().1),
            next_task_relayed: next.is_some_and(|request| request.is_relayed),
            oldest_task_at: requests.oldest_task_at().unwrap_or(self.now),
            last_served_at: requests.last_served_at,
            backlogged_since: requests.backlogged_since.unwrap_or(self.now),
            served_since_backlogged: requests.served_since_backlogged,
            start_tag: requests.start_tag,
            turn: requests.turn,
            sent_to: account.map_or(0, |account| account.sent_to),
            received_from: account.map_or(0, |account| account.received_from),
        };
        let (rank, reason) = self.strategies.rank_peer(self.now, &view);
        self.peers.requests_mut(peer)?.rank_reason = reason;
        Some(self.within_bounds(rank))
    }

    /// A rank with its moments clamped to the bounds.
    pub(super) fn within_bounds(&mut self, mut rank: Rank) -> Rank {
        if rank.recheck() != Timestamp::NEVER {
            let at = self.clamp_moment(Role::TaskPrioritizer, rank.recheck(), Limits::RANK);
            rank = rank.until(at);
        }
        if rank.served_from() > self.now {
            let at = self.clamp_moment(Role::TaskPrioritizer, rank.served_from(), Limits::RANK);
            rank = rank.not_before(at);
        }
        rank
    }

    /// Clamps a moment that a strategy chose to the bounds.
    pub(super) fn clamp_moment(
        &mut self,
        role: Role,
        at: Timestamp,
        longest: Duration,
    ) -> Timestamp {
        let earliest = self.now.after(Duration::from_millis(100));
        if at <= self.now {
            self.strategies.rejected(role, "past_moment");
        }
        at.max(earliest).min(self.now.after(longest))
    }

    fn weight(&mut self, peer: PeerKey) -> Weight {
        if let Some(known) = self.peers.ledger.weight(self.now, peer) {
            return known;
        }
        let Some(account) = self.peers.account(peer) else {
            return Weight::ONE;
        };
        let weight = self.strategies.weigh(self.now, &account);
        self.peers.ledger.weighed(self.now, peer, weight);
        weight
    }
}
