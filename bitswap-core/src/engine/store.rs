//! Passes answers of the store to the parts that asked for them.

use super::Engine;
use crate::ids::{PeerKey, ReadId, SendId};
use crate::input::ReadAnswer;
use crate::server::Reading;

impl Engine {
    pub(super) fn read_done(&mut self, read: ReadId, answers: Vec<ReadAnswer>) {
        // Answers beyond those that were given count as missing.
        let answers = answers.into_iter().chain(std::iter::repeat(ReadAnswer::Missing));
        if let Some(wants) = self.client.take_read(read) {
            for (want, answer) in wants.into_iter().zip(answers) {
                let hash = self.client.wants.get(want).map(|want| want.hash);
                let passing = hash.and_then(|hash| self.relay.kept(hash)).cloned();
                self.client().local_read(want, answer, passing);
                let waiting = hash.map(|hash| self.server.waiting_for(hash));
                for (other, _) in waiting.into_iter().flatten() {
                    self.client().wanted_by(other, want);
                }
                self.carry_effects();
            }
            return;
        }
        if let Some((_, cids)) = self.client.calls.look.take_if(|(look, _)| *look == read) {
            self.client().looked_without_room(cids, answers);
            self.carry_effects();
            return;
        }
        match self.server.take_read(&mut self.peers, read) {
            Some(Reading::Sizes(peer, wants)) => {
                for (want, answer) in wants.into_iter().zip(answers) {
                    self.server().size_read(peer, want, &answer);
                    self.carry_effects();
                }
            }
            Some(Reading::Turns(peer, turns)) => {
                for (turn, answer) in turns.into_iter().zip(answers) {
                    self.server().block_read(peer, &turn, answer);
                    self.carry_effects();
                }
            }
            Some(Reading::Resumed(peer, send)) => self.resume_send(peer, send, answers),
            Some(Reading::Nothing) => {}
            None => self.out.stats.stray_inputs += 1,
        }
    }

    /// The blocks of a suspended message were read again, as far as they are still there.
    fn resume_send(
        &mut self,
        peer: PeerKey,
        send: SendId,
        answers: impl Iterator<Item = ReadAnswer>,
    ) {
        let in_flight = self.peers.blocks_in_flight(peer).filter(|(other, _)| *other == send);
        let Some((_, leaving)) = in_flight else {
            return;
        };
        let again = leaving.iter().zip(answers).map(|(given, answer)| match answer {
            ReadAnswer::Block(block) if block.multihash() == given.cid.hash() => Some(block),
            ReadAnswer::Block(_)
            | ReadAnswer::Denied(_)
            | ReadAnswer::Failed(_)
            | ReadAnswer::Missing
            | ReadAnswer::Size(_) => self.relay.kept_for(given.key, peer).cloned(),
        });
        let blocks = again.collect();
        self.server().resume(peer, send, blocks);
    }
}
