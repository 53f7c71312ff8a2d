//! The compact denylist format of IPIP-383, line by line: what a rule says of single blocks. Opens
//! no files.

use bitswap_store::Multihash;
use cid::Cid;
use cid::multibase::Base;

use super::digest::{Digest, padded, plain};

/// What one line says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// Nothing: it is empty, or a comment.
    Nothing,
    /// A rule about blocks, and whether it is an exception from those before it.
    Rule { names: Named, negated: bool },
    /// A rule that says nothing of a single block: about paths below a CID, or about names.
    Elsewhere,
}

/// How a rule names blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// By their multihash.
    Plain(Digest),
    /// By the hash of their multihash.
    Double(Digest),
    /// By the hash of their CID.
    Legacy(Digest),
    /// By a text that may be either hash.
    DoubleOrLegacy(Digest, Digest),
}

/// Why a line is not understood.
pub(super) type Wrong = &'static str;

/// SHA2-256 in multicodec.
const SHA2_256: u64 = 0x12;

/// Reads a line of a list's body.
pub(super) fn line(text: &str) -> Result<Line, Wrong> {
    // Hints stand behind the rule.
    let Some(rule) = text.split_whitespace().next().filter(|rule| !rule.starts_with('#')) else {
        return Ok(Line::Nothing);
    };
    // `!` is of the specification; `+` and `-` are older.
    let bare = rule.strip_prefix(['!', '+', '-']);
    let negated = bare.is_some();
    let rule = bare.unwrap_or(rule);
    if let Some(hash) = rule.strip_prefix("//") {
        return double_hash(hash).map(|names| Line::Rule { names, negated });
    }
    if rule.starts_with("/ipns/") {
        return Ok(Line::Elsewhere);
    }
    let path = rule.strip_prefix("/ipfs/").or_else(|| rule.strip_prefix("/ipld/"));
    let path = path.ok_or("it begins neither with /ipfs/ nor /ipns/ nor //")?;
    let (cid, below) = path.split_once('/').unwrap_or((path, ""));
    let cid = Cid::try_from(cid).map_err(|_| "its CID cannot be read")?;
    // `/*` names the CID itself and all below it.
    if !below.is_empty() && below != "*" {
        return Ok(Line::Elsewhere);
    }
    Ok(Line::Rule { names: Named::Plain(plain(cid.hash())), negated })
}

/// Reads a line of a list's header.
pub(super) fn header(text: &str) -> Result<(), Wrong> {
    if text.starts_with(['/', '!', '+']) {
        return Err("a rule stands before the line `---`, in the header");
    }
    let version = text.strip_prefix("version:").map(|rest| rest.trim().trim_matches('"'));
    match version {
        None | Some("1") => Ok(()),
        Some(_) => Err("only version 1 of the format is known"),
    }
}

/// Either of the two forms: a multihash in base58btc, or a SHA2-256 in hexadecimal digits. Some
/// texts are both.
fn double_hash(text: &str) -> Result<Named, Wrong> {
    let legacy = (text.len() == 64).then(|| Base::Base16Lower.decode(text.to_lowercase()).ok());
    let legacy = legacy.flatten().map(|digest| padded(&digest));
    let modern = Base::Base58Btc.decode(text).ok();
    let modern = modern.and_then(|bytes| Multihash::from_bytes(&bytes).ok());
    // Identity makes no sense here.
    let modern = modern.filter(|hash| hash.code() != 0);
    match (modern, legacy) {
        (Some(hash), legacy) if hash.code() == SHA2_256 && hash.size() == 32 => {
            let digest = padded(hash.digest());
            Ok(legacy.map_or(Named::Double(digest), |it| Named::DoubleOrLegacy(digest, it)))
        }
        (_, Some(legacy)) => Ok(Named::Legacy(legacy)),
        (Some(_), None) => Err("its hash function is not sha2-256, the only one that is known"),
        (None, None) => Err("it is neither a multihash in base58 nor 64 hexadecimal digits"),
    }
}
