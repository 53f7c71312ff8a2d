//! Framing: the length in front of each message.

use crate::error::WireError;
use crate::limits::MAX_FRAME_BYTES;

/// The longest length prefix that is read: four bytes hold 256 MiB, far more than the largest
/// frame.
const MAX_LENGTH_BYTES: usize = 4;

/// Reads the length prefix of a frame: the frame's length and the number of bytes of the prefix
/// itself, or `None` if more bytes are needed. A frame of 0 bytes is a legal empty message.
///
/// # Errors
/// [`WireError::BadLength`] or [`WireError::TooLarge`]; the stream cannot be read any further.
pub const fn frame_length(start: &[u8]) -> Result<Option<(usize, usize)>, WireError> {
    let mut rest = start;
    let mut length = 0;
    let mut used = 0;
    while let Some((&byte, after)) = rest.split_first() {
        length |= ((byte & 0x7f) as usize) << (7 * used);
        used += 1;
        if byte == 0 && used > 1 {
            return Err(WireError::BadLength);
        }
        if byte < 0x80 {
            return within_limit(length, used);
        }
        if used == MAX_LENGTH_BYTES {
            return Err(WireError::BadLength);
        }
        rest = after;
    }
    Ok(None)
}

const fn within_limit(length: usize, used: usize) -> Result<Option<(usize, usize)>, WireError> {
    if length > MAX_FRAME_BYTES {
        return Err(WireError::TooLarge { bytes: length as u64, limit: MAX_FRAME_BYTES });
    }
    Ok(Some((length, used)))
}
