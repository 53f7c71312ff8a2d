//! Answers as people read them.

use bitswap_core::strategy::{Admission, Ask, PeerSet, Rank, Reason, RelayPlan, Step, Weight};
use bitswap_core::wire::WantKind;
use bitswap_core::{PeerKey, Timestamp};

/// What a strategy said to a [`Case`](super::Case).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Whether a request is served.
    Admission(Admission),
    /// Who is asked for what.
    Asks(Vec<Ask>),
    /// Nothing: an event was told.
    Heard,
    /// Who probably has it, and why.
    Peers(Vec<PeerKey>, Reason),
    /// How a stranger's want goes on.
    Plan(RelayPlan),
    /// Whose turn it is, and why.
    Rank(Rank, Reason),
    /// How a search goes on.
    Step(Step),
    /// What a debt is worth, and why.
    Weight(Weight, Reason),
}

impl Answer {
    /// One line for each decision; at least one.
    pub fn lines(&self) -> Vec<String> {
        match self {
            Self::Admission(admission) => vec![self::admission(admission)],
            Self::Asks(asks) if asks.is_empty() => vec!["asks nobody".to_owned()],
            Self::Asks(asks) => asks.iter().map(ask).collect(),
            Self::Heard => vec!["heard".to_owned()],
            Self::Peers(peers, reason) => vec![format!("{}: {reason}", named(peers))],
            Self::Plan(plan) => {
                vec![format!("to {} with ttl {}: {}", named(&plan.to), plan.ttl, plan.reason)]
            }
            Self::Rank(rank, reason) => vec![self::rank(*rank, reason)],
            Self::Step(step) => vec![self::step(step)],
            Self::Weight(weight, reason) => {
                vec![format!("{} of 1024: {reason}", weight.get())]
            }
        }
    }
}

fn admission(admission: &Admission) -> String {
    match admission {
        Admission::Defer { until, reason } => format!("defer until {}: {reason}", ms(*until)),
        Admission::Refuse { reason } => format!("refuse: {reason}"),
        Admission::Serve { reason } => format!("serve: {reason}"),
    }
}

fn ask(ask: &Ask) -> String {
    let kind = match ask.kind {
        WantKind::Block => "block",
        WantKind::Have => "have",
    };
    let hedge = if ask.hedge { ", a hedge" } else { "" };
    let delay = match ask.delay.as_millis() {
        0 => String::new(),
        millis => format!(", after {millis} ms"),
    };
    format!("{kind} {} of peer {}{delay}{hedge}: {}", ask.want.0, ask.peer.0, ask.reason)
}

fn rank(rank: Rank, reason: Reason) -> String {
    let again = match rank.recheck() {
        Timestamp::NEVER => String::new(),
        moment => format!(", asked again at {}", ms(moment)),
    };
    let from = match rank.served_from() {
        Timestamp::ZERO => String::new(),
        moment => format!(", not served before {}", ms(moment)),
    };
    format!("{:?}{again}{from}: {reason}", rank.key())
}

fn step(step: &Step) -> String {
    match step {
        Step::Ask { max_providers, timeout, reason, .. } => {
            format!("look up {max_providers} providers for {} ms: {reason}", timeout.as_millis())
        }
        Step::Broadcast { peers: PeerSet::List(peers), reason } => {
            format!("broadcast to {}: {reason}", named(peers))
        }
        Step::Broadcast { peers: PeerSet::Random(count), reason } => {
            format!("broadcast to {count} peers by chance: {reason}")
        }
        Step::Broadcast { peers: PeerSet::All, reason } => format!("broadcast to all: {reason}"),
        Step::Broadcast { peers: PeerSet::Useful, reason } => {
            format!("broadcast to useful peers: {reason}")
        }
        Step::GiveUp { reason } => format!("give up: {reason}"),
        Step::WaitUntil { at, reason } => format!("wait until {}: {reason}", ms(*at)),
    }
}

fn named(peers: &[PeerKey]) -> String {
    if peers.is_empty() {
        return "nobody".to_owned();
    }
    let names: Vec<_> = peers.iter().map(|peer| peer.0.to_string()).collect();
    format!("peers {}", names.join(", "))
}

fn ms(moment: Timestamp) -> String {
    format!("{} ms", moment.as_nanos() / 1_000_000)
}
