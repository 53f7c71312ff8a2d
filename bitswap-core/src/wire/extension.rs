//! Numbers and messages of `bitswap.proto` that encoder and decoder share: kinds of wants and
//! presences, and the extension of both in the relay protocol.

use prost::encoding::{self, encoded_len_varint, key_len};

use super::fields::{Fields, Value};
use super::message::RelayHeader;
use crate::error::WireError;

/// Field number of the relay protocol's extension, in entries and in presences.
pub(super) const EXTENSION: u32 = 1_000;

pub(super) const WANT_BLOCK: i32 = 0;
pub(super) const WANT_HAVE: i32 = 1;

pub(super) const HAVE: i32 = 0;
pub(super) const DONT_HAVE: i32 = 1;

/// `RelayHeader` and `Further`, which have the same encoding: two numbers, and an id between them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Extension {
    /// `ttl` or `hops`.
    pub(super) hops: u32,
    pub(super) want_id: u64,
    /// `expires_in_ms` or `searching_for_ms`.
    pub(super) millis: u32,
}

impl Extension {
    /// Reads a field into this message: protobuf merges messages that are written twice.
    ///
    /// # Errors
    /// [`WireError::Malformed`] if the field is truncated.
    pub(super) fn read(&mut self, mut fields: Fields<'_>) -> Result<(), WireError> {
        while let Some(field) = fields.next_field()? {
            match (field.number, field.value) {
                (1, Value::Number(hops)) => self.hops = hops as u32,
                (2, Value::Fixed64(want_id)) => self.want_id = want_id,
                (3, Value::Number(millis)) => self.millis = millis as u32,
                _ => {}
            }
        }
        Ok(())
    }

    /// Encoded length in bytes.
    pub(super) fn len(&self) -> usize {
        let number = |field, value: u32| {
            if value == 0 { 0 } else { key_len(field) + encoded_len_varint(value.into()) }
        };
        let id = if self.want_id == 0 { 0 } else { key_len(2) + size_of::<u64>() };
        number(1, self.hops) + id + number(3, self.millis)
    }

    /// Appends the encoded message.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        if self.hops != 0 {
            encoding::uint32::encode(1, &self.hops, out);
        }
        if self.want_id != 0 {
            encoding::fixed64::encode(2, &self.want_id, out);
        }
        if self.millis != 0 {
            encoding::uint32::encode(3, &self.millis, out);
        }
    }
}

impl From<RelayHeader> for Extension {
    fn from(relay: RelayHeader) -> Self {
        Self { hops: relay.ttl().into(), want_id: relay.want_id, millis: relay.expires_in_ms }
    }
}
