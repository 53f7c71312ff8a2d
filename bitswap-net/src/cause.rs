//! Errors of the network in few words, for people: what it said, without the layers it passed.

#[cfg(test)]
mod tests;

use std::error::Error;
use std::io::ErrorKind;

use libp2p::Multiaddr;
use libp2p::multiaddr::Protocol;
use libp2p::swarm::DialError;

/// Why a peer could not be reached.
pub fn of_dial(error: &DialError) -> String {
    match error {
        DialError::Transport(tried) if tried.is_empty() => "no address works".to_owned(),
        DialError::Transport(tried) => {
            let causes = tried.iter().map(|(address, why)| of_address(address, innermost(why)));
            let mut causes: Vec<_> = causes.collect();
            causes.sort_unstable();
            causes.dedup();
            causes.truncate(2);
            causes.join(", ")
        }
        DialError::NoAddresses => "no address of it is known".to_owned(),
        DialError::WrongPeerId { obtained, .. } => format!("another peer is there: {obtained}"),
        DialError::LocalPeerId { .. } => "that is this node itself".to_owned(),
        DialError::DialPeerConditionFalse(_) | DialError::Aborted | DialError::Denied { .. } => {
            innermost(error)
        }
    }
}

/// The innermost of an error's causes, on one line.
pub fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    let text = innermost.to_string();
    // Libraries wrap it in errors of their own that look like it.
    if text == ErrorKind::InvalidData.to_string() {
        return "what is there does not speak libp2p".to_owned();
    }
    if text.contains("no records found") {
        return "its name has no address".to_owned();
    }
    // A list of causes is told by its last.
    let last = text.lines().next_back().unwrap_or_default();
    let last = last.trim_start_matches(" - ").trim_end_matches('.');
    // The number of an error of the system says nothing to people.
    last.split(" (os error").next().unwrap_or_default().to_owned()
}

/// The cause, unless all that the network says is the address: then no transport takes it.
fn of_address(address: &Multiaddr, cause: String) -> String {
    if !cause.contains(&address.to_string()) {
        return cause;
    }
    let is_name = |protocol: &Protocol<'_>| matches!(protocol, Protocol::P2p(_));
    let last = address.iter().filter(|it| !is_name(it)).last();
    let last = last.map_or("p2p", |protocol| protocol.tag());
    format!("this node cannot dial what ends with /{last}")
}
