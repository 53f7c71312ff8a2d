//! The simulated caller asks for what the program's fetch asks for, in the same order, whenever the
//! same has come to both; and ends as it does.

#![expect(clippy::disallowed_types, reason = "a source is shared between tasks")]

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use bitswap_core::{Block, CallId, CallOptions, Chance, Input, NewCall, SessionId};
use bitswap_sim::content::{Dag, Pool};
use bitswap_sim::{Access, NodeConfig, Rate, World};
use bitswap_store::{BlockStore as _, Durability, MemoryStore};
use bitswap_unixfs::{BlockReader, Fetch, FetchPlan, Source, WantError, Wanted};
use cid::Cid;
use futures::StreamExt as _;
use futures::channel::mpsc::{UnboundedSender, unbounded};
use futures::executor::block_on;

use crate::cast::{add, defaults, finish, link, world};

const SESSION: SessionId = SessionId(1);
/// What the diary says of the fetcher.
const HEARS: &str = " node 0 hears ";
const ASKS: &str = "CallsOpened";

fn pool() -> Pool {
    Pool::new(&mut Chance::named(1, "program"), 1 << 20)
}

#[test]
fn the_simulated_caller_asks_as_the_program_does() {
    for (file, asks) in [
        // More than the window, which is filled again when an eighth of it is free.
        (pool().file(24 << 20, 64 << 10), 5),
        // All leaves at once, and for more of them than a call has credit for at first.
        (pool().file(600_000, 1_000), 3),
        // Several levels.
        (pool().dag(4, 7, 300), 5),
    ] {
        let file = file.expect("small enough");
        for every in [1_000, 5] {
            let there = file.blocks().iter().skip(1).step_by(every).cloned().collect();
            let asked = part(&file, there, file.blocks());
            assert!(asked >= asks, "asked {asked} times");
        }
    }
}

#[test]
fn both_end_with_the_first_block_that_does_not_come() {
    let file = pool().file(600_000, 1_000).expect("small enough");
    assert!(part(&file, Vec::new(), &file.blocks()[..100]) >= 3);
}

/// Fetches a file in the simulator, and by the program whatever came there. Some of its blocks are
/// there already, others with a server. How often both asked.
fn part(file: &Dag, there: Vec<(Cid, Block)>, served: &[(Cid, Block)]) -> usize {
    let (world, is_whole) = simulated(file, &there, served);
    let blocks: BTreeMap<_, _> = file.blocks().iter().cloned().collect();
    let named: BTreeMap<_, _> = blocks.keys().map(|cid| (format!("{cid:?}"), *cid)).collect();
    let store = Arc::new(MemoryStore::new());
    let there = there.into_iter().map(|(_, block)| block).collect();
    drop(block_on(store.put_many(there, Durability::Relaxed)).expect("a map"));
    let mut reader = BlockReader::new(store);
    let recorder = Recorder::default();
    reader.attach(Box::new(recorder.clone()));
    let mut fetch = Fetch::new(file.root(), &|_| {});
    let mut run = pin!(fetch.run(&reader));
    let mut ended = None;
    let mut go_on = || {
        if ended.is_none()
            && let Poll::Ready(end) = run.as_mut().poll(&mut Context::from_waker(Waker::noop()))
        {
            ended = Some(end.is_ok());
        }
        (recorder.asked(), ended)
    };

    let mut asked = 0;
    for line in world.diary() {
        let cid = |what: &str| {
            let name = what.split_once("cid: ").and_then(|(_, rest)| rest.split_once(')'));
            named[&format!("{})", name.expect("about a block").0)]
        };
        if let Some((_, input)) = line.split_once(HEARS).filter(|(_, it)| it.starts_with(ASKS)) {
            asked += 1;
            assert_eq!(go_on().0.as_deref(), Some(input));
        } else if let Some(what) = line.trim_start().strip_prefix("node 0 does Deliver") {
            recorder.tell(cid(what), Some(&blocks[&cid(what)]));
        } else if let Some(what) = line.trim_start().strip_prefix("node 0 does Fail") {
            recorder.tell(cid(what), None);
        }
    }
    assert_eq!(go_on(), (None, Some(is_whole)));
    asked
}

/// The world of a fetch by node 0 that is over, with its diary, and whether all came.
fn simulated(file: &Dag, there: &[(Cid, Block)], others: &[(Cid, Block)]) -> (World, bool) {
    let mut world = world(1);
    world.keep_diary();
    let access = Access::both_ways(Rate::mbit_per_second(100));
    let [fetcher, server] = [(); 2].map(|()| add(&mut world, NodeConfig { access, ..defaults() }));
    world.connect(fetcher, server, link(20));
    world.store(fetcher, there);
    world.store(server, others);
    let options = FetchPlan::SESSION;
    world.happen(fetcher, Input::SessionOpened { session: SESSION, options, has_router: false });
    world.fetch_tree(fetcher, SESSION, file.root());
    let report = finish(&mut world);
    let fetch = &report.fetches[0];
    let is_whole = fetch.got.blocks as usize + there.len() == file.blocks().len();
    assert_eq!(fetch.failed == 0, is_whole);
    (world, is_whole)
}

type Came = (Cid, Result<Block, WantError>);

/// Remembers what it is asked for, and gives what it is told to.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Recorded>>);

#[derive(Default)]
struct Recorded {
    calls: u64,
    asked: Vec<NewCall>,
    streams: BTreeMap<Cid, UnboundedSender<Came>>,
}

impl Recorder {
    /// What it was asked for since the last time, as an engine hears it.
    fn asked(&self) -> Option<String> {
        let mut recorded = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let calls = std::mem::take(&mut recorded.asked);
        (!calls.is_empty()).then(|| format!("{:?}", Input::CallsOpened { calls }))
    }

    /// A block came, or will not.
    fn tell(&self, cid: Cid, block: Option<&Block>) {
        let lost = || WantError::Lost { why: "a test".to_owned() };
        let mut recorded = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let stream = recorded.streams.remove(&cid).expect("the program asked for it, too");
        // Nobody listens any more when something did not come.
        drop(stream.unbounded_send((cid, block.cloned().ok_or_else(lost))));
    }
}

impl Source for Recorder {
    fn want(&self, cids: Vec<Cid>, block_bytes: Option<u32>) -> Wanted {
        let mut recorded = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (sends, comes) = unbounded();
        recorded.streams.extend(cids.iter().map(|cid| (*cid, sends.clone())));
        // The first number is the fetch's own.
        recorded.calls += 1;
        let call = CallId(1 + recorded.calls);
        let options = CallOptions { credit: 256, block_bytes, ..CallOptions::default() };
        recorded.asked.push(NewCall { session: SESSION, call, cids, options });
        comes.boxed()
    }
}
