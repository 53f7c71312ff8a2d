//! Errors of the network in few words.

use std::error::Error;
use std::io::{self, ErrorKind};

use libp2p::dns;
use libp2p::swarm::DialError;

/// Why a peer could not be reached.
pub(super) fn of_dial(error: &DialError) -> String {
    if let DialError::Transport(tried) = error {
        let causes: Vec<_> = tried.iter().map(|(_, why)| innermost(why)).collect();
        causes.join(", ")
    } else if let DialError::WrongPeerId { obtained, .. } = error {
        format!("another peer is there: {obtained}")
    } else if let DialError::LocalPeerId { .. } = error {
        "that is this node itself".to_owned()
    } else {
        innermost(error)
    }
}

/// Whether a dial failed for what may be otherwise a moment later: it took too long, or the
/// connection was reset, as by peers that take few in a second.
pub(super) fn passes(error: &DialError) -> bool {
    let DialError::Transport(tried) = error else { return false };
    tried.iter().any(|(_, why)| has_passing_cause(why))
}

fn has_passing_cause(error: &(dyn Error + 'static)) -> bool {
    let failed = error.downcast_ref::<io::Error>();
    failed.is_some_and(|it| matches!(it.kind(), ErrorKind::ConnectionReset | ErrorKind::TimedOut))
        || error.source().is_some_and(has_passing_cause)
}

/// The innermost of an error's causes, on one line: what the network said, without the layers it
/// passed.
pub(super) fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut innermost = error;
    loop {
        let unresolved = innermost.downcast_ref::<dns::ResolveError>();
        if unresolved.is_some_and(dns::ResolveError::is_no_records_found) {
            return "its name has no address".to_owned();
        }
        let Some(source) = innermost.source() else { break };
        innermost = source;
    }
    let text = innermost.to_string();
    // A list of causes is told by its last.
    let last = text.lines().next_back().unwrap_or_default();
    last.trim_start_matches(" - ").trim_end_matches('.').to_owned()
}
