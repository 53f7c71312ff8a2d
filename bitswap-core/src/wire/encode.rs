//! From a message to bytes.

use bytes::Bytes;
use cid::Cid;
use prost::{Message as _, length_delimiter_len};

use super::Dialect;
use super::generated::{self, Further, Payload, Presence, PresenceType, WantType, Wantlist};
use super::message::{BlockPresence, Entry, Message, Reach, WantKind};
use super::names::{Prefix, Spelled};
use crate::block::Block;

/// The frame that says `message` in `dialect`, with its length in front. What the dialect cannot
/// carry is left out.
///
/// The wantlist is written even if it is empty: older servers fail on answers without it. Nothing
/// is cut to size: a frame longer than [`MAX_FRAME_BYTES`](crate::MAX_FRAME_BYTES), which no peer
/// reads, is for the caller to avoid.
pub fn encode(message: &Message, dialect: Dialect) -> Bytes {
    body(message, dialect).encode_length_delimited_to_vec().into()
}

/// The frame that says all of `message` but its blocks, and how many bytes [`encode`] would write:
/// for a simulator, whose blocks need not be copied. [`Decoded::beside`](super::Decoded::beside)
/// is its other half.
pub fn encode_without_blocks(message: &Message, dialect: Dialect) -> (Bytes, usize) {
    let mut body = body(message, dialect);
    let length = body.encoded_len();
    body.payload.clear();
    body.blocks.clear();
    (body.encode_length_delimited_to_vec().into(), length + length_delimiter_len(length))
}

fn body(message: &Message, dialect: Dialect) -> generated::Message {
    let mut names = Spelled::with_room_for(message.entries.len() + message.presences.len());
    let mut entries = Vec::with_capacity(message.entries.len());
    for entry in &message.entries {
        entries.extend(entry_in(entry, dialect, &mut names));
    }
    let mut body = generated::Message {
        wantlist: Some(Wantlist { entries, full: message.full }),
        ..generated::Message::default()
    };
    if dialect.has_prefixes() {
        body.payload = message.blocks.iter().map(payload).collect();
    } else {
        body.blocks = message.blocks.iter().filter_map(bare_block).collect();
    }
    if dialect.has_presences() {
        let said = message.presences.iter();
        body.presences = said.map(|said| presence(said, dialect, &mut names)).collect();
    }
    if dialect.has_prefixes() {
        body.pending_bytes = i32::try_from(message.pending_bytes).unwrap_or(i32::MAX);
    }
    body
}

fn entry_in(entry: &Entry, dialect: Dialect, names: &mut Spelled) -> Option<generated::Entry> {
    match *entry {
        Entry::Cancel { ref cid } => Some(generated::Entry {
            cid: names.spell(cid),
            cancel: true,
            ..generated::Entry::default()
        }),
        Entry::Want { kind: WantKind::Have, .. } if !dialect.has_presences() => None,
        Entry::Want { ref cid, kind, priority, send_dont_have, reach } => {
            let want_type = match kind {
                WantKind::Block => WantType::Block,
                WantKind::Have => WantType::Have,
            };
            Some(generated::Entry {
                cid: names.spell(cid),
                priority,
                cancel: false,
                want_type: want_type.into(),
                send_dont_have,
                reach: reach.filter(|_| dialect.has_reach()).map(reach_in),
            })
        }
    }
}

fn reach_in(reach: Reach) -> generated::Reach {
    let Reach { want_id, expires_in_ms, .. } = reach;
    generated::Reach { ttl: reach.ttl().into(), want_id, expires_in_ms }
}

fn payload((cid, block): &(Cid, Block)) -> Payload {
    Payload { prefix: Prefix::of(cid).write(), data: block.bytes().clone() }
}

fn bare_block((cid, block): &(Cid, Block)) -> Option<Bytes> {
    Prefix::of(cid).is_sha2_256().then(|| block.bytes().clone())
}

fn presence(
    (cid, answer): &(Cid, BlockPresence),
    dialect: Dialect,
    names: &mut Spelled,
) -> Presence {
    let (answer, further) = match *answer {
        BlockPresence::Have => (PresenceType::Have, None),
        BlockPresence::DontHave => (PresenceType::DontHave, None),
        BlockPresence::Reachable { hops, want_id } => {
            let further = Further { hops: hops.into(), want_id, searching_for_ms: 0 };
            (PresenceType::Have, Some(further))
        }
        BlockPresence::Searching { for_ms, want_id } => {
            let further = Further { hops: 0, want_id, searching_for_ms: for_ms };
            (PresenceType::DontHave, Some(further))
        }
    };
    let further = further.filter(|_| dialect.has_reach());
    Presence { cid: names.spell(cid), r#type: answer.into(), further }
}
