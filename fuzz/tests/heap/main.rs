//! What reading a frame allocates. Alone in its binary, and one test only: the allocator counts for
//! the whole process.

use std::alloc::System;
use std::fs;
use std::path::Path;

use bitswap_core::wire::{ProtocolVersion, decode};
use bytes::Bytes;
use peakmem_alloc::{INSTRUMENTED_SYSTEM, PeakMemAlloc, PeakMemAllocTrait as _};

#[global_allocator]
static ALLOCATOR: &PeakMemAlloc<System> = &INSTRUMENTED_SYSTEM;

const MIB: usize = 1024 * 1024;

#[test]
fn reading_a_frame_costs_its_length_and_no_more_than_a_mebibyte() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/wire_decode");
    let mut frames = 0;
    for file in fs::read_dir(corpus).unwrap() {
        let file = file.unwrap().path();
        let bytes = fs::read(&file).unwrap();
        let frame = Bytes::copy_from_slice(bytes.get(1..).unwrap_or_default());
        ALLOCATOR.reset_peak_memory();
        let read = decode(frame.clone(), ProtocolVersion::Relay)
            .map(|decoded| decoded.verify(|_, _| true));
        let peak = ALLOCATOR.get_peak_memory();

        drop(read);
        assert!(peak <= frame.len() + MIB, "{}: {peak} bytes", file.display());
        frames += 1;
    }
    assert!(frames > 0);
}
