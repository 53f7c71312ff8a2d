//! Announces frames and then writes a byte now and then; asks for blocks and does not read them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bitswap_core::wire::{Entry, Message, WantKind};
use bitswap_core::{Chance, MAX_FRAME_BYTES, Timestamp};
use bytes::Bytes;
use libp2p_identity::PeerId;

use super::bomber::announcement;
use super::periodic::{Attack, Victim};
use super::{HostileAction, HostileActions, Knowledge};

/// Keeps [`STREAMS`] frames open with each peer, none of which ever ends.
#[derive(Debug)]
pub(super) struct Slowloris {
    knowledge: Arc<Knowledge>,
    last_stream: u32,
    /// Since when each stream is open; it begins another when this one was certainly dropped.
    open: BTreeMap<PeerId, Vec<(u32, Timestamp)>>,
}

/// As many as are read at once.
const STREAMS: usize = 16;
/// No frame may take longer than this.
const LONGEST: Duration = Duration::from_secs(120);
/// More than these wants of one peer nobody remembers.
const WANTS: usize = 1_024;

impl Slowloris {
    pub(super) const fn new(knowledge: Arc<Knowledge>) -> Self {
        Self { knowledge, last_stream: 0, open: BTreeMap::new() }
    }

    /// Wants all there is, and will read none of it.
    fn beg(&self, peer: PeerId, actions: &mut HostileActions) {
        let want = |cid| Entry::Want {
            cid,
            kind: WantKind::Block,
            priority: i32::MAX,
            send_dont_have: true,
            relay: None,
        };
        let entries = self.knowledge.known().iter().copied().take(WANTS).map(want).collect();
        actions
            .push(HostileAction::Say { peer, message: Message { entries, ..Message::default() } });
    }
}

impl Attack for Slowloris {
    fn act(
        &mut self,
        now: Timestamp,
        on: Victim,
        chance: &mut Chance,
        actions: &mut HostileActions,
    ) {
        let Victim { peer, .. } = on;
        if !self.open.contains_key(&peer) {
            self.beg(peer, actions);
        }
        let open = self.open.entry(peer).or_default();
        open.retain(|(_, since)| now.since(*since) < LONGEST);
        if open.len() < STREAMS {
            self.last_stream += 1;
            open.push((self.last_stream, now));
            let bytes = announcement(MAX_FRAME_BYTES as u64 - chance.below(1 << 20));
            actions.push(HostileAction::Write { peer, stream: self.last_stream, bytes });
        } else if let Some((stream, _)) = open.get(chance.below(open.len() as u64) as usize) {
            // The start of a payload, so that whoever reads along finds nothing wrong.
            let bytes = Bytes::from_static(&[0x1a]);
            actions.push(HostileAction::Write { peer, stream: *stream, bytes });
        }
    }

    fn forget(&mut self, peer: &PeerId) {
        self.open.remove(peer);
    }

    fn reads(&self) -> bool {
        false
    }
}
