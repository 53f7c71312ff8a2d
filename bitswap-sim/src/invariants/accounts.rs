//! What passed between the node and a peer, entry by entry: I11.

use bitswap_core::strategy::Account;
use bitswap_core::wire::Message;
use bitswap_core::{Block, Engine};
use cid::Cid;
use libp2p_identity::PeerId;

use super::{CheckResult, InvariantChecker, name, violation};

/// Whether a block that comes is wanted, as far as the checker knows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    /// Whether callers want it; `None` if their want may not have begun, or be over.
    own: Option<bool>,
    /// Perhaps by relay requests.
    relayed: bool,
}

impl InvariantChecker {
    /// Whether a block that comes is wanted: callers wait for it, all of them have begun to, and
    /// somebody was told so since.
    pub(super) fn wanted(&self, cid: &Cid, block: &Block) -> Wanted {
        let of_bytes = name::of_hash(block.multihash());
        let relayed = self.relay.is_live_for(self.now, of_bytes);
        if !self.callers.want_bytes(of_bytes) {
            return Wanted { own: Some(false), relayed };
        }
        let limits = &self.config.limits;
        let most = limits.open_wants.min(limits.wants_per_session);
        let is_writing = self.open.is_writing(block.multihash());
        let has_begun = self.callers.began(of_bytes, most) && !is_writing;
        let is_sure = has_begun && self.is_told(name::of_cid(cid));
        Wanted { own: is_sure.then_some(true), relayed }
    }

    /// Whether a peer was told of a want since callers wait for it.
    fn is_told(&self, of_cid: u64) -> bool {
        let since = self.callers.waiting_since(of_cid);
        let told = |known: &super::peer::Peer| known.sent_wants.get(&of_cid).map(|told| told.at);
        since.is_some_and(|since| self.peers.values().filter_map(told).any(|at| at >= since))
    }
}

/// An account before an input, and by how much it may change.
#[derive(Clone, Copy, Debug)]
pub(super) struct AccountChange {
    peer: PeerId,
    before: [u64; 4],
    /// Sent, first received at least and at most, and all that was received.
    change: [u64; 4],
}

impl AccountChange {
    /// A message was written with so many bytes of blocks.
    pub(super) fn sent(engine: &Engine, peer: &PeerId, bytes: u64) -> Self {
        Self { peer: *peer, before: sums(engine, peer), change: [bytes, 0, 0, 0] }
    }

    /// A message came with blocks of which it is known whether they are wanted.
    pub(super) fn received(
        engine: &Engine,
        (peer, message): (&PeerId, &Message),
        wanted: impl Fn(&Cid, &Block) -> Wanted,
    ) -> Self {
        let (mut least, mut most, mut all) = (0, 0, 0);
        for (place, (cid, block)) in message.blocks.iter().enumerate() {
            let bytes = block.len() as u64;
            all += bytes;
            let same = |(_, other): &&(_, Block)| other.multihash() == block.multihash();
            let before = message.blocks.iter().take(place).filter(same).count();
            let Wanted { own, relayed } = wanted(cid, block);
            // A want of ours takes the first; one that is passed on takes what comes then.
            least += if before == 0 && own == Some(true) { bytes } else { 0 };
            let may_be = usize::from(own != Some(false)) + usize::from(relayed);
            most += if before < may_be { bytes } else { 0 };
        }
        Self { peer: *peer, before: sums(engine, peer), change: [0, least, most, all] }
    }

    /// Whether it is known to the byte what is to be credited.
    pub(super) const fn is_exact(&self) -> bool {
        self.change[1] == self.change[2]
    }

    /// The account has changed by what was to be, and by nothing else.
    pub(super) fn closes(&self, engine: &Engine) -> CheckResult {
        let after = sums(engine, &self.peer);
        let change = |place: usize| after[place].checked_sub(self.before[place]);
        let received: Option<u64> = [1, 2, 3].into_iter().map(change).sum();
        let found = [change(0), change(1), received];
        let [sent, least, most, all] = self.change;
        let first = change(1).is_some_and(|first| (least..=most).contains(&first));
        if change(0) != Some(sent) || !first || received != Some(all) {
            return violation(11, || {
                format!("sent, received first and in all: {found:?}, and not {:?}", self.change)
            });
        }
        Ok(())
    }
}

/// Sent, received first, duplicate, unasked.
fn sums(engine: &Engine, peer: &PeerId) -> [u64; 4] {
    engine.account(peer).map_or([0; 4], |account| {
        let Account { relayed_sent_to, relayed_received_from, .. } = account;
        let (sent, received) = (account.sent_to, account.received_from);
        let unwanted = [account.duplicate_received_from, account.unasked_received_from];
        [sent + relayed_sent_to, received + relayed_received_from, unwanted[0], unwanted[1]]
    })
}
