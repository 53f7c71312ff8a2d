//! What the worst frames cost in memory. Alone in its binary, and one test only: the allocator
//! counts for the whole process.

use std::alloc::System;
use std::iter::repeat_n;

use bitswap_core::wire::{ProtocolVersion, decode, frame_length};
use bitswap_core::{MAX_FRAME_BYTES, WireError};
use bytes::Bytes;
use peakmem_alloc::{INSTRUMENTED_SYSTEM, PeakMemAlloc, PeakMemAllocTrait as _};

#[global_allocator]
static ALLOCATOR: &PeakMemAlloc<System> = &INSTRUMENTED_SYSTEM;

const MIB: usize = 1024 * 1024;

#[test]
fn the_worst_frames_cost_no_more_than_the_budgets() {
    assert_eq!(frame_length(&varint(100_000_000_000)), Err(WireError::BadLength));

    for bomb in refused().into_iter().chain(survived()).chain(dearest()) {
        ALLOCATOR.reset_peak_memory();
        let read = decode(bomb.frame.clone(), ProtocolVersion::Relay)
            .map(|decoded| decoded.verify(|_, _| true));
        let peak = ALLOCATOR.get_peak_memory();

        let verdict = read.map(|(message, _)| message.items());
        assert_eq!(verdict, bomb.verdict, "{}", bomb.name);
        assert!(peak <= bomb.most, "{}: {peak} bytes, {} are allowed", bomb.name, bomb.most);
    }
}

struct Bomb {
    name: &'static str,
    frame: Bytes,
    /// How many items come out of it.
    verdict: Result<usize, WireError>,
    /// Bytes that may be allocated besides the frame.
    most: usize,
}

fn bomb(name: &'static str, frame: Vec<u8>, verdict: Result<usize, WireError>) -> Bomb {
    assert!(frame.len() <= MAX_FRAME_BYTES, "{name}");
    Bomb { name, frame: frame.into(), verdict, most: MIB }
}

fn costly(most: usize, bomb: Bomb) -> Bomb {
    Bomb { most, ..bomb }
}

/// Frames that are no message, or no honest one.
fn refused() -> Vec<Bomb> {
    let too_many = Err(WireError::TooMany { limit: 65_536 });
    let no_cid =
        |place| Err(WireError::BadCid { place, position: 0, why: "it is missing".to_owned() });
    let malformed = |offset, why| Err(WireError::Malformed { offset, why });
    let cut = "a field longer than what it is in";
    // 10 million entries of 2 bytes, as far as they fit.
    let ten_million = [&[0x0a][..], &varint(20_000_000)].concat();
    let hundred_gigabytes = [&[0x1a][..], &varint(100_000_000_000), &[0; 64]].concat();
    vec![
        bomb("empty payloads", filled(&[], &[0x1a, 0]), Err(WireError::BadPrefix { position: 0 })),
        bomb("empty presences", filled(&[], &[0x22, 0]), no_cid("presence")),
        bomb("empty entries", wantlist(repeat_n(vec![], 2_097_000)), no_cid("entry")),
        bomb("empty bare blocks", filled(&[], &[0x12, 0]), too_many.clone()),
        bomb(
            "entries of one byte",
            wantlist(repeat_n(vec![0x0a, 1, 1], 800_000)),
            too_many.clone(),
        ),
        bomb("wants of 36 bytes", wantlist((0..100_000).map(want)), too_many.clone()),
        bomb("cancels of 36 bytes", wantlist((0..90_000).map(cancel)), too_many),
        bomb("10 million entries", filled(&ten_million, &[0x0a, 0]), malformed(5, cut)),
        bomb("a field of 100 GB", hundred_gigabytes, malformed(7, cut)),
        bomb("nested groups", filled(&[], &[0x0b]), malformed(17, "groups nested too deeply")),
        bomb("noise", noise(), malformed(0, "an unknown wire type")),
    ]
}

/// Frames that say nothing at length.
fn survived() -> Vec<Bomb> {
    vec![
        bomb("empty wantlists", filled(&[], &[0x0a, 0]), Ok(0)),
        bomb("unknown numbers", filled(&[], &[0x50, 1]), Ok(0)),
        bomb("unknown bytes", filled(&[], &[0x52, 0]), Ok(0)),
        bomb("groups of nothing", filled(&[], &[0x0b, 0x0c]), Ok(0)),
        bomb("a number again and again", filled(&[], &[0x28, 1]), Ok(0)),
        bomb("bare empty blocks", [0x12, 0].repeat(65_536), Ok(1)),
        bomb("one want again and again", wantlist((0..65_536).map(|_| want(7))), Ok(1)),
    ]
}

/// The dearest frames of all that are read: full budgets, and cancels, which have none of their
/// own. Each name takes 96 bytes when read, however short its CID.
fn dearest() -> Vec<Bomb> {
    vec![
        costly(4 * MIB, bomb("full budgets", full_budgets(4_095), Ok(12_800))),
        costly(8 * MIB, bomb("cancels", wantlist((0..65_536).map(cancel)), Ok(65_536))),
        costly(
            10 * MIB,
            bomb(
                "all of it",
                [full_budgets(2_800), wantlist((4_096..56_832).map(cancel))].concat(),
                Ok(65_536),
            ),
        ),
    ]
}

fn full_budgets(block_bytes: usize) -> Vec<u8> {
    let block = |n| bytes(2, &[name(n), vec![0; block_bytes - 36]].concat());
    let blocks = (0..512).flat_map(block);
    let presences = (0..8_192).flat_map(|n| bytes(4, &bytes(1, &name(n))));
    [wantlist((0..4_096).map(want)), blocks.chain(presences).collect()].concat()
}

/// A frame of 4 MiB: `start`, then `item` until it is full.
fn filled(start: &[u8], item: &[u8]) -> Vec<u8> {
    let items = (MAX_FRAME_BYTES - start.len()) / item.len();
    [start, &item.repeat(items)].concat()
}

fn wantlist(entries: impl Iterator<Item = Vec<u8>>) -> Vec<u8> {
    bytes(1, &entries.flat_map(|entry| bytes(1, &entry)).collect::<Vec<_>>())
}

fn want(n: u32) -> Vec<u8> {
    bytes(1, &name(n))
}

fn cancel(n: u32) -> Vec<u8> {
    [want(n), vec![0x18, 1]].concat()
}

/// A CID of 36 bytes.
fn name(n: u32) -> Vec<u8> {
    [&[1, 0x55, 0x12, 0x20][..], &n.to_be_bytes(), &[7; 28]].concat()
}

fn bytes(field: u8, value: &[u8]) -> Vec<u8> {
    [&[field << 3 | 2], &varint(value.len() as u64)[..], value].concat()
}

fn varint(value: u64) -> Vec<u8> {
    unsigned_varint::encode::u64(value, &mut unsigned_varint::encode::u64_buffer()).to_vec()
}

/// The same every time: a counter, stirred.
fn noise() -> Vec<u8> {
    let wake = |n: u64| (n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8;
    (1..=MAX_FRAME_BYTES as u64).map(wake).collect()
}
