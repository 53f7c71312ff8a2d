//! What comes to a peer that cancels: which blocks, and whether they were cancelled before.

#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bitswap_core::wire::{ProtocolVersion, decode, frame_length};
use cid::Cid;

use crate::peer::Failed;
use crate::tally::Tally;

/// What a peer cancels, and whether it has.
pub(crate) struct Answers {
    cancelled: HashSet<Cid>,
    is_cancelled: AtomicBool,
    tally: Arc<Tally>,
}

impl Answers {
    /// For one that cancels these.
    pub(crate) fn to(cancelled: &[Cid], tally: &Arc<Tally>) -> Self {
        let cancelled = cancelled.iter().copied().collect();
        Self { cancelled, is_cancelled: AtomicBool::new(false), tally: Arc::clone(tally) }
    }

    /// The cancels are about to be written: what comes from here on came in spite of them, also if
    /// it was under way.
    pub(crate) fn cancel(&self) {
        self.is_cancelled.store(true, Ordering::Relaxed);
        self.tally.cancelled.fetch_add(self.cancelled.len() as u64, Ordering::Relaxed);
    }

    /// Takes whole frames from the front of what came by a stream.
    pub(crate) fn take_frames(&self, came: &mut Vec<u8>) -> Result<(), Failed> {
        while let Some((length, prefix)) = frame_length(came)? {
            if came.len() < prefix + length {
                break;
            }
            let frame: Vec<u8> = came.drain(..prefix + length).skip(prefix).collect();
            let (message, _skipped) =
                decode(frame.into(), ProtocolVersion::V1_2)?.verify(|_code, _length| true);
            for (cid, _block) in message.blocks {
                self.count(&cid);
            }
        }
        Ok(())
    }

    fn count(&self, cid: &Cid) {
        let count = if !self.cancelled.contains(cid) {
            &self.tally.kept_came
        } else if self.is_cancelled.load(Ordering::Relaxed) {
            &self.tally.cancelled_came
        } else {
            &self.tally.came_before_cancel
        };
        count.fetch_add(1, Ordering::Relaxed);
    }
}
