//! Decoding takes any bytes, and what it gives is read again as it was when it is written.

use bitswap_core::MAX_FRAME_BYTES;
use bitswap_core::wire::{
    Message, ProtocolVersion, decode, encode, encode_without_blocks, frame_length,
};
use bytes::Bytes;

use crate::dice::Dice;

/// A byte for the dialect, then a frame without its length.
pub fn wire_decode(bytes: &[u8]) {
    let mut dice = Dice::of(bytes);
    let protocol = dice.pick(&ProtocolVersion::NEWEST_FIRST);
    let Ok(decoded) = decode(Bytes::copy_from_slice(dice.rest()), protocol) else { return };
    let (message, _) = decoded.verify(|_, _| true);

    let again = read_again(&message, protocol);
    if protocol.has_presences() {
        assert_eq!(again.as_ref(), Some(&message), "{protocol:?}");
    }
    let Some(again) = again else { return };
    assert_eq!(read_again(&again, protocol).as_ref(), Some(&again), "{protocol:?}");
    travels_beside(&again, protocol);
}

/// `None` if it would not fit a frame.
fn read_again(message: &Message, protocol: ProtocolVersion) -> Option<Message> {
    let frame = encode(message, protocol);
    let body = body(&frame)?;
    let (message, skipped) = decode(body, protocol).unwrap().verify(|_, _| true);
    assert_eq!((skipped.unusable, skipped.over_budget, skipped.unhashed), (0, 0, 0));
    Some(message)
}

/// A simulator's frame, whose blocks are not in it, says the same.
fn travels_beside(message: &Message, protocol: ProtocolVersion) {
    let (frame, length) = encode_without_blocks(message, protocol);
    assert_eq!(length, encode(message, protocol).len());
    let Some(body) = body(&frame) else { return };
    let decoded = decode(body, protocol).unwrap().beside(message.blocks.clone(), protocol);
    assert_eq!(decoded.verify(|_, _| true).0, *message, "{protocol:?}");
}

fn body(frame: &Bytes) -> Option<Bytes> {
    if frame.len() > MAX_FRAME_BYTES {
        return None;
    }
    let (length, used) = frame_length(frame).unwrap().unwrap();
    assert_eq!(used + length, frame.len());
    Some(frame.slice(used..))
}
