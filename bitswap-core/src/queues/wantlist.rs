//! The wantlist that one peer is to have and the one that it was sent: a message is the difference.

mod room;

use std::cmp::Reverse;
use std::collections::VecDeque;

use cid::Cid;

use crate::ids::CidKey;
use crate::map::Table;
use crate::short_cid::ShortCid;
use crate::wire::{Entry, RelayHeader, WantKind};
use room::{Place, Room};

/// A wantlist entry as the peer is to have it; its CID is stored beside it.
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

/// The order in which wants are sent: by priority, and the older ones first among equals.
type Rank = (Reverse<i32>, u64);

/// Whether a want is our own or relayed. The two are counted separately, so that neither hides the
/// other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Origin {
    /// A want of this node.
    Local,
    /// A want of a requester that is forwarded.
    Relayed,
}

impl WantlistEntry {
    /// Merges the entries of both origins into the one that is sent.
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

    fn ttl(&self) -> u8 {
        self.relay.map_or(0, |relay| relay.ttl())
    }
}

#[derive(Debug)]
struct EntryState {
    cid: ShortCid,
    own: Option<WantlistEntry>,
    relayed: Option<WantlistEntry>,
    /// What was sent last and not cancelled.
    sent: Option<SentEntry>,
    /// Whether anything waits for the answer.
    awaiting_response: bool,
    /// What the peer answered since the want was sent last.
    response: Option<Answer>,
    /// The entry was sent and is to be sent again: its cancel goes first, in an earlier message.
    resend: bool,
    /// Whether the entry is in `changed`.
    listed: bool,
    /// Its position among the entries that wait for room.
    waits: Option<Place>,
    /// Number of the message that it was sent in.
    sent_in: u64,
    /// How often it was evicted before its answer, since it was last asked again.
    evictions: u8,
}

/// An entry as the peer was sent it.
#[derive(Clone, Copy, Debug)]
struct SentEntry {
    kind: WantKind,
    ttl: u8,
    /// The peer sent the block since, and has room for another entry.
    served: bool,
}

/// What a peer answered to a want.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The peer has the block: nothing more follows.
    Have,
    /// The peer lacks the block now: it answers again when it gets it.
    DontHave,
}

/// Our wantlist, as one peer is to have it and as it was sent.
#[derive(Debug)]
pub(crate) struct Wantlist {
    entries: Table<CidKey, EntryState>,
    changed: VecDeque<CidKey>,
    /// Whether the next message replaces the peer's copy of the wantlist. The first message does,
    /// too: the peer may remember what we wanted before a restart.
    full: bool,
    /// Whether the peer was ever sent any of the wantlist.
    spoken: bool,
    room: Room,
}

/// The wantlist entries of one message.
#[derive(Debug, Default)]
pub(crate) struct Difference {
    pub(crate) full: bool,
    pub(crate) entries: Vec<Entry>,
    pub(crate) asks: Vec<(CidKey, WantKind)>,
    /// Want-blocks for which the peer's wantlist has no room yet.
    pub(crate) unsent: Vec<CidKey>,
}

impl Wantlist {
    /// An empty wantlist, of which the peer holds at most `most` entries at once.
    pub(crate) fn new(most: usize) -> Self {
        Self {
            entries: Table::default(),
            changed: VecDeque::new(),
            full: true,
            spoken: false,
            room: Room::of(most),
        }
    }

    /// Adds a want, upgrades it, or (`again`) sends it again.
    pub(crate) fn want(
        &mut self,
        origin: Origin,
        (key, cid): (CidKey, &Cid),
        line: WantlistEntry,
        again: bool,
    ) {
        let known = self.entries.or_insert_with(key, || EntryState::new(*cid));
        known.want(origin, line, again);
        known.list(key, &mut self.room, &mut self.changed);
    }

    /// Adds a want of this node whose answer nothing waits for, so that it can be coalesced.
    pub(crate) fn want_unawaited(&mut self, (key, cid): (CidKey, &Cid), line: WantlistEntry) {
        let known = self.entries.or_insert_with(key, || EntryState::new(*cid));
        known.want(Origin::Local, line, false);
        known.awaiting_response = known.relayed.is_some();
        known.list(key, &mut self.room, &mut self.changed);
    }

    /// The peer holds at most `most` entries from now on.
    pub(crate) const fn resize(&mut self, most: usize) {
        self.room.resize(most);
    }

    pub(crate) fn cancel(&mut self, origin: Origin, key: CidKey) {
        if let Some(known) = self.entries.get_mut(&key) {
            *known.desired_by(origin) = None;
            known.resend &= known.desired().is_some();
            known.list(key, &mut self.room, &mut self.changed);
        }
    }

    /// The peer answered a want.
    pub(crate) fn heard(&mut self, key: CidKey, word: Answer) {
        let Some(known) = self.entries.get_mut(&key) else {
            return;
        };
        // HAVE does not answer a want-block.
        let is_question = known.desired().is_some_and(|line| line.kind == WantKind::Have);
        if word == Answer::DontHave || is_question {
            known.response = Some(word);
            self.room.may_evict();
        }
    }

    /// The peer lacks the block: a want-block that it was not sent after a want-have is a want-have
    /// again, unless it was taken back. Whether the peer was sent no more than that.
    pub(crate) fn lacked(&mut self, key: CidKey) -> bool {
        let sent_have = |known: &&mut EntryState| {
            !known.resend && known.sent.is_some_and(|sent| sent.kind == WantKind::Have)
        };
        let known = self.entries.get_mut(&key).filter(sent_have);
        known.map(|it| it.own.as_mut().map(|own| own.kind = WantKind::Have)).is_some()
    }

    /// The peer sent the block: it forgets the entry, which is cancelled only to be sure of that.
    pub(crate) fn served(&mut self, key: CidKey) {
        let sent = self.entries.get_mut(&key).and_then(|known| known.sent.as_mut());
        if let Some(sent) = sent.filter(|sent| !sent.served) {
            sent.served = true;
            self.room.told(false);
        }
    }

    /// The answer timed out: nothing waits for it any more.
    pub(crate) fn gave_up(&mut self, key: CidKey) {
        if let Some(known) = self.entries.get_mut(&key) {
            known.awaiting_response = known.relayed.is_some();
            self.room.may_evict();
        }
    }

    /// Whether anything waits for the answer to an entry that is still to be sent.
    pub(crate) fn owes(&self) -> bool {
        let open = |key| {
            self.entries.get(key).is_some_and(|it| {
                it.awaiting_response && it.response.is_none() && it.desired().is_some()
            })
        };
        self.changed.iter().any(open)
    }

    /// Sends the whole wantlist again: the peer may know none of it, or all of it.
    pub(crate) fn resend(&mut self) {
        self.full = true;
        self.room.nothing_is_told();
        // Evicted entries are left out: the peer does not have them, and was asked not long ago.
        let lines = self.entries.iter().filter(|(_, known)| known.counts());
        let keys: Vec<CidKey> = lines.map(|(key, _)| *key).collect();
        for key in keys {
            if let Some(known) = self.entries.get_mut(&key) {
                known.sent = None;
                known.resend = false;
                known.list(key, &mut self.room, &mut self.changed);
            }
        }
    }

    /// Number of entries that may have changed since they were sent.
    pub(crate) fn pending(&self) -> usize {
        self.changed.len() + usize::from(self.full && self.spoken) + self.room.pending()
    }

    /// Takes up to `limit` changed entries for a message: cancels first, then wants by priority
    /// and age. Wants for which the peer's wantlist has no room wait; cancels of what the peer did
    /// not send make room for the next message. `answers`: as in [`EntryState::next_entry`].
    pub(crate) fn take(&mut self, limit: usize, answers: bool) -> Difference {
        let mut difference = Difference::default();
        self.room.next_message();
        self.readmit();
        let mut entries = Vec::with_capacity(self.changed.len().min(limit));
        let mut later = Vec::new();
        while entries.len() < limit {
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
            let took_place = known.takes_place();
            let next = known.next_entry(answers);
            if known.takes_place() != took_place {
                self.room.told(!took_place);
            }
            if let Some((rank, entry)) = next {
                if let Entry::Want { kind, .. } = &entry {
                    known.sent_in = self.room.message();
                    difference.asks.push((key, *kind));
                } else if known.desired().is_some() {
                    later.push(key);
                }
                entries.push((rank, entry));
            }
            if known.sent.is_none() && known.desired().is_none() {
                self.entries.remove(&key);
            } else if known.is_evictable() {
                self.room.may_evict();
            }
        }
        entries.extend(self.evict(limit - entries.len()).into_iter().map(|entry| (None, entry)));
        for key in later {
            if let Some(known) = self.entries.get_mut(&key) {
                known.list(key, &mut self.room, &mut self.changed);
            }
        }
        entries.sort_by_key(|(rank, _)| *rank);
        difference.entries = entries.into_iter().map(|(_, entry)| entry).collect();
        self.spoken |= !difference.entries.is_empty();
        difference.full = self.spoken && std::mem::take(&mut self.full);
        difference
    }

    /// Whether the peer was sent a want of this kind, or of a stronger one.
    pub(crate) fn has_sent(&self, key: CidKey, kind: WantKind) -> bool {
        let told = self.entries.get(&key).and_then(|known| known.sent);
        told.is_some_and(|told| told.kind >= kind)
    }

    /// Whether an entry is to be sent, now or when there is room.
    pub(crate) fn has_to_send(&self, key: CidKey) -> bool {
        self.entries.get(&key).is_some_and(|known| known.listed || known.waits.is_some())
    }

    /// The wants that the peer is to have, and their origins.
    pub(crate) fn desired(&self) -> impl Iterator<Item = (CidKey, Origin)> {
        let of = |key, line: &Option<WantlistEntry>, origin| line.as_ref().map(|_| (key, origin));
        self.entries.iter().flat_map(move |(key, known)| {
            let own = of(*key, &known.own, Origin::Local);
            own.into_iter().chain(of(*key, &known.relayed, Origin::Relayed))
        })
    }

    /// The wants that the peer was sent and that were not cancelled.
    pub(crate) fn told(&self) -> impl Iterator<Item = (Cid, WantKind)> {
        self.entries.iter().filter_map(|(_, known)| Some((Cid::from(&known.cid), known.sent?.kind)))
    }
}

impl EntryState {
    fn new(cid: Cid) -> Self {
        Self {
            cid: cid.into(),
            own: None,
            relayed: None,
            sent: None,
            awaiting_response: false,
            response: None,
            resend: false,
            listed: false,
            waits: None,
            sent_in: 0,
            evictions: 0,
        }
    }

    fn want(&mut self, origin: Origin, line: WantlistEntry, again: bool) {
        // Cancelled and wanted again before the cancel was sent: the peer may have removed it
        // already.
        let anew = self.desired().is_none();
        *self.desired_by(origin) = Some(line);
        let was_denied = self.response.take() == Some(Answer::DontHave);
        self.awaiting_response = true;
        self.resend |= self.sent.is_some_and(|sent| anew || again && sent.kind >= line.kind);
        // What the peer lacks is in no queue of its own that a cancel would take it out of.
        if let Some(sent) = self.sent.as_mut().filter(|_| again && was_denied) {
            sent.kind = WantKind::Have;
        }
        self.evictions = if again { 0 } else { self.evictions };
    }

    /// Notes that the entry may have to be sent.
    fn list(&mut self, key: CidKey, room: &mut Room, changed: &mut VecDeque<CidKey>) {
        if let Some(place) = self.waits.take() {
            room.waits_no_more(place);
        }
        if !std::mem::replace(&mut self.listed, true) {
            changed.push_back(key);
        }
    }

    /// Whether the peer has one entry less room for it.
    const fn takes_place(&self) -> bool {
        matches!(self.sent, Some(SentEntry { served: false, .. }))
    }

    /// Whether the entry was sent, or is to be sent.
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
        self.sent.is_some_and(|sent| sent.kind >= line.kind && sent.ttl >= line.ttl())
    }

    /// The entry to send now, if any; it then counts as sent. A want comes with its rank, and a
    /// cancel has none, so that it goes first. Who `answers` whether it has what it was to send is
    /// asked without a cancel, for which the block would lose its place in its queue.
    fn next_entry(&mut self, answers: bool) -> Option<(Option<Rank>, Entry)> {
        let Some(line) = self.desired() else {
            return self.sent.take().map(|_| (None, self.to_cancel()));
        };
        let resend = std::mem::take(&mut self.resend);
        let goes = |told: &mut SentEntry| resend && (told.kind <= line.kind || !answers);
        if self.sent.take_if(goes).is_some() {
            return Some((None, self.to_cancel()));
        }
        // A peer that answered HAVE to a want-have is not asked again after the want was lost.
        if self.sent.is_none() && self.is_settled(&line) {
            return None;
        }
        // A want-block includes a want-have: only an upgrade or a larger TTL is sent.
        if self.has_sent(&line) && !resend {
            return None;
        }
        self.sent = Some(SentEntry { kind: line.kind, ttl: line.ttl(), served: false });
        let WantlistEntry { kind, priority, send_dont_have, relay, .. } = line;
        let cid = Cid::from(&self.cid);
        let want = Entry::Want { cid, kind, priority, send_dont_have, relay };
        Some((Some(line.rank()), want))
    }

    fn to_cancel(&self) -> Entry {
        Entry::Cancel { cid: Cid::from(&self.cid) }
    }
}
