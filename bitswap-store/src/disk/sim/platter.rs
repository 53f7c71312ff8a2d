//! What a disk holds for sure and what is on its way there, and what a power cut makes of both.

use std::collections::BTreeMap;

use bitswap_core::Chance;
use bytes::Bytes;

use crate::disk::sim::image::{FileId, Image};

/// What a drive writes whole or not at all, at most torn between two versions.
pub(super) const SECTOR: usize = 512;

/// What reaches the disk, in the order in which it was asked for.
#[derive(Clone, Debug)]
pub(super) enum Effect {
    Write(FileId, usize, Bytes),
    Length(FileId, usize),
    /// A name is given to a file, or to none any more.
    Name(u32, Option<FileId>),
    /// All before it is safe, of a file or of the names.
    Sync(Synced),
    /// What was on its way there is lost, but for what the draw says had arrived.
    FailedSync(Synced, u64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Synced {
    File(FileId),
    Names,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Platter {
    pub(super) durable: Image,
    pending: Vec<Effect>,
    /// Syncs are heard and not obeyed.
    deaf: bool,
}

impl Platter {
    pub(super) const fn of(durable: Image, deaf: bool) -> Self {
        Self { durable, pending: Vec::new(), deaf }
    }

    pub(super) fn take(&mut self, effect: Effect) {
        match effect {
            Effect::Write(..) | Effect::Length(..) | Effect::Name(..) => self.pending.push(effect),
            Effect::Sync(_) if self.deaf => {}
            Effect::Sync(synced) => {
                for effect in self.on_their_way(synced) {
                    effect.apply(&mut self.durable);
                }
            }
            Effect::FailedSync(synced, seed) => {
                let (durable, pending) = (self.durable.clone(), self.on_their_way(synced));
                let part = Self { durable, pending, deaf: self.deaf };
                self.durable = part.cut(&mut Chance::named(seed, "failed sync")).image;
            }
        }
    }

    /// Takes what a sync is about out of what is pending.
    fn on_their_way(&mut self, synced: Synced) -> Vec<Effect> {
        let pending = std::mem::take(&mut self.pending);
        let (theirs, others) = pending.into_iter().partition(|effect| effect.is_of(synced));
        self.pending = others;
        theirs
    }

    /// What reading gives once everything has arrived.
    pub(super) fn settled(&self) -> Image {
        let mut image = self.durable.clone();
        for effect in &self.pending {
            effect.apply(&mut image);
        }
        image
    }

    /// What a power cut leaves: all that was synced, and of the rest what the draw says, in the
    /// order it says.
    pub(super) fn cut(&self, chance: &mut Chance) -> Cut {
        let mut cut = Cut { image: self.durable.clone(), ..Cut::default() };
        let mut lengths: BTreeMap<_, _> =
            cut.image.files.iter().map(|(file, bytes)| (*file, bytes.len())).collect();
        let mut kept: Vec<&Effect> = match chance.below(4) {
            0 => Vec::new(),
            1 => {
                self.pending.iter().take(chance.below(self.pending.len() as u64) as usize).collect()
            }
            2 => self.pending.iter().filter(|_| chance.one_in(9, 10)).collect(),
            _ => self.pending.iter().filter(|_| chance.one_in(1, 2)).collect(),
        };
        if chance.one_in(1, 2) {
            cut.reordered += u64::from(kept.len() > 1);
            shuffle(&mut kept, chance);
        }
        cut.lost = (self.pending.len() - kept.len()) as u64;
        let tears = chance.one_in(1, 2);
        for effect in kept {
            match effect {
                // Whether the file has grown says nothing of what is in it, and the other way.
                Effect::Length(file, to) => {
                    lengths.insert(*file, *to);
                    cut.image.file(*file).truncate(*to);
                }
                Effect::Write(file, at, bytes) if tears && chance.one_in(1, 4) => {
                    cut.tear(*file, *at, bytes, chance);
                }
                Effect::Write(..) | Effect::Name(..) => effect.apply(&mut cut.image),
                Effect::Sync(_) | Effect::FailedSync(..) => {}
            }
        }
        for (file, bytes) in &mut cut.image.files {
            bytes.resize(lengths.get(file).copied().unwrap_or_default(), 0);
        }
        cut
    }
}

/// An image that a power cut left, and what happened to what was on its way.
#[derive(Clone, Debug, Default)]
pub(super) struct Cut {
    pub(super) image: Image,
    pub(super) lost: u64,
    pub(super) reordered: u64,
    pub(super) torn: u64,
}

impl Cut {
    /// Writes some sectors of `bytes` only, and one in ten times leaves one of them as no one
    /// wrote it.
    fn tear(&mut self, file: FileId, at: usize, bytes: &Bytes, chance: &mut Chance) {
        self.torn += 1;
        let sectors = sectors(at, bytes.len());
        let (first, last) = match chance.below(3) {
            0 => (0, chance.below(sectors.len() as u64) as usize),
            1 => (chance.below(sectors.len() as u64) as usize, sectors.len()),
            _ => (0, sectors.len()),
        };
        let sieve = chance.one_in(1, 2);
        for (from, to) in sectors.get(first..last).unwrap_or_default() {
            if !sieve || chance.one_in(1, 2) {
                let part = bytes.slice(from..to);
                Effect::Write(file, at + from, part).apply(&mut self.image);
            }
        }
        if chance.one_in(1, 10) {
            let odd = chance.below(sectors.len() as u64) as usize;
            if let Some((from, to)) = sectors.get(odd) {
                self.spoil(file, at + from, &bytes.slice(from..to), chance);
            }
        }
    }

    /// Old and new halves, zeros, or garbage. The file's first sector is only ever torn: redb
    /// overwrites it in place, and nothing that is can outlive a drive that garbles what it writes.
    fn spoil(&mut self, file: FileId, at: usize, new: &Bytes, chance: &mut Chance) {
        let how = if at < SECTOR { 0 } else { chance.below(3) };
        let bytes = match how {
            0 => new.slice(..new.len() / 2),
            1 => vec![0; new.len()].into(),
            _ => (0..new.len()).map(|_| chance.bits() as u8).collect(),
        };
        Effect::Write(file, at, bytes).apply(&mut self.image);
    }
}

impl Effect {
    pub(super) fn apply(&self, image: &mut Image) {
        match self {
            Self::Write(file, at, bytes) => {
                let (image, end) = (image.file(*file), at + bytes.len());
                // The growth before it may be what was lost.
                if image.len() < end {
                    image.resize(end, 0);
                }
                if let Some(place) = image.get_mut(*at..end) {
                    place.copy_from_slice(bytes);
                }
            }
            Self::Length(file, length) => image.file(*file).resize(*length, 0),
            Self::Name(name, Some(file)) => {
                image.names.insert(*name, *file);
                image.file(*file);
            }
            Self::Name(name, None) => {
                image.names.remove(name);
            }
            Self::Sync(_) | Self::FailedSync(..) => {}
        }
    }

    fn is_of(&self, synced: Synced) -> bool {
        match self {
            Self::Write(file, ..) | Self::Length(file, _) => synced == Synced::File(*file),
            Self::Name(..) => synced == Synced::Names,
            Self::Sync(_) | Self::FailedSync(..) => false,
        }
    }
}

/// The sectors that `length` bytes at `at` touch, counted from `at`.
fn sectors(at: usize, length: usize) -> Vec<(usize, usize)> {
    let mut found = Vec::with_capacity(length / SECTOR + 2);
    let mut from = 0;
    while from < length {
        let to = length.min(from + SECTOR - (at + from) % SECTOR);
        found.push((from, to));
        from = to;
    }
    found
}

fn shuffle<T>(list: &mut [T], chance: &mut Chance) {
    for place in (1..list.len()).rev() {
        list.swap(place, chance.below(place as u64 + 1) as usize);
    }
}
