//! The bare form of protobuf: field numbers, wire types and lengths. Reads without allocating.

use std::ops::Range;

use crate::error::WireError;

/// A stretch of a frame, read field by field from its start.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields<'a> {
    /// Where in the frame `rest` begins.
    at: usize,
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    /// The fields of a whole frame.
    pub(super) const fn of(frame: &'a [u8]) -> Self {
        Self { at: 0, rest: frame }
    }

    /// Where in the frame the unread part is.
    pub(super) const fn range(&self) -> Range<usize> {
        self.at..self.at + self.rest.len()
    }

    /// The unread part as it stands.
    pub(super) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The next field, or `None` at the end.
    ///
    /// # Errors
    /// [`WireError::Malformed`]: this is not protobuf, or a group, which Bitswap never had.
    #[inline]
    pub(super) fn next_field(&mut self) -> Result<Option<Field<'a>>, WireError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let at = self.at;
        let key = self.varint()?;
        let number = match u32::try_from(key) {
            Ok(key) if key >= 8 => key >> 3,
            Ok(_) | Err(_) => return Err(malformed(at, "a field number out of range")),
        };
        let value = match key & 7 {
            0 => Value::Number(self.varint()?),
            1 => Value::Fixed64(self.fixed()?),
            2 => self.bytes()?,
            3 | 4 => return Err(malformed(at, "a group")),
            5 => self.fixed::<4>().map(|_| Value::Fixed32)?,
            _ => return Err(malformed(at, "an unknown wire type")),
        };
        Ok(Some(Field { number, at, value }))
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

    fn bytes(&mut self) -> Result<Value<'a>, WireError> {
        let announced = self.varint()?;
        // A length that does not fit is cut off by the check in `skip`.
        let length = usize::try_from(announced).unwrap_or(usize::MAX);
        let at = self.at;
        let rest = self.skip(length)?;
        Ok(Value::Bytes(Self { at, rest }))
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

/// One field, as much as can be known without its meaning.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field<'a> {
    /// Which.
    pub(super) number: u32,
    at: usize,
    value: Value<'a>,
}

impl<'a> Field<'a> {
    /// What it holds, if that is a number.
    ///
    /// # Errors
    /// [`WireError::Malformed`] if it is not.
    pub(super) const fn number(&self) -> Result<u64, WireError> {
        match self.value {
            Value::Number(number) => Ok(number),
            Value::Bytes(_) | Value::Fixed32 | Value::Fixed64(_) => {
                Err(malformed(self.at, "a number was expected"))
            }
        }
    }

    /// What it holds, if that is a number of eight bytes.
    ///
    /// # Errors
    /// [`WireError::Malformed`] if it is not.
    pub(super) const fn fixed64(&self) -> Result<u64, WireError> {
        match self.value {
            Value::Fixed64(bytes) => Ok(u64::from_le_bytes(bytes)),
            Value::Bytes(_) | Value::Fixed32 | Value::Number(_) => {
                Err(malformed(self.at, "eight bytes were expected"))
            }
        }
    }

    /// What it holds, if that is bytes or a message.
    ///
    /// # Errors
    /// [`WireError::Malformed`] if it is not.
    pub(super) const fn bytes(&self) -> Result<Fields<'a>, WireError> {
        match self.value {
            Value::Bytes(fields) => Ok(fields),
            Value::Number(_) | Value::Fixed32 | Value::Fixed64(_) => {
                Err(malformed(self.at, "bytes were expected"))
            }
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Value<'a> {
    Number(u64),
    Fixed32,
    Fixed64([u8; 8]),
    Bytes(Fields<'a>),
}

pub(super) const fn malformed(offset: usize, why: &'static str) -> WireError {
    WireError::Malformed { offset, why }
}
