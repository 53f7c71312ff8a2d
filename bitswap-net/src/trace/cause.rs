//! Why a dial failed, in few words.

use std::error::Error;

use libp2p::swarm::DialError;

/// What the network said, without the layers it passed.
pub(crate) fn of_dial(error: &DialError) -> String {
    match error {
        DialError::Transport(tried) if tried.is_empty() => "no address works".to_owned(),
        DialError::Transport(tried) => {
            let mut causes: Vec<_> = tried.iter().map(|(_, why)| innermost(why)).collect();
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

fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    let text = innermost.to_string();
    // A list of causes is told by its last.
    let last = text.lines().next_back().unwrap_or_default();
    last.trim_start_matches(" - ").trim_end_matches('.').to_owned()
}
