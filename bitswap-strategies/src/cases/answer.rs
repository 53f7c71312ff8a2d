//! Answers as people read them.

use bitswap_core::strategy::{
    Admission, Ask, Ctx, PeerSet, Rank, Reason, RelayPlan, Step, WantSet, Weight,
};
use bitswap_core::wire::WantKind;
use bitswap_core::{PeerKey, Timestamp};

/// What a strategy said to a [`Case`](super::Case).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Whether a request is served.
    Admission(Admission),
    /// Who is asked for what.
    Asks(Vec<Ask>),
    /// Which member leaves a full session, and why.
    Evicted(Option<PeerKey>, Reason),
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
    /// What it decides, whatever the reasons and the order of asks.
    #[must_use]
    pub fn without_reasons(&self) -> Self {
        let mut answer = self.clone();
        match &mut answer {
            Self::Admission(
                Admission::Defer { reason, .. }
                | Admission::Refuse { reason }
                | Admission::Serve { reason },
            )
            | Self::Evicted(_, reason)
            | Self::Peers(_, reason)
            | Self::Rank(_, reason)
            | Self::Step(
                Step::Ask { reason, .. }
                | Step::Broadcast { reason, .. }
                | Step::Candidates { reason, .. }
                | Step::GiveUp { reason, .. }
                | Step::WaitUntil { reason, .. },
            )
            | Self::Weight(_, reason) => *reason = Ctx::UNSAID,
            Self::Asks(asks) => {
                for ask in asks.iter_mut() {
                    ask.reason = Ctx::UNSAID;
                }
                asks.sort_by_key(|ask| (ask.want, ask.peer, ask.kind, ask.delay));
            }
            Self::Heard => {}
            Self::Plan(plan) => {
                // Without peers, it has no TTL.
                let ttl = if plan.to.is_empty() { 0 } else { plan.ttl };
                *plan = RelayPlan { ttl, to: std::mem::take(&mut plan.to), reason: Ctx::UNSAID };
            }
        }
        answer
    }

    /// One line for each decision; at least one.
    pub fn lines(&self) -> Vec<String> {
        match self {
            Self::Admission(admission) => vec![self::admission(admission)],
            Self::Asks(asks) if asks.is_empty() => vec!["asks nobody".to_owned()],
            Self::Asks(asks) => asks.iter().map(ask).collect(),
            Self::Evicted(None, _) => vec!["names no member".to_owned()],
            Self::Evicted(Some(peer), reason) => vec![format!("peer {} leaves: {reason}", peer.0)],
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
        Step::Ask { want, max_providers, timeout, reason, .. } => {
            let ms = timeout.as_millis();
            format!("look up {max_providers} providers of want {} for {ms} ms: {reason}", want.0)
        }
        Step::Broadcast { wants, peers, ttl, reason } => {
            let ttl = ttl.map(|ttl| format!(" with ttl {ttl}")).unwrap_or_default();
            format!("broadcast {} to {}{ttl}: {reason}", want_set(wants), peer_set(peers))
        }
        Step::Candidates { want, limit, reason } => {
            format!("ask the registry for {limit} candidates of want {}: {reason}", want.0)
        }
        Step::GiveUp { wants, reason } => format!("give up {}: {reason}", want_set(wants)),
        Step::WaitUntil { at, reason } => format!("wait until {}: {reason}", ms(*at)),
    }
}

fn want_set(wants: &WantSet) -> String {
    match wants {
        WantSet::All => "all wants".to_owned(),
        WantSet::New => "new wants".to_owned(),
        WantSet::One(want) => format!("want {}", want.0),
        WantSet::List(wants) => {
            let names: Vec<_> = wants.iter().map(|want| want.0.to_string()).collect();
            format!("wants {}", names.join(", "))
        }
    }
}

fn peer_set(peers: &PeerSet) -> String {
    match peers {
        PeerSet::All => "all".to_owned(),
        PeerSet::AtMost(count, set) => format!("at most {count} of {}", peer_set(set)),
        PeerSet::List(peers) => named(peers),
        PeerSet::Local => "local peers".to_owned(),
        PeerSet::Peered => "peered peers".to_owned(),
        PeerSet::Random(count) => format!("{count} peers by chance"),
        PeerSet::Union(sets) => {
            let sets: Vec<_> = sets.iter().map(peer_set).collect();
            sets.join(" and ")
        }
        PeerSet::Useful => "useful peers".to_owned(),
        PeerSet::UsefulFirst(count) => format!("all, useful and {count} others first"),
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
