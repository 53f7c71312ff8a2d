//! Opens streams and closes none: silent ones, ones that said an empty message, half frames.

use bitswap_core::{Chance, Timestamp};
use bytes::Bytes;

use super::periodic::{Attack, Victim};
use super::{HostileAction, HostileActions};

/// A stream more each time.
#[derive(Debug, Default)]
pub(super) struct StreamHog {
    opened: u32,
}

impl Attack for StreamHog {
    fn act(&mut self, _: Timestamp, on: Victim, chance: &mut Chance, actions: &mut HostileActions) {
        self.opened += 1;
        let start: &'static [u8] = match chance.below(3) {
            0 => &[],
            1 => &[0],
            _ => &[0x7f, 0x1a],
        };
        let bytes = Bytes::from_static(start);
        actions.push(HostileAction::Write { peer: on.peer, stream: self.opened, bytes });
    }
}
