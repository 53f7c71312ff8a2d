//! Whether one answer keeps to the rules.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bitswap_core::strategy::{
    Admission, Ask, Asks, Ctx, PeerSet, Presence, Rank, Reason, RelayPlan, RelayRequestView, Step,
};
use bitswap_core::wire::WantKind;
use bitswap_core::{Limits, PeerKey, Timestamp};

use super::trial::Exchange;
use super::{Rule, Violation, broken};
use crate::fixture::{SessionRows, drawn};

/// Judges an answer that was given at `now`; returns the reasons in it.
pub(super) fn answer(
    now: Timestamp,
    exchange: &Exchange,
    beside: Reason,
) -> Result<Vec<Reason>, Violation> {
    match exchange {
        Exchange::Admit { admission } => admit(now, admission).map(|()| vec![admission.reason()]),
        Exchange::Candidates { limit, peers } => {
            within("candidates", peers.len(), *limit)?;
            known_once("candidate", peers, drawn::is_peer).map(|()| vec![beside])
        }
        Exchange::Evict { evicted: None, .. } => Ok(Vec::new()),
        Exchange::Evict { rows, evicted: Some(peer) } => {
            let is_member = |peer| rows.peers.iter().any(|member| member.peer == peer);
            known_once("evicted", &[*peer], is_member).map(|()| vec![beside])
        }
        Exchange::NextStep { step } => self::step(now, step).map(|()| vec![step.reason()]),
        Exchange::Rank { rank, again, .. } => {
            same(rank, again)?;
            recheck(now, *rank).map(|()| vec![beside])
        }
        Exchange::Relay { want, eligible, plan } => {
            relay(want, eligible, plan).map(|()| vec![plan.reason])
        }
        Exchange::Select { rows, asks } => {
            select(rows, asks)?;
            Ok(asks.as_slice().iter().map(|ask| ask.reason).collect())
        }
        Exchange::Weigh { weight, again } => same(weight, again).map(|()| vec![beside]),
    }
}

/// Whether a selector asks anybody.
#[derive(Debug, Default)]
pub(super) struct Zeal {
    /// Sessions in which a member said that it has what is wanted.
    easy: u32,
    /// Those in which anybody was asked.
    asked: u32,
}

impl Zeal {
    pub(super) fn note(&mut self, exchange: &Exchange) {
        let Exchange::Select { rows, asks } = exchange else { return };
        let cells = rows.wants.len() * rows.peers.len();
        if rows.presences.iter().take(cells).any(|presence| *presence == Presence::Have) {
            self.easy += 1;
            self.asked += u32::from(!asks.as_slice().is_empty());
        }
    }

    pub(super) fn judge(&self) -> Result<(), Violation> {
        if self.easy == 0 || self.asked > 0 {
            return Ok(());
        }
        let what = format!(
            "it asks nobody in any of {} sessions in which a member has what is wanted",
            self.easy
        );
        Err(Violation { function: "select", ..broken(Rule::AsksSomebody, what) })
    }
}

/// Judges all reasons that were given.
pub(super) fn reasons(given: &BTreeMap<Reason, &'static str>) -> Result<(), Violation> {
    for (reason, function) in given {
        if *reason == Ctx::UNSAID || !(1..=4).contains(&reason.split_whitespace().count()) {
            let broken = broken(Rule::SaysWhy, format!("it says \"{reason}\""));
            return Err(Violation { function, ..broken });
        }
    }
    if given.len() > REASONS {
        return Err(broken(Rule::SaysWhy, format!("it gives {} reasons", given.len())));
    }
    Ok(())
}

/// How many different reasons a strategy may give: each is a label in metrics.
const REASONS: usize = 24;

fn select(rows: &SessionRows, asks: &Asks) -> Result<(), Violation> {
    let asks = asks.as_slice();
    within("asks in one answer", asks.len(), Limits::default().asks_per_answer)?;
    let peers: BTreeSet<_> = rows.peers.iter().map(|view| view.peer).collect();
    let open = rows.in_flight.iter();
    let mut asked: BTreeSet<_> = open.clone().map(|open| (open.want, open.peer)).collect();
    let mut blocks: BTreeSet<_> = open.map(|open| open.want).collect();
    let wants: BTreeSet<_> =
        rows.wants.iter().map(|view| view.want).chain(blocks.clone()).collect();
    for ask in asks {
        // Of those that are no members it may have heard.
        let is_known = peers.contains(&ask.peer) || drawn::is_peer(ask.peer);
        if !is_known || !wants.contains(&ask.want) {
            return Err(broken(Rule::KnowsWhomItNames, format!("{ask:?}")));
        }
        let second_block = ask.kind == WantKind::Block && !blocks.insert(ask.want);
        if !asked.insert((ask.want, ask.peer)) || (second_block && !ask.hedge) {
            return Err(broken(Rule::SaysItOnce, format!("{ask:?}")));
        }
        times(ask)?;
    }
    Ok(())
}

fn times(ask: &Ask) -> Result<(), Violation> {
    let patience = Duration::from_millis(50)..=Duration::from_secs(60);
    let fits = ask.timeout.is_none_or(|timeout| patience.contains(&timeout));
    if fits && ask.delay <= Duration::from_secs(10) {
        return Ok(());
    }
    Err(broken(Rule::WithinBounds, format!("{ask:?}")))
}

fn same<T: std::fmt::Debug + PartialEq>(first: &T, again: &T) -> Result<(), Violation> {
    if first == again {
        return Ok(());
    }
    Err(broken(Rule::SticksToIt, format!("{first:?}, then {again:?}")))
}

fn recheck(now: Timestamp, rank: Rank) -> Result<(), Violation> {
    if rank.recheck() > now {
        return Ok(());
    }
    Err(broken(Rule::WithinBounds, format!("to be asked again before {now:?}: {rank:?}")))
}

fn admit(now: Timestamp, admission: &Admission) -> Result<(), Violation> {
    if let Admission::Defer { until, .. } = admission
        && !(now < *until && until.since(now) <= Duration::from_secs(60))
    {
        return Err(broken(Rule::WithinBounds, format!("at {now:?} {admission:?}")));
    }
    Ok(())
}

fn step(now: Timestamp, step: &Step) -> Result<(), Violation> {
    match step {
        Step::Ask { timeout, .. } if *timeout > Duration::from_secs(60) => {
            Err(broken(Rule::WithinBounds, format!("{step:?}")))
        }
        Step::Broadcast { peers: PeerSet::List(peers), .. } => {
            known_once("broadcast", peers, drawn::is_peer)
        }
        Step::WaitUntil { at, .. } if *at <= now => {
            Err(broken(Rule::Waits, format!("at {now:?} {step:?}")))
        }
        Step::Ask { .. }
        | Step::Broadcast { .. }
        | Step::Candidates { .. }
        | Step::GiveUp { .. }
        | Step::WaitUntil { .. } => Ok(()),
    }
}

fn relay(want: &RelayRequestView, eligible: &[PeerKey], plan: &RelayPlan) -> Result<(), Violation> {
    if !plan.to.is_empty() && plan.ttl >= want.ttl {
        return Err(broken(Rule::WithinBounds, format!("{want:?} leaves with {}", plan.ttl)));
    }
    known_once("relay", &plan.to, |peer| eligible.contains(&peer))
}

fn within(what: &str, count: usize, limit: usize) -> Result<(), Violation> {
    if count <= limit {
        return Ok(());
    }
    Err(broken(Rule::WithinBounds, format!("{count} {what}, of at most {limit}")))
}

fn known_once(
    what: &str,
    peers: &[PeerKey],
    known: impl Fn(PeerKey) -> bool,
) -> Result<(), Violation> {
    if let Some(stranger) = peers.iter().find(|peer| !known(**peer)) {
        return Err(broken(Rule::KnowsWhomItNames, format!("{what} {stranger:?}")));
    }
    let different: BTreeSet<_> = peers.iter().collect();
    if different.len() < peers.len() {
        return Err(broken(Rule::SaysItOnce, format!("{what} {peers:?}")));
    }
    Ok(())
}
