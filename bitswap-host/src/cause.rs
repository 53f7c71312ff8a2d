//! Errors of the network in few words.

use std::error::Error;

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
