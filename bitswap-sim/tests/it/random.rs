//! Any input in any order: no panic, progress, bounded actions, the same seed the same actions,
//! and the cheap invariants after each.

use std::time::Duration;

use bitswap_core::strategy::StrategySet;
use bitswap_core::testing::{block, peer};
use bitswap_core::wire::{
    BlockPresence, Entry, Message, ProtocolVersion, RelayHeader, Skipped, WantKind,
};
use bitswap_core::{
    Action, Block, CallId, CallOptions, Chance, Engine, EngineConfig, Input, Lanes, LookupId,
    NewCall, PeerCapabilities, ReadAnswer, ReadId, SendId, SessionId, SessionOptions, StoreFault,
    Timestamp, WriteId,
};
use bitswap_sim::chaos;
use bitswap_sim::invariants::InvariantChecker;
use cid::Cid;
use libp2p_identity::PeerId;

const SEEDS: u64 = 300;
const INPUTS: u64 = 1_000;

#[test]
fn random_inputs_keep_every_invariant() {
    let mut inputs = 0;
    for seed in 0..SEEDS {
        inputs += Run::new(seed).go().inputs;
    }
    assert!(inputs >= SEEDS * INPUTS);
}

#[test]
fn the_same_seed_gives_the_same_actions() {
    for seed in 0..20 {
        assert_eq!(Run::new(seed).go().log, Run::new(seed).go().log, "seed {seed}");
    }
}

#[test]
fn another_seed_gives_other_actions() {
    assert_ne!(Run::new(1).go().log, Run::new(2).go().log);
}

/// One engine under a stream of drawn inputs.
struct Run {
    seed: u64,
    chance: Chance,
    engine: Engine,
    now: Timestamp,
    log: Vec<String>,
    inputs: u64,
    next_call: u64,
    open: Open,
    checker: InvariantChecker,
}

/// What the engine waits for, so that some inputs make sense.
#[derive(Default)]
struct Open {
    sends: Vec<(PeerId, SendId)>,
    reads: Vec<(ReadId, usize, Vec<Cid>)>,
    writes: Vec<WriteId>,
    lookups: Vec<LookupId>,
}

impl Run {
    fn new(seed: u64) -> Self {
        let strategies: StrategySet = chaos::strategies(seed);
        let engine = Engine::new(EngineConfig::seeded(seed), strategies).expect("defaults work");
        Self {
            seed,
            chance: Chance::named(seed, "inputs"),
            engine,
            now: Timestamp::ZERO,
            log: Vec::new(),
            inputs: 0,
            next_call: 0,
            open: Open::default(),
            checker: InvariantChecker::new(&EngineConfig::seeded(seed)),
        }
    }

    fn go(mut self) -> Self {
        for _ in 0..INPUTS {
            let step = self.chance.below(2_000_000_000);
            self.now = self.now.after(Duration::from_nanos(step * step / 1_000_000_000));
            self.catch_up();
            let input = self.draw();
            self.feed(input);
        }
        self
    }

    /// Deadlines that have passed come first, and each moves the next one.
    fn catch_up(&mut self) {
        for _ in 0..10_000 {
            match self.engine.next_deadline() {
                Some(at) if at <= self.now => {
                    let now = self.now;
                    self.now = at;
                    self.feed(Input::DeadlineReached);
                    self.now = now;
                    let next = self.engine.next_deadline();
                    assert!(next.is_none_or(|next| next > at), "seed {} spins", self.seed);
                }
                _ => return,
            }
        }
        panic!("seed {}: deadlines without end", self.seed);
    }

    fn feed(&mut self, input: Input) {
        let shown = format!("{input:?}");
        self.checker.before_input(&self.engine, self.now, &input);
        self.engine.handle(self.now, input);
        self.inputs += 1;
        while let Some(action) = self.engine.poll_action() {
            self.checker.on_action(&action);
            self.log.push(format!("{action:?}"));
            self.note(action);
        }
        let seed = self.seed;
        assert_eq!(self.engine.violation(), None, "seed {seed}, {} {shown}", self.inputs);
        let judged = self.checker.after_input(&self.engine);
        assert_eq!(judged, Ok(()), "seed {seed}, {} {shown}", self.inputs);
    }

    fn note(&mut self, action: Action) {
        match action {
            Action::Send { peer, send, message, .. } => {
                assert!(!message.is_empty());
                self.open.sends.push((peer, send));
            }
            Action::Read { read, items } => {
                let cids = items.iter().map(|item| item.cid).collect();
                self.open.reads.push((read, items.len(), cids));
            }
            Action::Write { write, .. } => self.open.writes.push(write),
            Action::Lookup { lookup, .. } => self.open.lookups.push(lookup),
            Action::Connect { .. }
            | Action::Deliver { .. }
            | Action::Fail { .. }
            | Action::Finish { .. }
            | Action::Disconnect { .. }
            | Action::Report(_)
            | Action::StopLookup { .. }
            | Action::SuspendSend { .. }
            | Action::ResumeSend { .. } => {}
        }
    }

    fn draw(&mut self) -> Input {
        let id = peer(self.chance.below(6));
        match self.chance.below(20) {
            0 => Input::PeerConnected { peer: id, capabilities: self.capabilities() },
            1 if self.chance.one_in(1, 3) => Input::PeerDisconnected { peer: id },
            2 if self.chance.one_in(1, 3) => Input::PeerReset { peer: id },
            2 => Input::PeerChanged { peer: id, capabilities: self.capabilities() },
            3 | 4 => self.calls(),
            5 => Input::CallCancelled { call: CallId(self.chance.below(self.next_call + 1)) },
            6 => Input::CallDemand {
                call: CallId(self.chance.below(self.next_call + 1)),
                blocks: self.chance.below(5) as u32,
            },
            7 if self.chance.one_in(1, 10) => {
                Input::SessionClosed { session: SessionId(self.chance.below(4)) }
            }
            7 if self.chance.one_in(1, 4) => Input::SessionOpened {
                session: SessionId(self.chance.below(4)),
                options: SessionOptions {
                    ttl: Some(self.chance.below(8) as u8),
                    ends_early: self.chance.one_in(1, 2),
                    timeout: Some(Duration::from_millis(self.chance.below(20_000))),
                },
                has_router: self.chance.one_in(1, 2),
            },
            8..=11 => Input::MessageReceived {
                peer: id,
                message: self.message(),
                skipped: Skipped::default(),
            },
            12 | 13 => self.sent(),
            14 | 15 => self.read_done(),
            16 => self.write_done(),
            17 => self.lookup(id),
            18 => Input::BlocksAdded { blocks: vec![self.block()] },
            _ => Input::RttMeasured {
                peer: id,
                round_trip: Duration::from_millis(self.chance.below(400)),
            },
        }
    }

    fn capabilities(&mut self) -> PeerCapabilities {
        let old = self.chance.one_in(1, 4);
        let protocol =
            ProtocolVersion::NEWEST_FIRST[if old { self.chance.below(5) as usize } else { 0 }];
        let lanes = if self.chance.one_in(1, 4) { Lanes::One } else { Lanes::Two };
        PeerCapabilities { protocol, lanes }
    }

    fn calls(&mut self) -> Input {
        let count = 1 + self.chance.below(3);
        Input::CallsOpened { calls: (0..count).map(|_| self.call()).collect() }
    }

    fn call(&mut self) -> NewCall {
        self.next_call += 1;
        let count = self.chance.below(12);
        let cids = (0..count).map(|_| self.block().0).collect();
        let timeout = self.chance.one_in(1, 3);
        let options = CallOptions {
            priority: self.chance.below(3) as i32,
            credit: self.chance.below(8) as u32,
            timeout: timeout.then_some(Duration::from_secs(5)),
            block_bytes: None,
        };
        let session = SessionId(self.chance.below(4));
        NewCall { session, call: CallId(self.next_call), cids, options }
    }

    fn message(&mut self) -> Message {
        let mut message = Message { full: self.chance.one_in(1, 10), ..Message::default() };
        for _ in 0..self.chance.below(6) {
            let cid = self.block().0;
            message.entries.push(if self.chance.one_in(1, 3) {
                Entry::Cancel { cid }
            } else {
                let kind = if self.chance.one_in(1, 2) { WantKind::Have } else { WantKind::Block };
                let priority = self.chance.below(5) as i32;
                let send_dont_have = self.chance.one_in(1, 2);
                let reach = self.reach();
                Entry::Want { cid, kind, priority, send_dont_have, relay: reach }
            });
        }
        for _ in 0..self.chance.below(4) {
            let has = self.chance.one_in(1, 2);
            let want_id = self.chance.below(4);
            let presence = match (has, self.chance.below(3)) {
                (true, 0) => BlockPresence::Reachable { hops: 2, want_id },
                (true, _) => BlockPresence::Have,
                (false, 0) => {
                    let for_ms = self.chance.below(1 << 20) as u32;
                    BlockPresence::Searching { for_ms, want_id }
                }
                (false, _) => BlockPresence::DontHave,
            };
            message.presences.push((self.block().0, presence));
        }
        for _ in 0..self.chance.below(3) {
            let one = self.block();
            message.blocks.push(one);
        }
        message
    }

    fn reach(&mut self) -> Option<RelayHeader> {
        let ttl = self.chance.below(6) as u8;
        let (want_id, expires_in_ms) = (self.chance.below(4), self.chance.below(20_000) as u32);
        RelayHeader::new(ttl, want_id, expires_in_ms)
    }

    fn sent(&mut self) -> Input {
        if self.open.sends.is_empty() {
            return Input::Sent { peer: peer(0), send: SendId(self.chance.below(100)) };
        }
        let place = self.chance.below(self.open.sends.len() as u64) as usize;
        let (peer, send) = self.open.sends.swap_remove(place);
        if self.chance.one_in(1, 10) {
            Input::SendFailed { peer, send }
        } else {
            Input::Sent { peer, send }
        }
    }

    fn read_done(&mut self) -> Input {
        if self.open.reads.is_empty() {
            return Input::ReadDone { read: ReadId(self.chance.below(100)), answers: Vec::new() };
        }
        let place = self.chance.below(self.open.reads.len() as u64) as usize;
        let (read, items, cids) = self.open.reads.swap_remove(place);
        let answers = (0..items).map(|item| self.answer(cids[item])).collect();
        Input::ReadDone { read, answers }
    }

    fn answer(&mut self, cid: Cid) -> ReadAnswer {
        let known = (0..24).map(|name| block(name, size_of(name))).find(|(known, _)| *known == cid);
        match self.chance.below(6) {
            0 | 1 => known.map_or(ReadAnswer::Missing, |(_, block)| ReadAnswer::Block(block)),
            2 => {
                known.map_or(ReadAnswer::Missing, |(_, block)| ReadAnswer::Size(block.len() as u32))
            }
            3 => ReadAnswer::Failed(StoreFault("a flipped bit".into())),
            _ => ReadAnswer::Missing,
        }
    }

    fn write_done(&mut self) -> Input {
        let stray = WriteId(self.chance.below(100));
        let write = self.open.writes.pop().unwrap_or(stray);
        let failed = self.chance.one_in(1, 10);
        let outcome = if failed { Err(StoreFault("the disk is full".into())) } else { Ok(()) };
        Input::WriteDone { write, outcome }
    }

    fn lookup(&mut self, provider: PeerId) -> Input {
        let stray = LookupId(self.chance.below(100));
        let lookup = self.open.lookups.last().copied().unwrap_or(stray);
        match self.chance.below(3) {
            0 => Input::ProvidersFound { lookup, peers: vec![provider] },
            1 => Input::DialFailed { peer: provider },
            _ => {
                self.open.lookups.pop();
                Input::LookupEnded { lookup }
            }
        }
    }

    fn block(&mut self) -> (Cid, Block) {
        let name = self.chance.below(24);
        block(name, size_of(name))
    }
}

/// Small enough to be inlined, or not.
fn size_of(name: u64) -> usize {
    if name.is_multiple_of(2) { 100 } else { 3_000 }
}
