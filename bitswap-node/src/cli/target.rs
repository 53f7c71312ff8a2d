//! What is to be read: a CID with a path after it, in any form that people have it in.

use std::fmt;

use bitswap_service::error::CliError;
use cid::Cid;

use crate::cli::errors;

/// A tree, and the way to something in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) root: Cid,
    pub(super) path: Vec<String>,
}

impl Target {
    /// Understands `CID`, `CID/path`, `/ipfs/CID/path`, `ipfs://CID/path`, `ipfs:CID`, and the
    /// URLs of gateways. In URLs, `%20` is a space, and what follows `?` or `#` means nothing.
    ///
    /// # Errors
    /// There is no CID in it, or an escape is broken.
    pub(super) fn parse(text: &str) -> Result<Self, CliError> {
        if let Some(rest) = after(text, "ipfs://").or_else(|| after(text, "ipfs:")) {
            return Self::new(text, rest.trim_start_matches('/'), true);
        }
        if let Some(rest) = after(text, "https://").or_else(|| after(text, "http://")) {
            return Self::of_gateway(text, rest);
        }
        if after(text, "ipns://").or_else(|| after(text, "/ipns/")).is_some() {
            return Err(errors::ipns(text));
        }
        Self::new(text, after(text, "/ipfs/").unwrap_or(text), false)
    }

    /// The last part of the path, or the CID.
    pub(super) fn name(&self) -> String {
        self.path.last().cloned().unwrap_or_else(|| self.root.to_string())
    }

    /// `rest` is what comes after the scheme: `host/ipfs/CID/path` or `CID.ipfs.host/path`.
    fn of_gateway(text: &str, rest: &str) -> Result<Self, CliError> {
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        if after(path, "ipns/").is_some() || host.contains(".ipns.") {
            return Err(errors::ipns(text));
        }
        if let Some(rest) = after(path, "ipfs/") {
            return Self::new(text, rest, true);
        }
        match host.split_once(".ipfs.") {
            Some((cid, _)) => Self::new(text, &format!("{cid}/{path}"), true),
            None => Err(errors::not_ipfs(text)),
        }
    }

    fn new(text: &str, rest: &str, is_url: bool) -> Result<Self, CliError> {
        let rest = match rest.find(['?', '#']) {
            Some(end) if is_url => rest.split_at(end).0,
            _ => rest,
        };
        let mut parts = rest.split('/');
        let root = parts.next().unwrap_or_default();
        let root = Cid::try_from(root).map_err(|_| errors::bad_cid(text, root))?;
        let parts = parts.filter(|part| !part.is_empty());
        let part = |part: &str| {
            let part = if is_url { unescaped(part) } else { Some(part.to_owned()) };
            part.ok_or_else(|| errors::bad_escape(text))
        };
        Ok(Self { root, path: parts.map(part).collect::<Result<_, _>>()? })
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.root)?;
        self.path.iter().try_for_each(|part| write!(f, "/{part}"))
    }
}

fn after<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (start, rest) = text.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}

fn unescaped(part: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(if byte == b'%' { hex(rest.next()?)? << 4 | hex(rest.next()?)? } else { byte });
    }
    String::from_utf8(bytes).ok()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).map(|digit| digit as u8)
}
