//! Two engines and a list of what each stores, run without time passing on the wire.

use std::collections::BTreeMap;

use bitswap_core::wire::{LeftOut, Message};
use bitswap_core::{
    Action, Block, CallId, Engine, Failure, Input, Limits, ReadAnswer, SendId, Timestamp,
};
use cid::Cid;

use crate::cast::{SPEAKS, engine_within, feed, peer};

/// Engines by number, all connected to one another.
pub(crate) struct Pair {
    pub(crate) now: Timestamp,
    pub(crate) engines: Vec<Engine>,
    pub(crate) stores: Vec<BTreeMap<Vec<u8>, Block>>,
    pub(crate) delivered: Vec<(usize, CallId, Cid)>,
    pub(crate) failed: Vec<(usize, CallId, Failure)>,
    pub(crate) finished: Vec<(usize, CallId)>,
    pub(crate) messages: Vec<(usize, usize, Message)>,
}

impl Pair {
    pub(crate) fn of(count: usize) -> Self {
        Self::within(count, &Limits::default())
    }

    /// The same with these limits in every engine.
    pub(crate) fn within(count: usize, limits: &Limits) -> Self {
        let mut pair = Self {
            now: Timestamp::ZERO,
            engines: (0..count).map(|_| engine_within(limits.clone())).collect(),
            stores: vec![BTreeMap::new(); count],
            delivered: Vec::new(),
            failed: Vec::new(),
            finished: Vec::new(),
            messages: Vec::new(),
        };
        for one in 0..count {
            for other in (0..count).filter(|other| *other != one) {
                pair.connect(one, other);
            }
        }
        pair
    }

    pub(crate) fn connect(&mut self, one: usize, other: usize) {
        self.happen(one, Input::PeerConnected { peer: peer(other as u64), speaks: SPEAKS });
    }

    pub(crate) fn store(&mut self, at: usize, block: &(Cid, Block)) {
        self.stores[at].insert(key(&block.0), block.1.clone());
    }

    /// Lets `input` happen to engine `at`, and all that follows without time.
    pub(crate) fn happen(&mut self, at: usize, input: Input) {
        let mut waiting = vec![(at, input)];
        for _ in 0..100_000 {
            if waiting.is_empty() {
                return;
            }
            let (at, input) = waiting.remove(0);
            let actions = feed(&mut self.engines[at], self.now, input);
            for action in actions {
                self.execute(at, action, &mut waiting);
            }
        }
        panic!("no end of it");
    }

    /// Lets time pass until `until`, deadline by deadline.
    pub(crate) fn pass(&mut self, until: Timestamp) {
        loop {
            let due = (0..self.engines.len())
                .filter_map(|at| Some((self.engines[at].next_deadline()?, at)))
                .min()
                .filter(|(when, _)| *when <= until);
            let Some((when, at)) = due else {
                self.now = until;
                return;
            };
            self.now = when;
            self.happen(at, Input::DeadlineReached);
        }
    }

    fn execute(&mut self, at: usize, action: Action, waiting: &mut Vec<(usize, Input)>) {
        match action {
            Action::Deliver { call, cid, .. } => self.delivered.push((at, call, cid)),
            Action::Fail { call, why, .. } => self.failed.push((at, call, why)),
            Action::Finish { call } => self.finished.push((at, call)),
            Action::Read { read, items } => {
                let find =
                    |item: &bitswap_core::ReadItem| match self.stores[at].get(&key(&item.cid)) {
                        None => ReadAnswer::Missing,
                        Some(block) if item.size_only => ReadAnswer::Size(block.len() as u32),
                        Some(block) => ReadAnswer::Block(block.clone()),
                    };
                let answers = items.iter().map(find).collect();
                waiting.push((at, Input::ReadDone { read, answers }));
            }
            Action::Write { write, blocks } => {
                for block in blocks {
                    self.stores[at].insert(block.multihash().to_bytes(), block);
                }
                waiting.push((at, Input::WriteDone { write, outcome: Ok(()) }));
            }
            Action::Send { peer: to, send, message, .. } => {
                self.carry(at, to, send, message, waiting);
            }
            Action::Lookup { lookup, .. } => waiting.push((at, Input::LookupEnded { lookup })),
            Action::Connect { .. }
            | Action::LetGo { .. }
            | Action::Report(_)
            | Action::StopLookup { .. } => {}
        }
    }

    fn carry(
        &mut self,
        from: usize,
        to: libp2p_identity::PeerId,
        send: SendId,
        message: Message,
        waiting: &mut Vec<(usize, Input)>,
    ) {
        waiting.push((from, Input::Sent { peer: to, send }));
        let Some(place) = (0..self.engines.len()).find(|place| peer(*place as u64) == to) else {
            return;
        };
        self.messages.push((from, place, message.clone()));
        let left_out = LeftOut::default();
        waiting
            .push((place, Input::MessageReceived { peer: peer(from as u64), message, left_out }));
    }
}

fn key(cid: &Cid) -> Vec<u8> {
    cid.hash().to_bytes()
}
