//! The store on a disk that fails, tears what is written and loses power: runs from a seed, each
//! compared with a model. For tests; no other build has it.
//!
//! A run puts, deletes, reads, walks, closes and opens, and loses power. Of all that it wrote,
//! images are made as a power cut at one effect or another would have left them, and each is
//! opened and read to its last block:
//!
//! - **I15.** What was acknowledged as durable is there, and what was deleted for good is not;
//!   what was only accepted is there or not; nothing else appears. What one opening found, the
//!   next one finds, also if the power goes while it mends.
//! - **I16.** What is given hashes to its key; sizes and walks say the same as reading.
//!
//! Some images are damaged besides: a bit is flipped, a write went to a wrong place, or syncs were
//! a lie. No engine can promise to survive that; only I16's first half is asked of them, and they
//! are only read: redb trusts its pages, and a commit on a damaged one can end the process, by a
//! panic while another is cleaned up, which nobody can catch.
//!
//! A seed gives the same run each time: its operations, the disk's effects and the images, though
//! the store has its threads. Its caller waits until they rest or are held at an effect with a
//! number, and groups are closed by what is asked, not by a clock.

mod book;
mod drive;
mod exam;
mod image;
mod judge;
mod life;
mod platter;
mod tape;

use bitswap_core::Chance;

use crate::disk::sim::book::Book;
pub(in crate::disk) use crate::disk::sim::drive::SimDisk;
#[cfg(test)]
pub(in crate::disk) use crate::disk::sim::drive::{Fails, SimStore, Stops};
#[cfg(test)]
pub(in crate::disk) use crate::disk::sim::image::Image;
use crate::disk::sim::judge::judge;
use crate::disk::sim::life::{End, Life, Stage};
use crate::disk::sim::platter::Platter;
use crate::disk::sim::tape::Tape;

/// Where the power goes, of all the places where it could.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cuts {
    /// After so many effects, drawn for each disk of the run.
    Some(u64),
    /// After each effect.
    Every,
}

/// Whose runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Engine {
    /// [`RedbStore`](crate::RedbStore).
    #[default]
    Redb,
    /// [`SegmentStore`](crate::SegmentStore).
    Segments,
}

/// The run of this seed.
///
/// # Errors
/// The first invariant that does not hold, and where.
pub fn run(engine: Engine, seed: u64, cuts: Cuts) -> Result<Tally, Violation> {
    course(&tape::drawn(seed), seed, cuts, (engine, Disk::Damaged))
}

/// The run that these bytes describe; any do. No image is damaged: redb's panics, which the store
/// catches, would look to a fuzzer as if it had found something.
///
/// # Errors
/// The first invariant that does not hold, and where.
pub fn play(engine: Engine, bytes: &[u8], cuts: Cuts) -> Result<Tally, Violation> {
    let seed = bytes.iter().fold(0, |seed: u64, byte| seed.rotate_left(5) ^ u64::from(*byte));
    course(bytes, seed, cuts, (engine, Disk::Whole))
}

/// The run of this seed on a disk that says of each sync that it is done, and does nothing: I15 is
/// not to be kept there, so whoever checks it has to find that out.
///
/// # Errors
/// That is what is expected.
pub fn run_without_syncs(engine: Engine, seed: u64) -> Result<Tally, Violation> {
    course(&tape::drawn(seed), seed, Cuts::Some(16), (engine, Disk::Deaf))
}

/// What may be wrong with it besides power and failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Disk {
    Whole,
    /// Now and then an image is.
    Damaged,
    /// It hears of syncs and does nothing.
    Deaf,
}

fn course(
    bytes: &[u8],
    seed: u64,
    cuts: Cuts,
    (engine, kind): (Engine, Disk),
) -> Result<Tally, Violation> {
    let made = SimDisk::formatted(engine);
    let mut disk = made.map_err(|error| Violation::i15(format!("make: {error}")))?;
    let (tape, book, tally) = (Tape::of(bytes), Book::default(), Tally::default());
    let chance = Chance::named(seed, "store images");
    let damages = kind == Disk::Damaged;
    let mut stage = Stage { book, tape, chance, tally, damages, made: 0 };
    loop {
        let base = Platter::of(disk.lock().image.clone(), kind == Disk::Deaf);
        let end = loop {
            stage.tally.lives += 1;
            let end = Life::on(&disk, &mut stage)?.live()?;
            if end != End::Closed {
                break end;
            }
        };
        let (image, found) = judge(&base, &disk, &mut stage, cuts)?;
        if end == End::Over {
            return Ok(stage.tally);
        }
        stage.book.begin(&found);
        disk = SimDisk::of(engine, image);
    }
}

/// What a run did, and how often each thing that must hold had something to hold for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tally {
    /// What the caller did.
    pub operations: u64,
    /// Times the store was opened by the caller.
    pub lives: u64,
    /// Writes, changes of length and syncs.
    pub effects: u64,
    /// Calls and receipts that failed by a fault.
    pub failures: u64,
    /// Images that a power cut left.
    pub images: u64,
    /// Images of a power cut that came while an opening mended the store.
    pub second_cuts: u64,
    /// Effects that the cuts lost.
    pub lost: u64,
    /// Cuts that changed the order of effects.
    pub reordered: u64,
    /// Writes of which some sectors arrived.
    pub torn: u64,
    /// I15: blocks found as they had to be.
    pub promises: u64,
    /// I15: blocks found as they might be.
    pub chances: u64,
    /// I16: answers compared with the model while it ran.
    pub looks: u64,
    /// I16: whole stores swept after a crash.
    pub sweeps: u64,
    /// Images with damage.
    pub damaged: u64,
    /// Images with damage that were refused.
    pub refused: u64,
    /// Blocks in damaged images that were given whole.
    pub undamaged: u64,
    /// Blocks in damaged images that failed with an error.
    pub detected: u64,
    /// Blocks in damaged images that were silently missing, though durable.
    pub missing: u64,
    /// A hash of all effects and images, which is the same for the same seed.
    pub digest: u64,
}

impl Tally {
    /// Adds another's counts; digests are mixed.
    pub fn add(&mut self, other: &Self) {
        let sums = [
            (&mut self.operations, other.operations),
            (&mut self.lives, other.lives),
            (&mut self.effects, other.effects),
            (&mut self.failures, other.failures),
            (&mut self.images, other.images),
            (&mut self.second_cuts, other.second_cuts),
            (&mut self.lost, other.lost),
            (&mut self.reordered, other.reordered),
            (&mut self.torn, other.torn),
            (&mut self.promises, other.promises),
            (&mut self.chances, other.chances),
            (&mut self.looks, other.looks),
            (&mut self.sweeps, other.sweeps),
            (&mut self.damaged, other.damaged),
            (&mut self.refused, other.refused),
            (&mut self.undamaged, other.undamaged),
            (&mut self.detected, other.detected),
            (&mut self.missing, other.missing),
        ];
        for (sum, part) in sums {
            *sum += part;
        }
        self.note(other.digest);
    }

    const fn note(&mut self, number: u64) {
        self.digest = (self.digest ^ number).wrapping_mul(0x0100_0000_01b3).rotate_left(7);
    }
}

/// Something that must hold and does not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{invariant} is broken{place}: {found}")]
pub struct Violation {
    /// `I15` or `I16`.
    pub invariant: &'static str,
    /// What was found.
    pub found: String,
    place: String,
}

impl Violation {
    const fn i15(found: String) -> Self {
        Self { invariant: "I15", found, place: String::new() }
    }

    const fn i16(found: String) -> Self {
        Self { invariant: "I16", found, place: String::new() }
    }

    fn in_image(mut self, effects: usize) -> Self {
        self.place = format!(" after a cut at effect {effects}{}", self.place);
        self
    }
}
