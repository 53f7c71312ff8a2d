//! Protobuf without meaning: field numbers, wire types and lengths. Reads without allocating.

use std::ops::Range;

use super::budget::MAX_GROUP_DEPTH;
use crate::error::WireError;

/// A range of a frame, read field by field from its start.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields<'a> {
    /// Offset of `rest` in the frame.
    at: usize,
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    /// The fields of a whole frame.
    pub(super) const fn of(frame: &'a [u8]) -> Self {
        Self { at: 0, rest: frame }
    }

    /// The range of the frame that is not read yet.
    pub(super) const fn range(&self) -> Range<usize> {
        self.at..self.at + self.rest.len()
    }

    /// The bytes that are not read yet.
    pub(super) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The next field, or `None` at the end.
    ///
    /// # Errors
    /// [`WireError::Malformed`]: not protobuf, or groups that are nested too deeply.
    #[inline]
    pub(super) fn next_field(&mut self) -> Result<Option<Field<'a>>, WireError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let at = self.at;
        let (number, form) = self.key()?;
        let value = match form {
            0 => Value::Number(self.varint()?),
            1 => Value::Fixed64(u64::from_le_bytes(self.fixed()?)),
            2 => Value::Bytes(self.bytes()?),
            3 => self.group(number).map(|()| Value::Other)?,
            4 => return Err(malformed(at, "the end of a group that did not begin")),
            5 => self.fixed::<4>().map(|_| Value::Other)?,
            _ => return Err(malformed(at, "an unknown wire type")),
        };
        Ok(Some(Field { number, value }))
    }

    /// The number of a field, and its wire type.
    #[inline]
    fn key(&mut self) -> Result<(u32, u64), WireError> {
        let at = self.at;
        let key = self.varint()?;
        match u32::try_from(key) {
            Ok(number) if number >= 8 => Ok((number >> 3, key & 7)),
            Ok(_) | Err(_) => Err(malformed(at, "a field number out of range")),
        }
    }

    /// Skips to the end of a group that has just begun. `bitswap.proto` has none, but unknown
    /// fields may be groups.
    fn group(&mut self, number: u32) -> Result<(), WireError> {
        let mut open = [0; MAX_GROUP_DEPTH];
        let mut depth = 0;
        let mut begins = Some(number);
        loop {
            let at = self.at;
            if let Some(number) = begins.take() {
                let deeper = open.get_mut(depth);
                *deeper.ok_or_else(|| malformed(at, "groups nested too deeply"))? = number;
                depth += 1;
            }
            match self.key()? {
                (_, 0) => self.varint().map(|_| ())?,
                (_, 1) => self.fixed::<8>().map(|_| ())?,
                (_, 2) => self.bytes().map(|_| ())?,
                (number, 3) => begins = Some(number),
                (number, 4) if open.get(depth - 1) == Some(&number) => depth -= 1,
                (_, 4) => return Err(malformed(at, "the end of another group")),
                (_, 5) => self.fixed::<4>().map(|_| ())?,
                _ => return Err(malformed(at, "an unknown wire type")),
            }
            if depth == 0 {
                return Ok(());
            }
        }
    }

    #[inline]
    fn varint(&mut self) -> Result<u64, WireError> {
        if let Some((&byte, rest)) = self.rest.split_first()
            && byte < 0x80
        {
            self.at += 1;
            self.rest = rest;
            return Ok(byte.into());
        }
        self.long_varint()
    }

    fn long_varint(&mut self) -> Result<u64, WireError> {
        let mut value = 0;
        for (index, &byte) in self.rest.iter().take(10).enumerate() {
            if index == 9 && byte > 1 {
                break;
            }
            value |= u64::from(byte & 0x7f) << (7 * index);
            if byte < 0x80 {
                self.skip(index + 1)?;
                return Ok(value);
            }
        }
        Err(malformed(self.at, "a varint that does not end"))
    }

    fn fixed<const BYTES: usize>(&mut self) -> Result<[u8; BYTES], WireError> {
        let at = self.at;
        let bytes = self.skip(BYTES)?.first_chunk().copied();
        bytes.ok_or_else(|| malformed(at, "a field longer than what it is in"))
    }

    fn bytes(&mut self) -> Result<Self, WireError> {
        let announced = self.varint()?;
        // A length that does not fit is cut off by the check in `skip`.
        let length = usize::try_from(announced).unwrap_or(usize::MAX);
        let at = self.at;
        let rest = self.skip(length)?;
        Ok(Self { at, rest })
    }

    fn skip(&mut self, bytes: usize) -> Result<&'a [u8], WireError> {
        let Some((skipped, rest)) = self.rest.split_at_checked(bytes) else {
            return Err(malformed(self.at, "a field longer than what it is in"));
        };
        self.at += bytes;
        self.rest = rest;
        Ok(skipped)
    }
}

/// One field, with its number and its undecoded value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field<'a> {
    /// The field number.
    pub(super) number: u32,
    /// The value, by wire type.
    pub(super) value: Value<'a>,
}

/// The value of a field, by its wire type. A field with another wire type than expected is skipped
/// like an unknown field, as in boxo.
#[derive(Clone, Copy, Debug)]
pub(super) enum Value<'a> {
    /// A varint: a number, a boolean or an enum value.
    Number(u64),
    /// A fixed number of eight bytes.
    Fixed64(u64),
    /// Bytes or an embedded message.
    Bytes(Fields<'a>),
    /// A wire type that no field of Bitswap has.
    Other,
}

const fn malformed(offset: usize, why: &'static str) -> WireError {
    WireError::Malformed { offset, why }
}
