//! Whether what went wrong in the network may be otherwise a moment later.

use std::error::Error;
use std::io::{self, ErrorKind};

use libp2p::swarm::DialError;

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
