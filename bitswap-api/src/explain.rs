//! Why a want or a peer is as it is, in words: made of what the node knows, and shown by
//! `bitswap explain` and the API alike.

mod advice;
mod next;
mod peer;
mod text;
mod want;

#[cfg(test)]
mod tests;

use bitswap_net::{Bitswap, Closed, Story};
use cid::{Cid, Version};
use libp2p::PeerId;

use crate::forms::{Explanation, StoryRow};

pub use self::text::short;

/// What is to be explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A peer that is or was known.
    Peer(PeerId),
    /// A block that is or was wanted.
    Want(Cid),
}

impl Subject {
    /// What a text names; `None` = neither a CID nor a peer.
    pub fn parse(text: &str) -> Option<Self> {
        match Cid::try_from(text) {
            Ok(cid) => Some(Self::Want(cid)),
            Err(_) => text.parse().ok().map(Self::Peer),
        }
    }

    /// The peer that a CID of the first version may be as well: their texts have one form.
    fn as_peer(self) -> Option<PeerId> {
        match self {
            Self::Peer(peer) => Some(peer),
            Self::Want(cid) if cid.version() == Version::V0 => {
                PeerId::from_multihash(*cid.hash()).ok()
            }
            Self::Want(_) => None,
        }
    }
}

/// All that a node has to say of a subject; `None` = it knows nothing of it.
///
/// # Errors
/// The node is gone.
pub async fn explain(bitswap: &Bitswap, subject: Subject) -> Result<Option<Explanation>, Closed> {
    let Some(mut told) = known(bitswap, subject).await? else { return Ok(None) };
    let strategies = bitswap.stats().await?.strategies;
    told.advice.extend(advice::of_scripts(&strategies));
    Ok(Some(told))
}

async fn known(bitswap: &Bitswap, subject: Subject) -> Result<Option<Explanation>, Closed> {
    if let Subject::Want(cid) = subject {
        let known = bitswap.explain_cid(cid).await?;
        if let Some(told) = want::explanation(&cid, &known) {
            return Ok(Some(told));
        }
    }
    let Some(id) = subject.as_peer() else { return Ok(None) };
    let known = bitswap.explain_peer(id).await?;
    Ok(peer::explanation(&id, &known))
}

/// The lines of a story, each in words.
fn rows(story: Option<&Story>, say: fn(&bitswap_net::StoryLine) -> String) -> Vec<StoryRow> {
    let row = |story: &Story, line: &bitswap_net::StoryLine| StoryRow {
        number: line.number,
        after_seconds: line.at.since(story.since).as_secs_f64(),
        last_after_seconds: line.last_at.since(story.since).as_secs_f64(),
        grows_until_seconds: line.grows_until.since(story.since).as_secs_f64(),
        text: say(line),
        count: line.count,
        peers: line.peers.iter().map(ToString::to_string).collect(),
        strategy: line.strategy.as_deref().map(str::to_owned),
        reason: Some(line.reason).filter(|reason| !reason.is_empty()).map(str::to_owned),
    };
    let lines = story.iter().flat_map(|story| story.lines.iter().map(|line| row(story, line)));
    lines.collect()
}
