//! What peers want of us: noted, admitted, looked for.

use cid::Cid;

use super::Engine;
use super::deliver::Reading;
use crate::action::{Action, ReadItem};
use crate::ids::{CidKey, HashKey, PeerKey};
use crate::input::ReadAnswer;
use crate::limits::{Limits, MAX_BLOCK_BYTES};
use crate::server::{Noted, Request, State};
use crate::strategy::{Account, Admission, Fact, RequestView, Role, TaskView};
use crate::wire::{BlockPresence, Entry, Reach, WantKind};

impl Engine {
    pub(super) fn receive_entries(&mut self, peer: PeerKey, full: bool, entries: Vec<Entry>) {
        let keys: Vec<CidKey> = entries.iter().map(|entry| self.keys.cid(entry.cid())).collect();
        if full {
            self.withdraw_all_but(peer, keys.clone());
        }
        for (entry, key) in entries.into_iter().zip(keys) {
            match entry {
                Entry::Cancel { .. } => {
                    self.stats.server.cancels += 1;
                    self.withdraw(peer, key);
                }
                Entry::Want { cid, kind, priority, send_dont_have, reach } => {
                    let hash = self.keys.multihash(cid.hash());
                    // Its time runs from now on, however long it takes to know that we lack it.
                    let life = |reach: &Reach| reach.life().min(self.config.relay.life);
                    let reach = reach.map(|reach| (reach, self.now.after(life(&reach))));
                    let request = Request {
                        priority,
                        send_dont_have,
                        reach,
                        ..Request::new(cid, hash, kind)
                    };
                    if self.note_request(peer, key, request) {
                        self.server.look_for(peer, key);
                    }
                }
            }
        }
    }

    /// Asks our store about requests, all of a peer's that wait at a time.
    pub(super) fn start_looks(&mut self) {
        while let Some((peer, wants)) = self.server.next_look() {
            let item = |(key, cid): (CidKey, Cid)| (key, ReadItem { cid, size_only: true });
            let (keys, items): (Vec<CidKey>, Vec<ReadItem>) = wants.into_iter().map(item).unzip();
            let read = self.next_read();
            self.server.read_begins(peer, read, true);
            self.reads.insert(read, Reading::Sizes(peer, keys));
            self.actions.push_back(Action::Read { read, items });
        }
    }

    /// A block with this multihash is here now: those who wait for it are served.
    pub(super) fn serve_waiting(&mut self, hash: HashKey, bytes: u32) {
        for (peer, key) in self.server.waiting_for(hash) {
            if self.admit(peer, key, Some(bytes)) {
                self.found(peer, key, bytes);
            }
        }
    }

    /// Asks again about requests that were put off.
    pub(super) fn admit_deferred(&mut self) {
        while let Some((peer, key)) = self.server.pop_deferred(self.now) {
            if self.admit(peer, key, None) && self.server.set_state(peer, key, State::Looking) {
                self.server.look_for(peer, key);
            }
        }
    }

    /// Whether our store has what a peer wants is known now.
    pub(super) fn size_read(&mut self, peer: PeerKey, key: CidKey, answer: ReadAnswer) {
        if self.server.get(peer, key).is_none_or(|request| request.state != State::Looking) {
            return;
        }
        match answer {
            ReadAnswer::Size(bytes) => self.found(peer, key, bytes),
            ReadAnswer::Block(block) => self.found(peer, key, block.len() as u32),
            ReadAnswer::Missing => self.not_here(peer, key),
            ReadAnswer::Failed(_) => {
                self.stats.server.store_faults += 1;
                self.not_here(peer, key);
            }
        }
    }

    /// We do not have it: remembered, said if that is wanted, passed on if it may be.
    pub(super) fn not_here(&mut self, peer: PeerKey, key: CidKey) {
        if !self.server.set_state(peer, key, State::Absent) {
            return;
        }
        if !self.pass_on(peer, key) {
            self.say_dont_have(peer, key);
        }
    }

    /// Where a block stands in its peer's queue.
    pub(super) fn queue_block(&mut self, peer: PeerKey, key: CidKey, bytes: u32) {
        let Some(request) = self.server.get(peer, key) else {
            return;
        };
        let view = TaskView {
            peer,
            want: key,
            bytes,
            priority: request.priority,
            arrival: request.arrival,
            arrived_at: request.arrived_at,
        };
        let rank = self.judges.rank_task(self.now, &view);
        self.server.queue(self.now, (peer, key), bytes, rank);
    }

    /// True if our store is to be asked.
    fn note_request(&mut self, peer: PeerKey, key: CidKey, request: Request) -> bool {
        let kind = request.kind;
        match kind {
            WantKind::Block => self.stats.server.block_requests += 1,
            WantKind::Have => self.stats.server.have_requests += 1,
        }
        self.judges.tell(self.now, &Fact::WantSeen { peer, want: key, kind });
        let (noted, evicted) = self.server.note(self.now, peer, key, request);
        // Nothing is said of what finds no room: DONT_HAVE would be believed, and is not true.
        if let Some((peer, key)) = evicted {
            self.stats.server.overflows += 1;
            self.relay_over(peer, key);
        }
        match noted {
            Noted::New => return self.admit(peer, key, None),
            Noted::Absent => {
                if !self.pass_on(peer, key) {
                    self.say_dont_have(peer, key);
                }
            }
            Noted::Raised(bytes) => self.queue_block(peer, key, bytes),
            Noted::Known => {}
            Noted::NoRoom => self.stats.server.overflows += 1,
        }
        false
    }

    /// Asks the ledger's policy; false if the request is put off or turned down.
    fn admit(&mut self, peer: PeerKey, key: CidKey, bytes: Option<u32>) -> bool {
        let Some(request) = self.server.get(peer, key) else {
            return false;
        };
        let view = RequestView {
            want: key,
            kind: request.kind,
            bytes,
            priority: request.priority,
            deferrals: request.deferrals,
        };
        let stranger = Account::new(peer, self.now);
        let account = self.ledger.account(peer).unwrap_or(&stranger);
        match self.judges.admit(self.now, account, &view) {
            Admission::Serve { .. } => {
                self.stats.server.served += 1;
                true
            }
            Admission::Defer { until, .. } if view.deferrals < self.config.limits.deferrals => {
                self.stats.server.deferred += 1;
                let until = self.clamp_moment(Role::LedgerPolicy, until, Limits::DEFERRAL);
                self.server.change(peer, key, |request| request.deferrals += 1);
                self.server.defer(peer, key, until);
                false
            }
            Admission::Defer { .. } | Admission::Refuse { .. } => {
                self.refuse(peer, key);
                false
            }
        }
    }

    fn refuse(&mut self, peer: PeerKey, key: CidKey) {
        self.stats.server.refused += 1;
        self.ledger.refused(self.now, peer);
        self.say_dont_have(peer, key);
        self.server.remove(peer, key);
        self.relay_over(peer, key);
    }

    fn found(&mut self, peer: PeerKey, key: CidKey, bytes: u32) {
        let Some(request) = self.server.get(peer, key) else {
            return;
        };
        let (kind, cid) = (request.kind, request.cid);
        if bytes as usize > MAX_BLOCK_BYTES {
            // It would not fit a message: the asker is better served with a clear no.
            self.say_dont_have(peer, key);
            self.server.remove(peer, key);
            self.relay_over(peer, key);
        } else if kind == WantKind::Have && bytes > self.config.have_replace_bytes {
            self.tell(peer, key, cid, BlockPresence::Have);
            self.server.remove(peer, key);
            self.relay_over(peer, key);
        } else {
            self.queue_block(peer, key, bytes);
        }
    }

    /// The peer said all that it wants.
    fn withdraw_all_but(&mut self, peer: PeerKey, mut listed: Vec<CidKey>) {
        listed.sort_unstable();
        let is_listed = |key: &CidKey| listed.binary_search(key).is_ok();
        let gone = self.server.requests_of(peer).map(|(key, _)| key);
        let gone: Vec<CidKey> = gone.filter(|key| !is_listed(key)).collect();
        for key in gone {
            self.withdraw(peer, key);
        }
        // Also of what was refused, and so is no request any more.
        self.queues.keep_presences(peer, |key| is_listed(&key));
    }

    /// The peer wants it no more, or never gets it.
    fn withdraw(&mut self, peer: PeerKey, key: CidKey) {
        self.server.remove(peer, key);
        let unsent = self.queues.take_back(peer, key);
        self.server.release(peer, unsent);
        self.relay_over(peer, key);
    }

    /// Answers without a block, unless the peer does not read what it is told.
    pub(super) fn tell(&mut self, peer: PeerKey, key: CidKey, cid: Cid, presence: BlockPresence) {
        if !self.queues.tell(peer, key, cid, presence) {
            self.stats.server.unread += 1;
        }
    }

    fn say_dont_have(&mut self, peer: PeerKey, key: CidKey) {
        if let Some(request) = self.server.get(peer, key)
            && request.send_dont_have
        {
            let cid = request.cid;
            self.tell(peer, key, cid, BlockPresence::DontHave);
        }
    }
}
