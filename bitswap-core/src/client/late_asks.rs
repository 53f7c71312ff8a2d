//! Asks that timed out: some time later they leave the peer's wantlist if another peer is asked, so
//! that no block is sent long after it came from elsewhere. The only peer that may still send the
//! block is left to do so.

use super::ClientRoom;
use crate::ids::CidKey;
use crate::queues::Origin;
use crate::wire::WantKind;

impl ClientRoom<'_> {
    /// Withdraws the asks that timed out a while ago and were not answered since.
    pub(crate) fn expire_late_asks(&mut self) {
        while let Some((peer, key)) = self.timeouts.pop_late(self.now) {
            let Some(want) = self.wants.get_mut(key) else {
                continue;
            };
            if want.asked(peer).is_some_and(|asked| !asked.open && asked.kind == WantKind::Block) {
                want.late_asks.push(peer);
                self.withdraw_late_asks(key);
            }
        }
    }

    /// Cancels a want at the peers that are late with it, if another one is asked for the block.
    pub(crate) fn withdraw_late_asks(&mut self, key: CidKey) {
        let asked = self.wants.get_mut(key).filter(|want| !want.block_asks_open().is_empty());
        let late = asked.map(|want| std::mem::take(&mut want.late_asks)).unwrap_or_default();
        for peer in late {
            if let Some(mut queue) = self.peers.outgoing(peer) {
                queue.cancel(self.now, Origin::Local, key, true);
            }
        }
    }
}
