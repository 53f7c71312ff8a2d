//! One engine, a store that answers at once, and peers that have the blocks in `remote`.

use std::collections::{HashMap, VecDeque};
use std::error::Error;
use std::ops::Range;
use std::time::{Duration, Instant};

use bitswap_core::testing::{block, peer};
use bitswap_core::wire::{BlockPresence, Entry, Message, ProtocolVersion, Skipped, WantKind};
use bitswap_core::{
    Action, Block, CallId, CallOptions, Engine, EngineConfig, Input, Lanes, NewCall,
    PeerCapabilities, ReadAnswer, SessionId, Timestamp,
};
use bitswap_strategies::catalog::StrategyChoice;
use bitswap_strategies::fixture::dice;
use cid::Cid;
use cid::multihash::Multihash;
use libp2p_identity::PeerId;

use super::counted::counted;

pub(crate) type Outcome<T> = Result<T, Box<dyn Error>>;

const BLOCK_BYTES: usize = 2_048;

pub(crate) struct World {
    engine: Engine,
    now: Timestamp,
    pub(crate) stored: HashMap<Cid, Block>,
    /// The blocks that every peer has.
    pub(crate) remote: HashMap<Cid, Block>,
    /// What is to be read, once the store answers again.
    waiting: Vec<Action>,
    pub(crate) holds_reads: bool,
    /// Messages to peers that these have not answered.
    unanswered: VecDeque<(PeerId, Message)>,
    calls: u64,
    pub(crate) delivered: u64,
    pub(crate) blocks_sent: u64,
    /// What is measured has begun.
    measures: bool,
    /// The time that the engine took, and that of its longest input.
    spent: Duration,
    longest: Duration,
}

/// What was measured of so many wants.
pub(crate) struct Spent {
    pub(crate) wants: u64,
    pub(crate) total: Duration,
    pub(crate) longest: Duration,
}

impl Spent {
    pub(crate) fn each(&self) -> Duration {
        self.total / self.wants as u32
    }
}

impl World {
    pub(crate) fn with_peers(peers: u64) -> Outcome<Self> {
        let strategies = StrategyChoice::default().build()?;
        let mut world = Self {
            engine: Engine::new(EngineConfig::seeded(7), strategies)?,
            now: Timestamp::ZERO,
            stored: HashMap::new(),
            remote: HashMap::new(),
            waiting: Vec::new(),
            holds_reads: false,
            unanswered: VecDeque::new(),
            calls: 0,
            delivered: 0,
            blocks_sent: 0,
            measures: false,
            spent: Duration::ZERO,
            longest: Duration::ZERO,
        };
        for n in 0..peers {
            world.connect(n);
        }
        Ok(world)
    }

    /// The blocks of these names, of 2 KiB, so that HAVE is not replaced by the block.
    pub(crate) fn blocks(names: Range<u64>) -> HashMap<Cid, Block> {
        names.map(|name| block(name, BLOCK_BYTES)).collect()
    }

    pub(crate) fn connect(&mut self, n: u64) {
        let capabilities = PeerCapabilities { protocol: ProtocolVersion::V1_2, lanes: Lanes::Two };
        self.give(Input::PeerConnected { peer: peer(n), capabilities });
    }

    pub(crate) fn receive_wants(&mut self, n: u64, kind: WantKind, cids: Vec<Cid>) {
        let want = |cid| Entry::Want { cid, kind, priority: 1, send_dont_have: true, relay: None };
        let entries = cids.into_iter().map(want).collect();
        self.receive(peer(n), Message { entries, ..Message::default() });
        self.unanswered.clear();
    }

    pub(crate) fn get(&mut self, cid: Cid) {
        self.get_in(SessionId(1), cid);
    }

    pub(crate) fn get_in(&mut self, session: SessionId, cid: Cid) {
        self.calls += 1;
        let (call, options) = (CallId(self.calls), CallOptions::default());
        self.give(Input::from(NewCall { session, call, cids: vec![cid], options }));
    }

    /// One call for all of these, whose caller takes them as they come.
    pub(crate) fn get_all(&mut self, cids: Vec<Cid>) {
        self.calls += 1;
        let credit = cids.len() as u32;
        let (session, call) = (SessionId(1), CallId(self.calls));
        let options = CallOptions { credit, ..CallOptions::default() };
        self.give(Input::from(NewCall { session, call, cids, options }));
    }

    /// A peer says how many wants it remembers.
    pub(crate) fn remembers(&mut self, n: u64, wants: u32) {
        self.receive(peer(n), Message { wants_remembered: wants, ..Message::default() });
    }

    pub(crate) fn receive_cancels(&mut self, n: u64, cids: Vec<Cid>) {
        let entries = cids.into_iter().map(|cid| Entry::Cancel { cid }).collect();
        self.receive(peer(n), Message { entries, ..Message::default() });
    }

    /// Peers answer until they were told nothing more.
    pub(crate) fn answer_all(&mut self) {
        self.answer_in_parts(usize::MAX);
    }

    /// The same, at most `together` blocks in a message.
    pub(crate) fn answer_in_parts(&mut self, together: usize) {
        while let Some((peer, message)) = self.unanswered.pop_front() {
            let mut answer = Message::default();
            for entry in message.entries {
                let Entry::Want { cid, kind, send_dont_have, .. } = entry else {
                    continue;
                };
                match (self.remote.get(&cid), kind) {
                    (Some(block), WantKind::Block) => answer.blocks.push((cid, block.clone())),
                    (Some(_), WantKind::Have) => {
                        answer.presences.push((cid, BlockPresence::Have));
                    }
                    (None, _) if send_dont_have => {
                        answer.presences.push((cid, BlockPresence::DontHave));
                    }
                    (None, _) => {}
                }
            }
            while answer.blocks.len() > together {
                let blocks = answer.blocks.drain(..together).collect();
                self.receive(peer, Message { blocks, ..Message::default() });
            }
            if !answer.blocks.is_empty() || !answer.presences.is_empty() {
                self.receive(peer, answer);
            }
        }
    }

    /// The store answers what it was asked meanwhile, and what follows.
    pub(crate) fn answer_reads(&mut self) {
        self.holds_reads = false;
        for read in std::mem::take(&mut self.waiting) {
            if let Some(answer) = self.answer(read) {
                self.give(answer);
            }
        }
        self.unanswered.clear();
    }

    /// From here on it is measured.
    pub(crate) fn begin(&mut self) {
        self.measures = true;
        self.spent = Duration::ZERO;
        self.longest = Duration::ZERO;
    }

    pub(crate) fn end(self, wants: u64) -> Spent {
        Spent { wants, total: self.spent, longest: self.longest }
    }

    fn receive(&mut self, peer: PeerId, message: Message) {
        self.give(Input::MessageReceived { peer, message, skipped: Skipped::default() });
    }

    fn give(&mut self, input: Input) {
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            self.now = self.now.after(Duration::from_micros(1));
            let Self { engine, now, .. } = self;
            let begin = Instant::now();
            let actions = if self.measures {
                counted(|| step(engine, *now, input))
            } else {
                step(engine, *now, input)
            };
            let took = begin.elapsed();
            self.spent += took;
            self.longest = self.longest.max(took);
            inputs.extend(actions.into_iter().filter_map(|action| self.answer(action)));
        }
    }

    fn answer(&mut self, action: Action) -> Option<Input> {
        match action {
            Action::Read { .. } if self.holds_reads => {
                self.waiting.push(action);
                None
            }
            Action::Read { read, items } => {
                let answer = |cid: &Cid, size_only: bool| match self.stored.get(cid) {
                    Some(block) if size_only => ReadAnswer::Size(block.len() as u32),
                    Some(block) => ReadAnswer::Block(block.clone()),
                    None => ReadAnswer::Missing,
                };
                let answers = items.iter().map(|item| answer(&item.cid, item.size_only)).collect();
                Some(Input::ReadDone { read, answers })
            }
            Action::Send { peer, send, message, .. } => {
                self.blocks_sent += message.blocks.len() as u64;
                self.unanswered.push_back((peer, message));
                Some(Input::Sent { peer, send })
            }
            Action::Write { write, .. } => Some(Input::WriteDone { write, outcome: Ok(()) }),
            Action::Lookup { lookup, .. } => Some(Input::LookupEnded { lookup }),
            Action::Deliver { .. } => {
                self.delivered += 1;
                None
            }
            Action::Connect { .. }
            | Action::Disconnect { .. }
            | Action::Fail { .. }
            | Action::Finish { .. }
            | Action::Report(_)
            | Action::StopLookup { .. }
            | Action::SuspendSend { .. }
            | Action::ResumeSend { .. } => None,
        }
    }
}

fn step(engine: &mut Engine, now: Timestamp, input: Input) -> Vec<Action> {
    engine.handle(now, input);
    let mut actions = Vec::new();
    while let Some(action) = engine.poll_action() {
        actions.push(action);
    }
    actions
}

/// The CID of the block number `name`; from 1,000,000 on, of one that nobody has, and made without
/// hashing.
pub(crate) fn cid_of(name: u64) -> Cid {
    if name < 1_000_000 {
        return block(name, BLOCK_BYTES).0;
    }
    let mut chance = dice(name);
    let digest: [u64; 4] = std::array::from_fn(|_| chance.bits());
    // 32 bytes fit into a multihash.
    let hash = Multihash::wrap(0x12, &digest.map(u64::to_be_bytes).concat()).unwrap_or_default();
    Cid::new_v1(0x55, hash)
}
