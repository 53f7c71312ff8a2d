//! From bytes to a message, with budgets before allocation.

use bytes::Bytes;

use super::message::{LeftOut, Message};
use crate::error::WireError;

/// A frame taken apart, its payloads not yet hashed.
#[derive(Clone, Debug, Default)]
pub struct Decoded {}

impl Decoded {
    /// Hashes the payloads whose multihash code and digest length `wanted` says yes to, and
    /// passes over the others.
    pub fn verify(self, _wanted: impl FnMut(u64, u8) -> bool) -> (Message, LeftOut) {
        (Message::default(), LeftOut::default())
    }
}

/// Takes one frame apart (without the length in front of it).
///
/// # Errors
/// A [`WireError`]: the whole message is lost.
pub fn decode(_frame: Bytes) -> Result<Decoded, WireError> {
    Ok(Decoded {})
}

/// Reads the length in front of a frame: the frame's length and how many bytes the length itself
/// took, or `None` if more bytes are needed.
///
/// # Errors
/// [`WireError::BadLength`] or [`WireError::TooLarge`]; the stream is lost.
pub const fn frame_length(_start: &[u8]) -> Result<Option<(usize, usize)>, WireError> {
    Ok(None)
}
