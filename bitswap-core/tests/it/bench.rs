//! One engine whose store, wire and routing answer at once, or when a test says so.

use std::collections::BTreeMap;

use bitswap_core::strategy::{StrategySet, plain};
use bitswap_core::wire::{BlockPresence, Entry, LeftOut, Message, WantKind};
use bitswap_core::{
    Action, Block, CallId, Engine, EngineConfig, Input, Limits, ReadAnswer, ReadItem, SendId,
    Timestamp, WriteId,
};
use cid::Cid;
use libp2p_identity::PeerId;

use crate::cast::{at, call, connected, peer};

/// An engine, and all that came of it.
pub(crate) struct Bench {
    pub(crate) engine: Engine,
    now: Timestamp,
    stored: BTreeMap<Vec<u8>, Block>,
    /// Whether messages stay unwritten, and blocks unstored, until a test says otherwise.
    pub(crate) holds: bool,
    pub(crate) unwritten: Vec<(PeerId, SendId)>,
    unstored: Vec<WriteId>,
    pub(crate) sent: Vec<(PeerId, Message)>,
    pub(crate) delivered: usize,
    pub(crate) writes: usize,
}

impl Bench {
    pub(crate) fn new(limits: Limits) -> Self {
        Self::of(EngineConfig { limits, ..EngineConfig::seeded(7) }, plain::strategies())
    }

    pub(crate) fn of(config: EngineConfig, strategies: StrategySet) -> Self {
        Self {
            engine: Engine::new(config, strategies).expect("it can work"),
            now: at(0),
            stored: BTreeMap::new(),
            holds: false,
            unwritten: Vec::new(),
            unstored: Vec::new(),
            sent: Vec::new(),
            delivered: 0,
            writes: 0,
        }
    }

    pub(crate) fn tell(&mut self, input: Input) {
        let mut inputs = vec![input];
        while let Some(input) = inputs.pop() {
            self.engine.handle(self.now, input);
            while let Some(action) = self.engine.poll_action() {
                inputs.extend(self.act(action));
            }
        }
    }

    /// Lets so many seconds pass.
    pub(crate) fn pass(&mut self, seconds: u64) {
        let until = self.now.after(std::time::Duration::from_secs(seconds));
        while let Some(at) = self.engine.next_deadline().filter(|at| *at <= until) {
            self.now = at.max(self.now);
            self.tell(Input::DeadlineReached);
        }
        self.now = until;
    }

    pub(crate) fn connect(&mut self, n: u64) {
        self.tell(connected(n));
    }

    pub(crate) fn want(&mut self, id: u64, cids: &[Cid]) {
        self.tell(call(id, cids));
        // Not with other wants in one message.
        self.pass(1);
    }

    pub(crate) fn give_up(&mut self, id: u64) {
        self.tell(Input::CallCancelled { call: CallId(id) });
        self.pass(1);
    }

    pub(crate) fn store(&mut self, (cid, block): &(Cid, Block)) {
        self.stored.insert(cid.hash().to_bytes(), block.clone());
    }

    pub(crate) fn hear(&mut self, n: u64, message: Message) {
        let left_out = LeftOut::default();
        self.tell(Input::MessageReceived { peer: peer(n), message, left_out });
    }

    pub(crate) fn hear_of(&mut self, n: u64, cid: Cid, presence: BlockPresence) {
        self.hear(n, Message { presences: vec![(cid, presence)], ..Message::default() });
    }

    pub(crate) fn hear_want(&mut self, n: u64, cids: &[Cid]) {
        let want = |cid: &Cid| Entry::Want {
            cid: *cid,
            kind: WantKind::Block,
            priority: 1,
            send_dont_have: true,
            reach: None,
        };
        self.hear(n, Message { entries: cids.iter().map(want).collect(), ..Message::default() });
    }

    pub(crate) fn bring(&mut self, n: u64, block: &(Cid, Block)) {
        self.hear(n, Message { blocks: vec![block.clone()], ..Message::default() });
    }

    /// Everything held is written or not, and stored.
    pub(crate) fn let_go(&mut self, written: bool) {
        self.holds = false;
        for (peer, send) in std::mem::take(&mut self.unwritten) {
            self.tell(if written {
                Input::Sent { peer, send }
            } else {
                Input::SendFailed { peer, send }
            });
        }
        for write in std::mem::take(&mut self.unstored) {
            self.tell(Input::WriteDone { write, outcome: Ok(()) });
        }
    }

    /// What the peer knows that we want of a CID, by all it was sent.
    pub(crate) fn knows(&self, n: u64, cid: Cid) -> Option<WantKind> {
        let mut known = None;
        for message in self.sent_to(n) {
            known = known.filter(|_| !message.full);
            for entry in message.entries.iter().filter(|entry| *entry.cid() == cid) {
                known = match entry {
                    Entry::Cancel { .. } => None,
                    Entry::Want { kind, .. } => Some(*kind),
                };
            }
        }
        known
    }

    /// Whether a peer was ever asked for this block.
    pub(crate) fn was_asked_for(&self, n: u64, cid: Cid) -> bool {
        let mut entries = self.sent_to(n).flat_map(|message| &message.entries);
        entries.any(|entry| match entry {
            Entry::Cancel { .. } => false,
            Entry::Want { cid: wanted, kind, .. } => *wanted == cid && *kind == WantKind::Block,
        })
    }

    /// How often a peer was asked for anything.
    pub(crate) fn asked(&self, n: u64) -> usize {
        let entries = self.sent_to(n).flat_map(|message| &message.entries);
        entries.filter(|entry| matches!(entry, Entry::Want { .. })).count()
    }

    /// How many blocks a peer was sent.
    pub(crate) fn served(&self, n: u64) -> usize {
        self.sent_to(n).map(|message| message.blocks.len()).sum()
    }

    pub(crate) fn sent_to(&self, n: u64) -> impl Iterator<Item = &Message> {
        self.sent.iter().filter(move |(to, _)| *to == peer(n)).map(|(_, message)| message)
    }

    fn act(&mut self, action: Action) -> Option<Input> {
        match action {
            Action::Connect { peer } => Some(Input::DialFailed { peer }),
            Action::Lookup { lookup, .. } => Some(Input::LookupEnded { lookup }),
            Action::Read { read, items } => {
                let answers = items.iter().map(|item| self.read(item)).collect();
                Some(Input::ReadDone { read, answers })
            }
            Action::Send { peer, send, message, .. } => {
                self.sent.push((peer, message));
                if self.holds {
                    self.unwritten.push((peer, send));
                    return None;
                }
                Some(Input::Sent { peer, send })
            }
            Action::Write { write, .. } => {
                self.writes += 1;
                if self.holds {
                    self.unstored.push(write);
                    return None;
                }
                Some(Input::WriteDone { write, outcome: Ok(()) })
            }
            Action::Deliver { .. } => {
                self.delivered += 1;
                None
            }
            Action::Fail { .. }
            | Action::Finish { .. }
            | Action::LetGo { .. }
            | Action::Report(_)
            | Action::StopLookup { .. } => None,
        }
    }

    fn read(&self, item: &ReadItem) -> ReadAnswer {
        match self.stored.get(&item.cid.hash().to_bytes()) {
            None => ReadAnswer::Missing,
            Some(block) if item.size_only => ReadAnswer::Size(block.len() as u32),
            Some(block) => ReadAnswer::Block(block.clone()),
        }
    }
}
