//! What passed between the node and a peer, entry by entry: I11.

use bitswap_core::strategy::Account;
use bitswap_core::{Engine, Input};
use libp2p_identity::PeerId;

use super::{Breach, Verdict, breach, name};

/// An account before an input, and by how much it may change.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    peer: PeerId,
    before: [u64; 4],
    /// Sent, first received at least and at most, and all that was received.
    change: [u64; 4],
}

impl Entry {
    /// A message was written with so many bytes of blocks.
    pub(super) fn sent(engine: &Engine, peer: &PeerId, bytes: u64) -> Self {
        Self { peer: *peer, before: sums(engine, peer), change: [bytes, 0, 0, 0] }
    }

    /// A message came. `wants_bytes` knows what callers wait for.
    pub(super) fn received(
        engine: &Engine,
        input: &Input,
        wants_bytes: impl Fn(u64) -> bool,
    ) -> Result<Option<Self>, Breach> {
        let Input::MessageReceived { peer, message, .. } = input else {
            return Ok(None);
        };
        if message.blocks.is_empty() {
            return Ok(None);
        }
        let (mut least, mut most, mut all) = (0, 0, 0);
        for (place, (cid, block)) in message.blocks.iter().enumerate() {
            let bytes = block.len() as u64;
            all += bytes;
            let (own, relayed) = engine.awaits(peer, block.multihash());
            if own && !wants_bytes(name::of_hash(block.multihash())) {
                return breach(4, || format!("{cid} is wanted, and nobody waits for it"));
            }
            let same =
                |(_, other): &&(_, bitswap_core::Block)| other.multihash() == block.multihash();
            let before = message.blocks.iter().take(place).filter(same).count();
            // A want of ours takes the first; one that is passed on takes what comes then, if its
            // time is not over.
            let (own, all_wants) = (usize::from(own), usize::from(own) + usize::from(relayed));
            least += if before < own { bytes } else { 0 };
            most += if before < all_wants { bytes } else { 0 };
        }
        let before = sums(engine, peer);
        Ok(Some(Self { peer: *peer, before, change: [0, least, most, all] }))
    }

    /// The account has changed by what was to be, and by nothing else.
    pub(super) fn closes(&self, engine: &Engine) -> Verdict {
        let after = sums(engine, &self.peer);
        let change = |place: usize| after[place].checked_sub(self.before[place]);
        let received: Option<u64> = [1, 2, 3].into_iter().map(change).sum();
        let found = [change(0), change(1), received];
        let [sent, least, most, all] = self.change;
        let first = change(1).is_some_and(|first| (least..=most).contains(&first));
        if change(0) != Some(sent) || !first || received != Some(all) {
            return breach(11, || {
                format!("sent, received first and in all: {found:?}, and not {:?}", self.change)
            });
        }
        Ok(())
    }
}

/// Sent, received first, duplicate, unasked.
fn sums(engine: &Engine, peer: &PeerId) -> [u64; 4] {
    engine.account(peer).map_or([0; 4], |account| {
        let Account { sent_to, received_from, .. } = account;
        [sent_to, received_from, account.duplicate_received_from, account.unasked_received_from]
    })
}
