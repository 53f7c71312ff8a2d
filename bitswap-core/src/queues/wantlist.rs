//! What one peer is to know of our wants, and what it knows: a message is the difference.

mod room;

use std::cmp::Reverse;
use std::collections::VecDeque;

use cid::Cid;

use crate::ids::CidKey;
use crate::map::Table;
use crate::wire::{Entry, RelayHeader, WantKind};
use room::{Place, Room};

/// A want as a peer is to know it; of what, is said beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WantlistEntry {
    pub(crate) kind: WantKind,
    /// As the peer is told it.
    pub(crate) priority: i32,
    /// The older of two wants of one priority has the smaller one, and is said first.
    pub(crate) order: u64,
    pub(crate) send_dont_have: bool,
    pub(crate) relay: Option<RelayHeader>,
}

/// The order in which wants are said: by priority, and the older ones first among equals.
type Rank = (Reverse<i32>, u64);

/// On whose behalf a peer is to know of a want. Each of us counts for itself, so that neither
/// hides the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Origin {
    /// Our own.
    Local,
    /// A stranger's.
    Relayed,
}

impl WantlistEntry {
    /// What is to be said on behalf of both.
    fn with(self, other: Self) -> Self {
        let ttl = |line: &Self| line.relay.map(|relay| relay.ttl());
        let relay = if ttl(&self) >= ttl(&other) { self.relay } else { other.relay };
        Self {
            kind: self.kind.max(other.kind),
            priority: self.priority.max(other.priority),
            order: self.order.min(other.order),
            send_dont_have: self.send_dont_have || other.send_dont_have,
            relay,
        }
    }

    /// What has the smaller rank is said first.
    const fn rank(&self) -> Rank {
        (Reverse(self.priority), self.order)
    }

    const fn ttl(&self) -> u8 {
        match &self.relay {
            Some(relay) => relay.ttl(),
            None => 0,
        }
    }
}

#[derive(Debug)]
struct EntryState {
    cid: Cid,
    own: Option<WantlistEntry>,
    relayed: Option<WantlistEntry>,
    /// What was last handed to the transport and not taken back, and with which TTL.
    sent: Option<(WantKind, u8)>,
    /// Whether somebody waits for an answer.
    awaiting_response: bool,
    /// What the peer said of it since it was wanted last.
    response: Option<Answer>,
    /// Told, and to be said once more: a cancel goes first, in an earlier message.
    resend: bool,
    /// Whether it stands in `changed`.
    listed: bool,
    /// Its place among those that wait for room.
    waits: Option<Place>,
    /// Number of the message that told the peer of it.
    sent_in: u64,
}

/// What a peer said of a want.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It has it: nothing more is to come.
    Have,
    /// It does not have it now: should it come to have it, it says so.
    DontHave,
}

/// Our wants as one peer knows them.
#[derive(Debug)]
pub(crate) struct Wantlist {
    entries: Table<CidKey, EntryState>,
    changed: VecDeque<CidKey>,
    /// The next message replaces all the peer knows. So does the first one: it may remember what
    /// we wanted before we were started again.
    full: bool,
    /// Whether the peer was ever told anything.
    spoken: bool,
    room: Room,
}

/// The difference that one message carries.
#[derive(Debug, Default)]
pub(crate) struct Difference {
    pub(crate) full: bool,
    pub(crate) entries: Vec<Entry>,
    pub(crate) asks: Vec<(CidKey, WantKind)>,
    /// Want-blocks for which there is no room yet.
    pub(crate) unsent: Vec<CidKey>,
}

impl Wantlist {
    /// A list of which the peer is told at most `most` wants at once.
    pub(crate) fn new(most: usize) -> Self {
        Self {
            entries: Table::default(),
            changed: VecDeque::new(),
            full: true,
            spoken: false,
            room: Room::of(most),
        }
    }

    /// Asks, or asks for more, or (`again`) asks once more.
    pub(crate) fn want(
        &mut self,
        origin: Origin,
        (key, cid): (CidKey, &Cid),
        line: WantlistEntry,
        again: bool,
    ) {
        let known = self.entries.or_insert_with(key, || EntryState::new(*cid));
        // Given up and wanted anew before the cancel went: the peer may have struck it already.
        let anew = known.desired().is_none();
        *known.desired_by(origin) = Some(line);
        known.response = None;
        known.awaiting_response = true;
        known.resend |= (again || anew) && known.sent.is_some();
        self.list(key);
    }

    pub(crate) fn cancel(&mut self, origin: Origin, key: CidKey) {
        if let Some(known) = self.entries.get_mut(&key) {
            *known.desired_by(origin) = None;
            known.resend &= known.desired().is_some();
            self.room.may_evict();
            self.list(key);
        }
    }

    /// Nobody waits for what the peer says of it.
    pub(crate) fn coalesce(&mut self, key: CidKey) {
        if let Some(known) = self.entries.get_mut(&key) {
            known.awaiting_response = known.relayed.is_some();
        }
    }

    /// The peer answered a want.
    pub(crate) fn heard(&mut self, key: CidKey, word: Answer) {
        let Some(known) = self.entries.get_mut(&key) else {
            return;
        };
        // To a want-block HAVE is no answer.
        let is_question = known.desired().is_some_and(|line| line.kind == WantKind::Have);
        if word == Answer::DontHave || is_question {
            known.response = Some(word);
            self.room.may_evict();
        }
    }

    /// Nobody waits for the answer any more: the peer was silent for too long.
    pub(crate) fn gave_up(&mut self, key: CidKey) {
        if let Some(known) = self.entries.get_mut(&key) {
            known.awaiting_response = known.relayed.is_some();
            self.room.may_evict();
        }
    }

    /// Whether an answer is owed to any want that is still to be said.
    pub(crate) fn owes(&self) -> bool {
        let open = |key| {
            self.entries.get(key).is_some_and(|it| {
                it.awaiting_response && it.response.is_none() && it.desired().is_some()
            })
        };
        self.changed.iter().any(open)
    }

    /// The peer may know nothing of what it was told, or all of it: the next message replaces it.
    pub(crate) fn resend(&mut self) {
        self.full = true;
        self.room.nothing_is_told();
        // What was evicted the peer does not know, and was asked for it not long ago.
        let lines = self.entries.iter().filter(|(_, known)| known.counts());
        let keys: Vec<CidKey> = lines.map(|(key, _)| *key).collect();
        for key in keys {
            if let Some(known) = self.entries.get_mut(&key) {
                known.sent = None;
                known.resend = false;
            }
            self.list(key);
        }
    }

    /// How many wants have something to be said of them, at most.
    pub(crate) fn pending(&self) -> usize {
        self.changed.len() + usize::from(self.full && self.spoken) + self.room.pending()
    }

    /// Takes up to `limit` entries of what the peer has to learn: cancels first, then wants by
    /// priority and age. Wants for which the peer has no room wait; cancels make room for the next
    /// message.
    pub(crate) fn take(&mut self, limit: usize) -> Difference {
        let mut difference = Difference::default();
        self.room.next_message();
        self.readmit();
        let mut cancels = Vec::new();
        let mut wants = Vec::with_capacity(self.changed.len().min(limit));
        let mut later = Vec::new();
        while cancels.len() + wants.len() < limit {
            let Some(key) = self.changed.pop_front() else {
                break;
            };
            let Some(known) = self.entries.get_mut(&key) else {
                continue;
            };
            known.listed = false;
            if let Some(line) = known.takes_room().filter(|_| self.room.left() == 0) {
                let is_awaited = known.worth().is_none();
                known.waits = Some(self.room.wait(key, &line, is_awaited));
                difference.unsent.extend(is_awaited.then_some(key));
                continue;
            }
            let was_told = known.sent.is_some();
            let entry = known.next_entry();
            if known.sent.is_some() != was_told {
                self.room.told(known.sent.is_some());
            }
            match entry {
                Some(entry @ Entry::Cancel { .. }) => {
                    cancels.push(entry);
                    if known.desired().is_some() {
                        later.push(key);
                    }
                }
                Some(Entry::Want { cid, kind, priority, send_dont_have, relay }) => {
                    known.sent_in = self.room.message();
                    difference.asks.push((key, kind));
                    let rank = known.desired().as_ref().map(WantlistEntry::rank);
                    let want = Entry::Want { cid, kind, priority, send_dont_have, relay };
                    wants.push((rank, want));
                }
                None => {}
            }
            if known.sent.is_none() && known.desired().is_none() {
                self.entries.remove(&key);
            }
        }
        cancels.extend(self.evict(limit - cancels.len() - wants.len()));
        for key in later {
            self.list(key);
        }
        wants.sort_by_key(|(rank, _)| *rank);
        cancels.extend(wants.into_iter().map(|(_, entry)| entry));
        difference.entries = cancels;
        self.spoken |= !difference.entries.is_empty();
        difference.full = self.spoken && std::mem::take(&mut self.full);
        difference
    }

    /// Whether the peer was told of a want, or of more than that.
    pub(crate) fn has_sent(&self, key: CidKey, kind: WantKind) -> bool {
        let told = self.entries.get(&key).and_then(|known| known.sent);
        told.is_some_and(|(told, _)| told >= kind)
    }

    /// Whether something is to be said of a want, now or when there is room.
    pub(crate) fn has_to_send(&self, key: CidKey) -> bool {
        self.entries.get(&key).is_some_and(|known| known.listed || known.waits.is_some())
    }

    /// What the peer is to know, and on whose behalf.
    pub(crate) fn desired(&self) -> impl Iterator<Item = (CidKey, Origin)> {
        let of = |key, line: &Option<WantlistEntry>, origin| line.as_ref().map(|_| (key, origin));
        self.entries.iter().flat_map(move |(key, known)| {
            let own = of(*key, &known.own, Origin::Local);
            own.into_iter().chain(of(*key, &known.relayed, Origin::Relayed))
        })
    }

    /// What the peer was told and was not taken back.
    pub(crate) fn told(&self) -> impl Iterator<Item = (Cid, WantKind)> {
        self.entries.iter().filter_map(|(_, known)| Some((known.cid, known.sent?.0)))
    }

    fn list(&mut self, key: CidKey) {
        let Some(known) = self.entries.get_mut(&key) else {
            return;
        };
        if let Some(place) = known.waits.take() {
            self.room.waits_no_more(place);
        }
        if !known.listed {
            known.listed = true;
            self.changed.push_back(key);
        }
    }
}

impl EntryState {
    const fn new(cid: Cid) -> Self {
        Self {
            cid,
            own: None,
            relayed: None,
            sent: None,
            awaiting_response: false,
            response: None,
            resend: false,
            listed: false,
            waits: None,
            sent_in: 0,
        }
    }

    /// Whether the peer was told of it, or is to be.
    const fn counts(&self) -> bool {
        self.sent.is_some() || self.listed || self.waits.is_some()
    }

    const fn desired_by(&mut self, origin: Origin) -> &mut Option<WantlistEntry> {
        match origin {
            Origin::Local => &mut self.own,
            Origin::Relayed => &mut self.relayed,
        }
    }

    fn desired(&self) -> Option<WantlistEntry> {
        match (self.own, self.relayed) {
            (Some(own), Some(relayed)) => Some(own.with(relayed)),
            (own, relayed) => own.or(relayed),
        }
    }

    fn is_settled(&self, line: &WantlistEntry) -> bool {
        let is_question = line.kind == WantKind::Have && line.relay.is_none();
        is_question && self.response == Some(Answer::Have)
    }

    fn has_sent(&self, line: &WantlistEntry) -> bool {
        self.sent.is_some_and(|(kind, ttl)| kind >= line.kind && ttl >= line.ttl())
    }

    /// What to say of it now; it then counts as told.
    fn next_entry(&mut self) -> Option<Entry> {
        let cancel = Entry::Cancel { cid: self.cid };
        let Some(line) = self.desired() else {
            return self.sent.take().map(|_| cancel);
        };
        if std::mem::take(&mut self.resend) && self.sent.take().is_some() {
            return Some(cancel);
        }
        // Who said HAVE in answer to a want-have that was lost since has no more to say to it.
        if self.sent.is_none() && self.is_settled(&line) {
            return None;
        }
        // A want-block stands for a want-have: only the step up is said, and a farther reach.
        if self.has_sent(&line) {
            return None;
        }
        self.sent = Some((line.kind, line.ttl()));
        Some(Entry::Want {
            cid: self.cid,
            kind: line.kind,
            priority: line.priority,
            send_dont_have: line.send_dont_have,
            relay: line.relay,
        })
    }
}
