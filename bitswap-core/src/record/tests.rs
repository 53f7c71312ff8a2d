//! What is recorded comes back, and a replay tells where another run parts from it.

use std::io::Write as _;
use std::num::NonZeroU64;
use std::sync::Arc;
use std::time::Duration;

use cid::Cid;
use proptest::prelude::*;

use super::*;
use crate::action::Action;
use crate::config::{EngineConfig, Names};
use crate::engine::Engine;
use crate::input::{CallOptions, Denial, Input, NewCall, ReadAnswer, SessionOptions, StoreFault};
use crate::keys::Keys;
use crate::strategy::{NamedStrategy, PeerClass, plain};
use crate::testing::{SPEAKS, block, call, connected, peer, received, want};
use crate::time::Timestamp;
use crate::wire::{
    BlockPresence, Entry as Wanted, Message, ProtocolVersion, RelayHeader, Skipped, WantKind,
};
use crate::{Block, CallId, LookupId, PeerKey, ReadId, SendId, SessionId, WriteId};

/// The configuration of a recorded engine: its keys have a seed of their own.
fn config() -> EngineConfig {
    EngineConfig { names: Names::Seeded(99), ..EngineConfig::seeded(7) }
}

/// Strategies are made by name only.
fn plain_maker(recipe: &Recipe) -> Result<NamedStrategy, String> {
    let made = Vec::from(plain::strategies());
    let of_role = made.into_iter().find(|strategy| strategy.role() == recipe.role);
    let named = of_role.filter(|strategy| *strategy.name() == recipe.name);
    Ok(named.ok_or("another name")?.made_of(&recipe.params))
}

/// A message with every kind of part.
fn message([apple, pear]: &[(Cid, Block); 2]) -> Message {
    let wanted = Wanted::Want {
        cid: pear.0,
        kind: WantKind::Have,
        priority: -5,
        send_dont_have: false,
        relay: RelayHeader::new(2, 77, 10_000),
    };
    let presences = [
        BlockPresence::DontHave,
        BlockPresence::Have,
        BlockPresence::Reachable { hops: 2, want_id: u64::MAX },
        BlockPresence::Searching { for_ms: 1, want_id: 3 },
    ];
    Message {
        full: true,
        entries: vec![want(apple.0, WantKind::Block), wanted, Wanted::Cancel { cid: apple.0 }],
        blocks: vec![pear.clone(), (apple.0, pear.1.clone())],
        presences: presences.map(|presence| (apple.0, presence)).to_vec(),
        pending_bytes: 5,
        wants_remembered: 6,
    }
}

/// One input of each kind.
fn inputs() -> Vec<Input> {
    let fruit = [1, 2].map(|name| block(name, 3_000));
    let message = message(&fruit);
    let [apple, pear] = fruit;
    let skipped = Skipped { over_budget: 1, unusable: 2, unhashed: 3, unhashed_bytes: 4 };
    let fault = StoreFault(Arc::from("not recorded"));
    let denial = Denial(Arc::from("not recorded"));
    let answers = vec![
        ReadAnswer::Block(apple.1.clone()),
        ReadAnswer::Failed(fault.clone()),
        ReadAnswer::Missing,
        ReadAnswer::Size(9),
        ReadAnswer::Denied(denial.clone()),
    ];
    let timeout = Some(Duration::from_nanos(1));
    let options = CallOptions { priority: i32::MIN, credit: 3, timeout, block_bytes: Some(9) };
    let of_session =
        SessionOptions { ttl: Some(1), ends_early: true, timeout: Some(Duration::MAX) };
    let (session, lookup, send) = (SessionId(1), LookupId(u64::MAX), SendId(300));
    let [bob, carol] = [1, 2].map(peer);
    vec![
        connected(1, ProtocolVersion::Relay),
        connected(2, ProtocolVersion::V1_2),
        Input::BlocksAdded { blocks: vec![apple.clone()] },
        Input::SessionOpened { session, options: of_session, has_router: true },
        Input::PeersExpected { expected: true },
        Input::from(NewCall { session, call: CallId(1), cids: vec![apple.0, pear.0], options }),
        call(2, &[pear.0]),
        Input::CallDemand { call: CallId(1), blocks: 2 },
        Input::ReadDone { read: ReadId(1), answers },
        Input::DeadlineReached,
        Input::DialFailed { peer: carol },
        Input::ProvidersFound { lookup, peers: vec![bob, carol] },
        Input::LookupEnded { lookup },
        Input::MessageReceived { peer: bob, message, skipped },
        Input::MessageRefused { peer: bob },
        Input::PeerChanged { peer: bob, capabilities: SPEAKS },
        Input::PeerClassified { peer: bob, class: PeerClass::Peered, is_local: true },
        Input::RttMeasured { peer: bob, round_trip: Duration::from_millis(30) },
        Input::PeerReset { peer: bob },
        Input::SendFailed { peer: bob, send },
        Input::Sent { peer: bob, send },
        Input::StrategiesReplaced { strategies: plain::strategies().into() },
        Input::UploadLimited { node: NonZeroU64::new(5_000_000), per_peer: None },
        Input::CidsDenied { cids: vec![(pear.0, denial)] },
        Input::WriteDone { write: WriteId(4), outcome: Err(fault) },
        Input::WriteDone { write: WriteId(5), outcome: Ok(()) },
        Input::CallCancelled { call: CallId(1) },
        Input::SessionClosed { session },
        Input::PeerDisconnected { peer: bob },
    ]
}

/// Records an engine that is told all this, a tenth of a second apart.
fn recorded(inputs: Vec<Input>, keeps_names: bool) -> Vec<u8> {
    let (config, mut file) = (config(), Vec::new());
    let strategies = plain::strategies();
    let header = Header::new("1", &config, &strategies, keeps_names);
    let mut writer = RecordWriter::new(&mut file, &header, u64::MAX).unwrap();
    let mut entry = EntryWriter::new(&config, keeps_names);
    let mut engine = Engine::new(config, strategies).unwrap();
    for (tenth, input) in inputs.into_iter().enumerate() {
        let now = Timestamp::from_nanos(tenth as u64 * 100_000_000);
        entry.input(now, &input);
        engine.handle(now, input);
        while let Some(action) = engine.poll_action() {
            entry.action(&action);
        }
        assert!(writer.push(entry.finish()).unwrap());
        writer.flush().unwrap();
    }
    writer.finish().unwrap();
    file
}

/// All entries of a recording, and whether it was ended.
fn entries(file: &[u8]) -> (Header, Vec<Entry>, bool) {
    let mut reader = RecordReader::new(file).unwrap();
    let mut entries = Vec::new();
    while let Some(entry) = reader.next_entry().unwrap() {
        entries.push(entry);
    }
    (reader.header().clone(), entries, reader.is_whole())
}

/// Replays entries; the number of the first that differs, and all actions.
fn replayed(header: &Header, entries: &[Entry]) -> (Option<u64>, Vec<Action>) {
    let mut replay = Replay::new(header, plain::strategies()).unwrap();
    let mut all = Vec::new();
    for entry in entries {
        let (actions, digest) = replay.step(entry.now, entry.input(&mut plain_maker).unwrap());
        all.extend(actions);
        if digest != entry.digest {
            return (Some(entry.number), all);
        }
    }
    (None, all)
}

#[test]
fn with_names_kept_each_input_comes_back_as_it_was() {
    let (_, entries, is_whole) = entries(&recorded(inputs(), true));

    assert!(is_whole);
    assert_eq!(entries.len(), inputs().len());
    for ((tenth, entry), input) in (0..).zip(&entries).zip(inputs()) {
        assert_eq!(entry.now, Timestamp::from_nanos(tenth * 100_000_000));
        let (read, given) = (entry.input(&mut plain_maker).unwrap(), input);
        // All but the bytes of blocks.
        assert_eq!(format!("{read:?}"), format!("{given:?}"));
    }
}

#[test]
fn a_run_is_replayed_with_names_and_without() {
    for keeps_names in [true, false] {
        let (header, entries, _) = entries(&recorded(inputs(), keeps_names));
        assert_eq!(header.keeps_names(), keeps_names);
        let (differs, actions) = replayed(&header, &entries);
        assert_eq!(differs, None);
        let is = |kind| actions.iter().any(|action| action_kind(action) == kind);
        assert!(
            ["Send", "Read", "Write", "Fail", "Finish", "Report"].into_iter().all(is),
            "{actions:?}"
        );
    }
}

#[test]
fn a_replay_under_another_configuration_differs_where_that_first_counts() {
    let quiet = vec![connected(1, ProtocolVersion::V1_2), Input::DeadlineReached];
    let asks = received(
        1,
        Message { entries: vec![want(block(1, 9).0, WantKind::Have)], ..Message::default() },
    );
    let (mut header, entries, _) =
        entries(&recorded(quiet.into_iter().chain([asks]).collect(), false));
    header.config.serve = false;

    assert_eq!(replayed(&header, &entries).0, Some(3));
}

#[test]
fn the_digest_of_an_entry_is_of_its_own_actions() {
    let mut entry = EntryWriter::new(&config(), false);
    let mut written = |actions: &[Action]| {
        entry.input(Timestamp::ZERO, &Input::DeadlineReached);
        for action in actions {
            entry.action(action);
        }
        entry.finish().to_vec()
    };
    let finish = [1, 2].map(|call| Action::Finish { call: CallId(call) });
    let (one, other, again) = (written(&finish[..1]), written(&finish[1..]), written(&finish[..1]));
    assert_ne!(one, other);
    assert_eq!(one, again);
}

#[test]
fn without_identities_no_name_is_in_a_recording() {
    let ids = [peer(1), peer(2)];
    let cid = block(1, 3_000).0;
    let words = format!("peers = [\"{}\"] # \\n{} {cid}", ids[0], ids[1]);
    let mut inputs = inputs();
    let strategies = Vec::from(plain::strategies()).into_iter();
    inputs.push(Input::StrategiesReplaced {
        strategies: strategies.map(|strategy| strategy.made_of(&words)).collect(),
    });
    let (_, entries, _) = entries(&recorded(inputs, false));
    let text = format!("{entries:?}");
    let names = [ids[0].to_base58(), ids[1].to_base58(), cid.to_string()];
    let raw = [&ids[0].to_bytes()[2..], &ids[1].to_bytes()[2..], &cid.hash().digest()[..8]];
    let raw = raw.map(|bytes| format!("{bytes:?}").trim_matches(['[', ']']).to_owned());
    for name in names.iter().map(|name| format!("{:?}", name.as_bytes())).chain(raw) {
        let name = name.trim_matches(['[', ']']);
        assert!(!text.contains(name), "{name}");
    }

    let mut heard = Vec::new();
    let last = entries.last().unwrap();
    last.input(&mut |recipe| {
        heard.push(Arc::clone(&recipe.params));
        plain_maker(recipe)
    })
    .unwrap();
    let keys = config().keys();
    let PeerKey(first) = keys.peer(&ids[0]);
    let pseudonym = heard[0].split('"').nth(1).unwrap().parse().unwrap();
    assert_eq!(Keys::recorded(7).peer(&pseudonym), PeerKey(first));
    let pseudonym = heard[0].rsplit(' ').next().unwrap().parse().unwrap();
    assert_eq!(Keys::recorded(7).cid(&pseudonym), keys.cid(&cid));
}

#[test]
fn a_recording_that_was_cut_off_is_read_as_far_as_it_goes() {
    let file = recorded(inputs(), false);
    let whole = entries(&file).1;
    for end in [file.len() - 9, file.len() * 3 / 4, file.len() / 2] {
        let (_, some, is_whole) = entries(&file[..end]);
        assert!(!is_whole);
        assert!(!some.is_empty());
        assert_eq!(some, whole[..some.len()]);
    }
}

#[test]
fn a_recording_ends_before_its_limit_and_can_be_read() {
    let header = Header::new("1", &config(), &plain::strategies(), false);
    let mut file = Vec::new();
    let mut writer = RecordWriter::new(&mut file, &header, 10_000).unwrap();
    let mut entry = EntryWriter::new(&config(), false);
    let mut pushed = 0;
    loop {
        entry.input(Timestamp::ZERO, &Input::PeerDisconnected { peer: peer(pushed) });
        if !writer.push(entry.finish()).unwrap() {
            break;
        }
        pushed += 1;
    }
    writer.finish().unwrap();

    assert!((9_000..=10_000).contains(&file.len()), "{} bytes", file.len());
    let (_, entries, is_whole) = entries(&file);
    assert_eq!((entries.len() as u64, is_whole), (pushed, true));
}

#[test]
fn what_is_no_recording_is_told() {
    let said = |bytes: &[u8]| match RecordReader::new(bytes) {
        Ok(_) => panic!("it was read"),
        Err(why) => why.to_string(),
    };
    assert_eq!(said(b"bit"), "this is not a recording of a node");
    assert_eq!(said(b"GIF89a and so on"), "this is not a recording of a node");
    assert_eq!(said(b"bitswap\x09"), "the recording has format 9, this program reads format 4");
}

#[test]
fn an_entry_that_says_it_is_longer_than_any_is_not_read() {
    let header = Header::new("1", &config(), &plain::strategies(), false).write();
    let mut frame = lz4_flex::frame::FrameEncoder::new(b"bitswap\x04".to_vec());
    frame.write_all(&u32::try_from(header.len()).unwrap().to_le_bytes()).unwrap();
    frame.write_all(&header).unwrap();
    // As long as one can say without saying that this is the end.
    frame.write_all(&(u32::MAX - 1).to_le_bytes()).unwrap();
    let file = frame.finish().unwrap();
    let told = RecordReader::new(&file[..]).unwrap().next_entry().unwrap_err();
    assert!(told.to_string().contains("longer than any entry"), "{told}");
}

#[test]
fn a_block_comes_back_with_its_length_and_no_bytes() {
    let (cid, apple) = block(1, 3_000);
    let file = recorded(vec![Input::BlocksAdded { blocks: vec![(cid, apple.clone())] }], true);
    let Input::BlocksAdded { blocks } = entries(&file).1[0].input(&mut plain_maker).unwrap() else {
        panic!("another input")
    };
    let read: &Block = &blocks[0].1;
    assert_eq!((read.multihash(), read.len()), (apple.multihash(), apple.len()));
    assert!(read.bytes().iter().all(|byte| *byte == 0));
}

/// A recording with some of its uncompressed bytes changed.
fn spoilt(changes: &[(usize, u8)]) -> Vec<u8> {
    let (config, strategies) = (config(), plain::strategies());
    let header = Header::new("1", &config, &strategies, false);
    let mut entry = EntryWriter::new(&config, false);
    let mut file = Vec::new();
    let mut writer = RecordWriter::new(&mut file, &header, u64::MAX).unwrap();
    for (place, input) in inputs().iter().enumerate() {
        entry.input(Timestamp::ZERO, input);
        let mut bytes = entry.finish().to_vec();
        for (_, change) in changes.iter().filter(|(at, _)| at % inputs().len() == place) {
            let spot = usize::from(*change) * 7 % bytes.len();
            bytes[spot] ^= change | 1;
        }
        writer.push(&bytes).unwrap();
    }
    writer.finish().unwrap();
    file
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_bytes_are_read_or_told(
        changes in proptest::collection::vec(any::<(usize, u8)>(), 1..40),
        cut in any::<(usize, u8)>(),
    ) {
        let mut file = spoilt(&changes);
        let spot = cut.0 % file.len();
        file[spot] ^= cut.1;
        let Ok(mut reader) = RecordReader::new(&file[..]) else { return Ok(()) };
        // Either is right; no panic, and an end.
        while let Ok(Some(entry)) = reader.next_entry() {
            drop(entry.input(&mut plain_maker));
        }
    }
}
