//! What a disk holds for sure and what is on its way there, and what a power cut makes of both.

use bitswap_core::Chance;
use bytes::Bytes;

/// What a drive writes whole or not at all, at most torn between two versions.
pub(super) const SECTOR: usize = 512;

/// What reaches the disk, in the order in which it was asked for.
#[derive(Clone, Debug)]
pub(super) enum Effect {
    Write(usize, Bytes),
    Length(usize),
    /// All before it is safe.
    Sync,
    /// What was on its way is lost, but for what the draw says had arrived.
    FailedSync(u64),
}

#[derive(Clone, Debug, Default)]
pub(super) struct Platter {
    pub(super) durable: Vec<u8>,
    pending: Vec<Effect>,
    /// Syncs are heard and not obeyed.
    deaf: bool,
}

impl Platter {
    pub(super) const fn of(durable: Vec<u8>, deaf: bool) -> Self {
        Self { durable, pending: Vec::new(), deaf }
    }

    pub(super) fn take(&mut self, effect: Effect) {
        match effect {
            Effect::Write(..) | Effect::Length(_) => self.pending.push(effect),
            Effect::Sync if self.deaf => {}
            Effect::Sync => {
                for effect in self.pending.drain(..) {
                    effect.apply(&mut self.durable);
                }
            }
            Effect::FailedSync(seed) => {
                self.durable = self.cut(&mut Chance::named(seed, "failed sync")).image;
                self.pending.clear();
            }
        }
    }

    /// What reading gives once everything has arrived.
    pub(super) fn settled(&self) -> Vec<u8> {
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
        let mut length = cut.image.len();
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
                Effect::Length(to) => {
                    length = *to;
                    cut.image.truncate(length);
                }
                Effect::Write(at, bytes) if tears && chance.one_in(1, 4) => {
                    cut.tear(*at, bytes, chance);
                }
                Effect::Write(..) => effect.apply(&mut cut.image),
                Effect::Sync | Effect::FailedSync(_) => {}
            }
        }
        cut.image.resize(length, 0);
        cut
    }
}

/// An image that a power cut left, and what happened to what was on its way.
#[derive(Clone, Debug, Default)]
pub(super) struct Cut {
    pub(super) image: Vec<u8>,
    pub(super) lost: u64,
    pub(super) reordered: u64,
    pub(super) torn: u64,
}

impl Cut {
    /// Writes some sectors of `bytes` only, and one in ten times leaves one of them as no one
    /// wrote it.
    fn tear(&mut self, at: usize, bytes: &Bytes, chance: &mut Chance) {
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
                Effect::Write(at + from, part).apply(&mut self.image);
            }
        }
        if chance.one_in(1, 10) {
            let odd = chance.below(sectors.len() as u64) as usize;
            if let Some((from, to)) = sectors.get(odd) {
                self.spoil(at + from, &bytes.slice(from..to), chance);
            }
        }
    }

    /// Old and new halves, zeros, or garbage. The file's first sector is only ever torn: it is
    /// overwritten in place, and nothing that is can outlive a drive that garbles what it writes.
    fn spoil(&mut self, at: usize, new: &Bytes, chance: &mut Chance) {
        let how = if at < SECTOR { 0 } else { chance.below(3) };
        let bytes = match how {
            0 => new.slice(..new.len() / 2),
            1 => vec![0; new.len()].into(),
            _ => (0..new.len()).map(|_| chance.bits() as u8).collect(),
        };
        Effect::Write(at, bytes).apply(&mut self.image);
    }
}

impl Effect {
    pub(super) fn apply(&self, image: &mut Vec<u8>) {
        match self {
            Self::Write(at, bytes) => {
                let end = at + bytes.len();
                // The growth before it may be what was lost.
                if image.len() < end {
                    image.resize(end, 0);
                }
                if let Some(place) = image.get_mut(*at..end) {
                    place.copy_from_slice(bytes);
                }
            }
            Self::Length(length) => image.resize(*length, 0),
            Self::Sync | Self::FailedSync(_) => {}
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
