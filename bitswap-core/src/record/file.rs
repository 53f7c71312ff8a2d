//! A whole recording: a magic word, then one LZ4 frame of the header and the entries, each with its
//! length in front. Writes to and reads from what it is handed, and opens nothing.

use std::fmt;
use std::io::{self, Read, Write};

use lz4_flex::frame::{BlockMode, BlockSize, FrameDecoder, FrameEncoder, FrameInfo};

use super::entry::Entry;
use super::error::RecordError;
use super::header::Header;
use crate::time::Timestamp;

/// The first bytes of a recording; the version of the format follows.
const MAGIC: &[u8; 7] = b"bitswap";
/// The version of the format. It rises when an old recording could not be read any more.
const VERSION: u8 = 4;
/// The longest entry that is read, in bytes: a call for a million CIDs.
const LONGEST: u64 = 128 * 1024 * 1024;
/// How an entry ends the recording, in place of its length.
const END: u32 = u32::MAX;
/// What ends a file at most: the end of the last block, and that of the frame.
const TAIL: u64 = 64;

/// Writes a recording, and never more of it than a limit.
pub struct RecordWriter<W: Write> {
    frame: FrameEncoder<Counted<W>>,
    limit: u64,
    /// Bytes that are not compressed yet.
    pending: u64,
}

/// What was written.
struct Counted<W> {
    sink: W,
    bytes: u64,
}

impl<W: Write> RecordWriter<W> {
    /// Begins a recording that never has more bytes than `limit`.
    ///
    /// # Errors
    /// `sink` does not take it, or the header alone is over the limit.
    pub fn new(sink: W, header: &Header, limit: u64) -> io::Result<Self> {
        let mut sink = Counted { sink, bytes: 0 };
        sink.write_all(MAGIC)?;
        sink.write_all(&[VERSION])?;
        // Entries resemble those before them.
        let form = FrameInfo::new()
            .block_mode(BlockMode::Linked)
            .block_size(BlockSize::Max64KB)
            .content_checksum(true);
        let frame = FrameEncoder::with_frame_info(form, sink);
        let mut writer = Self { frame, limit, pending: 0 };
        if writer.push(&header.write())? {
            return Ok(writer);
        }
        Err(io::Error::new(io::ErrorKind::FileTooLarge, "the limit is less than the header"))
    }

    /// Adds an entry; false if there is no room for it, and nothing was added.
    ///
    /// # Errors
    /// The sink does not take it; what was flushed before can be read.
    pub fn push(&mut self, entry: &[u8]) -> io::Result<bool> {
        let Ok(length) = u32::try_from(entry.len()) else { return Ok(false) };
        let more = u64::from(length) + size_of::<u32>() as u64;
        if !self.has_room(more) {
            self.flush()?;
            if !self.has_room(more) {
                return Ok(false);
            }
        }
        self.frame.write_all(&length.to_le_bytes())?;
        self.frame.write_all(entry)?;
        self.pending += more;
        Ok(true)
    }

    /// Whether `more` bytes fit, even if nothing can be compressed: then each block of 64 KiB takes
    /// some bytes more.
    fn has_room(&self, more: u64) -> bool {
        let raw = self.pending + more;
        self.bytes() + raw + raw / 1_024 + TAIL <= self.limit
    }

    /// Bytes that were written so far.
    pub fn bytes(&self) -> u64 {
        self.frame.get_ref().bytes
    }

    /// Hands all entries so far to the sink.
    ///
    /// # Errors
    /// The sink does not take them.
    pub fn flush(&mut self) -> io::Result<()> {
        self.pending = 0;
        self.frame.flush()
    }

    /// Ends the recording, so that a reader can tell it from one that was cut off.
    ///
    /// # Errors
    /// The sink does not take the end.
    pub fn finish(mut self) -> io::Result<()> {
        self.frame.write_all(&END.to_le_bytes())?;
        self.frame.finish()?.flush()
    }
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.sink.write(bytes)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.sink.flush()
    }
}

/// Reads a recording, entry by entry.
pub struct RecordReader<R: Read> {
    frame: FrameDecoder<R>,
    header: Header,
    last: (u64, Timestamp),
    is_whole: bool,
}

impl<R: Read> RecordReader<R> {
    /// Reads what stands before the entries.
    ///
    /// # Errors
    /// It is no recording, or none of this format.
    pub fn new(mut source: R) -> Result<Self, RecordError> {
        let mut first = [0; MAGIC.len() + 1];
        source.read_exact(&mut first).map_err(|_| RecordError::NotARecording)?;
        match first.split_last() {
            Some((&VERSION, magic)) if magic == MAGIC => {}
            Some((&found, magic)) if magic == MAGIC => {
                return Err(RecordError::Version { found, known: VERSION });
            }
            _ => return Err(RecordError::NotARecording),
        }
        let mut frame = FrameDecoder::new(source);
        let bytes = match next(&mut frame, 0)? {
            Next::Entry(bytes) => bytes,
            Next::End | Next::CutOff => return Err(RecordError::NotARecording),
        };
        let header = Header::read(&bytes)?;
        Ok(Self { frame, header, last: (0, Timestamp::ZERO), is_whole: false })
    }

    /// What stands before the entries.
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The next entry; `None` behind the last one that is whole.
    ///
    /// # Errors
    /// What follows is no entry.
    pub fn next_entry(&mut self) -> Result<Option<Entry>, RecordError> {
        let (number, now) = self.last;
        match next(&mut self.frame, number)? {
            Next::Entry(bytes) => {
                let pseudonyms = !self.header.keeps_names();
                let entry = Entry::read((number + 1, now), &bytes, pseudonyms)?;
                self.last = (entry.number, entry.now);
                Ok(Some(entry))
            }
            Next::End => {
                self.is_whole = true;
                Ok(None)
            }
            Next::CutOff => Ok(None),
        }
    }

    /// Whether the recording was ended, and not cut off; known behind the last entry.
    pub const fn is_whole(&self) -> bool {
        self.is_whole
    }
}

enum Next {
    Entry(Vec<u8>),
    End,
    CutOff,
}

fn next(frame: &mut impl Read, last: u64) -> Result<Next, RecordError> {
    let mut length = [0; size_of::<u32>()];
    match frame.read_exact(&mut length) {
        Ok(()) => {}
        Err(why) if why.kind() == io::ErrorKind::UnexpectedEof => return Ok(Next::CutOff),
        Err(why) => return Err(RecordError::Read { entry: last, why }),
    }
    let length = u32::from_le_bytes(length);
    if length == END {
        return Ok(Next::End);
    }
    let length = u64::from(length);
    if length > LONGEST {
        return Err(RecordError::Broken { entry: last + 1, byte: 0, why: "longer than any entry" });
    }
    // Grows with what is really there.
    let mut bytes = Vec::new();
    match frame.take(length).read_to_end(&mut bytes) {
        Ok(_) if bytes.len() as u64 == length => Ok(Next::Entry(bytes)),
        Ok(_) => Ok(Next::CutOff),
        Err(why) if why.kind() == io::ErrorKind::UnexpectedEof => Ok(Next::CutOff),
        Err(why) => Err(RecordError::Read { entry: last, why }),
    }
}

impl<W: Write> fmt::Debug for RecordWriter<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordWriter")
            .field("limit", &self.limit)
            .field("pending", &self.pending)
            .finish_non_exhaustive()
    }
}

impl<R: Read> fmt::Debug for RecordReader<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordReader")
            .field("header", &self.header)
            .field("is_whole", &self.is_whole)
            .finish_non_exhaustive()
    }
}
