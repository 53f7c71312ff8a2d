//! A frame as it is written to a stream: small parts copied together, large payloads as they are.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use bytes::{Buf, Bytes, BytesMut};

/// Payloads from this length on are not copied. For a smaller one a piece of its own, and a write
/// of its own, would cost more than the copy.
const APART_BYTES: usize = 16 * 1024;

/// The bytes of one frame that are not written yet, in pieces.
#[derive(Clone, Debug)]
pub struct EncodedFrame {
    /// None of them is empty.
    pieces: VecDeque<Bytes>,
    remaining: usize,
}

impl EncodedFrame {
    /// Whether a payload of `length` bytes is a piece of its own.
    pub(super) const fn is_apart(length: usize) -> bool {
        length >= APART_BYTES
    }

    /// A copy of the first `length` bytes.
    fn copied(&self, length: usize) -> Bytes {
        let mut copy = BytesMut::with_capacity(length);
        for piece in &self.pieces {
            let left = piece.len().min(length - copy.len());
            copy.extend_from_slice(piece.get(..left).unwrap_or_default());
        }
        copy.freeze()
    }

    /// Keeps no more than the next `length` bytes, in memory of their own. Returns how many were
    /// dropped.
    pub fn keep(&mut self, length: usize) -> usize {
        let kept = self.copied(length.min(self.remaining));
        let dropped = self.remaining - kept.len();
        self.remaining = kept.len();
        self.pieces = VecDeque::from_iter((!kept.is_empty()).then_some(kept));
        dropped
    }

    /// All that remains, in one piece.
    pub fn into_bytes(mut self) -> Bytes {
        self.copy_to_bytes(self.remaining)
    }
}

impl Buf for EncodedFrame {
    fn remaining(&self) -> usize {
        self.remaining
    }

    fn chunk(&self) -> &[u8] {
        self.pieces.front().map_or(&[], |first| first)
    }

    fn advance(&mut self, count: usize) {
        let mut left = count.min(self.remaining);
        self.remaining -= left;
        while let Some(first) = self.pieces.front_mut().filter(|_| left > 0) {
            let now = left.min(first.len());
            first.advance(now);
            left -= now;
            if first.is_empty() {
                self.pieces.pop_front();
            }
        }
    }

    fn copy_to_bytes(&mut self, length: usize) -> Bytes {
        let length = length.min(self.remaining);
        let first = self.pieces.front().filter(|first| first.len() >= length).cloned();
        let taken = match first {
            Some(mut first) => first.split_to(length),
            None => self.copied(length),
        };
        self.advance(length);
        taken
    }
}

/// A frame that is being written.
#[derive(Debug)]
pub(super) struct Pieces {
    done: VecDeque<Bytes>,
    copied: Vec<u8>,
}

impl Pieces {
    /// With room for `bytes` that are copied.
    pub(super) fn with_room(bytes: usize) -> Self {
        Self { done: VecDeque::new(), copied: Vec::with_capacity(bytes) }
    }

    /// What is being copied together, to append to.
    pub(super) const fn copied(&mut self) -> &mut Vec<u8> {
        &mut self.copied
    }

    /// Appends a payload.
    pub(super) fn put(&mut self, payload: &Bytes) {
        if EncodedFrame::is_apart(payload.len()) {
            let before = std::mem::take(&mut self.copied);
            self.add(before.into());
            self.done.push_back(payload.clone());
        } else {
            self.copied.extend_from_slice(payload);
        }
    }

    pub(super) fn finish(mut self) -> EncodedFrame {
        let last = std::mem::take(&mut self.copied);
        self.add(last.into());
        let remaining = self.done.iter().map(Bytes::len).sum();
        EncodedFrame { pieces: self.done, remaining }
    }

    fn add(&mut self, piece: Bytes) {
        if !piece.is_empty() {
            self.done.push_back(piece);
        }
    }
}
