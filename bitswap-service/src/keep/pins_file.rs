//! The file of the pins: a line for each, with a checksum, written as a whole or not at all.

#[cfg(test)]
mod tests;

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use cid::Cid;
use multihash_codetable::{Code, MultihashDigest as _};
use tempfile::NamedTempFile;

use super::pins::{ByCid, Pin, PinKind, Pins, key};
use crate::error::CliError;
use crate::home::Home;

/// Where the pins of a node are.
#[derive(Clone, Debug)]
pub(super) struct PinsFile(PathBuf);

const HEAD: &str = "bitswap pins 1";
/// Behind the last pin, so that a file that was cut is not taken for a shorter one.
const END: &str = "end";

impl PinsFile {
    /// As many pins as there may be, with CIDs of 64-byte hashes.
    const LARGEST: u64 = Pins::MOST as u64 * 140;

    pub(super) fn of(home: &Home) -> Self {
        Self(home.folder().join("pins"))
    }

    /// No file holds no pins.
    ///
    /// # Errors
    /// It cannot be read, or a line is not as it was written.
    pub(super) fn read(&self) -> Result<ByCid, CliError> {
        let length = match fs::metadata(&self.0) {
            Ok(about) => about.len(),
            Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(ByCid::new()),
            Err(why) => return Err(CliError::file(&self.0, &why)),
        };
        if length > Self::LARGEST {
            let why = format!("it has {length} bytes, and the limit is {}", Self::LARGEST);
            return Err(CliError::damaged_pins(&self.0, 1, &why));
        }
        let bytes = fs::read(&self.0).map_err(|why| CliError::file(&self.0, &why))?;
        parse(&bytes).map_err(|(line, why)| CliError::damaged_pins(&self.0, line, why))
    }

    /// It is durable when this returns; if it fails, the file is as before.
    pub(super) fn write(&self, pins: &ByCid) -> Result<(), CliError> {
        self.replace(&text(pins)).map_err(|why| CliError::file(&self.0, &why))
    }

    fn replace(&self, text: &str) -> io::Result<()> {
        let folder = self.0.parent().unwrap_or_else(|| Path::new("."));
        let mut file = NamedTempFile::new_in(folder)?;
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(&self.0).map_err(|why| why.error)?;
        keep_names(folder)
    }
}

/// Makes what was renamed in a directory durable.
#[cfg(unix)]
fn keep_names(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn keep_names(_: &Path) -> io::Result<()> {
    Ok(())
}

fn text(pins: &ByCid) -> String {
    let mut text = format!("{HEAD}\n");
    for Pin { cid, kind } in pins.values() {
        let pin = format!("{} {cid}", kind.name());
        text.extend([pin.as_str(), " ", &checksum(&pin), "\n"]);
    }
    text.push_str(END);
    text.push('\n');
    text
}

/// The pins, or the number of the line that is wrong, and why.
fn parse(bytes: &[u8]) -> Result<ByCid, (usize, &'static str)> {
    let text = std::str::from_utf8(bytes).map_err(|why| {
        let before = bytes.get(..why.valid_up_to()).unwrap_or_default();
        (before.split(|byte| *byte == b'\n').count(), "it is not text")
    })?;
    let mut lines = (1..).zip(text.lines());
    match lines.next() {
        Some((_, HEAD)) => {}
        Some((_, head)) if head.starts_with("bitswap pins ") => {
            return Err((1, "a later version wrote it"));
        }
        Some(_) | None => return Err((1, "it does not begin as pins do")),
    }
    let mut pins = ByCid::new();
    let mut last = 1;
    for (number, line) in lines {
        last = number;
        if line == END {
            return Ok(pins);
        }
        let (cid, kind) = pin(line).map_err(|why| (number, why))?;
        pins.insert(key(&cid), Pin { cid, kind });
    }
    Err((last, "the lines behind it are missing"))
}

fn pin(line: &str) -> Result<(Cid, PinKind), &'static str> {
    let (pin, sum) = line.rsplit_once(' ').ok_or("it is not a pin")?;
    if checksum(pin) != sum {
        return Err("it is not as it was written");
    }
    let (kind, cid) = pin.split_once(' ').ok_or("it is not a pin")?;
    let kind = PinKind::of_name(kind).ok_or("its kind is not known")?;
    let cid = Cid::try_from(cid).map_err(|_| "it has no cid")?;
    Ok((cid, kind))
}

/// Finds a damaged line; it protects from nobody who means it.
fn checksum(pin: &str) -> String {
    let hash = Code::Sha2_256.digest(pin.as_bytes());
    format!("{:08x}", hash.digest().first_chunk().map_or(0, |first| u32::from_be_bytes(*first)))
}
