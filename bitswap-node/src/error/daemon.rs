//! What is said of directories, locks and daemons.

use std::fmt::Display;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use bitswap_core::BlockError;
use bitswap_store::StoreError;
use cid::Cid;

use super::CliError;
use crate::exit::Exit;
use crate::explain::Subject;
use crate::home::Holder;
use crate::plural;

impl CliError {
    pub(crate) fn no_home() -> Self {
        let what = "there is no place for the node's directory".to_owned();
        Self::new("no-home", Exit::Usage, what)
            .because("the system does not say where your home directory is")
            .remedy("name a directory with  --data DIR  or in  BITSWAP_DIR")
    }

    pub(crate) fn cannot_use(path: &Path, why: &io::Error) -> Self {
        Self::new("cannot-use", Exit::Failed, format!("cannot use {}", path.display()))
            .because(why.to_string())
            .remedy("see whether you may write there, or name another directory with  --data")
    }

    pub(crate) fn damaged_key(path: &Path, why: &dyn Display) -> Self {
        Self::new("bad-key", Exit::BadData, format!("{} is damaged", path.display()))
            .because(why.to_string())
            .remedy("put back a copy, or move it away: the node then gets a new identity")
    }

    pub(crate) fn key_not_private(path: &Path) -> Self {
        let what = format!("{} can be read by other users", path.display());
        Self::new("key-not-private", Exit::Refused, what)
            .because("whoever has the private key can pass for this node")
            .remedy(format!("chmod 600 {}", path.display()))
    }

    pub(crate) fn occupied(folder: &Path, pid: Option<u32>) -> Self {
        let what = format!("{} is in use by another process", folder.display());
        let why = match pid {
            Some(pid) => format!("process {pid} holds its lock, and answers no verbs now"),
            None => "its lock is held by a process that did not say its id".to_owned(),
        };
        Self::new("lock-held", Exit::NoNode, what)
            .because(why)
            .remedy("wait until it ends, or use another directory with  --data DIR")
    }

    pub(crate) fn runs_already(folder: &Path, holder: Option<&Holder>) -> Self {
        let what = format!("{} is in use by another process", folder.display());
        let why = match holder {
            Some(Holder { pid, api: Some(_) }) => format!("a daemon runs there, process {pid}"),
            Some(Holder { pid, api: None }) => format!("process {pid} holds its lock"),
            None => "its lock is held by a process that did not say its id".to_owned(),
        };
        Self::new("lock-held", Exit::NoNode, what)
            .because(why)
            .remedy("end that process, or give this one another directory with  --data DIR")
    }

    pub(crate) fn no_daemon(why: &str) -> Self {
        Self::new("no-daemon", Exit::NoNode, "no daemon answers".to_owned())
            .because(why)
            .remedy("start one:  bitswap daemon")
    }

    pub(crate) fn daemon_decides() -> Self {
        let what = "the running daemon uses the strategies of its configuration".to_owned();
        Self::new("daemon-decides", Exit::Usage, what)
            .because("strategies cannot be chosen for a command that a daemon carries out")
            .remedy("use  --standalone  to run the command with them, or remove the options")
    }

    /// `--offline`, or else `--standalone`, is for the other commands.
    pub(crate) fn daemon_of_others(offline: bool) -> Self {
        let option = if offline { "--offline" } else { "--standalone" };
        let why = if offline {
            "a daemon listens, and asks others; a command alone can leave the network alone"
        } else {
            "a daemon is the node of its directory; a command alone can have one in memory"
        };
        let what = format!("a daemon cannot run with {option}");
        Self::new("usage", Exit::Usage, what)
            .because(why)
            .remedy(format!("leave  {option}  out, or see  bitswap daemon --profile test"))
    }

    pub(crate) fn no_subject(text: &str) -> Self {
        Self::new("bad-subject", Exit::Usage, format!("{text} is neither a CID nor a peer id"))
            .because("it cannot be read as either")
            .remedy("take a CID from  bitswap wantlist  or a peer id from  bitswap peers")
    }

    /// There is nothing to tell.
    pub(crate) fn not_explained(text: &str, subject: Subject) -> Self {
        match subject {
            Subject::Peer(_) => {
                Self::new("unknown-peer", Exit::NotFound, format!("nothing is known of {text}"))
                    .because("it is not connected, and was not lately")
                    .remedy("see who is connected:  bitswap peers")
            }
            Subject::Want(_) => {
                let what = format!("this node does not want {text}, and did not lately");
                Self::new("not-wanted", Exit::NotFound, what)
                    .because("nobody asked for it, or it came too long ago")
                    .remedy(format!(
                        "see what it wants:  bitswap wantlist,  or fetch it:  bitswap get {text}"
                    ))
            }
        }
    }

    pub(crate) fn stopping() -> Self {
        Self::new("stopping", Exit::NoNode, "the daemon is about to end".to_owned())
            .because("it was told to stop")
            .remedy("try again when it runs:  bitswap daemon")
    }

    pub(crate) fn lost(why: &dyn Display) -> Self {
        Self::new("daemon-lost", Exit::NoNode, "the daemon does not answer any more".to_owned())
            .because(why.to_string())
            .remedy("see whether it runs and what it logged; what it acknowledged is safe")
    }

    pub(crate) fn not_synced() -> Self {
        let what = "the store was not done in time".to_owned();
        Self::new("not-synced", Exit::Failed, what)
            .because("the disk took too long; blocks that nobody was told are durable may be lost")
            .remedy("see whether the disk works; blocks that were fetched can be fetched again")
    }

    pub(crate) fn not_stored(cid: &Cid) -> Self {
        Self::new("not-found", Exit::NotFound, format!("{cid} is not in the store"))
            .because("only the store was asked")
            .remedy("let peers be asked too:  bitswap block get , without  --offline")
    }

    pub(crate) fn not_in_time(cid: &Cid, timeout: Duration) -> Self {
        Self::new("timed-out", Exit::NotFound, format!("{cid} did not come in time"))
            .because(format!("nobody sent it in {} s", timeout.as_secs_f64()))
            .remedy("name a peer that has it with  --peer , or wait longer with  --timeout 5m")
    }

    pub(crate) fn path_in_block(text: &str) -> Self {
        Self::new("bad-cid", Exit::Usage, format!("{text:?} has a path after the cid"))
            .because("a block is found by its cid alone")
            .remedy("give the cid alone, or follow the path with  bitswap get")
    }

    pub(crate) fn bad_block(why: &BlockError) -> Self {
        let too_large = matches!(why, BlockError::TooLarge { .. });
        let code = if too_large { "block-too-large" } else { "bad-block" };
        Self::new(code, Exit::BadData, "this is no block".to_owned())
            .because(why.to_string())
            .remedy("a new block is at most 2 MiB; larger content goes in with  bitswap add")
    }

    pub(crate) fn body(status: u16, why: &str) -> Self {
        const TOO_LARGE: u16 = 413;
        let code = if status == TOO_LARGE { "block-too-large" } else { "bad-request" };
        let exit = if status == TOO_LARGE { Exit::BadData } else { Exit::Usage };
        Self::new(code, exit, "the body cannot be taken".to_owned())
            .because(why)
            .remedy("a new block is at most 2 MiB; larger content goes in with  bitswap add")
    }

    pub(crate) fn unknown_word(what: &str, word: &str, known: &str) -> Self {
        Self::new("unknown-word", Exit::Usage, format!("there is no {what} {word:?}"))
            .because(format!("known are {known}"))
            .remedy(format!("choose one of them with  --{what}"))
    }

    pub(crate) fn bad_peer_id(text: &str) -> Self {
        Self::new("bad-peer-id", Exit::Usage, format!("{text:?} is not a peer id"))
            .because("a peer id begins with 12D3Koo or Qm")
            .remedy("see  bitswap peers")
    }

    pub(crate) fn not_connected(peer: &str) -> Self {
        Self::new("not-connected", Exit::NotFound, format!("{peer} is not connected"))
            .because("what a peer wants is known while it is connected")
            .remedy("see  bitswap peers")
    }

    pub(crate) fn no_account(peer: &str) -> Self {
        Self::new("no-account", Exit::NotFound, format!("nothing is known of {peer}"))
            .because("it was not connected since the daemon's start, or long ago")
            .remedy("see  bitswap ledger")
    }

    pub(crate) fn exists(path: &Path) -> Self {
        Self::new("exists", Exit::Refused, format!("{} exists already", path.display()))
            .because("existing files are only overwritten with --force")
            .remedy("add  --force  to write it anew; the identity and the blocks stay")
    }

    pub(crate) fn not_confirmed(blocks: usize) -> Self {
        let were = plural::of(blocks as u64, ["block was", "blocks were"]);
        Self::new("not-confirmed", Exit::Refused, format!("{were} not removed"))
            .because("removing blocks is permanent and was not confirmed")
            .remedy("add  --yes  to remove them, or  --dry-run  to see what would go")
    }

    pub(crate) fn bad_request(why: &dyn Display) -> Self {
        Self::new("bad-request", Exit::Usage, "the request cannot be understood".to_owned())
            .because(why.to_string())
            .remedy("see docs/api.md")
    }

    pub(crate) fn no_such_path() -> Self {
        Self::new("no-such-path", Exit::NotFound, "the api has nothing there".to_owned())
            .because("the path or the method is none of /api/v1")
            .remedy("see docs/api.md")
    }

    /// Over TCP, and not the socket.
    pub(crate) fn cannot_serve_api(address: SocketAddr, why: &io::Error) -> Self {
        let what = format!("the api cannot be served at {address}");
        Self::new("api-address", Exit::Failed, what)
            .because(why.to_string())
            .remedy("choose another address for  api.listen ; port 0 is any that is free")
    }

    pub(crate) fn no_page() -> Self {
        Self::new("no-page", Exit::NotFound, "the daemon has no web page".to_owned())
            .because("it does not answer over TCP:  api.listen  is off")
            .remedy("bitswap config set api.listen 127.0.0.1:5012 , and start the daemon again")
    }

    pub(crate) fn foreign_host() -> Self {
        Self::new("foreign-host", Exit::Refused, "the request is not for this machine".to_owned())
            .because("its Host header is neither localhost nor a loopback address")
            .remedy("use the address that  bitswap daemon  prints")
    }

    pub(crate) fn foreign_origin() -> Self {
        let what = "another web page sent the request".to_owned();
        Self::new("foreign-origin", Exit::Refused, what)
            .because("its Origin header is not the address of this api")
            .remedy("send it from a program, with the token, and without an Origin header")
    }

    pub(crate) fn no_token() -> Self {
        Self::new("no-token", Exit::Refused, "the request shows no good token".to_owned())
            .because("over TCP, every program and page of this machine can reach the api")
            .remedy("send  Authorization: Bearer TOKEN , with that in  api.token  of the node")
    }

    pub(crate) fn read_token() -> Self {
        Self::new("read-token", Exit::Refused, "this token is for looking only".to_owned())
            .because("the request changes the node, or reads blocks")
            .remedy("send the token in  api.token  of the node's directory")
    }

    pub(crate) fn token_not_private(path: &Path) -> Self {
        let what = format!("{} can be read by other users", path.display());
        Self::new("token-not-private", Exit::Refused, what)
            .because("whoever has the token can use the api")
            .remedy(format!("remove it, and the daemon makes another:  rm {}", path.display()))
    }

    pub(crate) fn damaged_token(path: &Path) -> Self {
        Self::new("bad-token", Exit::BadData, format!("{} is damaged", path.display()))
            .because("a token is 64 hexadecimal digits")
            .remedy(format!("remove it, and the daemon makes another:  rm {}", path.display()))
    }

    pub(crate) fn no_such_session(id: &str) -> Self {
        Self::new("no-such-session", Exit::NotFound, format!("there is no session {id:?}"))
            .because("it was closed, or whoever opened it went away")
            .remedy("open one with  POST /api/v1/sessions")
    }

    pub(crate) fn too_many_sessions(limit: usize) -> Self {
        let what = "the daemon has no room for another session".to_owned();
        Self::new("too-many-sessions", Exit::Refused, what)
            .because(format!("{limit} are open, and others wait for their places, too"))
            .remedy("try again when a command that fetches has ended")
    }

    pub(crate) fn offline() -> Self {
        Self::new("offline", Exit::Usage, "the network is needed for this".to_owned())
            .because("--offline was given")
            .remedy("leave  --offline  out")
    }

    /// Whatever a store says.
    #[cfg(feature = "s3")]
    pub(crate) fn bucket(url: &str, why: &dyn Display) -> Self {
        Self::new("no-bucket", Exit::NoNode, format!("the store at {url} cannot be opened"))
            .because(why.to_string())
            .remedy(
                "set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION and, where it is not \
                 Amazon's, AWS_ENDPOINT_URL; BITSWAP_LOG=bitswap_store_s3=debug tells more",
            )
    }

    #[cfg(not(feature = "s3"))]
    pub(crate) fn no_buckets() -> Self {
        let what = "this program was built without stores in buckets".to_owned();
        Self::new("not-built", Exit::Usage, what)
            .because("`store.kind` is \"s3\"")
            .remedy("build it with  cargo build --release --features s3")
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "stores may add errors")]
    pub(crate) fn store(why: &StoreError) -> Self {
        match why {
            StoreError::Corrupt { .. } => {
                Self::new("damaged-block", Exit::BadData, "a stored block is damaged".to_owned())
                    .because(why.to_string())
                    .remedy(
                        "add its file again, or fetch it:  bitswap block rm CID , then  bitswap \
                         block get CID  (the root of a pin:  bitswap pin rm CID  first)",
                    )
            }
            StoreError::Format { .. } => {
                Self::new("store-format", Exit::BadData, "the store cannot be read".to_owned())
                    .because(why.to_string())
                    .remedy("use a newer bitswap, or another directory with  --data")
            }
            StoreError::Locked { .. } => {
                Self::new("lock-held", Exit::NoNode, "the store is in use".to_owned())
                    .because(why.to_string())
                    .remedy("wait until it ends, or use another directory with  --data DIR")
            }
            // The store of a daemon, as its client says.
            StoreError::Io { kind: io::ErrorKind::NotConnected, .. } => Self::lost(why),
            StoreError::Mixed { .. } => {
                Self::new("store-mixed", Exit::Failed, "the store is of two kinds".to_owned())
                    .because(why.to_string())
                    .remedy("bitswap store convert")
            }
            _ => Self::new("store", Exit::Failed, "the store did not do it".to_owned())
                .because(why.to_string())
                .remedy("see whether the disk has room and works; what was stored before is safe"),
        }
    }
}
