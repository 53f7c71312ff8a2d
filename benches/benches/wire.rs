//! What it costs to read and write messages as peers send them.

use std::hint::black_box;

use bitswap_core::Block;
use bitswap_core::wire::{
    BlockPresence, Entry, Message, ProtocolVersion, WantKind, decode, encode,
};
use bytes::Bytes;
use cid::Cid;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

criterion_group!(benches, wire);
criterion_main!(benches);

fn wire(criterion: &mut Criterion) {
    for (name, message) in
        [("1,000 wants", wants(1_000)), ("1,000 haves", haves(1_000)), ("15 blocks", blocks(15))]
    {
        let frame = encode(&message, ProtocolVersion::V1_2);
        let body = frame.slice(length_of_length(&frame)..);
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Bytes(frame.len() as u64));
        group.bench_function("encode", |bench| {
            bench.iter(|| encode(black_box(&message), ProtocolVersion::V1_2));
        });
        group.bench_function("decode", |bench| {
            bench.iter(|| {
                decode(black_box(body.clone()), ProtocolVersion::Relay)
                    .map(|decoded| decoded.verify(|_, _| false))
            });
        });
        group.bench_function("decode and hash", |bench| {
            bench.iter(|| {
                decode(black_box(body.clone()), ProtocolVersion::Relay)
                    .map(|decoded| decoded.verify(|_, _| true))
            });
        });
        group.finish();
    }
}

fn wants(count: u64) -> Message {
    let want = |name| Entry::Want {
        cid: block(name, 8).0,
        kind: WantKind::Block,
        priority: 1,
        send_dont_have: true,
        relay: None,
    };
    Message { entries: (0..count).map(want).collect(), ..Message::default() }
}

fn haves(count: u64) -> Message {
    let have = |name| (block(name, 8).0, BlockPresence::Have);
    Message { presences: (0..count).map(have).collect(), ..Message::default() }
}

fn blocks(count: u64) -> Message {
    Message {
        blocks: (0..count).map(|name| block(name, 256 * 1024)).collect(),
        ..Message::default()
    }
}

fn block(name: u64, size: usize) -> (Cid, Block) {
    let bytes: Bytes = name.to_be_bytes().into_iter().cycle().take(size).collect();
    match Block::sha2_256(bytes) {
        Ok(block) => (Cid::new_v1(0x55, *block.multihash()), block),
        Err(error) => unreachable!("small enough: {error}"),
    }
}

fn length_of_length(frame: &[u8]) -> usize {
    frame.iter().take_while(|byte| **byte >= 0x80).count() + 1
}
