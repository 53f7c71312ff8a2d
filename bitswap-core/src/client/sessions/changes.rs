//! Which peers changed, in order: a session that is shown reads those of its members again that did
//! since it was last shown. So a change costs the same in however many sessions its peer is.

use std::collections::VecDeque;

use crate::ids::PeerKey;
use crate::tuning::Tuning;

#[derive(Debug, Default)]
pub(super) struct Changes {
    count: u64,
    last: VecDeque<PeerKey>,
    /// The peer of the last change, while no session has read it: another one tells nothing new.
    unread: Option<PeerKey>,
}

impl Changes {
    /// Something changed of what sessions are shown of a peer.
    pub(super) fn note(&mut self, peer: PeerKey) {
        if self.unread.replace(peer) == Some(peer) {
            return;
        }
        self.count += 1;
        if self.last.len() == Tuning::CHANGES_NOTED {
            self.last.pop_front();
        }
        self.last.push_back(peer);
    }

    /// The peers of the changes after the first `seen`, if there are at most `most`. From here on
    /// all changes are seen.
    pub(super) fn read<'c>(
        &'c mut self,
        seen: &mut u64,
        most: usize,
    ) -> Option<impl Iterator<Item = PeerKey> + use<'c>> {
        self.unread = None;
        let missed = self.count - std::mem::replace(seen, self.count);
        let missed = usize::try_from(missed).ok().filter(|missed| *missed <= most)?;
        let first = self.last.len().checked_sub(missed)?;
        Some(self.last.range(first..).copied())
    }
}
