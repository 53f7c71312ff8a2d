//! One engine, whatever happens to it in whatever order, keeps what a checker sees to.

use std::time::Duration;

use bitswap_core::wire::{
    BlockPresence, Entry, Message, ProtocolVersion, RelayHeader, Skipped, WantKind,
};
use bitswap_core::{
    Action, CallId, CallOptions, Engine, EngineConfig, Input, Lanes, Limits, LookupId, NewCall,
    PeerCapabilities, ReadAnswer, ReadId, SendId, SessionId, SessionOptions, StoreFault, Timestamp,
    WriteId,
};
use bitswap_sim::chaos;
use bitswap_sim::invariants::InvariantChecker;
use cid::Cid;
use libp2p_identity::PeerId;

use crate::dice::Dice;
use crate::peers::{block, peer};

/// Longer runs show nothing that these do not.
const INPUTS: usize = 600;
/// Deadlines may follow one another, but not for ever.
const DEADLINES: usize = 10_000;
const BLOCKS: u64 = 24;
const PEERS: u64 = 6;

/// How it is set up, then what happens, one thing after another.
pub fn engine_ops(bytes: &[u8]) {
    let mut run = Run::of(bytes);
    for _ in 0..INPUTS {
        if run.dice.is_over() {
            break;
        }
        run.pass_time();
        let input = run.input();
        run.feed(input);
    }
}

struct Run<'a> {
    dice: Dice<'a>,
    engine: Engine,
    checker: InvariantChecker,
    now: Timestamp,
    calls: u64,
    /// What the engine waits for.
    sends: Vec<(PeerId, SendId)>,
    reads: Vec<(ReadId, Vec<Cid>)>,
    writes: Vec<WriteId>,
    lookups: Vec<LookupId>,
}

impl<'a> Run<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        let mut dice = Dice::of(bytes);
        let strategies = chaos::strategies(dice.byte().into());
        let limits = limits(&mut dice);
        let config = EngineConfig { limits, ..EngineConfig::seeded(dice.byte().into()) };
        let engine = Engine::new(config.clone(), strategies).unwrap();
        Self {
            dice,
            engine,
            checker: InvariantChecker::new(&config),
            now: Timestamp::ZERO,
            calls: 0,
            sends: Vec::new(),
            reads: Vec::new(),
            writes: Vec::new(),
            lookups: Vec::new(),
        }
    }

    fn feed(&mut self, input: Input) {
        let shown = format!("{input:?}");
        self.checker.before_input(&self.engine, self.now, &input);
        self.engine.handle(self.now, input);
        while let Some(action) = self.engine.poll_action() {
            self.checker.on_action(&action);
            self.note(action);
        }
        assert_eq!(self.engine.violation(), None, "after {shown}");
        assert_eq!(self.checker.after_input(&self.engine), Ok(()), "after {shown}");
    }

    fn note(&mut self, action: Action) {
        match action {
            Action::Send { peer, send, .. } => self.sends.push((peer, send)),
            Action::Read { read, items } => {
                self.reads.push((read, items.iter().map(|item| item.cid).collect()));
            }
            Action::Write { write, .. } => self.writes.push(write),
            Action::Lookup { lookup, .. } => self.lookups.push(lookup),
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

    /// A step, at whose deadlines the engine is called; seldom a jump, after which it is late.
    fn pass_time(&mut self) {
        let step = match self.dice.byte() {
            step @ 0..200 => Duration::from_millis(u64::from(step) * u64::from(step) / 40),
            step @ 200..250 => Duration::from_secs(u64::from(step) - 199),
            step => {
                self.now = self.now.after(Duration::from_secs(1 << (5 * (u64::from(step) - 250))));
                Duration::ZERO
            }
        };
        let then = self.now.after(step);
        for _ in 0..DEADLINES {
            let Some(at) = self.engine.next_deadline().filter(|at| *at <= then) else {
                self.now = then;
                return;
            };
            self.now = self.now.max(at);
            self.feed(Input::DeadlineReached);
            let next = self.engine.next_deadline();
            assert!(next.is_none_or(|next| next > at), "it spins at {at:?}");
        }
        assert!(self.engine.next_deadline().is_none_or(|at| at > then), "deadlines without end");
    }

    fn input(&mut self) -> Input {
        match self.dice.below(24) {
            0 | 1 => Input::PeerConnected { peer: self.peer(), capabilities: self.capabilities() },
            2 if self.dice.one_in(3) => Input::PeerReset { peer: self.peer() },
            2 => Input::PeerDisconnected { peer: self.peer() },
            3 => Input::PeerChanged { peer: self.peer(), capabilities: self.capabilities() },
            4..=6 => self.calls(),
            7 => Input::CallCancelled { call: self.some_call() },
            8 => Input::CallDemand { call: self.some_call(), blocks: self.dice.below(5) as u32 },
            9 if self.dice.one_in(8) => Input::SessionClosed { session: self.session() },
            9 if self.dice.one_in(8) => Input::PeersExpected { expected: self.dice.one_in(2) },
            9 => Input::SessionOpened {
                session: self.session(),
                options: SessionOptions {
                    ttl: Some(self.dice.byte()),
                    ends_early: self.dice.one_in(4),
                    timeout: Some(Duration::from_millis(self.dice.below(20_000))),
                },
                has_router: self.dice.one_in(2),
            },
            10..=14 => {
                let (peer, message) = (self.peer(), self.message());
                Input::MessageReceived { peer, message, skipped: Skipped::default() }
            }
            15..=17 => self.sent(),
            18 | 19 => self.read(),
            20 => self.written(),
            21 => self.looked_up(),
            22 => Input::BlocksAdded { blocks: vec![block(self.number())] },
            _ => {
                let round_trip = Duration::from_millis(u64::from(self.dice.word()));
                Input::RttMeasured { peer: self.peer(), round_trip }
            }
        }
    }

    fn calls(&mut self) -> Input {
        let count = 1 + self.dice.below(3);
        Input::CallsOpened { calls: (0..count).map(|_| self.call()).collect() }
    }

    fn call(&mut self) -> NewCall {
        self.calls += 1;
        let cids = (0..self.dice.below(12)).map(|_| block(self.number()).0).collect();
        let timeout = self.dice.below(3);
        let options = CallOptions {
            priority: self.dice.below(3) as i32,
            credit: self.dice.below(8) as u32,
            timeout: (timeout > 0).then_some(Duration::from_secs(timeout * 3)),
            block_bytes: [None, Some(0), Some(self.calls as u32), Some(u32::MAX)]
                [timeout as usize % 4],
        };
        NewCall { session: self.session(), call: CallId(self.calls), cids, options }
    }

    fn message(&mut self) -> Message {
        let mut message = Message { full: self.dice.one_in(8), ..Message::default() };
        // Decoding leaves each CID once among the entries, and once among the answers.
        for _ in 0..self.dice.below(7) {
            let cid = block(self.number()).0;
            message.entries.retain(|entry| *entry.cid() != cid);
            message.entries.push(self.entry(cid));
        }
        for _ in 0..self.dice.below(3) {
            let block = block(self.number());
            message.blocks.retain(|(cid, _)| *cid != block.0);
            message.blocks.push(block);
        }
        for _ in 0..self.dice.below(5) {
            let (cid, _) = block(self.number());
            let presence = self.presence();
            message.presences.retain(|(said, _)| *said != cid);
            if message.blocks.iter().all(|(sent, _)| *sent != cid) {
                message.presences.push((cid, presence));
            }
        }
        message
    }

    fn entry(&mut self, cid: Cid) -> Entry {
        if self.dice.one_in(3) {
            return Entry::Cancel { cid };
        }
        let kind = self.dice.pick(&[WantKind::Have, WantKind::Block]);
        let (priority, send_dont_have) = (self.dice.below(5) as i32, self.dice.one_in(2));
        let ttl = self.dice.below(6) as u8;
        let reach = RelayHeader::new(ttl, self.dice.below(4), u32::from(self.dice.word()));
        Entry::Want { cid, kind, priority, send_dont_have, relay: reach }
    }

    fn presence(&mut self) -> BlockPresence {
        let want_id = self.dice.below(4);
        match self.dice.below(6) {
            0 | 1 => BlockPresence::Have,
            2 | 3 => BlockPresence::DontHave,
            4 => BlockPresence::Reachable { hops: 2, want_id },
            _ => BlockPresence::Searching { for_ms: 1 + u32::from(self.dice.word()), want_id },
        }
    }

    fn sent(&mut self) -> Input {
        let place = usize::from(self.dice.byte());
        if self.sends.is_empty() {
            return Input::Sent { peer: self.peer(), send: SendId(place as u64) };
        }
        let (peer, send) = self.sends.swap_remove(place % self.sends.len());
        if self.dice.one_in(8) {
            return Input::SendFailed { peer, send };
        }
        Input::Sent { peer, send }
    }

    fn read(&mut self) -> Input {
        let place = usize::from(self.dice.byte());
        if self.reads.is_empty() {
            return Input::ReadDone { read: ReadId(place as u64), answers: Vec::new() };
        }
        let (read, cids) = self.reads.swap_remove(place % self.reads.len());
        let answers = cids.iter().map(|cid| self.answer(cid)).collect();
        Input::ReadDone { read, answers }
    }

    fn answer(&mut self, cid: &Cid) -> ReadAnswer {
        let known = (0..BLOCKS as u8).map(block).find(|(known, _)| known == cid);
        match (self.dice.below(6), known) {
            (0 | 1, Some((_, block))) => ReadAnswer::Block(block),
            (2, Some((_, block))) => ReadAnswer::Size(block.len() as u32),
            (3, _) => ReadAnswer::Failed(StoreFault("a flipped bit".into())),
            _ => ReadAnswer::Missing,
        }
    }

    fn written(&mut self) -> Input {
        let stray = WriteId(self.dice.byte().into());
        let failed = self.dice.one_in(8);
        let outcome = if failed { Err(StoreFault("the disk is full".into())) } else { Ok(()) };
        Input::WriteDone { write: self.writes.pop().unwrap_or(stray), outcome }
    }

    fn looked_up(&mut self) -> Input {
        let stray = LookupId(self.dice.byte().into());
        let lookup = self.lookups.last().copied().unwrap_or(stray);
        match self.dice.below(3) {
            0 => Input::ProvidersFound { lookup, peers: vec![self.peer()] },
            1 => Input::DialFailed { peer: self.peer() },
            _ => {
                self.lookups.pop();
                Input::LookupEnded { lookup }
            }
        }
    }

    fn capabilities(&mut self) -> PeerCapabilities {
        let old = self.dice.below(10) as usize;
        let protocol =
            ProtocolVersion::NEWEST_FIRST.get(old).copied().unwrap_or(ProtocolVersion::Relay);
        PeerCapabilities { protocol, lanes: self.dice.pick(&[Lanes::Two, Lanes::One]) }
    }

    fn peer(&mut self) -> PeerId {
        peer(self.dice.below(PEERS) as u8)
    }

    const fn number(&mut self) -> u8 {
        self.dice.below(BLOCKS) as u8
    }

    const fn session(&mut self) -> SessionId {
        SessionId(self.dice.below(4))
    }

    fn some_call(&mut self) -> CallId {
        CallId(u64::from(self.dice.byte()) % (self.calls + 1))
    }
}

/// Usual, or so small that they are reached.
fn limits(dice: &mut Dice<'_>) -> Limits {
    let usual = Limits::default();
    if !dice.one_in(2) {
        return usual;
    }
    let mut small = |usual: usize| dice.pick(&[usual, 1, 2, 5]);
    Limits {
        open_wants: small(usual.open_wants),
        wants_per_session: small(usual.wants_per_session),
        calls: small(usual.calls),
        session_members: small(usual.session_members),
        block_asks_per_want: small(usual.block_asks_per_want),
        wants_for_a_new_peer: small(usual.wants_for_a_new_peer),
        requests_per_peer: small(usual.requests_per_peer),
        requests: small(usual.requests),
        message_entries: small(usual.message_entries),
        accounts: small(usual.accounts),
        recent_blocks: small(usual.recent_blocks),
        ..usual
    }
}
