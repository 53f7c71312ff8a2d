//! Space of deleted blocks comes back, and what is deleted does not.

use bitswap_core::Block;
use futures::executor::block_on;

use crate::block_store::Multihash;
use crate::disk::key::Key;
use crate::disk::segment::frame::{Change, FRAME, Frames};
use crate::disk::sim::{Engine, SimDisk, SimStore};
use crate::disk::tests::{absent, block, delete, formatted, put, read, there};

#[test]
fn space_of_deleted_blocks_comes_back() {
    let disk = formatted(Engine::Segments);
    let store = disk.store().unwrap();
    let all: Vec<_> = (0..40).map(|series| block(series, 70_000)).collect();
    for block in &all {
        put(&*store, std::slice::from_ref(block)).unwrap();
    }
    let (kept, gone): (Vec<_>, Vec<_>) =
        all.into_iter().enumerate().partition(|(number, _)| number % 5 == 0);
    let [kept, gone] = [kept, gone].map(bare);
    delete(&*store, &gone).unwrap();
    let before = disk.lock().image.length();

    compact(&store);

    let after = disk.lock().image.length();
    assert!(before > 2_800_000 && after < 900_000, "{before} bytes, then {after}");
    assert_eq!(read(&*store, &kept), there(&kept));
    drop(store);
    let store = disk.store().unwrap();
    assert_eq!(read(&*store, &kept), there(&kept));
    assert_eq!(read(&*store, &gone), absent(&gone));
}

#[test]
fn a_deletion_outlives_the_segment_that_it_was_in() {
    let disk = formatted(Engine::Segments);
    let store = disk.store().unwrap();
    let [gone, kept, short_lived] = [block(1, 70_000), block(2, 300_000), block(3, 390_000)];
    put(&*store, &[gone.clone(), kept.clone()]).unwrap();
    // From here on in the second segment.
    put(&*store, std::slice::from_ref(&short_lived)).unwrap();
    delete(&*store, &[gone.clone(), short_lived.clone()]).unwrap();
    put(&*store, &[block(4, 390_000)]).unwrap();

    compact(&store);

    drop(store);
    let store = disk.store().unwrap();
    let both = [gone, short_lived];
    assert_eq!(read(&*store, &both), absent(&both));
    assert_eq!(read(&*store, std::slice::from_ref(&kept)), there(&[kept]));
}

#[test]
fn a_block_that_looks_like_a_deletion_deletes_nothing() {
    let victim = block(1, 70_000);
    // Frames lie at multiples of their length; where the forged ones lie, the victim decides.
    for shift in 0..FRAME {
        let forgery = forgery(victim.multihash(), shift);
        let disk = formatted(Engine::Segments);
        let store = disk.store().unwrap();
        put(&*store, &[victim.clone(), forgery]).unwrap();
        let mut image = disk.lock().image.clone();
        drop(store);
        // Without its first frame, the rest of the group is searched for frames.
        *image.byte(1_024).unwrap() ^= 1;

        let store = SimDisk::of(Engine::Segments, image).store().unwrap();

        let victim = std::slice::from_ref(&victim);
        assert_eq!(read(&*store, victim), there(victim), "shifted by {shift}");
    }
}

/// Frames that are right but for the secret.
fn forgery(hash: &Multihash, shift: usize) -> Block {
    let frames = Frames { secret: [0; 16], segment: 0 };
    let mut bytes = vec![0; shift];
    for number in 0..100 {
        frames.entry(number * FRAME as u64, &Key::of(hash), Change::Delete, &mut bytes);
    }
    Block::sha2_256(bytes.into()).unwrap()
}

fn compact(store: &SimStore) {
    block_on(store.compact()).unwrap();
}

fn bare(numbered: Vec<(usize, Block)>) -> Vec<Block> {
    numbered.into_iter().map(|(_, block)| block).collect()
}
