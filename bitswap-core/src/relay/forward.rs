//! Forwarding of relayed wants and of their answers: the rules around a registry's plan.
//!
//! Our own wants are not touched, except that a relayed want may share one.

use std::time::Duration;

use cid::Cid;

use super::{Entry, RelayAdmission, RelayRequest, RelayRoom};
use crate::block::Block;
use crate::client::wants::hash_kind;
use crate::event::{Event, RelayOutcome};
use crate::ids::{CidKey, HashKey, PeerKey};
use crate::limits::Limits;
use crate::peers::relayed::PeerRelay;
use crate::peers::{Peer, can_carry};
use crate::queues::{Origin, WantlistEntry};
use crate::strategy::{RelayPlan, RelayRequestView, RelayView, Role};
use crate::wire::{BlockPresence, RelayHeader, WantKind};

impl RelayRoom<'_> {
    /// Forwards the want of a requester whose block we lack; false if it is not forwarded, so that
    /// DONT_HAVE is the final answer. What is over a budget waits for its turn.
    pub(crate) fn forward(&mut self, peer: PeerKey, key: CidKey) -> bool {
        self.try_forward(peer, key).unwrap_or_else(|| {
            self.out.stats.relay.over_budget += 1;
            let waits = self.relay.wait(self.now, (key, peer));
            if waits {
                self.say_searching(peer, key);
            }
            waits
        })
    }

    /// Forwards wants that waited for their turn, and asks for blocks that waited for room, if
    /// something ended or it is time: after all that an input says of requests.
    pub(crate) fn serve_waiting(&mut self) {
        if self.relay.waits_until.is_none_or(|at| at > self.now) {
            return;
        }
        let before = self.relay.waiting.len();
        for _ in 0..before.min(Limits::RELAY_TURNS) {
            let Some((key, peer)) = self.relay.waiting.pop_front() else {
                break;
            };
            if let Some(entry) = self.relay.get_mut(key).filter(|it| it.requester(peer).is_some()) {
                entry.waits = false;
                self.serve_relayed(key);
            } else if let Some(taken) = self.try_forward(peer, key) {
                if !taken {
                    self.end_with_dont_have(peer, key);
                }
            } else {
                self.relay.waiting.push_back((key, peer));
            }
        }
        let pause = match self.relay.waiting.len() {
            rest if rest < before => Limits::SEARCH_PAUSE,
            _ => Limits::RELAY_PAUSE,
        };
        let has_rest = !self.relay.waiting.is_empty();
        self.relay.waits_until = has_rest.then(|| self.now.after(pause));
    }

    /// As [`forward`](Self::forward); `None` if the want is over a budget.
    fn try_forward(&mut self, peer: PeerKey, key: CidKey) -> Option<bool> {
        let Some(request) = self.relay_request(peer, key) else {
            return Some(false);
        };
        let own = self.wants.get(key).map(|want| want.relay_id);
        if own == Some(Some(request.header.want_id)) {
            // Our own want came back in a loop.
            return Some(false);
        }
        let taken = self.relay.admit(self.peers, self.now, &request);
        self.exclude(peer, key);
        match taken {
            RelayAdmission::Looped => return Some(false),
            RelayAdmission::OverBudget => return None,
            RelayAdmission::New => self.wants.use_hash(hash_kind(&request.cid)),
            RelayAdmission::Farther | RelayAdmission::Known => {}
        }
        let ttl = request.header.ttl();
        self.out.report(Event::RelayAdmitted { requester: peer, want: key, ttl });
        if taken != RelayAdmission::Known {
            self.forward_to_peers(key);
        }
        let nobody = self.relay.get(key).is_none_or(|entry| entry.asked_len() == 0);
        if nobody && own.is_none() && self.relay.kept_for(key, peer).is_none() {
            self.end(peer, key, RelayOutcome::DontHave);
            return Some(false);
        }
        self.out.stats.relay.wants += 1;
        self.say_searching(peer, key);
        self.serve_relayed(key);
        Some(true)
    }

    /// Receives a peer's answer to a relayed want.
    pub(crate) fn hear(&mut self, peer: PeerKey, key: CidKey, said: BlockPresence) {
        let Some(asked) = self.relay.get_mut(key).and_then(|entry| entry.asked_peer_mut(peer))
        else {
            return;
        };
        match said {
            BlockPresence::Searching { .. } => return,
            BlockPresence::DontHave => {
                asked.open = false;
                asked.hops = None;
            }
            BlockPresence::Have | BlockPresence::Reachable { .. } => {
                asked.open &= asked.kind == WantKind::Block;
                asked.hops = Some(said.hops());
            }
        }
        self.serve_relayed(key);
        self.give_up_relayed(key);
    }

    /// A peer has the block `hops` away: its requesters are sent Reachable.
    pub(crate) fn forward_have(&mut self, key: CidKey, hops: u8) {
        let Some(entry) = self.relay.get_mut(key) else {
            return;
        };
        let cid = entry.cid;
        for requester in entry.who_waits() {
            // A requester whose block is queued or in flight needs no HAVE.
            if self.peers.request(requester, key).is_none_or(|it| !it.state.is_missing()) {
                continue;
            }
            let Some(entry) = self.relay.get_mut(key) else {
                return;
            };
            let want_id = entry.requester(requester).map_or(0, |state| state.want_id);
            if entry.tell(requester) {
                let said = BlockPresence::Reachable { hops: hops.saturating_add(1), want_id };
                self.serving().tell(requester, key, cid.into(), said);
            }
        }
    }

    /// Receives a block that only requesters want; false if none does.
    pub(crate) fn receive_block(&mut self, peer: PeerKey, hash: HashKey, block: &Block) -> bool {
        // Expired wants go first: a late block is for nobody.
        self.expire();
        let keys = self.relay.wanted_of(self.peers, hash, peer);
        for key in &keys {
            self.stop_asking(*key);
            self.out.stats.relay.received.add(block.len());
            let fits = self.relay.keep(self.peers, self.now, *key, block.clone());
            self.out.stats.relay.over_budget += u64::from(!fits);
            if fits || block.len() as u64 <= self.relay.ephemeral.longest() {
                self.serve_relayed(*key);
            } else {
                self.end_relayed(*key);
            }
        }
        if let Some(known) = self.peers.get_mut(peer).filter(|_| !keys.is_empty()) {
            known.timeouts.heard_at = self.now;
            self.peers.ledger.relayed_received(self.now, peer, block.len() as u64);
        }
        !keys.is_empty()
    }

    /// Sends blocks whose rate limit allows it now, asks others where one is late, and ends wants
    /// that expired.
    pub(crate) fn expire(&mut self) {
        while let Some(key) = self.relay.pop_late(self.peers, &self.config.timeouts, self.now) {
            self.serve_relayed(key);
        }
        while let Some((key, requester)) = self.relay.rate_limited.pop_due(self.now) {
            self.send_relayed_block(requester, key);
        }
        while let Some((key, requester)) = self.relay.pop_expired(self.peers, self.now) {
            self.end_with_dont_have(requester, key);
            self.end(requester, key, RelayOutcome::Expired);
        }
    }

    /// Removes a relayed want that was served or cancelled, or that expired.
    pub(crate) fn end(&mut self, requester: PeerKey, key: CidKey, outcome: RelayOutcome) {
        if self.relay.get(key).is_some_and(|entry| entry.requester(requester).is_some()) {
            self.out.report(Event::RelayEnded { requester, want: key, outcome });
        }
        let Some((asked, cid)) = self.relay.release(self.peers, key, requester) else {
            return;
        };
        self.wants.release_hash(hash_kind(&cid));
        for peer in asked {
            self.cancel(peer, key);
        }
        let soon = self.now.after(Duration::from_nanos(1));
        self.relay.waits_until = self.relay.waits_until.map(|at| at.min(soon));
    }

    /// Removes a disconnected peer, as a requester and as an asked peer.
    pub(crate) fn forget_peer(&mut self, peer: PeerKey, relay: PeerRelay) {
        for key in &relay.asked {
            if let Some(entry) = self.relay.get_mut(*key) {
                entry.lose(peer);
            }
        }
        for key in relay.wants {
            self.end(peer, key, RelayOutcome::Disconnected);
        }
        for key in relay.asked {
            self.serve_relayed(key);
            self.give_up_relayed(key);
        }
    }

    /// Our own want ended without its block: relayed wants that shared it are forwarded now.
    pub(crate) fn resume(&mut self, key: CidKey) {
        if self.relay.get(key).is_some_and(|entry| entry.asked_len() == 0) {
            self.forward_to_peers(key);
            self.give_up_relayed(key);
        }
    }

    /// The request of `peer`, if it may be forwarded.
    fn relay_request(&mut self, peer: PeerKey, key: CidKey) -> Option<RelayRequest> {
        let request = self.peers.request(peer, key).filter(|_| self.config.relay.enabled)?;
        let request = Some(request).filter(|it| it.state.is_missing())?;
        let (cid, hash, kind) = (Cid::from(&request.cid), request.hash, request.kind);
        let (relay, until) = request.rare().relay?;
        let until = until.max(self.relay.lives_until(self.peers, self.now, peer));
        // A larger TTL than allowed is clamped.
        let most = self.config.relay.max_ttl.saturating_add(1);
        if relay.ttl() > most {
            self.out.stats.relay.clamped += 1;
        }
        let left = u32::try_from(until.since(self.now).as_millis()).unwrap_or(u32::MAX);
        let left = Some(left).filter(|milliseconds| *milliseconds > 0)?;
        let relay = RelayHeader::new(relay.ttl().min(most), relay.want_id, left)?;
        Some(RelayRequest { requester: peer, key, cid, hash, kind, header: relay })
    }

    /// Asks the registry for a plan and forwards the want; not while we want the block ourselves,
    /// or hold it in the ephemeral store.
    fn forward_to_peers(&mut self, key: CidKey) {
        let Some(entry) = self.relay.get(key) else {
            return;
        };
        let (Some((from, ttl)), false) = (entry.farthest(), self.wants.get(key).is_some()) else {
            return;
        };
        if self.relay.kept(entry.hash).is_some() {
            return;
        }
        let eligible = self.eligible(key, entry);
        let (seen_at, so_far) = (entry.since, entry.asked_len());
        let (config, held) = (self.relay.config(), self.peers.get(from));
        let view = RelayView {
            eligible: &eligible,
            degree_left: config.degree.saturating_sub(so_far) as u32,
            held_for_requester: held.map_or(0, |peer| peer.relay.wants.len()) as u32,
            held_for_requester_max: config.wants_per_requester as u32,
        };
        let want = RelayRequestView { want: key, requester: from, ttl, seen_at };
        let plan = self.strategies.relay(self.now, &want, &view);
        let plan = self.permit(&want, &view, plan);
        let (to, ttl, reason) = (plan.to.len() as u32, plan.ttl, plan.reason);
        self.out.report(Event::RelayPlanned { requester: from, want: key, to, ttl, reason });
        // A peer that was asked before is asked again only with a larger TTL.
        let farther = self.relay.get_mut(key).filter(|entry| entry.ttl < plan.ttl);
        let before = farther.into_iter().flat_map(|entry| {
            entry.ttl = plan.ttl;
            entry.asked()
        });
        let before: Vec<_> = before.map(|(peer, asked)| (peer, asked.kind)).collect();
        for (peer, kind) in before {
            self.relay_ask(key, peer, kind);
        }
        for peer in plan.to {
            self.relay_ask(key, peer, WantKind::Have);
        }
    }

    /// Clamps a plan: the TTL must shrink, each peer is asked once, and their number is limited.
    fn permit(
        &mut self,
        want: &RelayRequestView,
        view: &RelayView<'_>,
        mut plan: RelayPlan,
    ) -> RelayPlan {
        let most = want.ttl.saturating_sub(1).min(self.config.relay.max_ttl);
        if plan.ttl > most {
            self.strategies.rejected(Role::Registry, "ttl");
            plan.ttl = most;
        }
        let mut to: Vec<PeerKey> = Vec::new();
        for peer in plan.to {
            if !view.eligible.contains(&peer) || to.contains(&peer) {
                self.strategies.rejected(Role::Registry, "unknown_peer");
            } else if to.len() >= view.degree_left as usize {
                self.strategies.rejected(Role::Registry, "too_many");
            } else {
                to.push(peer);
            }
        }
        RelayPlan { to, ..plan }
    }

    /// Cancels the want at a peer that now requests the same block, unless the peer answered HAVE.
    fn exclude(&mut self, peer: PeerKey, key: CidKey) {
        let asked = self.relay.get_mut(key).and_then(|entry| entry.asked_peer_mut(peer));
        if let Some(asked) = asked.filter(|asked| asked.hops.is_none()) {
            asked.open = false;
            self.cancel(peer, key);
        }
    }

    /// Whether the want came from `peer`, also if that request is not handled yet.
    fn came_from(&self, peer: PeerKey, key: CidKey, entry: &Entry) -> bool {
        let request = self.peers.request(peer, key).and_then(|request| request.rare().relay);
        let sent_it = request.is_some_and(|(relay, _)| relay.want_id == entry.want_id);
        sent_it || entry.came_from(peer)
    }

    /// Connected peers that a relayed want may be forwarded to.
    fn eligible(&self, key: CidKey, entry: &Entry) -> Vec<PeerKey> {
        let may = |(peer, known): &(PeerKey, &Peer)| {
            entry.requester(*peer).is_none()
                && !self.came_from(*peer, key, entry)
                && entry.asked_peer(*peer).is_none()
                && can_carry(known.capabilities.protocol, &entry.cid, WantKind::Have)
        };
        self.peers.iter().filter(may).map(|(peer, _)| peer).collect()
    }

    /// Queues a relayed want for a peer, with its remaining life.
    fn relay_ask(&mut self, key: CidKey, peer: PeerKey, kind: WantKind) {
        let (Some(entry), Some(known)) = (self.relay.get(key), self.peers.get(peer)) else {
            return;
        };
        let (cid, want_id, ttl) = (entry.cid, entry.want_id, entry.ttl);
        let left = self.relay.left(self.now, key);
        let left = left.saturating_sub(known.round_trip.unwrap_or_default());
        let has_relay = known.capabilities.protocol.has_relay();
        let may = has_relay && !self.came_from(peer, key, entry);
        let expires_in_ms = u32::try_from(left.as_millis()).unwrap_or(u32::MAX);
        let relay = RelayHeader::new(ttl, want_id, expires_in_ms).filter(|_| may);
        if kind == WantKind::Block {
            let late_at = self.now.after(known.timeouts.timeout(&self.config.timeouts));
            self.relay.late.set((key, peer), late_at);
        }
        self.relay.ask(self.peers, key, peer, kind);
        self.out.stats.relay.asks += 1;
        let ttl = relay.map_or(0, |header| header.ttl());
        self.out.report(Event::RelayAsked { peer, want: key, kind, ttl });
        // Right behind our own wants of the default priority, on our list and in the peer's queue:
        // whom we do a favour does not delay our own callers, unless they asked for less.
        let (priority, order) = (-1, u64::MAX);
        let line = WantlistEntry { kind, priority, order, send_dont_have: true, relay };
        if let Some(mut queue) = self.peers.outgoing(peer) {
            queue.want(Origin::Relayed, (key, &cid), line, false);
        }
    }

    /// Sends what each requester may have by now: HAVE or the block; or asks a holder for the
    /// block.
    fn serve_relayed(&mut self, key: CidKey) {
        if self.send_to_requesters(key) {
            return;
        }
        let Some(entry) = self.relay.get(key) else {
            return;
        };
        let nearest = entry.nearest();
        if let Some(want) = self.wants.get(key) {
            if want.asked_of().any(|(_, asked)| asked.has == Some(true)) {
                self.forward_have(key, 0);
            }
            return;
        }
        if let Some(hops) = nearest {
            self.forward_have(key, hops);
        }
        let Some(holder) = self.next_holder(key) else {
            return;
        };
        self.relay_ask(key, holder, WantKind::Block);
    }

    /// There is no room for a block in the ephemeral store: its want waits in line, once.
    pub(super) fn wait_for_room(&mut self, key: CidKey) {
        let requester = self.relay.get_mut(key).filter(|entry| !entry.waits).and_then(|entry| {
            entry.waits = true;
            entry.who_waits().first().copied()
        });
        if let Some(requester) = requester {
            self.relay.wait(self.now, (key, requester));
        }
    }

    /// Sends a received block to the requesters that want it, and to those that get it in place of
    /// a HAVE because it is small. False if it was not received.
    fn send_to_requesters(&mut self, key: CidKey) -> bool {
        let kept = |entry: &Entry| self.relay.kept(entry.hash).map(Block::len);
        let Some((entry, bytes)) = self.relay.get(key).and_then(|it| Some((it, kept(it)?))) else {
            return false;
        };
        let inline = bytes <= self.config.have_replace_bytes as usize;
        let ready = entry.requesters().filter(|(_, state)| inline || state.kind == WantKind::Block);
        let ready: Vec<PeerKey> = ready.map(|(requester, _)| requester).collect();
        self.forward_have(key, 0);
        for requester in ready {
            self.send_relayed_block(requester, key);
        }
        true
    }

    /// Queues a block of the ephemeral store for a requester, if its rate limit allows it.
    fn send_relayed_block(&mut self, requester: PeerKey, key: CidKey) {
        let waits = self.peers.request(requester, key).is_some_and(|it| it.state.is_missing());
        let Some(bytes) = self.relay.kept_for(key, requester).map(Block::len) else {
            return;
        };
        if waits && self.relay.try_consume(self.peers, self.now, key, requester) {
            self.out.stats.relay.forwarded.add(bytes);
            if let Some(known) = self.peers.get_mut(requester) {
                known.relay.served_at = Some(self.now);
            }
            self.peers.change_request(requester, key, |request| request.is_relayed = true);
            self.serving().queue_block(requester, key, bytes as u32);
        }
    }

    /// Ends a relayed want early once all asked peers answered DONT_HAVE.
    fn give_up_relayed(&mut self, key: CidKey) {
        let own = self.wants.get(key).is_some();
        let is_over = |entry: &Entry| entry.is_exhausted() && self.relay.kept(entry.hash).is_none();
        let exhausted = self.relay.get(key).is_some_and(is_over);
        if exhausted && !own {
            self.end_relayed(key);
        }
    }

    /// Answers DONT_HAVE to all requesters of a relayed want, and ends it.
    fn end_relayed(&mut self, key: CidKey) {
        for requester in self.relay.get(key).map(Entry::who_waits).unwrap_or_default() {
            self.end_with_dont_have(requester, key);
            self.end(requester, key, RelayOutcome::DontHave);
        }
    }

    fn stop_asking(&mut self, key: CidKey) {
        for peer in self.relay.stop_asking(self.peers, key) {
            self.cancel(peer, key);
        }
    }

    fn cancel(&mut self, peer: PeerKey, key: CidKey) {
        if let Some(mut queue) = self.peers.outgoing(peer) {
            queue.cancel(self.now, Origin::Relayed, key, true);
        }
    }

    fn say_searching(&mut self, requester: PeerKey, key: CidKey) {
        let request = self.peers.request(requester, key);
        let Some((request, (header, until))) = request.and_then(|it| Some((it, it.rare().relay?)))
        else {
            return;
        };
        let until = self.relay.expires(key, requester).unwrap_or(until);
        let for_ms = u32::try_from(until.since(self.now).as_millis()).unwrap_or(u32::MAX).max(1);
        let (cid, want_id) = (request.cid.clone(), header.want_id);
        self.serving().tell(requester, key, cid, BlockPresence::Searching { for_ms, want_id });
    }

    /// Answers DONT_HAVE to a requester whose want may be relayed; from now on it is as any other.
    fn end_with_dont_have(&mut self, requester: PeerKey, key: CidKey) {
        let ended = self.peers.change_request(requester, key, |request| {
            let waits = request.rare().relay.is_some() && request.state.is_missing();
            request.set_relay(None);
            waits.then(|| request.cid.clone())
        });
        if let Some(cid) = ended.flatten() {
            self.serving().tell(requester, key, cid, BlockPresence::DontHave);
        }
    }
}
