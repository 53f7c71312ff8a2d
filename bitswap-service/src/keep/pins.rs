//! The pins of a node: which trees and blocks are kept.

use std::collections::BTreeMap;

use cid::Cid;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use tokio::task::spawn_blocking;

use super::pins_file::PinsFile;
use crate::error::CliError;

/// How much a pin keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PinKind {
    /// The block alone.
    Direct,
    /// All that it links to, too.
    Recursive,
}

impl PinKind {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Recursive => "recursive",
        }
    }

    /// The kind of this name.
    pub(super) fn of_name(name: &str) -> Option<Self> {
        [Self::Direct, Self::Recursive].into_iter().find(|kind| kind.name() == name)
    }
}

/// A tree or a block that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    /// As it was pinned.
    pub cid: Cid,
    /// What is kept.
    pub kind: PinKind,
}

impl Pin {
    /// Where it stands among all pins.
    pub fn place(&self) -> Cid {
        key(&self.cid)
    }
}

/// The pins by their CIDs in version 1, so that those of a block in version 0 and 1 are one.
pub(super) type ByCid = BTreeMap<Cid, Pin>;

/// The pins, in memory and in their file.
pub(super) struct Pins {
    /// `None` = they end with this process.
    file: Option<PinsFile>,
    /// `None` = the file was not read yet.
    held: Mutex<Option<ByCid>>,
}

/// Under which CID a pin is held.
pub(super) fn key(cid: &Cid) -> Cid {
    Cid::new_v1(cid.codec(), *cid.hash())
}

impl Pins {
    /// More would not be a list that anybody looks after.
    pub(super) const MOST: usize = 1 << 20;

    /// Those in this file, which is read when they are first needed.
    pub(super) fn new(file: Option<PinsFile>) -> Self {
        Self { file, held: Mutex::default() }
    }

    pub(super) async fn all(&self) -> Result<Vec<Pin>, CliError> {
        let mut held = self.held.lock().await;
        Ok(self.read(&mut held).await?.values().cloned().collect())
    }

    /// Adds all of these, or none.
    pub(super) async fn add(&self, cids: &[Cid], kind: PinKind) -> Result<Vec<Pin>, CliError> {
        let mut held = self.held.lock().await;
        let mut next = self.read(&mut held).await?.clone();
        let mut added = Vec::new();
        for cid in cids {
            match next.get(&key(cid)) {
                Some(pin) if pin.kind == kind => added.push(pin.clone()),
                Some(Pin { kind: PinKind::Recursive, .. }) => {
                    return Err(CliError::pinned_already(cid));
                }
                Some(_) | None => {
                    let pin = Pin { cid: *cid, kind };
                    next.insert(key(cid), pin.clone());
                    added.push(pin);
                }
            }
        }
        if next.len() > Self::MOST {
            return Err(CliError::too_many_pins(Self::MOST));
        }
        self.write(&mut held, next).await?;
        Ok(added)
    }

    /// Removes all of these, or none.
    pub(super) async fn remove(&self, cids: &[Cid]) -> Result<Vec<Pin>, CliError> {
        let mut held = self.held.lock().await;
        let mut next = self.read(&mut held).await?.clone();
        let gone = |cid: &Cid| next.remove(&key(cid)).ok_or_else(|| CliError::not_pinned(cid));
        let removed = cids.iter().map(gone).collect::<Result<Vec<_>, _>>()?;
        self.write(&mut held, next).await?;
        Ok(removed)
    }

    async fn read<'a>(&self, held: &'a mut Option<ByCid>) -> Result<&'a ByCid, CliError> {
        let pins = match (held.take(), self.file.clone()) {
            (Some(pins), _) => pins,
            (None, Some(file)) => {
                let read = spawn_blocking(move || file.read()).await;
                read.map_err(|why| CliError::internal(&why))??
            }
            (None, None) => ByCid::new(),
        };
        Ok(held.insert(pins))
    }

    /// What is in memory is what is on disk.
    async fn write(&self, held: &mut Option<ByCid>, next: ByCid) -> Result<(), CliError> {
        if held.as_ref() == Some(&next) {
            return Ok(());
        }
        let next = match self.file.clone() {
            Some(file) => {
                let written = spawn_blocking(move || file.write(&next).map(|()| next)).await;
                written.map_err(|why| CliError::internal(&why))??
            }
            None => next,
        };
        *held = Some(next);
        Ok(())
    }
}
