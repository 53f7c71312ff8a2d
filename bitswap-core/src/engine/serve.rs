//! Whose turn it is, and what becomes of the blocks read for it.

use super::Engine;
use super::deliver::Reading;
use crate::action::{Action, ReadItem};
use crate::event::Event;
use crate::ids::{CidKey, PeerKey};
use crate::input::ReadAnswer;
use crate::limits::Limits;
use crate::queues::Given;
use crate::server::Turn;
use crate::strategy::{Fact, PeerQueueView, Rank, Role, Weight};
use crate::time::Timestamp;

impl Engine {
    /// Gives turns while there is room for more bytes on their way.
    pub(super) fn serve_turns(&mut self) {
        loop {
            for peer in self.server.take_unranked(self.now) {
                if let Some(rank) = self.rank_peer(peer) {
                    self.server.rank(self.now, peer, rank);
                }
            }
            let bytes = self.config.limits.message_bytes as u64;
            let Some((peer, turns)) = self.server.next_turn(self.now, bytes) else {
                return;
            };
            let turns = self.hand_over(peer, turns);
            let item = |turn: &Turn| ReadItem { cid: turn.cid, size_only: false };
            let items: Vec<ReadItem> = turns.iter().map(item).collect();
            if !items.is_empty() {
                let read = self.next_read();
                self.server.read_begins(peer, read, false);
                self.reads.insert(read, Reading::Turns(peer, turns));
                self.actions.push_back(Action::Read { read, items });
            }
        }
    }

    /// Blocks that are on their way through us are no matter for the store; the other turns.
    fn hand_over(&mut self, peer: PeerKey, turns: Vec<Turn>) -> Vec<Turn> {
        let mut to_read = Vec::with_capacity(turns.len());
        for turn in turns {
            match self.relay.kept_for(turn.key, peer).cloned() {
                Some(block) => self.block_read(peer, turn, ReadAnswer::Block(block)),
                None => to_read.push(turn),
            }
        }
        to_read
    }

    /// A block whose turn has come was read, or is gone.
    pub(super) fn block_read(&mut self, peer: PeerKey, turn: Turn, answer: ReadAnswer) {
        let taken = u64::from(turn.bytes);
        if !self.server.is_leaving(peer, turn.key, turn.arrival) {
            self.server.release(peer, taken);
            return;
        }
        match answer {
            ReadAnswer::Block(block) if block.multihash() == turn.cid.hash() => {
                self.server.release(peer, taken.saturating_sub(block.len() as u64));
                let Turn { key, arrival, cid, .. } = turn;
                self.queues.give(peer, Given { key, arrival, cid, block });
            }
            ReadAnswer::Missing => {
                self.server.release(peer, taken);
                self.not_here(peer, turn.key);
            }
            ReadAnswer::Block(_) | ReadAnswer::Failed(_) | ReadAnswer::Size(_) => {
                self.stats.server.store_faults += 1;
                self.server.release(peer, taken);
                self.not_here(peer, turn.key);
            }
        }
    }

    /// A block was written to its asker, or could not be.
    pub(super) fn block_left(&mut self, peer: PeerKey, given: &Given, written: bool) {
        let (key, bytes) = (given.key, given.block.len() as u32);
        self.server.release(peer, u64::from(bytes));
        let answers = self.server.is_leaving(peer, key, given.arrival);
        if !written {
            if answers {
                self.block_stayed(peer, key, bytes);
            }
            return;
        }
        self.stats.server.blocks_sent.add(bytes as usize);
        self.ledger.sent(self.now, peer, u64::from(bytes));
        self.judges.tell(self.now, &Fact::BlockSent { peer, want: key, bytes });
        if answers && let Some(request) = self.server.remove(peer, key) {
            let after = self.now.since(request.arrived_at);
            self.report(Event::RequestServed { peer, want: key, bytes, after });
            self.relay_over(peer, key);
        }
    }

    /// The block waits for another turn, unless writing to this peer keeps failing.
    fn block_stayed(&mut self, peer: PeerKey, key: CidKey, bytes: u32) {
        let failed = self.server.change(peer, key, |request| {
            request.failed_sends += 1;
            request.failed_sends
        });
        if failed.is_some_and(|failed| failed < self.config.tuning.send_attempts) {
            self.queue_block(peer, key, bytes);
        } else {
            self.server.remove(peer, key);
            self.relay_over(peer, key);
        }
    }

    fn rank_peer(&mut self, peer: PeerKey) -> Option<Rank> {
        let weight = self.weight(peer);
        let asker = self.server.asker(peer)?;
        let account = self.ledger.account(peer);
        let view = PeerQueueView {
            peer,
            weight,
            pending_tasks: asker.tasks() as u32,
            pending_bytes: asker.task_bytes,
            in_flight_bytes_to: asker.in_flight_bytes,
            oldest_task_at: asker.oldest_task_at().unwrap_or(self.now),
            last_served_at: asker.last_served_at,
            turn: asker.turn,
            sent_to: account.map_or(0, |account| account.sent_to),
            received_from: account.map_or(0, |account| account.received_from),
        };
        let rank = self.judges.rank_peer(self.now, &view);
        if rank.recheck() == Timestamp::NEVER {
            return Some(rank);
        }
        let at = self.clamp_moment(Role::TaskPrioritizer, rank.recheck(), Limits::RANK);
        Some(rank.until(at))
    }

    fn weight(&mut self, peer: PeerKey) -> Weight {
        if let Some(known) = self.ledger.weight(self.now, peer) {
            return known;
        }
        let Some(account) = self.ledger.account(peer).cloned() else {
            return Weight::ONE;
        };
        let weight = self.judges.weigh(self.now, &account);
        self.ledger.weighed(self.now, peer, weight);
        weight
    }
}
