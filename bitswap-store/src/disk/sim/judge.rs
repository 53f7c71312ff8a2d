//! The images of a run's disk that are examined, and how each is made.

use bitswap_core::Chance;

use crate::block_store::Multihash;
use crate::disk::sim::book::Allowed;
use crate::disk::sim::drive::SimDisk;
use crate::disk::sim::exam::{self, Found};
use crate::disk::sim::image::Image;
use crate::disk::sim::life::Stage;
use crate::disk::sim::platter::{Cut, Effect, Platter, SECTOR, Synced};
use crate::disk::sim::{Cuts, Engine, Tally, Violation};

/// One image in so many is damaged besides.
const DAMAGED: u64 = 8;

/// Looks at images of what was asked of `disk`, which had `base` before, and at the one that its
/// end left, which is given back.
pub(super) fn judge(
    base: &Platter,
    disk: &SimDisk,
    stage: &mut Stage<'_>,
    cuts: Cuts,
) -> Result<(Image, Found), Violation> {
    let (trace, engine) = (trace_of(disk), disk.engine());
    stage.tally.effects += trace.len() as u64;
    digest(&trace, &mut stage.tally);
    let mut cuts: Vec<_> = match cuts {
        Cuts::Some(images) => (0..images).map(|_| place(&trace, &mut stage.chance)).collect(),
        Cuts::Every => (0..=trace.len()).collect(),
    };
    cuts.sort_unstable();
    let mut platter = base.clone();
    let mut taken = 0;
    for at in cuts {
        for effect in trace.get(taken..at).unwrap_or_default() {
            platter.take(effect.clone());
        }
        taken = at;
        if stage.damages && stage.chance.one_in(1, DAMAGED) {
            let image = damaged(base, &trace, at, &mut stage.chance);
            let Stage { book, chance, tally, .. } = stage;
            tally.damaged += 1;
            exam::honest(
                &SimDisk::of(engine, image),
                book,
                |hash| book.allowed(hash, at),
                chance,
                tally,
            )
            .map_err(|violation| violation.in_image(at))?;
        } else {
            let cut = platter.cut(&mut stage.chance);
            look(engine, cut, at, stage).map_err(|violation| violation.in_image(at))?;
        }
    }
    for effect in trace.get(taken..).unwrap_or_default() {
        platter.take(effect.clone());
    }
    let end = platter.cut(&mut stage.chance);
    let image = end.image.clone();
    let found = look(engine, end, trace.len(), stage);
    Ok((image, found.map_err(|violation| violation.in_image(trace.len()))?))
}

/// Looks at an image, at another of a cut while the first one was mended, and at what comes after.
fn look(engine: Engine, cut: Cut, at: usize, stage: &mut Stage<'_>) -> Result<Found, Violation> {
    let Stage { book, chance, tally, .. } = stage;
    tally.images += 1;
    tally.lost += cut.lost;
    tally.reordered += cut.reordered;
    tally.torn += cut.torn;
    tally.note(cut.image.length() as u64);
    let disk = SimDisk::of(engine, cut.image.clone());
    let (found, store) = exam::sound(&disk, book, |hash| book.allowed(hash, at), chance, tally)?;
    if chance.one_in(1, 4) {
        exam::goes_on(&disk, store, book, &found, chance, tally)?;
        return Ok(found);
    }
    drop(store);
    let trace = trace_of(&disk);
    if !trace.is_empty() && chance.one_in(1, 3) {
        let again = chance.below(trace.len() as u64 + 1) as usize;
        let mut platter = Platter::of(cut.image, false);
        for effect in trace.get(..again).unwrap_or_default() {
            platter.take(effect.clone());
        }
        tally.images += 1;
        tally.second_cuts += 1;
        let mended = SimDisk::of(engine, platter.cut(chance).image);
        let only = |hash: &Multihash| Allowed::only(found.get(hash) == Some(&true));
        exam::sound(&mended, book, only, chance, tally)
            .map_err(|violation| violation.in_image(again))?;
    }
    Ok(found)
}

/// A power cut's image in which a bit is flipped, of a disk that wrote to a wrong place once, or of
/// one that was lying about its syncs.
fn damaged(base: &Platter, trace: &[Effect], at: usize, chance: &mut Chance) -> Image {
    let how = chance.below(3);
    let wrong = chance.below(at as u64) as usize;
    let mut platter = base.clone();
    for (number, effect) in trace.get(..at).unwrap_or_default().iter().enumerate() {
        let effect = match effect {
            Effect::Write(file, place, bytes)
                if how == 0 && number >= wrong && number < wrong + 8 =>
            {
                let sectors = (place + bytes.len()) / SECTOR;
                let sector = chance.below(sectors as u64) as usize;
                Effect::Write(*file, sector * SECTOR, bytes.clone())
            }
            Effect::Sync(_) if how == 1 && number >= wrong => continue,
            Effect::Write(..)
            | Effect::Length(..)
            | Effect::Name(..)
            | Effect::Sync(_)
            | Effect::FailedSync(..) => effect.clone(),
        };
        platter.take(effect);
    }
    let mut image = platter.cut(chance).image;
    if how == 2 {
        for _ in 0..=chance.below(3) {
            let place = chance.below(image.length() as u64) as usize;
            if let Some(byte) = image.byte(place) {
                *byte ^= 1 << chance.below(8);
            }
        }
    }
    image
}

/// All that was asked of it before its end.
fn trace_of(disk: &SimDisk) -> Vec<Effect> {
    let drive = disk.lock();
    let end = drive.ends.unwrap_or(drive.trace.len());
    drive.trace.get(..end).unwrap_or_default().to_vec()
}

/// Anywhere, or right before a sync, when most is on its way.
fn place(trace: &[Effect], chance: &mut Chance) -> usize {
    let anywhere = chance.below(trace.len() as u64 + 1) as usize;
    if chance.one_in(1, 2) {
        return anywhere;
    }
    let rest = trace.get(anywhere..).unwrap_or_default();
    let sync = rest.iter().position(|effect| matches!(effect, Effect::Sync(_)));
    sync.map_or(anywhere, |before| anywhere + before)
}

/// Where each effect was and some of what it wrote: enough to tell two runs apart.
fn digest(trace: &[Effect], tally: &mut Tally) {
    for effect in trace {
        match effect {
            Effect::Write(_, at, bytes) => {
                tally.note(*at as u64);
                for byte in bytes.iter().step_by(61) {
                    tally.note(u64::from(*byte));
                }
            }
            Effect::Length(_, length) => tally.note(*length as u64),
            Effect::Name(name, file) => {
                tally.note(u64::from(*name) << 1 | u64::from(file.is_some()));
            }
            Effect::Sync(Synced::File(file)) => tally.note(u64::from(*file)),
            Effect::Sync(Synced::Names) => tally.note(1),
            Effect::FailedSync(_, draw) => tally.note(*draw),
        }
    }
}
