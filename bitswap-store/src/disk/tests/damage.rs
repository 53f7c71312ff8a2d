//! Bits that flip at rest, and files of another time.

use std::io::ErrorKind;

use bitswap_core::Chance;
use futures::executor::block_on;

use crate::conformance;
use crate::disk::layout::FORMAT;
use crate::disk::segment::header::Header;
use crate::disk::sim::{Engine, Image, SimDisk};
use crate::disk::tests::{ENGINES, blocks, formatted, put, read, there};
use crate::error::StoreError;

#[test]
fn a_flipped_bit_in_a_block_costs_that_block_until_it_is_put_again() {
    ENGINES.into_iter().for_each(a_flipped_bit_in_a_block);
}

fn a_flipped_bit_in_a_block(engine: Engine) {
    let all = blocks(1);
    let image = image(engine);
    for (number, broken) in all.iter().enumerate() {
        let last = find(&image, broken.bytes());
        let store = flipped(engine, &image, last, number).store().unwrap();
        let whole: Vec<_> = all.iter().filter(|block| *block != broken).cloned().collect();

        let outcome = block_on(conformance::damaged(&*store, &whole, broken.multihash()));

        assert_eq!(outcome, Ok(()), "{broken:?}");
        put(&*store, std::slice::from_ref(broken)).unwrap();
        assert_eq!(read(&*store, &all), there(&all), "{broken:?}");
    }
}

#[test]
fn a_flipped_bit_anywhere_gives_no_wrong_block() {
    let all = blocks(1);
    let image = image(Engine::Redb);
    let (mut whole, mut opened) = (0, 0);
    for seed in 0..200 {
        let store = match anywhere(Engine::Redb, &image, seed).store() {
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
        for (block, answer) in all.iter().zip(read(&*store, &all)) {
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
fn a_flipped_bit_anywhere_costs_segments_one_block_at_most() {
    let all = blocks(1);
    let whole_image = image(Engine::Segments);
    // What was never closed is looked at more closely.
    let crashed = {
        let disk = formatted(Engine::Segments);
        let store = disk.store().unwrap();
        put(&*store, &blocks(1)).unwrap();
        disk.lock().image.clone()
    };
    for (image, seeds) in [(whole_image, 0..300), (crashed, 300..600)] {
        for seed in seeds {
            let store = anywhere(Engine::Segments, &image, seed).store().unwrap();
            let answers = read(&*store, &all);
            let whole = answers.iter().zip(there(&all)).filter(|(one, other)| **one == *other);
            assert!(whole.count() + 1 >= all.len(), "{seed}: {answers:?}");
            put(&*store, &all).unwrap();
            assert_eq!(read(&*store, &all), there(&all), "{seed}");
        }
    }
}

#[test]
fn segments_of_a_later_version_or_of_another_store_are_refused() {
    let image = image(Engine::Segments);
    let header = Header::read(&image.bytes()).unwrap();
    let refused = |header: Header| {
        let mut image = image.clone();
        image.add(1, Header { segment: 1, ..header }.bytes());
        SimDisk::of(Engine::Segments, image).store().unwrap_err()
    };

    let later = refused(Header { version: 3, ..header });
    let foreign = refused(Header { secret: [7; 16], ..header });

    assert_eq!(later, StoreError::Format { found: 3, known: 2 });
    let kind = ErrorKind::InvalidData;
    assert_eq!(foreign, StoreError::Io { doing: "open the store".into(), kind });
}

#[test]
fn a_store_of_a_later_version_is_refused() {
    let disk = formatted(Engine::Redb);
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
    let disk = formatted(Engine::Redb);
    let store = disk.store().unwrap();
    for series in 0..16 {
        let megabytes = (0..4).map(|part| super::block(series * 4 + part, 500_000));
        put(&*store, &megabytes.collect::<Vec<_>>()).unwrap();
    }
    let crashed = disk.after_power_cut(1);

    let reopened = crashed.store().unwrap();

    let read = crashed.lock().bytes_read;
    let length = crashed.lock().image.length();
    assert!(length > 32_000_000 && read < 1_000_000, "{read} bytes of {length} read");
    drop(reopened);
}

/// A closed store that has the first list.
fn image(engine: Engine) -> Image {
    let disk = formatted(engine);
    let store = disk.store().unwrap();
    put(&*store, &blocks(1)).unwrap();
    drop(store);
    disk.lock().image.clone()
}

/// A bit of it, drawn by the seed, is flipped.
fn anywhere(engine: Engine, image: &Image, seed: u64) -> SimDisk {
    let mut chance = Chance::named(seed, "flip");
    let place = chance.below(image.length() as u64) as usize;
    flipped(engine, image, place, chance.below(8) as usize)
}

fn flipped(engine: Engine, image: &Image, place: usize, bit: usize) -> SimDisk {
    let mut image = image.clone();
    *image.byte(place).unwrap() ^= 1 << (bit % 8);
    SimDisk::of(engine, image)
}

/// Where the last byte of a block is, by the bytes before it: blocks begin alike and end each in
/// its own way.
fn find(image: &Image, block: &[u8]) -> usize {
    let end = &block[block.len() - block.len().min(20)..];
    let begin = image.bytes().windows(end.len()).rposition(|window| window == end).unwrap();
    begin + end.len() - 1
}
