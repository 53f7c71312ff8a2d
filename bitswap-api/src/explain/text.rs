//! What happened, in words.

use std::collections::BTreeSet;

use bitswap_core::wire::WantKind;
use bitswap_net::{AskOutcome, Happening, Reached, RelayOutcome, Story, StoryLine, WantOutcome};
use bitswap_service::units::size;
use libp2p::PeerId;

/// A CID or a peer's id, short enough for a line and long enough to be told apart.
pub fn short(name: &impl ToString) -> String {
    let name = name.to_string();
    let (head, tail) = (name.get(..7), name.len().checked_sub(4).and_then(|at| name.get(at..)));
    match head.zip(tail).filter(|_| name.len() > 14) {
        Some((head, tail)) => format!("{head}…{tail}"),
        None => name,
    }
}

/// So many things, with the right ending.
pub(super) fn count(number: u64, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}

/// How many peers lines of a kind are about. One that is named counts once, however often it was
/// asked or answered.
pub(super) fn peers_of(story: &Story, is: impl Fn(&Happening) -> bool) -> u64 {
    let (mut named, mut others) = (BTreeSet::<&PeerId>::new(), 0);
    for line in story.lines.iter().filter(|line| is(&line.what)) {
        named.extend(&line.peers);
        others += line.count.saturating_sub(line.peers.len() as u64);
    }
    named.len() as u64 + others
}

/// The peers of a line: by name if there are few.
fn peers(line: &StoryLine) -> String {
    let names: Vec<_> = line.peers.iter().map(short).collect();
    if names.len() as u64 == line.count && line.count < 3 {
        names.join(" and ")
    } else {
        count(line.count, "peer")
    }
}

/// A line of a want's story.
#[expect(clippy::wildcard_enum_match_arm, reason = "the others happen with peers")]
pub(super) fn of_want(line: &StoryLine) -> String {
    let peers = peers(line);
    match &line.what {
        Happening::Wanted => "wanted".to_owned(),
        Happening::Candidates => "asked the registry who may have it".to_owned(),
        Happening::Named(0, _) => "the registry named nobody".to_owned(),
        Happening::Named(named, joined) => {
            format!("the registry named {}, {joined} joined", count((*named).into(), "peer"))
        }
        Happening::Broadcast(0) => "no peer is connected to be asked".to_owned(),
        Happening::Broadcast(_) if line.count == 0 => "no peer is due to be asked again".to_owned(),
        Happening::Broadcast(_) if line.count == 1 => format!("asked {peers} whether it has it"),
        Happening::Broadcast(_) => {
            format!("asked {} whether they have it", count(line.count, "connected peer"))
        }
        Happening::Asked(WantKind::Block) => format!("asked {peers} for the block"),
        Happening::Asked(WantKind::Have) if line.count == 1 => {
            format!("asked {peers} whether it has it")
        }
        Happening::Asked(WantKind::Have) => format!("asked {peers} whether they have it"),
        Happening::Answered(_, outcome) => answered(&peers, *outcome),
        Happening::Late => format!("{peers} sent the block after all"),
        Happening::LookUp => "asked routing who provides it".to_owned(),
        Happening::LookUpEnded(0) => "routing knows no provider".to_owned(),
        Happening::LookUpEnded(found) => {
            format!("the look-up ended, {} found", count((*found).into(), "provider"))
        }
        Happening::Provider(reached) => {
            let found = count(line.count, "provider");
            match reached {
                Reached::Connected => format!("found {found}, connected already: {peers}"),
                Reached::Dialled => format!("found {found}, dialling {peers}"),
                Reached::NotDialled => format!("found {found}, not dialled again: {peers}"),
            }
        }
        Happening::Connected => format!("connected to {peers}"),
        Happening::DialFailed(cause) => format!("dial of {peers} failed: {cause}"),
        Happening::GaveUp => "gave up".to_owned(),
        Happening::Joined => match line.peers.as_slice() {
            [newcomer, evicted] => {
                format!("{} joined in place of {}", short(newcomer), short(evicted))
            }
            _ => "a member of the full session gave its place to a holder".to_owned(),
        },
        Happening::Ended(outcome) => ended(*outcome).to_owned(),
        _ => of_relayed(line, &peers),
    }
}

/// The first peer of a line.
fn first(line: &StoryLine) -> String {
    line.peers.first().map_or_else(|| "a peer".to_owned(), short)
}

/// A line of the story of a want that is forwarded for other peers.
#[expect(clippy::wildcard_enum_match_arm, reason = "the others happen with peers")]
fn of_relayed(line: &StoryLine, peers: &str) -> String {
    match &line.what {
        Happening::RelayRequested(ttl) => {
            let hops = count((*ttl).into(), "hop");
            format!("{peers} wants it of this node, or of others up to {hops} away")
        }
        Happening::NotRelayed => format!("not forwarded for {}", first(line)),
        Happening::Relayed(ttl) => {
            let to = count(line.count, "peer");
            format!("forwarded for {} to {to}, with a TTL of {ttl}", first(line))
        }
        Happening::RelayAsked(WantKind::Have, 0) => {
            format!("asked {peers} whether it has it, and not to forward it")
        }
        Happening::RelayAsked(WantKind::Have, ttl) => {
            format!("asked {peers} whether it has it, with a TTL of {ttl}")
        }
        Happening::RelayAsked(WantKind::Block, _) => format!("asked {peers} for the block"),
        Happening::RelayEnded(outcome) => match outcome {
            RelayOutcome::Disconnected => format!("{peers} left: it is not forwarded for it"),
            RelayOutcome::DontHave => format!("told {peers} that nobody has it"),
            RelayOutcome::Expired => format!("told {peers} that nobody has it: its time is over"),
            RelayOutcome::RequestEnded => format!("{peers} does not want it any more"),
        },
        Happening::Served => format!("sent {peers} the block, {}", size(line.bytes)),
        _ => of_peer(line),
    }
}

fn answered(peers: &str, outcome: AskOutcome) -> String {
    match outcome {
        AskOutcome::Block => format!("{peers} sent the block"),
        AskOutcome::Cancelled => format!("told {peers} that it is not needed any more"),
        AskOutcome::Disconnected => format!("{peers} left without an answer"),
        AskOutcome::DontHave => format!("{peers} said DONT_HAVE"),
        AskOutcome::Have => format!("{peers} said HAVE"),
        AskOutcome::TimedOut => format!("{peers} did not answer in time"),
    }
}

/// How a want ended.
pub(super) const fn ended(outcome: WantOutcome) -> &'static str {
    match outcome {
        WantOutcome::Cancelled => "taken back: nobody here wants it any more",
        WantOutcome::Failed => "failed",
        WantOutcome::Local => "found in the store of this node",
        WantOutcome::Received => "received",
        WantOutcome::TimedOut => "failed: it did not come in time",
    }
}

/// A line of a peer's story.
#[expect(clippy::wildcard_enum_match_arm, reason = "the others happen to wants")]
pub(super) fn of_peer(line: &StoryLine) -> String {
    let blocks = count(line.count, "block");
    let requests = count(line.count, "request");
    let asks = count(line.count, "ask");
    match &line.what {
        Happening::Asked(WantKind::Block) => format!("asked it for {blocks}"),
        Happening::Asked(WantKind::Have) => format!("asked it whether it has {blocks}"),
        Happening::Answered(_, outcome) => match outcome {
            AskOutcome::Block => format!("it sent {blocks}"),
            AskOutcome::Cancelled => format!("took back {asks}"),
            AskOutcome::Disconnected => format!("it left {asks} without an answer"),
            AskOutcome::DontHave => format!("it said DONT_HAVE for {blocks}"),
            AskOutcome::Have => format!("it said HAVE for {blocks}"),
            AskOutcome::TimedOut => format!("it did not answer {asks} in time"),
        },
        Happening::Connected => "connected".to_owned(),
        Happening::Disconnected => "disconnected".to_owned(),
        Happening::Deferred(_) => format!("deferred {requests} of it"),
        Happening::DialFailed(cause) => format!("dial failed: {cause}"),
        Happening::GaveWay => "gave its place in a full session to a holder".to_owned(),
        Happening::Joined => "joined a full session in place of a member".to_owned(),
        Happening::Evicted => format!("dropped {requests} of it to make room"),
        Happening::Late => format!("it sent {blocks} after all"),
        Happening::Provider(_) => format!("found as a provider of {blocks}"),
        Happening::Refused => format!("refused {requests} of it"),
        Happening::NotRelayed => "did not forward a want of it".to_owned(),
        Happening::Relayed(ttl) => {
            let to = count(line.count, "peer");
            format!("forwarded a want of it to {to}, with a TTL of {ttl}")
        }
        Happening::Requested(WantKind::Block) => format!("accepted {requests} for blocks"),
        Happening::Requested(WantKind::Have) => format!("accepted {requests} whether we have it"),
        Happening::Served => format!("sent it {blocks}, {}", size(line.bytes)),
        Happening::TurnTaken => format!("its turn: {blocks}, {}", size(line.bytes)),
        other => format!("{other:?}").to_lowercase(),
    }
}
