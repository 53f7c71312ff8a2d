//! Decoding takes any bytes, and what it gives is read again as it was when it is written.

use bitswap_core::MAX_FRAME_BYTES;
use bitswap_core::wire::{Dialect, Message, decode, encode, encode_without_blocks, frame_length};
use bytes::Bytes;

use crate::dice::Dice;

/// A byte for the dialect, then a frame without its length.
pub fn wire_decode(bytes: &[u8]) {
    let mut dice = Dice::of(bytes);
    let dialect = dice.pick(&Dialect::NEWEST_FIRST);
    let Ok(decoded) = decode(Bytes::copy_from_slice(dice.rest()), dialect) else { return };
    let (message, _) = decoded.verify(|_, _| true);

    let again = read_again(&message, dialect);
    if dialect.has_presences() {
        assert_eq!(again.as_ref(), Some(&message), "{dialect:?}");
    }
    let Some(again) = again else { return };
    assert_eq!(read_again(&again, dialect).as_ref(), Some(&again), "{dialect:?}");
    travels_beside(&again, dialect);
}

/// `None` if it would not fit a frame.
fn read_again(message: &Message, dialect: Dialect) -> Option<Message> {
    let frame = encode(message, dialect);
    let body = body(&frame)?;
    let (message, left_out) = decode(body, dialect).unwrap().verify(|_, _| true);
    assert_eq!((left_out.unusable, left_out.over_budget, left_out.unhashed), (0, 0, 0));
    Some(message)
}

/// A simulator's frame, whose blocks are not in it, says the same.
fn travels_beside(message: &Message, dialect: Dialect) {
    let (frame, length) = encode_without_blocks(message, dialect);
    assert_eq!(length, encode(message, dialect).len());
    let Some(body) = body(&frame) else { return };
    let decoded = decode(body, dialect).unwrap().beside(message.blocks.clone(), dialect);
    assert_eq!(decoded.verify(|_, _| true).0, *message, "{dialect:?}");
}

fn body(frame: &Bytes) -> Option<Bytes> {
    if frame.len() > MAX_FRAME_BYTES {
        return None;
    }
    let (length, used) = frame_length(frame).unwrap().unwrap();
    assert_eq!(used + length, frame.len());
    Some(frame.slice(used..))
}
