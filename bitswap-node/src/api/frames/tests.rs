//! Blocks arrive as they left, however their bytes are cut, and nonsense is told.

use std::io;

use bitswap_net::Block;
use bytes::Bytes;
use futures::executor::block_on;
use futures::{StreamExt as _, stream};

use super::{FrameError, Frames, Head, packed, written};
use crate::api::api_error::ApiError;
use crate::api::kinds::raw_cid;

#[test]
fn frames_are_read_however_they_were_cut() {
    let sent = sent();

    for piece in [1, 2, 7, 100_000] {
        let pieces = sent.chunks(piece).map(Bytes::copy_from_slice).collect();
        let read = read(pieces).unwrap();

        assert_eq!(read.len(), 3, "{piece}");
        assert_eq!(read[0].1, Bytes::from_static(b"an apple\nand a line"));
        assert_eq!(read[1].0.error, Some(ApiError::NotFound));
        assert_eq!((read[2].0.bytes, read[2].1.len()), (Some(0), 0));
    }
}

#[test]
fn small_pieces_leave_together_and_large_ones_as_they_are() {
    let large = Bytes::from(vec![7; 100_000]);
    let mut pieces: Vec<_> = (0..100_u8).map(|n| Bytes::copy_from_slice(&[n; 1_000])).collect();
    pieces.insert(50, large.clone());

    let sent: Vec<_> = block_on(packed(stream::iter(pieces.clone())).collect());

    assert_eq!(sent.concat(), pieces.concat());
    assert!(sent.len() <= 5, "{}", sent.len());
    assert!(sent.iter().any(|piece| piece.as_ptr() == large.as_ptr()));
}

#[test]
fn a_stream_that_ends_early_is_told() {
    let sent = sent();

    for end in [1, 20, sent.len() - 1] {
        let cut = read(vec![Bytes::copy_from_slice(&sent[..end])]);

        assert!(matches!(cut, Err(FrameError::Cut)), "{end}: {cut:?}");
    }
}

#[test]
fn what_is_too_large_is_refused_before_it_is_read() {
    let large = read(vec![Bytes::from_static(b"{\"cid\":\"a\",\"bytes\":2097153}\n")]);
    let long = read(vec![Bytes::from(vec![b' '; 5_000])]);
    let nonsense = read(vec![Bytes::from_static(b"nonsense\n")]);

    assert!(matches!(large, Err(FrameError::TooLarge { bytes: 2_097_153, .. })), "{large:?}");
    assert!(matches!(long, Err(FrameError::TooLong { .. })), "{long:?}");
    assert!(matches!(nonsense, Err(FrameError::Line(_))), "{nonsense:?}");
}

fn sent() -> Vec<u8> {
    let apple = Block::sha2_256(Bytes::from_static(b"an apple\nand a line")).unwrap();
    let empty = Block::sha2_256(Bytes::new()).unwrap();
    let apple_cid = raw_cid(*apple.multihash());
    let empty_cid = raw_cid(*empty.multihash());
    let all = [
        written(&Head::of(&apple_cid, &apple), Some(apple.bytes())),
        written(&Head::without(&apple_cid, Some(ApiError::NotFound)), None),
        written(&Head::of(&empty_cid, &empty), Some(empty.bytes())),
    ];
    all.into_iter().flatten().flatten().collect()
}

fn read(pieces: Vec<Bytes>) -> Result<Vec<(Head, Bytes)>, FrameError> {
    let body = stream::iter(pieces.into_iter().map(Ok::<_, io::Error>));
    let mut frames = Frames::of(body);
    block_on(async {
        let mut read = Vec::new();
        while let Some(frame) = frames.next().await? {
            read.push(frame);
        }
        Ok(read)
    })
}
