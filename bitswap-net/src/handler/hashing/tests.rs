//! Frames go in, and come out hashed, in their order.

use std::future::poll_fn;

use bitswap_core::Block;
use bitswap_core::wire::{Message, decode, encode, frame_length};
use cid::Cid;

use super::*;
use crate::frame_budget::FrameBudget;

const PROTOCOL: ProtocolVersion = ProtocolVersion::V1_2;
const SIZES: [usize; 5] = [600_000, 1, 300_000, 70_000, 2];

#[tokio::test]
async fn frames_leave_in_the_order_in_which_they_came() {
    let (mut hashing, open) = (Hashing::default(), open());
    for bytes in SIZES {
        hashing.push(PROTOCOL, frame(bytes), &open);
    }
    for bytes in SIZES {
        let hashed = poll_fn(|cx| hashing.poll(cx)).await.unwrap();
        assert_eq!(hashed.message, message(bytes));
    }
    assert!(poll_fn(|cx| hashing.poll(cx)).await.is_none());
}

#[tokio::test]
async fn what_waits_is_bounded() {
    let (mut hashing, open) = (Hashing::default(), open());
    let mut pushed = 0;
    while hashing.has_room() {
        hashing.push(PROTOCOL, frame(300_000), &open);
        pushed += 1;
    }
    assert_eq!(pushed, 4, "1 MiB, and the last one goes over");
    for _ in 0..pushed {
        assert!(poll_fn(|cx| hashing.poll(cx)).await.is_some());
        assert!(hashing.has_room());
    }
}

/// The room that a frame takes is held until it is hashed.
#[tokio::test]
async fn what_waits_counts_in_the_budget_of_the_node() {
    let (mut hashing, open) = (Hashing::default(), open());
    let budget = FrameBudget::of(0).for_connection();
    let mut room = budget.reserve();
    poll_fn(|cx| room.poll_grow(cx, 300_000, 300_000)).await.unwrap();
    hashing.push(PROTOCOL, Frame { room, ..frame(300_000) }, &open);
    assert_eq!(budget.held(), 300_000);
    poll_fn(|cx| hashing.poll(cx)).await.unwrap();
    assert_eq!(budget.held(), 0);
}

fn open() -> OpenHashes {
    let open = OpenHashes::default();
    open.set(&[(0x12, 32)]);
    open
}

fn message(bytes: usize) -> Message {
    let block = Block::sha2_256(vec![7; bytes].into()).unwrap();
    let blocks = vec![(Cid::new_v1(0x55, *block.multihash()), block)];
    Message { blocks, ..Message::default() }
}

pub(in crate::handler) fn frame(bytes: usize) -> Frame {
    let frame = encode(&message(bytes), PROTOCOL);
    let (_, prefix) = frame_length(&frame).unwrap().unwrap();
    let decoded = decode(frame.slice(prefix..), PROTOCOL).unwrap();
    Frame { decoded, bytes: frame.len(), room: FrameBudget::of(0).reserve() }
}
