//! A daemon is recorded while it works, and its run is had again from the file.

use std::fs;
use std::io::Read as _;
use std::path::Path;

use bitswap_core::record::{Entry, Header, Recipe, RecordReader, Replay, input_kind};
use bitswap_core::strategy::plain;
use bitswap_strategies::catalog;

use crate::support::{Place, Serving};

/// What was recorded.
struct Recorded {
    header: Header,
    entries: Vec<Entry>,
    is_whole: bool,
}

/// What a run was about.
struct Run {
    /// What the daemon served, and what it fetched.
    roots: [String; 2],
    /// The daemon, and the one that it fetched from.
    peers: [String; 2],
}

#[test]
fn a_daemon_under_load_is_replayed_to_the_same_actions() {
    let place = Place::new();
    let (daemon, run) = work(&place, &["--record", "run"]);
    assert_eq!(daemon.signal("-TERM"), 0);

    let recorded = Recorded::read(&place.path("run"));
    assert!(recorded.is_whole);
    assert_eq!(recorded.differs(|_| {}), None);
    let kinds = recorded.kinds();
    let all =
        ["CallsOpened", "MessageReceived", "ReadDone", "Sent", "StrategiesReplaced", "WriteDone"];
    for kind in all {
        assert!(kinds.contains(&kind), "{kind}");
    }
    nobody_is_named(&place.path("run"), &run);
}

#[test]
fn a_killed_daemon_leaves_a_recording() {
    let place = Place::new();
    let (daemon, _) = work(&place, &["--record", "run", "--record-identities"]);
    // What it was told last is in the file in less than a second.
    let swapped = |recorded: &Recorded| recorded.kinds().contains(&"StrategiesReplaced");
    let is_written = || swapped(&Recorded::read(&place.path("run")));
    assert!((0..1_000).any(|_| is_written() || place.run(&["id"]).code != 0), "in the file");
    daemon.cut();

    let recorded = Recorded::read(&place.path("run"));
    assert!(!recorded.is_whole && swapped(&recorded));
    assert_eq!(recorded.differs(|_| {}), None);
}

#[test]
fn under_another_configuration_the_replay_parts_at_the_first_input_that_it_counts_for() {
    let place = Place::new();
    let (daemon, _) = work(&place, &["--record", "run"]);
    assert_eq!(daemon.signal("-TERM"), 0);

    let recorded = Recorded::read(&place.path("run"));
    let number = recorded.differs(|header| header.config.serve = false).unwrap();
    let entry = &recorded.entries[number as usize - 1];
    let input = entry.input(&mut |recipe| made(recipe)).unwrap();
    assert_eq!(input_kind(&input), "MessageReceived", "that asks for a block");
}

#[test]
fn a_recording_overwrites_no_file_and_a_bad_limit_is_told() {
    let place = Place::new();
    fs::write(place.path("mine"), "mine").unwrap();
    let refused = place.run(&["daemon", "--json", "--record", "mine"]);
    let limit = place.run(&["daemon", "--json", "--record", "new", "--record-limit", "1kg"]);

    let nowhere = ["daemon", "--json", "--record", "new", "--listen", "/ip4/203.0.113.1/tcp/1"];
    let nowhere = place.run(&nowhere);

    assert_eq!((refused.code, limit.code), (6, 2), "{} {}", refused.stderr, limit.stderr);
    assert_ne!(nowhere.code, 0);
    assert_eq!(refused.json()["error"]["code"], "exists");
    assert_eq!(fs::read(place.path("mine")).unwrap(), b"mine");
    assert!(!place.path("new").exists(), "a daemon that cannot listen leaves none");
}

/// A recorded daemon that has served a file to several at once, fetched another, and had a
/// strategy replaced.
fn work(place: &Place, record: &[&str]) -> (Serving, Run) {
    let (source, readers) = (Place::new(), [(); 3].map(|()| Place::new()));
    place.file("served", 1_500_000);
    source.file("fetched", 900_000);
    let roots = [(place, "served"), (&source, "fetched")];
    let roots = roots.map(|(place, name)| place.run(&["add", name, "--quiet"]).word());
    let other = source.daemon(&[]);
    let daemon = place.daemon(record);
    let addresses = [&daemon, &other].map(|daemon| daemon.text_at("/addresses/0"));
    std::thread::scope(|scope| {
        for reader in &readers {
            let args = ["get", &roots[0], "--standalone", "--peer", &addresses[0]];
            scope.spawn(move || assert_eq!(reader.run(&args).code, 0));
        }
        let used = place.run(&["strategy", "use", "peer_selector", "random"]);
        assert_eq!(used.code, 0, "{}", used.stderr);
        let got = place.run(&["get", &roots[1], "--peer", &addresses[1], "-o", "got"]);
        assert_eq!(got.code, 0, "{}", got.stderr);
    });
    let peers = [&daemon, &other].map(|daemon| daemon.text_at("/peer_id"));
    (daemon, Run { roots, peers })
}

/// Neither as text nor as bytes.
fn nobody_is_named(file: &Path, run: &Run) {
    let bytes = fs::read(file).unwrap();
    let mut all = Vec::new();
    // Behind the magic word.
    let mut frame = lz4_flex::frame::FrameDecoder::new(&bytes[8..]);
    frame.read_to_end(&mut all).unwrap();
    let has = |name: &[u8]| all.windows(name.len()).any(|part| part == name);
    for peer in &run.peers {
        let id: libp2p::PeerId = peer.parse().unwrap();
        assert!(!has(peer.as_bytes()) && !has(&id.to_bytes()[6..]), "{peer}");
    }
    for root in &run.roots {
        let cid: cid::Cid = root.parse().unwrap();
        assert!(!has(root.as_bytes()) && !has(&cid.hash().digest()[..8]), "{root}");
    }
    assert!(has(b"random"), "strategies are named");
}

fn made(recipe: &Recipe) -> Result<bitswap_core::strategy::NamedStrategy, String> {
    catalog::recorded(recipe.role, &recipe.name, &recipe.params)
}

impl Recorded {
    fn read(file: &Path) -> Self {
        let bytes = fs::read(file).unwrap();
        let mut reader = RecordReader::new(&bytes[..]).unwrap();
        let mut entries = Vec::new();
        while let Some(entry) = reader.next_entry().unwrap() {
            entries.push(entry);
        }
        Self { header: reader.header().clone(), entries, is_whole: reader.is_whole() }
    }

    /// The number of the first input of which something else comes, after `change`.
    fn differs(&self, change: impl FnOnce(&mut Header)) -> Option<u64> {
        let mut header = self.header.clone();
        change(&mut header);
        let mut set = plain::strategies();
        for recipe in &header.strategies {
            set.put(made(recipe).unwrap());
        }
        let mut replay = Replay::new(&header, set).unwrap();
        let differs = |entry: &&Entry| {
            let input = entry.input(&mut |recipe| made(recipe)).unwrap();
            replay.step(entry.now, input).1 != entry.digest
        };
        self.entries.iter().find(differs).map(|entry| entry.number)
    }

    fn kinds(&self) -> Vec<&'static str> {
        let inputs = self.entries.iter().map(|entry| entry.input(&mut |recipe| made(recipe)));
        inputs.map(|input| input_kind(&input.unwrap())).collect()
    }
}
