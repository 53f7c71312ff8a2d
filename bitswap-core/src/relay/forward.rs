//! Strangers' wants, passed on and answered: the rules of the relay, around a registry's plan.
//!
//! Nothing here touches our own wants, but to let a stranger's want ride on them.

use super::{Entry, RelayRoom, Stranger, Taken};
use crate::block::Block;
use crate::client::wants::hash_kind;
use crate::ids::{CidKey, HashKey, PeerKey};
use crate::peers::{Peer, can_carry};
use crate::queues::{Behalf, Line};
use crate::strategy::{RelayPlan, RelayView, RemoteWant, Role};
use crate::time::Timestamp;
use crate::wire::{BlockPresence, Reach, WantKind};

impl RelayRoom<'_> {
    /// A peer wants what we lack: whether it is looked for elsewhere, so that "no" is not the last
    /// word.
    pub(crate) fn pass_on(&mut self, peer: PeerKey, key: CidKey) -> bool {
        let Some(stranger) = self.stranger(peer, key) else {
            return false;
        };
        let own = self.wants.get(key).map(|want| want.reach_id);
        if own == Some(Some(stranger.reach.want_id)) {
            // Our own want, come back in a circle.
            return false;
        }
        let taken = self.relay.take_on(self.now, &stranger);
        self.leave_out(peer, key);
        match taken {
            Taken::Looped => return false,
            Taken::OverBudget => {
                self.out.stats.relay.over_budget += 1;
                return false;
            }
            Taken::New => {
                self.wants.use_hash(hash_kind(&stranger.cid));
                self.spread(key);
            }
            Taken::Farther => self.spread(key),
            Taken::Known => {}
        }
        let nobody = self.relay.get(key).is_none_or(|entry| entry.asked_len() == 0);
        if nobody && own.is_none() && self.relay.kept_for(key, peer).is_none() {
            self.release(peer, key);
            return false;
        }
        self.out.stats.relay.wants += 1;
        self.say_searching(peer, key);
        self.serve_relayed(key);
        true
    }

    /// A peer that was asked for a stranger's want says whether it has it.
    pub(crate) fn hear(&mut self, peer: PeerKey, key: CidKey, said: BlockPresence) {
        let Some(down) = self.relay.get_mut(key).and_then(|entry| entry.downstream_mut(peer))
        else {
            return;
        };
        match said {
            BlockPresence::Searching { .. } => return,
            BlockPresence::DontHave => {
                down.open = false;
                down.hops = None;
            }
            BlockPresence::Have | BlockPresence::Reachable { .. } => {
                down.open &= down.kind == WantKind::Block;
                down.hops = Some(said.hops());
            }
        }
        self.serve_relayed(key);
        self.give_up_relayed(key);
    }

    /// Somebody whom we asked for ourselves has it: who rides on our want hears of it.
    pub(crate) fn forward_have(&mut self, key: CidKey, hops: u8) {
        let Some(entry) = self.relay.get_mut(key) else {
            return;
        };
        let (cid, askers) = (entry.cid, entry.askers().map(|(asker, _)| asker).collect::<Vec<_>>());
        for asker in askers {
            // Whose block is on its way already need not know that it can be had.
            if self.server.get(asker, key).is_none_or(|it| !it.state.is_missing()) {
                continue;
            }
            let Some(entry) = self.relay.get_mut(key) else {
                return;
            };
            let want_id = entry.upstream(asker).map_or(0, |upstream| upstream.want_id);
            if entry.tell(asker) {
                let said = BlockPresence::Reachable { hops: hops.saturating_add(1), want_id };
                self.serving().tell(asker, key, cid, said);
            }
        }
    }

    /// A block came that only strangers want; false if none does.
    pub(crate) fn receive_block(&mut self, peer: PeerKey, hash: HashKey, block: &Block) -> bool {
        // What comes after its time is for nobody.
        self.expire();
        let keys = self.relay.wanted_of(hash, peer);
        for key in &keys {
            self.stop_asking(*key);
            self.out.stats.relay.received.add(block.len());
            if self.relay.keep(self.now, *key, block.clone()) {
                self.serve_relayed(*key);
            } else {
                self.out.stats.relay.over_budget += 1;
                self.end_relayed(*key);
            }
        }
        if !keys.is_empty() {
            self.peers.ledger.received(self.now, peer, block.len() as u64);
        }
        !keys.is_empty()
    }

    /// Ends what has been passed on for long enough, and hands over what could not be paid for.
    pub(crate) fn expire(&mut self) {
        while let Some((key, asker)) = self.relay.pop_payable(self.now) {
            self.give_relayed(asker, key);
        }
        while let Some((key, asker)) = self.relay.pop_expired(self.now) {
            self.say_no_more(asker, key);
            self.release(asker, key);
        }
    }

    /// A stranger's want was served, cancelled, or is over.
    pub(crate) fn release(&mut self, asker: PeerKey, key: CidKey) {
        let Some((peers, cid)) = self.relay.release(key, asker) else {
            return;
        };
        self.wants.release_hash(hash_kind(&cid));
        for peer in peers {
            self.peers.queues.cancel(self.now, Behalf::Relayed, (peer, key), true);
        }
    }

    /// A peer is gone, as an asker and as one who was asked.
    pub(crate) fn forget_peer(&mut self, peer: PeerKey) {
        let (wanted, asked) = self.relay.forget_peer(peer);
        for key in wanted {
            self.release(peer, key);
        }
        self.relay.forget_asker(peer);
        for key in asked {
            self.serve_relayed(key);
            self.give_up_relayed(key);
        }
    }

    /// Our own want is over without the block: strangers' wants that rode on it go on alone.
    pub(crate) fn resume(&mut self, key: CidKey) {
        if self.relay.get(key).is_some_and(|entry| entry.asked_len() == 0) {
            self.spread(key);
            self.give_up_relayed(key);
        }
    }

    /// The request of `peer`, if it may be passed on.
    fn stranger(&mut self, peer: PeerKey, key: CidKey) -> Option<Stranger> {
        let request = self.server.get(peer, key).filter(|_| self.config.relay.enabled)?;
        let (cid, hash, kind) = (request.cid, request.hash, request.kind);
        let (reach, until) = request.reach.filter(|(_, until)| *until > self.now)?;
        // Whatever it says, it goes no farther than this.
        let most = self.config.relay.max_ttl.saturating_add(1);
        if reach.ttl() > most {
            self.out.stats.relay.clamped += 1;
        }
        let left = u32::try_from(until.since(self.now).as_millis()).unwrap_or(u32::MAX);
        let reach = Reach::new(reach.ttl().min(most), reach.want_id, left)?;
        Some(Stranger { asker: peer, key, cid, hash, kind, reach })
    }

    /// Asks the registry whom to ask, and asks them; not while we want it ourselves, or have it.
    fn spread(&mut self, key: CidKey) {
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
        let config = self.relay.config();
        let view = RelayView {
            eligible: &eligible,
            degree_left: config.degree.saturating_sub(so_far) as u32,
            held_for_asker: self.relay.held_for(from) as u32,
            held_for_asker_max: config.wants_per_asker as u32,
        };
        let want = RemoteWant { want: key, asker: from, ttl, seen_at };
        let plan = self.judges.relay(self.now, &want, &view);
        let plan = self.permit(&want, &view, plan);
        // Who was asked before is asked again only to reach farther.
        let farther = self.relay.get_mut(key).filter(|entry| entry.ttl < plan.ttl);
        let before = farther.into_iter().flat_map(|entry| {
            entry.ttl = plan.ttl;
            entry.asked()
        });
        let before: Vec<_> = before.map(|(peer, down)| (peer, down.kind)).collect();
        for (peer, kind) in before {
            self.relay_ask(key, peer, kind);
        }
        for peer in plan.to {
            self.relay_ask(key, peer, WantKind::Have);
        }
    }

    /// What of a plan may be done: the TTL shrinks, each peer is asked once, and not too many are.
    fn permit(
        &mut self,
        want: &RemoteWant,
        view: &RelayView<'_>,
        mut plan: RelayPlan,
    ) -> RelayPlan {
        let most = want.ttl.saturating_sub(1).min(self.config.relay.max_ttl);
        if plan.ttl > most {
            self.judges.corrected(Role::Registry, "ttl");
            plan.ttl = most;
        }
        let mut to: Vec<PeerKey> = Vec::new();
        for peer in plan.to {
            if !view.eligible.contains(&peer) || to.contains(&peer) {
                self.judges.corrected(Role::Registry, "unknown_peer");
            } else if to.len() >= view.degree_left as usize {
                self.judges.corrected(Role::Registry, "too_many");
            } else {
                to.push(peer);
            }
        }
        RelayPlan { to, ..plan }
    }

    /// A peer that is asked for a want asks for it itself: it need not hear of it, unless it said
    /// that it can be had.
    fn leave_out(&mut self, peer: PeerKey, key: CidKey) {
        let asked = self.relay.get_mut(key).and_then(|entry| entry.downstream_mut(peer));
        if let Some(down) = asked.filter(|down| down.hops.is_none()) {
            down.open = false;
            self.peers.queues.cancel(self.now, Behalf::Relayed, (peer, key), true);
        }
    }

    /// Whether a want came from `peer`, also if we do not know yet what to do about that.
    fn came_from(&self, peer: PeerKey, key: CidKey, entry: &Entry) -> bool {
        let request = self.server.get(peer, key).and_then(|request| request.reach);
        let sent_it = request.is_some_and(|(reach, _)| reach.want_id == entry.want_id);
        sent_it || entry.came_from(peer)
    }

    /// Connected peers that may be asked on an asker's behalf.
    fn eligible(&self, key: CidKey, entry: &Entry) -> Vec<PeerKey> {
        let may = |(peer, known): &(PeerKey, &Peer)| {
            entry.upstream(*peer).is_none()
                && !self.came_from(*peer, key, entry)
                && entry.downstream(*peer).is_none()
                && can_carry(known.speaks.dialect, &entry.cid, WantKind::Have)
        };
        self.peers.iter().filter(may).map(|(peer, _)| peer).collect()
    }

    /// Puts a stranger's want on a peer's list, with what is left of its time.
    fn relay_ask(&mut self, key: CidKey, peer: PeerKey, kind: WantKind) {
        let Some(entry) = self.relay.get(key) else {
            return;
        };
        let (cid, want_id, ttl) = (entry.cid, entry.want_id, entry.ttl);
        let known = self.peers.get(peer);
        let left = self.relay.left(self.now, key);
        let left = left.saturating_sub(known.and_then(|peer| peer.round_trip).unwrap_or_default());
        let speaks = known.is_some_and(|known| known.speaks.dialect.has_reach());
        let may = speaks && !self.came_from(peer, key, entry);
        let expires_in_ms = u32::try_from(left.as_millis()).unwrap_or(u32::MAX);
        let reach = Reach::new(ttl, want_id, expires_in_ms).filter(|_| may);
        self.relay.ask(key, peer, kind);
        self.out.stats.relay.asks += 1;
        let line = Line { kind, priority: 1, send_dont_have: true, reach };
        self.peers.queues.want(Behalf::Relayed, (peer, key, &cid), line, false);
    }

    /// Says HAVE, asks for the block, or hands it over: whatever each asker may have by now.
    fn serve_relayed(&mut self, key: CidKey) {
        if self.hand_out(key) {
            return;
        }
        let Some(entry) = self.relay.get(key) else {
            return;
        };
        let nearest = entry.nearest();
        let holder = entry.next_holder().filter(|_| entry.is_block_wanted());
        if let Some(want) = self.wants.get(key) {
            if want.asked_of().any(|(_, asked)| asked.has == Some(true)) {
                self.forward_have(key, 0);
            }
            return;
        }
        if let Some(hops) = nearest {
            self.forward_have(key, hops);
        }
        if let Some(holder) = holder {
            self.relay_ask(key, holder, WantKind::Block);
        }
    }

    /// What came goes to those who want the block, or are as well served with it as with HAVE.
    /// False if it has not come.
    fn hand_out(&mut self, key: CidKey) -> bool {
        let Some(entry) = self.relay.get(key) else {
            return false;
        };
        let Some(bytes) = self.relay.kept(entry.hash).map(Block::len) else {
            return false;
        };
        let inline = bytes <= self.config.have_replace_bytes as usize;
        let ready = entry.askers().filter(|(_, up)| inline || up.kind == WantKind::Block);
        let ready: Vec<PeerKey> = ready.map(|(asker, _)| asker).collect();
        self.forward_have(key, 0);
        for asker in ready {
            self.give_relayed(asker, key);
        }
        true
    }

    /// Puts a block that is kept for an asker into its queue, as far as its allowance goes.
    fn give_relayed(&mut self, asker: PeerKey, key: CidKey) {
        let waits = self.server.get(asker, key).is_some_and(|it| it.state.is_missing());
        let Some(bytes) = self.relay.kept_for(key, asker).map(Block::len) else {
            return;
        };
        if waits && self.relay.pay(self.now, key, asker) {
            self.out.stats.relay.forwarded.add(bytes);
            self.serving().queue_block(asker, key, bytes as u32);
        }
    }

    /// Everybody who was asked said no: the askers need not wait for the end of their time.
    fn give_up_relayed(&mut self, key: CidKey) {
        let own = self.wants.get(key).is_some();
        let exhausted = self
            .relay
            .get(key)
            .is_some_and(|entry| entry.is_exhausted() && self.relay.kept(entry.hash).is_none());
        if exhausted && !own {
            self.end_relayed(key);
        }
    }

    /// All askers are told that it does not come.
    fn end_relayed(&mut self, key: CidKey) {
        let askers = self.relay.get(key).into_iter().flat_map(Entry::askers);
        let askers: Vec<PeerKey> = askers.map(|(asker, _)| asker).collect();
        for asker in askers {
            self.say_no_more(asker, key);
            self.release(asker, key);
        }
    }

    fn stop_asking(&mut self, key: CidKey) {
        for peer in self.relay.stop_asking(key) {
            self.peers.queues.cancel(self.now, Behalf::Relayed, (peer, key), true);
        }
    }

    fn say_searching(&mut self, asker: PeerKey, key: CidKey) {
        let expires = self.relay.expires(key, asker).unwrap_or(Timestamp::ZERO);
        let for_ms = u32::try_from(expires.since(self.now).as_millis()).unwrap_or(u32::MAX).max(1);
        let upstream = self.relay.get(key).and_then(|entry| entry.upstream(asker));
        let want_id = upstream.map_or(0, |upstream| upstream.want_id);
        if let Some(cid) = self.server.get(asker, key).map(|request| request.cid) {
            self.serving().tell(asker, key, cid, BlockPresence::Searching { for_ms, want_id });
        }
    }

    /// The asker's want is an ordinary one from now on, and what it asks for is not here.
    fn say_no_more(&mut self, asker: PeerKey, key: CidKey) {
        let ended = self.server.change(asker, key, |request| {
            request.reach = None;
            (request.cid, request.state)
        });
        if let Some((cid, state)) = ended
            && state.is_missing()
        {
            self.serving().tell(asker, key, cid, BlockPresence::DontHave);
        }
    }
}
