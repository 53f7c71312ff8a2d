//! What a reader sees of frames, in reads of any size.

use std::task::Poll;

use futures::executor::block_on;
use futures::io::Cursor;
use futures::{AsyncReadExt as _, FutureExt as _};

use super::*;
use crate::yamux::WindowBudget;

const SYN: u16 = 1;
const FIN: u16 = 4;
const PART: usize = PART_BYTES as usize;

fn frame(kind: u8, flags: u16, length: u32, body: &[u8]) -> Vec<u8> {
    let [high, low] = flags.to_be_bytes();
    let mut frame = vec![0, kind, high, low, 0, 0, 0, 7];
    frame.extend(length.to_be_bytes());
    frame.extend(body);
    frame
}

fn data(flags: u16, body: &[u8]) -> Vec<u8> {
    frame(TYPE_DATA, flags, u32::try_from(body.len()).unwrap(), body)
}

/// Reads all of `sent`, at most `most` bytes at a time.
fn read(sent: &[u8], most: usize) -> io::Result<Vec<u8>> {
    let mut socket = SplitFrames::new(Cursor::new(sent), WindowBudget::of(0).share());
    let (mut all, mut buffer) = (Vec::new(), vec![0; most]);
    loop {
        match block_on(socket.read(&mut buffer))? {
            0 => return Ok(all),
            bytes => all.extend(&buffer[..bytes]),
        }
    }
}

#[test]
fn a_large_frame_is_read_as_several_with_its_flags_at_their_ends() {
    let body: Vec<u8> = (0..2 * PART + 5).map(|place| (place % 251) as u8).collect();
    let ping = frame(2, SYN, 99, &[]);
    let update = frame(1, 0, u32::MAX, &[]);
    let small = data(SYN | FIN, b"small");
    let sent = [ping.clone(), data(SYN | FIN, &body), update.clone(), small.clone()].concat();
    let parts =
        [data(SYN, &body[..PART]), data(0, &body[PART..2 * PART]), data(FIN, &body[2 * PART..])];
    let seen = [ping, parts.concat(), update, small].concat();
    for most in [1, 5, HEADER_BYTES, 1_000, 1 << 20] {
        assert!(read(&sent, most).unwrap() == seen, "reads of {most} bytes");
    }
}

#[test]
fn a_frame_without_a_body_keeps_its_flags() {
    let sent = [data(SYN, &[]), data(FIN, &[])].concat();
    assert_eq!(read(&sent, 64).unwrap(), sent);
}

#[test]
fn a_header_that_is_cut_short_is_an_error_and_an_end_between_frames_is_none() {
    let error = read(&data(0, b"body")[..7], 64).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    assert!(read(&[], 64).unwrap().is_empty());
}

#[test]
fn what_came_of_a_part_is_read_before_the_rest_is_there() {
    let begun = Cursor::new(frame(TYPE_DATA, 0, 1 << 30, b"the first bytes"));
    let mut socket = SplitFrames::new(begun.chain(Silent), WindowBudget::of(0).share());
    let mut seen = [0; HEADER_BYTES + 15];
    assert!(matches!(socket.read_exact(&mut seen).now_or_never(), Some(Ok(()))));
    assert_eq!(seen[HEADER_BYTES..], *b"the first bytes");
}

/// A peer that sends no more.
struct Silent;

impl AsyncRead for Silent {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        _: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Pending
    }
}
