//! Frames whole, in pieces, too long, too slow.

use std::future::poll_fn;

use bitswap_core::Block;
use bitswap_core::wire::{Message, ProtocolVersion, encode};
use cid::Cid;
use futures::AsyncWriteExt as _;
use futures::io::Cursor;

use super::*;

fn frames() -> Frames {
    Frames::within(&FrameBudget::of(0))
}

fn message_of(bytes: usize) -> Message {
    let block = Block::sha2_256(vec![7; bytes].into()).unwrap();
    let blocks = vec![(Cid::new_v1(0x55, *block.multihash()), block)];
    Message { blocks, ..Message::default() }
}

fn frame_of(bytes: usize) -> Bytes {
    encode(&message_of(bytes), ProtocolVersion::V1_2)
}

async fn next(
    frames: &mut Frames,
    stream: &mut (impl AsyncRead + Unpin),
) -> Option<Result<Message, StreamError>> {
    let frame = poll_fn(|cx| frames.poll_next(cx, stream, ProtocolVersion::V1_2, true)).await?;
    Some(frame.map(|frame| frame.decoded.verify(|_, _| true).0))
}

#[tokio::test]
async fn frames_of_all_sizes_come_out_as_they_went_in() {
    let sizes = [0, 1, 900, 980, 1_024, 16_384, 16_500, 300_000, 2 << 20, 3];
    let sent: Vec<u8> = sizes.iter().flat_map(|bytes| frame_of(*bytes)).collect();
    let mut stream = Cursor::new(sent);
    let mut frames = frames();
    for bytes in sizes {
        let message = next(&mut frames, &mut stream).await.unwrap().unwrap();
        assert_eq!(message, message_of(bytes));
    }
    assert!(next(&mut frames, &mut stream).await.is_none());
}

#[tokio::test]
async fn a_stream_that_ends_inside_a_frame_is_lost() {
    let mut sent = frame_of(5_000).to_vec();
    sent.truncate(4_000);
    let mut frames = frames();
    let end = next(&mut frames, &mut Cursor::new(sent)).await;
    assert!(matches!(end, Some(Err(StreamError::Lost(_)))), "{end:?}");
}

#[tokio::test]
async fn a_length_beyond_the_limit_is_refused() {
    // 100 GB, as a varint.
    let sent = [0x80, 0xd0, 0xdb, 0xc3, 0xf4, 0x02];
    let end = next(&mut frames(), &mut Cursor::new(sent)).await;
    assert!(matches!(end, Some(Err(StreamError::Refused { .. }))), "{end:?}");
}

#[tokio::test(start_paused = true)]
async fn the_buffer_grows_with_what_comes_and_not_with_what_is_announced() {
    let (mut theirs, mut ours) = pipe();
    let mut frames = frames();
    // 4 MiB are announced, 100 bytes come.
    theirs.write_all(&[0x80, 0x80, 0x80, 0x02]).await.unwrap();
    theirs.write_all(&[0; 100]).await.unwrap();
    assert!(futures::poll!(std::pin::pin!(next(&mut frames, &mut ours))).is_pending());
    assert!(frames.buffer.capacity() <= FIRST_BYTES, "{}", frames.buffer.capacity());
    theirs.write_all(&vec![0; 60_000]).await.unwrap();
    assert!(futures::poll!(std::pin::pin!(next(&mut frames, &mut ours))).is_pending());
    assert!(frames.buffer.capacity() <= 2 * 60_104, "{}", frames.buffer.capacity());
}

/// A pipe that holds a good deal.
fn pipe() -> (Pipe, Pipe) {
    let (theirs, ours) = tokio::io::duplex(1 << 20);
    (Pipe(theirs), Pipe(ours))
}

/// Tokio's pipe as futures' traits.
struct Pipe(tokio::io::DuplexStream);

impl AsyncRead for Pipe {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let mut into = tokio::io::ReadBuf::new(into);
        let read = tokio::io::AsyncRead::poll_read(Pin::new(&mut self.0), cx, &mut into);
        read.map_ok(|()| into.filled().len())
    }
}

impl futures::AsyncWrite for Pipe {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        tokio::io::AsyncWrite::poll_write(Pin::new(&mut self.0), cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        tokio::io::AsyncWrite::poll_flush(Pin::new(&mut self.0), cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        tokio::io::AsyncWrite::poll_shutdown(Pin::new(&mut self.0), cx)
    }
}
