//! What the API says of requests.

#![expect(missing_docs, reason = "what each says is what it is about")]

mod why_no_cid;

use std::fmt::Display;
use std::io;
use std::net::SocketAddr;

use bitswap_core::BlockError;
use bitswap_service::error::{CliError, Exit};
use cid::Cid;

use self::why_no_cid::why_no_cid;
use super::explain::Subject;

pub fn no_subject(text: &str) -> CliError {
    CliError::new("bad-subject", Exit::Usage, format!("{text} is neither a CID nor a peer id"))
        .because("it cannot be read as either")
        .remedy("take a CID from  bitswap wantlist  or a peer id from  bitswap peers")
}

/// There is nothing to tell.
pub fn not_explained(text: &str, subject: Subject) -> CliError {
    match subject {
        Subject::Peer(_) => {
            CliError::new("unknown-peer", Exit::NotFound, format!("nothing is known of {text}"))
                .because("it is not connected, and was not lately")
                .remedy("see who is connected:  bitswap peers")
        }
        Subject::Want(_) => {
            let what = format!("this node does not want {text}, and did not lately");
            CliError::new("not-wanted", Exit::NotFound, what)
                .because("nobody asked for it, or it came too long ago")
                .remedy(format!(
                    "see what it wants:  bitswap wantlist,  or fetch it:  bitswap get {text}"
                ))
        }
    }
}

pub fn body(status: u16, why: &str) -> CliError {
    const TOO_LARGE: u16 = 413;
    let code = if status == TOO_LARGE { "block-too-large" } else { "bad-request" };
    let exit = if status == TOO_LARGE { Exit::BadData } else { Exit::Usage };
    CliError::new(code, exit, "the body cannot be taken".to_owned())
        .because(why)
        .remedy("a new block is at most 2 MiB; larger content goes in with  bitswap add")
}

pub fn bad_block(why: &BlockError) -> CliError {
    let too_large = matches!(why, BlockError::TooLarge { .. });
    let code = if too_large { "block-too-large" } else { "bad-block" };
    CliError::new(code, Exit::BadData, "this is no block".to_owned())
        .because(why.to_string())
        .remedy("a new block is at most 2 MiB; larger content goes in with  bitswap add")
}

pub fn bad_request(why: &dyn Display) -> CliError {
    CliError::new("bad-request", Exit::Usage, "the request cannot be understood".to_owned())
        .because(why.to_string())
        .remedy("see docs/api.md")
}

pub fn no_such_path() -> CliError {
    CliError::new("no-such-path", Exit::NotFound, "the api has nothing there".to_owned())
        .because("the path or the method is none of /api/v1")
        .remedy("see docs/api.md")
}

/// Over TCP, and not the socket.
pub fn cannot_serve_api(address: SocketAddr, why: &io::Error) -> CliError {
    let what = format!("the api cannot be served at {address}");
    CliError::new("api-address", Exit::Failed, what)
        .because(why.to_string())
        .remedy("choose another address for  api.listen ; port 0 is any that is free")
}

pub fn foreign_host() -> CliError {
    CliError::new("foreign-host", Exit::Refused, "the request is not for this machine".to_owned())
        .because("its Host header is neither localhost nor a loopback address")
        .remedy("use the address that  bitswap daemon  prints")
}

pub fn foreign_origin() -> CliError {
    let what = "another web page sent the request".to_owned();
    CliError::new("foreign-origin", Exit::Refused, what)
        .because("its Origin header is not the address of this api")
        .remedy("send it from a program, with the token, and without an Origin header")
}

pub fn no_token() -> CliError {
    CliError::new("no-token", Exit::Refused, "the request shows no good token".to_owned())
        .because("over TCP, every program and page of this machine can reach the api")
        .remedy("send  Authorization: Bearer TOKEN , with that in  api.token  of the node")
}

pub fn read_token() -> CliError {
    CliError::new("read-token", Exit::Refused, "this token is for looking only".to_owned())
        .because("the request changes the node, or reads blocks")
        .remedy("send the token in  api.token  of the node's directory")
}

pub fn no_such_session(id: &str) -> CliError {
    CliError::new("no-such-session", Exit::NotFound, format!("there is no session {id:?}"))
        .because("it was closed, or whoever opened it went away")
        .remedy("open one with  POST /api/v1/sessions")
}

pub fn too_many_sessions(limit: usize) -> CliError {
    let what = "the daemon has no room for another session".to_owned();
    CliError::new("too-many-sessions", Exit::Refused, what)
        .because(format!("{limit} are open, and others wait for their places, too"))
        .remedy("try again when a command that fetches has ended")
}

pub fn no_account(peer: &str) -> CliError {
    CliError::new("no-account", Exit::NotFound, format!("nothing is known of {peer}"))
        .because("it was not connected since the daemon's start, or long ago")
        .remedy("see  bitswap ledger")
}

pub fn not_connected(peer: &str) -> CliError {
    CliError::new("not-connected", Exit::NotFound, format!("{peer} is not connected"))
        .because("what a peer wants is known while it is connected")
        .remedy("see  bitswap peers")
}

pub fn unknown_word(what: &str, word: &str, known: &str) -> CliError {
    CliError::new("unknown-word", Exit::Usage, format!("there is no {what} {word:?}"))
        .because(format!("known are {known}"))
        .remedy(format!("choose one of them with  --{what}"))
}

pub fn bad_peer_id(text: &str) -> CliError {
    CliError::new("bad-peer-id", Exit::Usage, format!("{text:?} is not a peer id"))
        .because("a peer id begins with 12D3Koo or Qm")
        .remedy("see  bitswap peers")
}

/// `cid` is the part of `text` that should be one.
pub fn bad_cid(text: &str, cid: &str) -> CliError {
    CliError::new("bad-cid", Exit::Usage, format!("{text:?} is not a cid"))
        .because(why_no_cid(cid))
        .remedy("give a cid as  bafy…  or  Qm…  , alone or as  ipfs://bafy…")
}

pub fn bad_address(address: &str, why: &str) -> CliError {
    CliError::new("bad-address", Exit::Usage, format!("{address:?} is not a multiaddr"))
        .because(why)
        .remedy("write it as  /ip4/127.0.0.1/tcp/4001/p2p/12D3Koo…  , as  ipfs id  prints it")
}

pub fn no_router() -> CliError {
    CliError::new("no-router", Exit::Usage, "there is no router to ask".to_owned())
        .because("no router is configured, no peer of a DHT is known, and no --router was given")
        .remedy("name one with  --router https://delegated-ipfs.dev")
}

pub fn not_stored(cid: &Cid) -> CliError {
    CliError::new("not-found", Exit::NotFound, format!("{cid} is not in the store"))
        .because("only the store was asked")
        .remedy("let peers be asked too:  bitswap block get , without  --offline")
}
