//! The local store: received blocks are written and then delivered, and local blocks are not asked
//! of peers.

use cid::Cid;

use super::ClientRoom;
use super::arrivals::Arrival;
use super::calls::CallCid;
use super::wants::{OwnStore, Phase, Want};
use crate::action::{Action, Failure, ReadItem};
use crate::block::Block;
use crate::event::WantOutcome;
use crate::ids::{CidKey, WriteId};
use crate::input::{Denial, ReadAnswer, StoreFault};
use crate::limits::Limits;
use crate::out::Effect;

impl ClientRoom<'_> {
    /// Writes received blocks.
    pub(crate) fn write(&mut self, arrivals: Vec<Arrival>) {
        if arrivals.is_empty() {
            return;
        }
        let write = self.out.next_write();
        let blocks = self.arrivals.write(write, arrivals);
        self.out.act(Action::Write { write, blocks });
    }

    /// A write ended: delivers the stored blocks to callers and requesters, or fails their CIDs.
    pub(crate) fn write_done(&mut self, write: WriteId, outcome: &Result<(), StoreFault>) {
        let was_full = self.arrivals.is_full();
        let Some(arrivals) = self.arrivals.written(write) else {
            self.out.stats.stray_inputs += 1;
            return;
        };
        if was_full && !self.arrivals.is_full() {
            self.roomy.extend(self.peers.iter().map(|(peer, _)| peer));
        }
        for Arrival { key, hash, block, callers, .. } in arrivals {
            for call in callers {
                match outcome {
                    Ok(()) => self.deliver(call, key, block.clone()),
                    Err(fault) => self.fail_cid(call, key, Failure::Store(fault.clone())),
                }
            }
            if outcome.is_ok() {
                self.out.effect(Effect::BlockStored { hash, bytes: block.len() as u32 });
            }
        }
    }

    /// Delivers blocks that something else stored.
    pub(crate) fn blocks_added(&mut self, blocks: Vec<(Cid, Block)>) {
        for (_, block) in blocks {
            let hash = self.config.keys().multihash(block.multihash());
            for key in self.wants.of_hash(hash).to_vec() {
                self.found_here(key, &block);
            }
            self.out.effect(Effect::BlockStored { hash, bytes: block.len() as u32 });
        }
    }

    /// The local store answered for a want; `passing` is a copy in the ephemeral store, if there is
    /// one.
    pub(crate) fn local_read(&mut self, key: CidKey, answer: ReadAnswer, passing: Option<Block>) {
        let is_asked = |want: &&mut Want| {
            want.phase() == Phase::OwnStore || want.own_store == OwnStore::AskedAgain
        };
        let Some(want) = self.wants.get_mut(key).filter(is_asked) else {
            return;
        };
        if let ReadAnswer::Denied(denial) = answer {
            self.deny(key, &denial);
            return;
        }
        let is_first = want.phase() == Phase::OwnStore;
        want.own_store = OwnStore::Missing;
        let found = match answer {
            ReadAnswer::Block(block) if block.multihash() == want.cid.hash() => Some(block),
            ReadAnswer::Missing => None,
            ReadAnswer::Block(_)
            | ReadAnswer::Denied(_)
            | ReadAnswer::Failed(_)
            | ReadAnswer::Size(_) => {
                self.out.stats.server.store_faults += 1;
                want.own_store = OwnStore::Failed;
                None
            }
        };
        if let Some(block) = found {
            self.found_here(key, &block);
        } else if let Some(block) = passing {
            self.found_on_the_way(key, block);
        } else if is_first {
            self.set_phase(key, Phase::Undecided);
        } else {
            self.decide_again(key);
        }
    }

    /// Ends the open wants among these.
    pub(crate) fn cids_denied(&mut self, cids: Vec<(Cid, Denial)>) {
        for (cid, denial) in cids {
            self.deny(self.config.keys().cid(&cid), &denial);
        }
    }

    /// Ends a want whose block is not to be had, for all its callers.
    fn deny(&mut self, key: CidKey, denial: &Denial) {
        let Some(want) = self.end_want(key, WantOutcome::Failed) else {
            return;
        };
        self.out.stats.client.denied += 1;
        for interest in want.interest {
            self.fail_cid(interest.call, key, Failure::Denied(denial.clone()));
        }
    }

    /// Reads a want from the local store again, if the first read failed.
    pub(crate) fn read_again(&mut self, key: CidKey) {
        let has_failed = |want: &&mut Want| want.own_store == OwnStore::Failed;
        let Some(want) = self.wants.get_mut(key).filter(has_failed) else {
            return;
        };
        want.own_store = OwnStore::AskedAgain;
        let items = vec![ReadItem { cid: want.cid, size_only: false }];
        let read = self.out.next_read();
        self.reads.insert(read, vec![key]);
        self.out.act(Action::Read { read, items });
    }

    /// Looks in our own store for some of the CIDs that find no room among the open wants.
    pub(super) fn look_without_room(&mut self) {
        let cids = self.calls.next_look(Limits::READ_WITHOUT_ROOM);
        if !cids.is_empty() {
            let items = cids.iter().map(|(.., cid)| ReadItem { cid: *cid, size_only: false });
            let (read, items) = (self.out.next_read(), items.collect());
            self.calls.look = Some((read, cids));
            self.out.act(Action::Read { read, items });
        }
    }

    /// What our own store has is delivered; the rest goes on waiting for room.
    pub(crate) fn looked_without_room(
        &mut self,
        cids: Vec<CallCid>,
        answers: impl Iterator<Item = ReadAnswer>,
    ) {
        for ((call, key, cid), answer) in cids.into_iter().zip(answers) {
            // What the store fails to say is asked again, and then counted, once there is room.
            let ReadAnswer::Block(block) = answer else {
                self.calls.looked(call, key, false);
                continue;
            };
            if self.calls.looked(call, key, block.multihash() == cid.hash()) {
                self.out.stats.client.local.add(block.len());
                self.deliver(call, key, block);
            }
        }
    }

    /// Takes a copy from the ephemeral store.
    fn found_on_the_way(&mut self, key: CidKey, block: Block) {
        if let Some(want) = self.end_want(key, WantOutcome::Local) {
            self.out.stats.client.local.add(block.len());
            self.write(vec![Arrival::new(key, &want, block)]);
        }
    }

    fn found_here(&mut self, key: CidKey, block: &Block) {
        let Some(want) = self.end_want(key, WantOutcome::Local) else {
            return;
        };
        self.out.stats.client.local.add(block.len());
        for interest in want.interest {
            self.deliver(interest.call, key, block.clone());
        }
    }
}
