//! Does everything that follows from an input: deadlines, decisions, serving, messages.

use super::Engine;
use crate::ids::PeerKey;
use crate::limits::Limits;
use crate::peers::Task;

impl Engine {
    pub(super) fn settle(&mut self) {
        self.carry_effects();
        if self.due().is_some_and(|due| due <= self.clock.now()) {
            self.expire();
        }
        let mut searches = Limits::SEARCH_ACTIONS;
        for round in 0..=Limits::ROUNDS {
            let decided = self.client().decide(&mut searches);
            self.carry_effects();
            if !decided {
                break;
            }
            debug_assert!(round < Limits::ROUNDS, "an input has consequences without end");
        }
        self.client().finish_deciding();
        self.server().start_looks();
        self.relay().serve_waiting();
        self.serve_turns();
        self.carry_effects();
        self.flush();
    }

    /// Does what is due by now.
    fn expire(&mut self) {
        self.client().expire();
        self.carry_effects();
        self.relay().expire();
        self.peers.flush_coalesced(self.clock.now());
        self.server().admit_deferred();
        self.carry_effects();
        self.client().ask_for_all_held();
    }

    /// Takes tasks while there is room for more outstanding bytes; messages that have begun first.
    fn serve_turns(&mut self) {
        loop {
            self.server().resume_sends();
            while let Some((peer, turns)) = self.server().pop_tasks() {
                let turns = self.hand_over(peer, turns);
                self.server().read_tasks(peer, turns);
            }
            if !self.server().suspend_slow_sends() {
                return;
            }
        }
    }

    /// Takes blocks from the ephemeral store if they are held for this peer; returns the other
    /// tasks.
    fn hand_over(&mut self, peer: PeerKey, turns: Vec<Task>) -> Vec<Task> {
        let mut to_read = Vec::with_capacity(turns.len());
        for turn in turns {
            match self.relay.kept_for(turn.key, peer).cloned() {
                Some(block) => {
                    self.server().relayed_block_read(peer, &turn, block);
                }
                None => to_read.push(turn),
            }
        }
        to_read
    }
}
