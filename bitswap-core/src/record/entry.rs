//! One entry: when something happened, what it was, and a digest of the actions that came of it.

use std::hash::Hasher as _;

use siphasher::sip::SipHasher13;

use super::error::RecordError;
use super::form::{Fault, Kind as _, Maker, Pen, Put, Slip, Take};
use super::header::Header;
use crate::action::Action;
use crate::config::EngineConfig;
use crate::input::Input;
use crate::keys::Keys;
use crate::time::Timestamp;

/// The first number of an entry with an input.
const INPUT: u64 = 1;

/// Writes entries: an input, the actions that come of it, and the entry is done.
#[derive(Debug)]
pub struct EntryWriter {
    pen: Pen,
    digest: ActionDigest,
    last: Timestamp,
}

impl EntryWriter {
    /// Of an engine with this configuration. Unless `keeps_names`, peers and CIDs are replaced by
    /// pseudonyms.
    pub fn new(config: &EngineConfig, keeps_names: bool) -> Self {
        let pseudonyms = (!keeps_names).then(|| config.keys());
        Self {
            pen: Pen { bytes: Vec::new(), pseudonyms: pseudonyms.clone() },
            digest: ActionDigest::new(pseudonyms),
            last: Timestamp::ZERO,
        }
    }

    /// Begins an entry: `input` is what the engine is handed at `now`.
    pub fn input(&mut self, now: Timestamp, input: &Input) {
        self.pen.bytes.clear();
        self.pen.number(INPUT);
        // A clock may go back.
        (now.as_nanos().wrapping_sub(self.last.as_nanos()) as i64).put(&mut self.pen);
        self.last = now;
        input.put(&mut self.pen);
    }

    /// Notes an action that came of the input.
    pub fn action(&mut self, action: &Action) {
        self.digest.add(action);
    }

    /// Ends the entry; its bytes.
    pub fn finish(&mut self) -> &[u8] {
        let digest = self.digest.finish();
        self.pen.fixed(digest);
        &self.pen.bytes
    }
}

/// The digest of actions, in the order in which they came.
#[derive(Debug)]
pub(super) struct ActionDigest {
    pen: Pen,
    hasher: SipHasher13,
}

impl ActionDigest {
    pub(super) fn new(pseudonyms: Option<Keys>) -> Self {
        Self { pen: Pen { bytes: Vec::new(), pseudonyms }, hasher: SipHasher13::new() }
    }

    pub(super) fn add(&mut self, action: &Action) {
        self.pen.bytes.clear();
        action.put(&mut self.pen);
        self.hasher.write(&self.pen.bytes);
    }

    pub(super) fn finish(&mut self) -> u64 {
        let digest = self.hasher.finish();
        self.hasher = SipHasher13::new();
        digest
    }
}

/// One entry as it stands in a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Number of the entry, from 1.
    pub number: u64,
    /// When the engine was handed the input.
    pub now: Timestamp,
    /// The digest of the actions that came of it.
    pub digest: u64,
    /// The form of the input, and where it begins in the entry.
    input: (Vec<u8>, usize),
    pseudonyms: bool,
}

impl Entry {
    /// Reads all of an entry but its input; `last` is the time of the entry before.
    pub(super) fn read(
        (number, last): (u64, Timestamp),
        bytes: &[u8],
        pseudonyms: bool,
    ) -> Result<Self, RecordError> {
        let no_maker = &mut |_: &super::Recipe| Err(String::new());
        let mut slip = Slip { rest: bytes, pseudonyms, maker: no_maker };
        let read = read_frame(&mut slip, last);
        let byte = bytes.len() - slip.rest.len();
        let (now, input, digest) = read.map_err(|fault| told(fault, number, byte))?;
        Ok(Self { number, now, digest, input: (input.to_vec(), byte), pseudonyms })
    }

    /// The input; `maker` makes its strategies, if there are any.
    ///
    /// # Errors
    /// [`RecordError::Broken`], or [`RecordError::Strategy`] with what `maker` said.
    pub fn input(&self, maker: &mut Maker<'_>) -> Result<Input, RecordError> {
        let (bytes, begin) = &self.input;
        let mut maker = |recipe: &super::Recipe| maker(recipe);
        let mut slip = Slip { rest: bytes, pseudonyms: self.pseudonyms, maker: &mut maker };
        let read = whole(&mut slip);
        let byte = begin + bytes.len() - slip.rest.len();
        read.map_err(|fault| told(fault, self.number, byte))
    }
}

/// The time, the bytes of the input, and the digest; what is left begins with the input.
fn read_frame<'a>(
    slip: &mut Slip<'a, '_>,
    last: Timestamp,
) -> Result<(Timestamp, &'a [u8], u64), Fault> {
    if slip.number()? != INPUT {
        return Err(Fault::Form("no entry of a known kind"));
    }
    let later = i64::take(slip)? as u64;
    let now = Timestamp::from_nanos(last.as_nanos().wrapping_add(later));
    let (input, digest) = slip.rest.split_last_chunk().ok_or(Fault::Form("cut off"))?;
    Ok((now, input, u64::from_le_bytes(*digest)))
}

/// A value that takes all that is there.
fn whole<T: Take>(slip: &mut Slip<'_, '_>) -> Result<T, Fault> {
    let value = T::take(slip)?;
    if slip.rest.is_empty() { Ok(value) } else { Err(Fault::Form("longer than it should be")) }
}

fn told(fault: Fault, entry: u64, byte: usize) -> RecordError {
    match fault {
        Fault::Form(why) => RecordError::Broken { entry, byte, why },
        Fault::Strategy(recipe, why) => RecordError::Strategy { entry, recipe, why },
    }
}

impl Header {
    pub(super) fn write(&self) -> Vec<u8> {
        let mut pen = Pen::default();
        self.put(&mut pen);
        pen.bytes
    }

    pub(super) fn read(bytes: &[u8]) -> Result<Self, RecordError> {
        let no_maker = &mut |_: &super::Recipe| Err(String::new());
        let mut slip = Slip { rest: bytes, pseudonyms: false, maker: no_maker };
        let read = whole(&mut slip);
        let byte = bytes.len() - slip.rest.len();
        read.map_err(|fault| told(fault, 0, byte))
    }
}

/// What kind of input it is, as its variant is called.
pub fn input_kind(input: &Input) -> &'static str {
    input.kind()
}

/// What kind of action it is, as its variant is called.
pub fn action_kind(action: &Action) -> &'static str {
    action.kind()
}
