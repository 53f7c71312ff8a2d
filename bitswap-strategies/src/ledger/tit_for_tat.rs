//! Serves the few peers that gave most lately, and one more by chance; the others wait.

use std::time::Duration;

use bitswap_core::strategy::{
    Account, Admission, Ctx, EventMask, LedgerPolicy, RequestView, StrategyEvent, Weight,
};
use bitswap_core::{PeerKey, Timestamp};

use crate::catalog::Configured;
use crate::tools::{Recent, WindowSum};

parameters! {
    /// What `tit-for-tat` can be told.
    pub struct Params {
        /// How many of the best peers are served.
        slots: u32 = 4, within 1..=1_000;
        /// How often it is decided who is served.
        period: Duration = Duration::from_secs(10),
            within Duration::from_secs(1)..=Duration::from_secs(60);
        /// How long what a peer gave or took counts.
        window: Duration = Duration::from_secs(20),
            within Duration::from_secs(1)..=Duration::from_secs(600);
        /// How often another peer is drawn that is served although it gave less.
        optimistic: Duration = Duration::from_secs(30),
            within Duration::from_secs(1)..=Duration::from_secs(600);
        /// A peer that was asked and sent no block for so long is served only by chance.
        snubbed: Duration = Duration::from_secs(60),
            within Duration::from_secs(1)..=Duration::from_secs(3_600);
    }
}

/// Choking (Cohen 2003). Every period, those of the peers that want something of us which gave most
/// bytes within the window are unchoked; while we ask nobody for anything, those that took most,
/// and so take fastest. One more is drawn, newcomers of the last minute three times as likely. The
/// requests of all others are put off to the next period; what was admitted before is served at the
/// least weight. A peer of which nothing is known gave nothing.
#[derive(Debug)]
pub struct TitForTat {
    params: Params,
    known: Recent<PeerKey, Known>,
    unchoked: Vec<PeerKey>,
    optimistic: Option<PeerKey>,
    next_period: Timestamp,
    next_optimistic: Timestamp,
    last_ask: Option<Timestamp>,
}

#[derive(Debug)]
struct Known {
    since: Timestamp,
    gave: WindowSum,
    took: WindowSum,
    wanted_at: Option<Timestamp>,
    /// Since when it has been asked and has not answered.
    owes_since: Option<Timestamp>,
}

impl TitForTat {
    /// More peers do not compete for a few slots.
    const PEERS: usize = 1_024;
    const NEWCOMER: Duration = Duration::from_secs(60);

    fn known(&mut self, ctx: &Ctx<'_>, peer: PeerKey) -> &mut Known {
        let (since, window) = (ctx.now(), self.params.window);
        self.known.or_insert_with(peer, || Known {
            since,
            gave: WindowSum::new(window),
            took: WindowSum::new(window),
            wanted_at: None,
            owes_since: None,
        })
    }

    /// Decides who is served until the next period.
    fn choke(&mut self, ctx: &mut Ctx<'_>) {
        let (now, params) = (ctx.now(), &self.params);
        if now < self.next_period {
            return;
        }
        self.next_period = now.after(params.period);
        let lately = |at: Option<Timestamp>| at.is_some_and(|at| now.since(at) <= params.window);
        let seeds = !lately(self.last_ask);
        let interested = || self.known.iter().filter(|(_, known)| lately(known.wanted_at));
        let snubs =
            |known: &Known| known.owes_since.is_some_and(|at| now.since(at) >= params.snubbed);
        let fair = interested().filter(|(_, known)| !snubs(known));
        let score = |known: &Known| if seeds { known.took.sum(now) } else { known.gave.sum(now) };
        let mut best: Vec<_> = fair.map(|(peer, known)| (score(known), peer)).collect();
        best.sort_unstable_by(|one, other| other.cmp(one));
        best.truncate(params.slots as usize);
        self.unchoked = best.into_iter().map(|(_, peer)| peer).collect();
        if now >= self.next_optimistic || self.optimistic.is_none() {
            self.next_optimistic = now.after(params.optimistic);
            let choked = interested().filter(|(peer, _)| !self.unchoked.contains(peer));
            let is_new = |known: &Known| now.since(known.since) < Self::NEWCOMER;
            let choked: Vec<_> =
                choked.map(|(peer, known)| (peer, if is_new(known) { 3 } else { 1 })).collect();
            let drawn = ctx.chance().weighted(choked.iter().map(|(_, weight)| *weight));
            self.optimistic = drawn.and_then(|place| choked.get(place)).map(|(peer, _)| *peer);
        }
    }
}

impl Configured for TitForTat {
    type Params = Params;

    fn new(params: Params) -> Self {
        Self {
            params,
            known: Recent::new(Self::PEERS),
            unchoked: Vec::new(),
            optimistic: None,
            next_period: Timestamp::ZERO,
            next_optimistic: Timestamp::ZERO,
            last_ask: None,
        }
    }
}

impl LedgerPolicy for TitForTat {
    fn weigh(&mut self, ctx: &mut Ctx<'_>, account: &Account) -> Weight {
        if self.unchoked.contains(&account.peer) || self.optimistic == Some(account.peer) {
            ctx.because("unchoked");
            return Weight::ONE;
        }
        ctx.because("choked");
        Weight::LEAST
    }

    fn admit(&mut self, ctx: &mut Ctx<'_>, account: &Account, _: &RequestView) -> Admission {
        self.known(ctx, account.peer).wanted_at = Some(ctx.now());
        self.choke(ctx);
        // Slots that nobody has are for whoever comes.
        let has_room = self.unchoked.len() < self.params.slots as usize;
        if self.unchoked.contains(&account.peer) {
            Admission::Serve { reason: "unchoked" }
        } else if self.optimistic == Some(account.peer) {
            Admission::Serve { reason: "drawn" }
        } else if has_room {
            self.unchoked.push(account.peer);
            Admission::Serve { reason: "free slot" }
        } else {
            Admission::Defer { until: self.next_period, reason: "choked" }
        }
    }

    fn observe(&mut self, ctx: &mut Ctx<'_>, event: &StrategyEvent) {
        let now = ctx.now();
        if let StrategyEvent::AskMade { peer, .. } = event {
            self.last_ask = Some(now);
            self.known(ctx, *peer).owes_since.get_or_insert(now);
        } else if let StrategyEvent::BlockReceived { peer, bytes, .. } = event {
            let known = self.known(ctx, *peer);
            known.gave.add(now, u64::from(*bytes));
            known.owes_since = None;
        } else if let StrategyEvent::BlockSent { peer, bytes, .. } = event {
            self.known(ctx, *peer).took.add(now, u64::from(*bytes));
        } else if let StrategyEvent::DontHaveReceived { peer, .. } = event {
            self.known(ctx, *peer).owes_since = None;
        } else if let StrategyEvent::PeerDisconnected { peer } = event {
            self.known.remove(*peer);
            self.unchoked.retain(|other| other != peer);
            self.optimistic = self.optimistic.filter(|other| other != peer);
        }
    }

    fn events(&self) -> EventMask {
        EventMask::ASK_MADE
            | EventMask::BLOCK_RECEIVED
            | EventMask::BLOCK_SENT
            | EventMask::DONT_HAVE_RECEIVED
            | EventMask::PEER_DISCONNECTED
    }
}

#[cfg(test)]
mod tests;
