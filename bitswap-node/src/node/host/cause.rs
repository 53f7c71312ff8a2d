//! Errors of the network in few words.

use std::error::Error;

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

/// The innermost of an error's causes: what the network said, without the layers it passed.
pub(super) fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
