//! Holds all streams that are read at once, each half open: a short frame begins and never ends.

use std::collections::BTreeMap;

use bitswap_core::{Chance, Timestamp};
use bytes::Bytes;
use libp2p_identity::PeerId;

use super::periodic::{Attack, Victim};
use super::{HostileAction, HostileActions, InboundStreams};

/// A stream takes the place of each that its peer has certainly given up, and of no other.
#[derive(Debug, Default)]
pub(super) struct HalfOpener {
    last_stream: u32,
    /// Since when each stream of a peer is open.
    open: BTreeMap<PeerId, Vec<Timestamp>>,
}

/// The beginning of a frame of 100 bytes.
const HALF: &[u8] = &[100, 0x1a];

impl Attack for HalfOpener {
    fn act(&mut self, now: Timestamp, on: Victim, _: &mut Chance, actions: &mut HostileActions) {
        let open = self.open.entry(on.peer).or_default();
        open.retain(|since| now.since(*since) < InboundStreams::time_for(HALF.len()));
        if open.len() < InboundStreams::MAX_STREAMS {
            self.last_stream += 1;
            open.push(now);
            let (peer, stream) = (on.peer, self.last_stream);
            actions.push(HostileAction::Write { peer, stream, bytes: Bytes::from_static(HALF) });
        }
    }

    fn forget(&mut self, peer: &PeerId) {
        self.open.remove(peer);
    }
}
