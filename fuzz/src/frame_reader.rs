//! A stream is the same frames however it is cut into reads.

use bitswap_core::wire::frame_length;
use bitswap_core::{MAX_FRAME_BYTES, WireError};

use crate::dice::Dice;

/// How many cuts, how long each part is, then the stream.
pub fn frame_reader(bytes: &[u8]) {
    let mut dice = Dice::of(bytes);
    let cuts: Vec<_> = (0..dice.below(32)).map(|_| usize::from(dice.byte())).collect();
    let stream = dice.rest();
    let whole = read([stream]);
    assert_eq!(read(stream.chunks(1)), whole, "byte by byte");

    let (mut parts, mut rest) = (Vec::new(), stream);
    for cut in cuts {
        let (part, after) = rest.split_at(cut.min(rest.len()));
        parts.push(part);
        rest = after;
    }
    parts.push(rest);
    assert_eq!(read(parts), whole, "in parts");
}

/// Each frame, and how it ends: in the middle of a frame, or with an error that ends the stream.
fn read<'a, I: IntoIterator<Item = &'a [u8]>>(
    parts: I,
) -> (Vec<Vec<u8>>, Result<usize, WireError>) {
    let (mut held, mut frames) = (Vec::new(), Vec::new());
    for part in parts {
        held.extend_from_slice(part);
        loop {
            match frame_length(&held) {
                Ok(Some((length, used))) => {
                    assert!(length <= MAX_FRAME_BYTES && (1..=4).contains(&used));
                    if held.len() < used + length {
                        break;
                    }
                    frames.push(held[used..used + length].to_vec());
                    drop(held.drain(..used + length));
                }
                Ok(None) => {
                    assert!(held.len() < 4, "{} bytes are no length yet", held.len());
                    break;
                }
                Err(error) => return (frames, Err(error)),
            }
        }
    }
    (frames, Ok(held.len()))
}
