//! Bits that flip at rest, and files of another time.

use std::io::ErrorKind;

use bitswap_core::Chance;
use futures::executor::block_on;

use crate::conformance;
use crate::disk::layout::FORMAT;
use crate::disk::sim::SimDisk;
use crate::disk::tests::{blocks, formatted, put, read, there};
use crate::error::StoreError;

#[test]
fn a_flipped_bit_in_a_block_costs_that_block_until_it_is_put_again() {
    let all = blocks(1);
    let image = image();
    for (number, broken) in all.iter().enumerate() {
        let last = find(&image, broken.bytes());
        let mut image = image.clone();
        image[last] ^= 1 << (number % 8);
        let store = SimDisk::of(image).store().unwrap();
        let whole: Vec<_> = all.iter().filter(|block| *block != broken).cloned().collect();

        let outcome = block_on(conformance::damaged(&store, &whole, broken.multihash()));

        assert_eq!(outcome, Ok(()), "{broken:?}");
        put(&store, std::slice::from_ref(broken)).unwrap();
        assert_eq!(read(&store, &all), there(&all), "{broken:?}");
    }
}

#[test]
fn a_flipped_bit_anywhere_gives_no_wrong_block() {
    let all = blocks(1);
    let image = image();
    let (mut whole, mut opened) = (0, 0);
    for seed in 0..200 {
        let (mut image, mut chance) = (image.clone(), Chance::named(seed, "flip"));
        let place = chance.below(image.len() as u64) as usize;
        image[place] ^= 1 << chance.below(8);
        let store = match SimDisk::of(image).store() {
            Ok(store) => store,
            Err(error) => {
                let StoreError::Io { kind, .. } = &error else { unreachable!("{error:?}") };
                assert!(
                    [ErrorKind::InvalidData, ErrorKind::UnexpectedEof].contains(kind),
                    "{kind}"
                );
                continue;
            }
        };
        opened += 1;
        for (block, answer) in all.iter().zip(read(&store, &all)) {
            let corrupt = StoreError::Corrupt { hash: *block.multihash() };
            let right = answer == Ok(Some(block.clone()));
            whole += u32::from(right);
            let honest = right || answer == Ok(None) || answer == Err(corrupt);
            assert!(honest || matches!(answer, Err(StoreError::Io { .. })), "{seed}: {answer:?}");
        }
    }
    assert!(opened > 150 && whole > 700, "{opened} opened, {whole} blocks whole");
}

#[test]
fn a_store_of_a_later_version_is_refused() {
    let disk = formatted();
    drop(disk.store().unwrap());
    let database = disk.database().unwrap();
    let write = database.begin_write().unwrap();
    write.open_table(FORMAT).unwrap().insert((), 2).unwrap();
    write.commit().unwrap();
    drop(database);

    let refused = disk.store().unwrap_err();

    assert_eq!(refused, StoreError::Format { found: 2, known: 1 });
}

#[test]
fn opening_after_a_crash_reads_little_of_a_large_store() {
    let disk = formatted();
    let store = disk.store().unwrap();
    for series in 0..16 {
        let megabytes = (0..4).map(|part| super::block(series * 4 + part, 500_000));
        put(&store, &megabytes.collect::<Vec<_>>()).unwrap();
    }
    let crashed = disk.after_power_cut(1);

    let reopened = crashed.store().unwrap();

    let read = crashed.lock().bytes_read;
    let length = crashed.lock().image.len();
    assert!(length > 32_000_000 && read < 1_000_000, "{read} bytes of {length} read");
    drop(reopened);
}

/// A closed store that has the first list.
fn image() -> Vec<u8> {
    let disk = formatted();
    let store = disk.store().unwrap();
    put(&store, &blocks(1)).unwrap();
    drop(store);
    disk.lock().image.clone()
}

/// Where the last byte of a block is, by the bytes before it: blocks begin alike and end each in
/// its own way.
fn find(image: &[u8], block: &[u8]) -> usize {
    let end = &block[block.len() - block.len().min(20)..];
    let begin = image.windows(end.len()).rposition(|window| window == end).unwrap();
    begin + end.len() - 1
}
