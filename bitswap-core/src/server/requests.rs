//! Requests of remote peers: added, admitted, and looked up in the store.

use cid::Cid;

use super::ServerRoom;
use super::{InsertOutcome, Reading};
use crate::action::ReadItem;
use crate::event::Event;
use crate::ids::{CidKey, HashKey, PeerKey};
use crate::input::ReadAnswer;
use crate::limits::{Limits, MAX_BLOCK_BYTES};
use crate::out::Effect;
use crate::peers::{PeerRequests, Request, State};
use crate::short_cid::ShortCid;
use crate::strategy::{Account, Admission, RequestView, Role, StrategyEvent, TaskView};
use crate::wire::{BlockPresence, Entry, RelayHeader, WantKind};

impl ServerRoom<'_> {
    /// Receives one wantlist entry of a peer.
    pub(crate) fn receive_entry(
        &mut self,
        peer: PeerKey,
        (key, hash): (CidKey, HashKey),
        entry: &Entry,
    ) {
        match *entry {
            Entry::Cancel { .. } => {
                self.out.stats.server.cancels += 1;
                self.withdraw(peer, key);
            }
            Entry::Want { cid, kind, priority, send_dont_have, relay } => {
                // The life of a relayed want starts now, however long the read of the store takes.
                let life = |relay: &RelayHeader| relay.life().min(self.config.relay.life);
                let relay = relay.map(|relay| (relay, self.now.after(life(&relay))));
                let mut request = Request::new(cid, hash, kind);
                (request.priority, request.send_dont_have) = (priority, send_dont_have);
                request.set_relay(relay);
                self.insert_request(peer, key, request);
            }
        }
    }

    /// Starts reads of sizes, one for all queued requests of a peer.
    pub(crate) fn start_looks(&mut self) {
        while let Some((peer, wants)) = self.server.next_look(self.peers) {
            let item = |(key, cid): (CidKey, Cid)| (key, ReadItem { cid, size_only: true });
            let (keys, items): (Vec<CidKey>, Vec<ReadItem>) = wants.into_iter().map(item).unzip();
            self.read(peer, items, Reading::Sizes(peer, keys));
        }
    }

    /// A block with this multihash was stored: the requests that wait for it are served.
    pub(crate) fn serve_waiting(&mut self, hash: HashKey, bytes: u32) {
        for (peer, key) in self.server.waiting_for(hash) {
            let view = self.view(peer, key, Some(bytes));
            if let Some(view) = view.filter(|view| self.admit(peer, view)) {
                self.found(peer, (key, view.kind), bytes);
            }
        }
    }

    /// Decides again about requests whose deferral is over.
    pub(crate) fn admit_deferred(&mut self) {
        while let Some((peer, key)) = self.server.deferred.pop_due(self.now) {
            if self.view(peer, key, None).is_some_and(|view| self.admit(peer, &view))
                && self.server.set_state(self.peers, peer, key, State::Looking)
            {
                self.server.look_for(self.peers, peer, key);
            }
        }
    }

    /// The store answered whether it has a requested block.
    pub(crate) fn size_read(&mut self, peer: PeerKey, key: CidKey, answer: &ReadAnswer) {
        let is_looked_for = |request: &&Request| request.state == State::Looking;
        let Some(request) = self.peers.request(peer, key).filter(is_looked_for) else {
            return;
        };
        let want = (key, request.kind);
        match answer {
            ReadAnswer::Size(bytes) => self.found(peer, want, *bytes),
            ReadAnswer::Block(block) => self.found(peer, want, block.len() as u32),
            ReadAnswer::Denied(_) => self.deny(peer, key),
            ReadAnswer::Missing => self.not_here(peer, key, State::Absent),
            ReadAnswer::Failed(_) => {
                self.out.stats.server.store_faults += 1;
                self.not_here(peer, key, State::Unread);
            }
        }
    }

    /// The block is missing: the request is remembered, answered with DONT_HAVE or forwarded.
    pub(crate) fn not_here(&mut self, peer: PeerKey, key: CidKey, state: State) {
        if !self.server.set_state(self.peers, peer, key, state) {
            return;
        }
        self.out.effect(Effect::BlockMissing { peer, want: key });
    }

    /// The block is not to be given to anybody. It is not searched for either, so the request does
    /// not go on to the relay.
    pub(super) fn deny(&mut self, peer: PeerKey, key: CidKey) {
        self.out.stats.server.denied += 1;
        self.say_dont_have(peer, key);
        self.end_request(peer, key);
    }

    /// Queues a block for a peer, at the rank that the task prioritizer gives.
    pub(crate) fn queue_block(&mut self, peer: PeerKey, key: CidKey, bytes: u32) {
        let Some(request) = self.peers.request(peer, key) else {
            return;
        };
        let view = TaskView {
            peer,
            want: key,
            bytes,
            priority: request.priority,
            arrival: request.arrival,
            arrived_at: request.arrived_at,
            relayed: request.is_relayed,
        };
        let rank = self.strategies.rank_task(self.now, &view);
        let rank = self.within_bounds(rank);
        self.server.queue(self.peers, self.now, (peer, key), bytes, rank);
    }

    /// Adds a request, and has the store read for it if it is new and admitted.
    fn insert_request(&mut self, peer: PeerKey, key: CidKey, request: Request) {
        let (kind, priority, ttl) = (request.kind, request.priority, request.ttl());
        match kind {
            WantKind::Block => self.out.stats.server.block_requests += 1,
            WantKind::Have => self.out.stats.server.have_requests += 1,
        }
        self.strategies.notify(self.now, &StrategyEvent::WantSeen { peer, want: key, kind });
        let (noted, evicted) = self.server.insert(self.peers, self.now, peer, key, request);
        // A request without room gets no answer: DONT_HAVE would be believed, and may be false.
        if let Some((peer, want)) = evicted {
            self.out.report(Event::RequestEvicted { peer, want });
            self.out.stats.server.overflows += 1;
            self.out.effect(Effect::RequestEnded { peer, want });
        }
        match noted {
            InsertOutcome::New(arrival) => {
                let view =
                    RequestView { want: key, kind, bytes: None, priority, ttl, deferrals: 0 };
                if self.admit(peer, &view) {
                    self.server.look_for_new(self.peers, peer, (arrival, key));
                }
            }
            InsertOutcome::Absent => self.out.effect(Effect::BlockMissing { peer, want: key }),
            InsertOutcome::Unread => {
                self.server.set_state(self.peers, peer, key, State::Looking);
                self.server.look_for(self.peers, peer, key);
            }
            InsertOutcome::Raised(bytes) => self.queue_block(peer, key, bytes),
            InsertOutcome::Here(cid) => self.tell(peer, key, cid, BlockPresence::Have),
            InsertOutcome::Known => {}
            InsertOutcome::NoRoom => self.out.stats.server.overflows += 1,
        }
    }

    /// What the ledger policy sees of a request.
    fn view(&self, peer: PeerKey, want: CidKey, bytes: Option<u32>) -> Option<RequestView> {
        let request = self.peers.request(peer, want)?;
        let Request { kind, priority, .. } = *request;
        let (ttl, deferrals) = (request.ttl(), request.rare().deferrals);
        Some(RequestView { want, kind, bytes, priority, ttl, deferrals })
    }

    /// Asks the ledger policy; false if the request is deferred or refused.
    fn admit(&mut self, peer: PeerKey, view: &RequestView) -> bool {
        let key = view.want;
        let account = self.peers.account(peer).unwrap_or_else(|| Account::new(peer, self.now));
        let (kind, may_defer) = (view.kind, view.deferrals < self.config.limits.deferrals);
        let admission = match self.strategies.admit(self.now, &account, view) {
            Admission::Defer { reason, .. } if !may_defer => Admission::Refuse { reason },
            Admission::Defer { until, reason } => {
                let until = self.clamp_moment(Role::LedgerPolicy, until, Limits::DEFERRAL);
                Admission::Defer { until, reason }
            }
            other @ (Admission::Refuse { .. } | Admission::Serve { .. }) => other,
        };
        match admission {
            Admission::Defer { until, .. } => {
                self.out.stats.server.deferred += 1;
                self.peers.change_request(peer, key, |request| request.rare_mut().deferrals += 1);
                self.server.defer(self.peers, peer, key, until);
            }
            Admission::Refuse { .. } => self.refuse(peer, key),
            Admission::Serve { .. } => self.out.stats.server.served += 1,
        }
        let is_served = matches!(admission, Admission::Serve { .. });
        if kind == WantKind::Block || !is_served {
            self.out.report(Event::RequestDecided { peer, want: key, kind, admission });
        }
        is_served
    }

    fn refuse(&mut self, peer: PeerKey, key: CidKey) {
        self.out.stats.server.refused += 1;
        self.peers.ledger.refused(self.now, peer);
        self.say_dont_have(peer, key);
        self.end_request(peer, key);
    }

    fn found(&mut self, peer: PeerKey, (key, kind): (CidKey, WantKind), bytes: u32) {
        if bytes as usize > MAX_BLOCK_BYTES {
            // The block would not fit into a message: a DONT_HAVE lets the requester ask elsewhere.
            self.say_dont_have(peer, key);
            self.end_request(peer, key);
        } else if kind == WantKind::Have && bytes > self.config.have_replace_bytes {
            if let Some(request) = self.end_request(peer, key) {
                self.tell(peer, key, request.cid, BlockPresence::Have);
            }
        } else {
            self.peers.change_request(peer, key, |request| request.is_relayed = false);
            self.queue_block(peer, key, bytes);
        }
    }

    /// A full wantlist came: withdraws all requests that are not `listed`.
    pub(crate) fn withdraw_all_but(&mut self, peer: PeerKey, mut listed: Vec<CidKey>) {
        listed.sort_unstable();
        let is_listed = |key: &CidKey| listed.binary_search(key).is_ok();
        let wanted = self.peers.requests(peer).into_iter().flat_map(PeerRequests::iter);
        let gone = wanted.map(|(key, _)| key).filter(|key| !is_listed(key));
        let gone: Vec<CidKey> = gone.collect();
        for key in gone {
            self.withdraw(peer, key);
        }
        // Also presences for refused wants, which are no requests any more.
        self.peers.keep_presences(peer, |key| is_listed(&key));
    }

    /// Ends a request without an answer: the peer cancelled it, or cannot be served.
    fn withdraw(&mut self, peer: PeerKey, key: CidKey) {
        let was_open = self.end_request(peer, key).is_some();
        let unsent = self.peers.cancel_response(peer, key, was_open);
        self.server.release(self.peers, peer, unsent);
    }

    /// Removes a request that has ended.
    pub(super) fn end_request(&mut self, peer: PeerKey, key: CidKey) -> Option<Request> {
        let request = self.server.remove(self.peers, peer, key)?;
        self.out.effect(Effect::RequestEnded { peer, want: key });
        Some(request)
    }

    /// Queues a presence; it is dropped if the peer does not read fast enough.
    pub(crate) fn tell(
        &mut self,
        peer: PeerKey,
        key: CidKey,
        cid: ShortCid,
        presence: BlockPresence,
    ) {
        let is_queued = self.peers.queue_presence(peer, key, cid, presence);
        self.out.stats.server.unread += u64::from(!is_queued);
    }

    pub(crate) fn say_dont_have(&mut self, peer: PeerKey, key: CidKey) {
        if let Some(request) = self.peers.request(peer, key)
            && request.send_dont_have
        {
            let cid = request.cid.clone();
            self.tell(peer, key, cid, BlockPresence::DontHave);
        }
    }
}
