//! Pieces are read as one frame, wherever a stream stops taking it.

use bytes::{Buf as _, Bytes};

use super::{APART_BYTES, EncodedFrame, Pieces};

/// A small part, a large payload, a small one, and a part behind them; and the same in one.
fn frame() -> (EncodedFrame, Vec<u8>) {
    let large: Bytes = (0..APART_BYTES).map(|place| place as u8).collect();
    let mut pieces = Pieces::with_room(16);
    pieces.copied().extend_from_slice(b"before");
    pieces.put(&large);
    pieces.put(&Bytes::from_static(b"small"));
    pieces.copied().extend_from_slice(b"after");
    (pieces.finish(), [b"before", &large[..], b"small", b"after"].concat())
}

#[test]
fn a_frame_is_written_in_portions_of_any_length() {
    for portion in [1, 5, 6, 7, APART_BYTES, usize::MAX] {
        let ((mut frame, whole), mut written) = (frame(), Vec::new());
        while frame.has_remaining() {
            let now = frame.chunk().len().min(portion);
            assert!(now > 0, "there is always something to write");
            written.extend_from_slice(&frame.chunk()[..now]);
            frame.advance(now);
        }
        assert!(written == whole, "in portions of {portion}");
    }
}

#[test]
fn a_frame_can_be_had_in_one_piece() {
    let (mut frame, whole) = frame();
    assert_eq!(frame.copy_to_bytes(8), whole[..8]);
    assert!(frame.into_bytes() == whole[8..]);
}

#[test]
fn a_large_payload_is_not_copied() {
    let large = Bytes::from(vec![7; APART_BYTES]);
    let mut pieces = Pieces::with_room(0);
    pieces.put(&large);
    assert_eq!(pieces.finish().chunk().as_ptr(), large.as_ptr());
}
