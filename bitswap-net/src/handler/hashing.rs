//! The hashing of what came: large frames in tasks of their own, so that the connection goes on
//! reading and decrypting, on other processors if there are any. Frames leave in the order in which
//! they came.

#[cfg(test)]
pub(super) mod tests;

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};

use bitswap_core::wire::{Message, ProtocolVersion, Skipped};
use futures::{Future as _, ready};
use tokio::task::JoinHandle;

use super::frames::Frame;
use crate::hashes::OpenHashes;

/// Payload bytes from which a frame has a task of its own. The task costs some microseconds, and
/// hashing so many bytes 30 to 300.
const APART_BYTES: usize = 64 * 1024;

/// Bytes of frames that wait here until nothing more is read; the last frame may go over.
const WAITING_BYTES: usize = 1024 * 1024;

/// A frame whose blocks are hashed.
#[derive(Debug)]
pub(super) struct Hashed {
    pub(super) protocol: ProtocolVersion,
    pub(super) message: Message,
    pub(super) skipped: Skipped,
    /// Bytes of the frame that belong to no payload.
    pub(super) bytes_beside_payloads: usize,
}

/// The frames of one connection, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Hashing {
    frames: VecDeque<Waiting>,
    bytes: usize,
}

#[derive(Debug)]
struct Waiting {
    bytes: usize,
    work: Work,
}

#[derive(Debug)]
enum Work {
    Done(Box<Hashed>),
    Going(JoinHandle<Hashed>),
}

impl Hashing {
    /// Hashes the blocks of this frame that are of kinds in `open`.
    pub(super) fn push(&mut self, protocol: ProtocolVersion, frame: Frame, open: &OpenHashes) {
        let (bytes, open) = (frame.bytes, open.now());
        let payloads = bytes.saturating_sub(frame.decoded.bytes_beside_payloads());
        let hash = move || {
            // Its room is given back when it is hashed.
            let Frame { decoded, room: _room, .. } = frame;
            let bytes_beside_payloads = decoded.bytes_beside_payloads();
            let is_open = |code, digest| open.contains(&(code, digest));
            let (message, skipped) = decoded.verify(is_open);
            Hashed { protocol, message, skipped, bytes_beside_payloads }
        };
        let work = if payloads < APART_BYTES {
            Work::Done(Box::new(hash()))
        } else {
            Work::Going(tokio::spawn(async move { hash() }))
        };
        self.bytes += bytes;
        self.frames.push_back(Waiting { bytes, work });
    }

    /// Whether more may be read.
    pub(super) const fn has_room(&self) -> bool {
        self.bytes < WAITING_BYTES
    }

    /// The oldest frame once it is hashed; `None` if there is none.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Hashed>> {
        loop {
            let Some(first) = self.frames.front_mut() else { return Poll::Ready(None) };
            let ended = match &mut first.work {
                Work::Done(_) => None,
                Work::Going(task) => Some(ready!(Pin::new(task).poll(cx))),
            };
            let Some(Waiting { bytes, work }) = self.frames.pop_front() else { continue };
            self.bytes -= bytes;
            match (work, ended) {
                (Work::Done(hashed), _) => return Poll::Ready(Some(*hashed)),
                (Work::Going(_), Some(Ok(hashed))) => return Poll::Ready(Some(hashed)),
                // The runtime shuts down, or the task panicked: the frame is lost.
                (Work::Going(_), Some(Err(_)) | None) => {}
            }
        }
    }
}
