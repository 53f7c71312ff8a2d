//! What it costs to read and write messages as peers send them.

#[path = "../instructions/src/messages.rs"]
mod messages;

use std::hint::black_box;

use bitswap_core::wire::{ProtocolVersion, decode, encode};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

use self::messages::{blocks, haves, wants};

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

fn length_of_length(frame: &[u8]) -> usize {
    frame.iter().take_while(|byte| **byte >= 0x80).count() + 1
}
