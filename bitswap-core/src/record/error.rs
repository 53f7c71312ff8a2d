//! Why a recording cannot be read.

use std::io;

use super::Recipe;

/// Bytes that are not a recording, or none that this program can replay. Nothing behind the place
/// was read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// It begins otherwise than recordings do.
    #[error("this is not a recording of a node")]
    NotARecording,
    /// It has another format.
    #[error("the recording has format {found}, this program reads format {known}")]
    Version {
        /// The number in the file.
        found: u8,
        /// The number that this program knows.
        known: u8,
    },
    /// An entry is not what it should be.
    #[error("entry {entry} of the recording is broken at byte {byte}: {why}")]
    Broken {
        /// Number of the entry, from 1; 0 = the header.
        entry: u64,
        /// Byte in the entry, from 0.
        byte: usize,
        /// What is wrong there.
        why: &'static str,
    },
    /// A strategy of the recording cannot be made.
    #[error("entry {entry} of the recording needs {}={}: {why}", .recipe.role, .recipe.name)]
    Strategy {
        /// Number of the entry, from 1; 0 = the header.
        entry: u64,
        /// What the strategy was made of.
        recipe: Recipe,
        /// What is wrong.
        why: String,
    },
    /// The file cannot be read, or was not compressed as recordings are.
    #[error("the recording cannot be read behind entry {entry}: {why}")]
    Read {
        /// Number of the last entry that was read; 0 = the header, or nothing.
        entry: u64,
        /// What went wrong.
        why: io::Error,
    },
}
