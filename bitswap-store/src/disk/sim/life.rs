//! A store from its opening to its end, and whoever uses it: one caller, who always knows whether
//! the writing thread is at work, at rest or held.
//!
//! So a run is the same each time: what is accepted while a commit is under way is accepted when
//! that commit is held at an effect with a number.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use bitswap_core::{Block, Chance};
use futures::executor::block_on;

use crate::block_store::{Durability, Multihash};
use crate::disk::sim::book::{ActId, Book};
use crate::disk::sim::drive::{Fails, SimDisk, SimStore, Stops};
use crate::disk::sim::tape::{Pick, Tape, block};
use crate::disk::sim::{Engine, Tally, Violation, exam};
use crate::error::StoreError;
use crate::receipt::Receipt;

/// Below the store's own bounds: more than this is asked for promptly, so that the store never
/// closes a group by itself and nobody waits for room.
const LOOSE_BYTES: usize = 4 << 20;
const LOOSE_CHANGES: usize = 200;
const HELD_BYTES: usize = 32 << 20;

pub(super) struct Life<'a, 't> {
    disk: SimDisk,
    store: SimStore,
    stage: &'a mut Stage<'t>,
    /// Whether operations may fail; else some may be held.
    fails: bool,
    watches: Vec<Watch>,
    /// Bytes and changes since the last commit that succeeded.
    loose: (usize, usize),
}

/// What a life shares with those before and after it.
pub(super) struct Stage<'t> {
    pub(super) book: Book,
    pub(super) tape: Tape<'t>,
    pub(super) chance: Chance,
    pub(super) tally: Tally,
    /// Whether some images are damaged.
    pub(super) damages: bool,
    /// Blocks made so far.
    pub(super) made: u64,
}

/// How a life ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Closed,
    Crash,
    Over,
}

/// Somebody who waits for a receipt.
struct Watch {
    told: Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send>>,
    bell: Arc<Bell>,
    acts: Vec<ActId>,
    prompt: bool,
    /// Faults before it was accepted.
    faults: u64,
}

/// Notes how much had been written when it rang.
struct Bell {
    disk: SimDisk,
    rung_at: AtomicUsize,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        let at = self.disk.lock().trace.len();
        self.rung_at.store(at, Ordering::SeqCst);
        self.disk.ring();
    }
}

impl<'a, 't> Life<'a, 't> {
    /// Opens the store. What an earlier life could not make durable before it closed may be gone.
    pub(super) fn on(disk: &SimDisk, stage: &'a mut Stage<'t>) -> Result<Self, Violation> {
        // A fault that waits for its operation may hit more than one attempt.
        let mut opened = disk.store();
        for _ in 0..3 {
            let Err(error) = opened else { break };
            if !disk.lock().excuse {
                return Err(Violation::i15(format!("open: {error}")));
            }
            opened = disk.store();
        }
        let store = opened.map_err(|error| Violation::i15(format!("open: {error}")))?;
        let fails = stage.tape.byte() % 2 == 1;
        let (disk, watches, loose) = (disk.clone(), Vec::new(), (0, 0));
        let mut life = Self { disk, store, stage, fails, watches, loose };
        life.recognize()?;
        Ok(life)
    }

    /// Until it is closed, the power goes, or the tape ends.
    pub(super) fn live(mut self) -> Result<End, Violation> {
        while let Some(what) = self.stage.tape.next() {
            self.stage.tally.operations += 1;
            match what % 32 {
                0..8 => self.put(true)?,
                8..13 => self.put(false)?,
                13..16 => self.delete()?,
                16..20 => self.look()?,
                20..23 => self.walk()?,
                23..25 => self.hold(),
                26 if self.disk.engine() == Engine::Segments => self.compact()?,
                25..27 => self.release()?,
                27 => self.sync()?,
                28 => return self.close(),
                29 | 30 => self.fail(),
                _ => return Ok(self.fall(End::Crash)),
            }
        }
        Ok(self.fall(End::Over))
    }

    fn put(&mut self, prompt: bool) -> Result<(), Violation> {
        if self.loose.0 > HELD_BYTES {
            return self.sync();
        }
        let picks = 1 + self.stage.tape.below(4);
        let blocks: Vec<_> = (0..picks).filter_map(|_| self.pick()).collect();
        let prompt = prompt || self.is_loose(&blocks);
        let at = self.at();
        let durability = if prompt { Durability::Prompt } else { Durability::Relaxed };
        let put = block_on(self.store.put_many(blocks.clone(), durability));
        self.accepted(put, &blocks, true, prompt, at)
    }

    fn delete(&mut self) -> Result<(), Violation> {
        let picks = 1 + self.stage.tape.below(3);
        let blocks: Vec<_> = (0..picks).filter_map(|_| self.pick()).collect();
        let hashes: Vec<_> = blocks.iter().map(|block| *block.multihash()).collect();
        let at = self.at();
        let deleted = block_on(self.store.delete_many(&hashes));
        self.accepted(deleted, &blocks, false, true, at)
    }

    fn accepted(
        &mut self,
        receipt: Result<Receipt, StoreError>,
        blocks: &[Block],
        there: bool,
        prompt: bool,
        at: usize,
    ) -> Result<(), Violation> {
        let receipt = receipt.map_err(|error| Violation::i16(format!("not accepted: {error}")))?;
        let acts = blocks.iter().map(|block| self.stage.book.accept(block, there, at)).collect();
        self.loose.0 += blocks.iter().map(Block::len).sum::<usize>();
        self.loose.1 += blocks.len();
        let bell = Arc::new(Bell { disk: self.disk.clone(), rung_at: AtomicUsize::new(0) });
        let (told, faults) = (Box::pin(receipt.durable()), self.disk.lock().faults);
        self.watches.push(Watch { told, bell, acts, prompt, faults });
        self.settle()
    }

    /// Several at once, a stranger's among them, and their sizes.
    fn look(&mut self) -> Result<(), Violation> {
        let picks = 1 + self.stage.tape.below(5);
        let blocks: Vec<_> = (0..picks).filter_map(|_| self.pick()).collect();
        let hashes: Vec<_> = blocks.iter().map(|block| *block.multihash()).collect();
        let given = block_on(self.store.get_many(&hashes));
        let sizes = block_on(self.store.sizes(&hashes));
        let mut told = Vec::new();
        for ((hash, given), size) in hashes.iter().zip(given).zip(sizes) {
            let now = self.stage.book.now(hash);
            let (wrong, ill) = (
                given.as_ref().is_ok_and(|given| given.as_ref() != now),
                size.as_ref().is_ok_and(|size| *size != now.map(|now| now.len() as u32)),
            );
            if wrong || ill {
                return Err(Violation::i16(format!("{given:?} of {size:?}, not {now:?}")));
            }
            told.extend([given.map(drop), size.map(drop)]);
            self.stage.tally.looks += 1;
        }
        // One fault may be behind several of them, and what succeeds is no excuse any more.
        told.sort_by_key(Result::is_ok);
        told.into_iter().try_for_each(|told| self.excused(told).map(drop))
    }

    fn walk(&mut self) -> Result<(), Violation> {
        let walked = exam::walk(&self.store, &mut self.stage.chance)?;
        let Some(mut walked) = self.excused(walked)? else { return Ok(()) };
        let there = self.stage.book.those(true).into_iter();
        let there: Vec<_> = there.map(|block| *block.multihash()).collect();
        walked.sort_unstable();
        if walked != there {
            let told = format!("a walk finds {} of {}", walked.len(), there.len());
            return Err(Violation::i16(told));
        }
        Ok(())
    }

    /// The next commit, or the one after, waits at an effect.
    fn hold(&mut self) {
        let effects = self.stage.tape.below(48);
        if !self.fails {
            let mut drive = self.disk.lock();
            if !drive.waits {
                drive.stops = Stops::After(drive.trace.len() + effects);
            }
        }
    }

    fn release(&mut self) -> Result<(), Violation> {
        self.disk.release();
        self.settle()
    }

    fn sync(&mut self) -> Result<(), Violation> {
        self.release()?;
        let outcome = block_on(self.store.sync());
        if outcome.is_ok() {
            self.stage.book.promise_all(self.at());
            self.loose = (0, 0);
        }
        self.settle()?;
        self.excused(outcome).map(drop)
    }

    fn compact(&mut self) -> Result<(), Violation> {
        self.release()?;
        let outcome = block_on(self.store.compact());
        if outcome.is_ok() {
            self.stage.book.promise_all(self.at());
            self.loose = (0, 0);
        }
        self.settle()?;
        self.excused(outcome).map(drop)
    }

    /// In peace.
    fn close(mut self) -> Result<End, Violation> {
        self.sync()?;
        Ok(End::Closed)
    }

    /// What was accepted and could not be made durable may be gone.
    fn recognize(&mut self) -> Result<(), Violation> {
        let at = self.at();
        let hashes: Vec<_> = self.stage.book.blocks().map(|block| *block.multihash()).collect();
        for hash in hashes {
            let mut given = None;
            for _ in 0..3 {
                let answer = block_on(self.store.get_many(&[hash])).pop().unwrap_or(Ok(None));
                given = self.excused(answer)?;
                if given.is_some() {
                    break;
                }
            }
            let there = given.as_ref().is_some_and(Option::is_some);
            let right = given.flatten().is_none_or(|given| self.is(&hash, &given));
            if !right || !self.stage.book.allowed(&hash, at + 1).allows(there) {
                return Err(Violation::i15(format!("after closing, {hash:?}: {there}")));
            }
            self.stage.book.found(&hash, there, at);
        }
        Ok(())
    }

    fn is(&self, hash: &Multihash, given: &Block) -> bool {
        self.stage.book.block(hash) == Some(given)
    }

    /// Something on the disk is going to fail, or is whole again.
    fn fail(&mut self) {
        let (how, when) = (self.stage.tape.byte(), self.stage.tape.byte());
        if !self.fails {
            return;
        }
        let mut drive = self.disk.lock();
        let later = drive.operations + u64::from(when % 16);
        match how % 6 {
            0 | 1 => drive.fails = Fails::Sync(later),
            2 => drive.fails = Fails::Once(later),
            3 => drive.fails_to_read = Some(drive.reads + u64::from(when % 16)),
            4 => drive.fails = Fails::Beyond(drive.image.length() + usize::from(when % 8) * 65_536),
            _ => drive.fails = Fails::Never,
        }
    }

    /// The power goes.
    fn fall(self, end: End) -> End {
        let mut drive = self.disk.lock();
        drive.fails = Fails::From(drive.operations);
        drive.ends = Some(drive.trace.len());
        drop(drive);
        self.disk.release();
        end
    }

    /// Waits until nobody is told any more without another call: all who hurried know, or the
    /// writing thread is held.
    fn settle(&mut self) -> Result<(), Violation> {
        loop {
            let rung = self.disk.lock().rung;
            self.collect()?;
            if !self.watches.iter().any(|watch| watch.prompt) {
                return Ok(());
            }
            let mut held = false;
            self.disk.wait(|drive| {
                held = drive.waits;
                held || drive.rung > rung
            });
            if held {
                return self.collect();
            }
        }
    }

    fn collect(&mut self) -> Result<(), Violation> {
        let mut open = Vec::new();
        for mut watch in std::mem::take(&mut self.watches) {
            let waker = Waker::from(Arc::clone(&watch.bell));
            match watch.told.as_mut().poll(&mut Context::from_waker(&waker)) {
                Poll::Pending => open.push(watch),
                Poll::Ready(Ok(())) => {
                    let rung = watch.bell.rung_at.load(Ordering::SeqCst);
                    self.stage.book.promise(&watch.acts, if rung == 0 { self.at() } else { rung });
                    self.loose = if watch.prompt { (0, 0) } else { self.loose };
                }
                Poll::Ready(Err(_)) if self.disk.lock().faults > watch.faults => {
                    self.stage.tally.failures += 1;
                }
                Poll::Ready(Err(error)) => drop(self.excused::<()>(Err(error))?),
            }
        }
        self.watches = open;
        Ok(())
    }

    /// An error needs a fault that explains it: one since something last succeeded.
    fn excused<T>(&mut self, outcome: Result<T, StoreError>) -> Result<Option<T>, Violation> {
        let mut drive = self.disk.lock();
        match outcome {
            Ok(value) => {
                drive.excuse = false;
                Ok(Some(value))
            }
            Err(_) if drive.excuse => {
                self.stage.tally.failures += 1;
                Ok(None)
            }
            Err(error) => Err(Violation::i16(format!("failed without a fault: {error}"))),
        }
    }

    fn is_loose(&self, blocks: &[Block]) -> bool {
        let bytes: usize = blocks.iter().map(Block::len).sum();
        self.loose.0 + bytes > LOOSE_BYTES || self.loose.1 + blocks.len() > LOOSE_CHANGES
    }

    fn pick(&mut self) -> Option<Block> {
        let (those, place) = match self.stage.tape.pick() {
            Pick::Live(place) => (self.stage.book.those(true), place),
            Pick::Deleted(place) => (self.stage.book.those(false), place),
            Pick::New(place) => (Vec::new(), place),
        };
        if let Some(known) = those.get(place % those.len().max(1)) {
            return Some((*known).clone());
        }
        self.stage.made += 1;
        block(self.stage.made, place)
    }

    fn at(&self) -> usize {
        self.disk.lock().trace.len()
    }
}
