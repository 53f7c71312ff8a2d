//! Those that attack by themselves.

use std::collections::BTreeSet;

use bitswap_core::wire::{Entry, ProtocolVersion, WantKind, decode, frame_length};
use bitswap_core::{Chance, MAX_FRAME_BYTES};

use super::{MINUTES, Stage, said, want, written};
use crate::hostile::bomber::Shape;
use crate::hostile::{HostileAction, InboundStreams, Kind};

#[test]
fn every_bomb_is_refused_or_cut_to_what_one_message_may_hold() {
    let mut refused = 0;
    for shape in Shape::ALL {
        for bytes in [64, 5_000, MAX_FRAME_BYTES] {
            let bomb = shape.of(bytes, &mut Chance::named(1, "bomb"));
            assert!(bomb.len() <= bytes.max(16), "{shape:?}");
            let Ok(frame) = frame_length(&bomb) else {
                refused += 1;
                continue;
            };
            let (length, start) = frame.expect("a whole length");
            assert_eq!(start + length, bomb.len(), "{shape:?}");
            let Ok(decoded) = decode(bomb.slice(start..), ProtocolVersion::V1_2) else {
                refused += 1;
                continue;
            };
            let (message, _) = decoded.verify(|_, _| true);
            let wants = message.entries.iter().filter(|entry| matches!(entry, Entry::Want { .. }));
            assert!(wants.count() <= 4_096, "{shape:?}");
            assert!(message.blocks.len() <= 512 && message.presences.len() <= 8_192, "{shape:?}");
        }
    }
    assert!(refused >= Shape::ALL.len(), "{refused}");
}

#[test]
fn a_bomber_throws_each_bomb_on_a_stream_of_its_own() {
    let mut stage = Stage::with(Kind::Bomber);
    stage.meet(1);
    let actions = stage.pass(MINUTES);
    let streams: BTreeSet<u32> = written(&actions).iter().map(|(stream, _)| *stream).collect();
    assert_eq!((streams.len(), written(&actions).len()), (120, 120));
}

#[test]
fn a_slowloris_never_ends_a_frame_and_reads_nothing() {
    let mut stage = Stage::with(Kind::Slowloris);
    stage.meet(1);
    let actions = stage.pass(60_000);
    assert!(!stage.peer.reads());
    assert_eq!(said(&actions)[0].entries.len(), 30, "it wants everything first");
    let streams: BTreeSet<u32> = written(&actions).iter().map(|(stream, _)| *stream).collect();
    assert_eq!(streams.len(), 16);
    let bytes: usize = written(&actions).iter().map(|(_, bytes)| bytes.len()).sum();
    assert!(bytes < 1_000, "{bytes}");
}

#[test]
fn a_stream_hog_opens_streams_and_closes_none() {
    let mut stage = Stage::with(Kind::StreamHog);
    stage.meet(1);
    let actions = stage.pass(10_000);
    let streams: BTreeSet<u32> = written(&actions).iter().map(|(stream, _)| *stream).collect();
    assert!(streams.len() > 400, "{}", streams.len());
    assert!(!actions.iter().any(|action| matches!(action, HostileAction::Close { .. })));
}

#[test]
fn a_flooder_wants_more_than_anybody_remembers() {
    let mut stage = Stage::with(Kind::Flooder);
    stage.meet(1);
    let actions = stage.pass(10_000);
    let said = said(&actions);
    let wants: usize = said.iter().map(|said| said.entries.len()).sum();
    assert!(wants > 100 * 1_024, "{wants}");
    assert!(said.iter().any(|said| said.full) && said.iter().any(|said| !said.full));
}

#[test]
fn a_presence_spammer_was_not_asked() {
    let mut stage = Stage::with(Kind::PresenceSpammer);
    stage.meet(1);
    let actions = stage.pass(10_000);
    let presences: usize = said(&actions).iter().map(|said| said.presences.len()).sum();
    assert!(presences > 100 * 1_024, "{presences}");
}

#[test]
fn junk_is_well_formed_and_hardly_ever_what_was_asked_for() {
    let mut stage = Stage::with(Kind::JunkSender);
    stage.meet(1);
    stage.hear(1, vec![stage.want(0)]);
    let actions = stage.pass(10_000);
    let (mut junk, mut real) = (0, 0);
    for (_, bytes) in written(&actions) {
        let frame = bytes::Bytes::copy_from_slice(bytes);
        let (length, start) = frame_length(&frame).expect("a length").expect("a whole length");
        assert_eq!(start + length, frame.len());
        let decoded = decode(frame.slice(start..), ProtocolVersion::V1_2).expect("well formed");
        let (message, skipped) = decoded.verify(|_, _| true);
        assert_eq!(message.blocks.len() + skipped.unusable as usize, 1);
        let held = |(cid, _)| stage.content.iter().any(|(known, _)| *known == cid);
        if message.blocks.into_iter().any(held) { real += 1 } else { junk += 1 }
    }
    assert!(junk > 2 * real && real > 0, "{junk} of nothing, {real} that nobody asked for");
}

#[test]
fn a_cancel_storm_cancels_as_much_as_it_wants() {
    let mut stage = Stage::with(Kind::CancelStorm);
    stage.meet(1);
    let actions = stage.pass(2_000);
    let entries = || said(&actions).into_iter().flat_map(|said| &said.entries);
    let cancels = entries().filter(|entry| matches!(entry, Entry::Cancel { .. })).count();
    assert!(cancels > 1_000 && cancels * 3 > entries().count(), "{cancels}");
}

#[test]
fn a_relay_looper_sends_wants_back_that_go_further_under_other_names() {
    let mut stage = Stage::with(Kind::RelayLooper);
    stage.meet(1);
    let cid = crate::hostile::forge::cid(&mut Chance::named(1, "want")).expect("a CID");
    stage.hear(1, vec![want(cid, WantKind::Have)]);
    let actions = stage.pass(2_000);
    let mut ids = BTreeSet::new();
    for entry in said(&actions).into_iter().flat_map(|said| &said.entries) {
        if let Entry::Want { cid: again, relay: Some(reach), .. } = entry
            && *again == cid
        {
            assert_eq!(reach.ttl(), u8::MAX);
            ids.insert(reach.want_id);
        }
    }
    assert!(ids.len() > 100, "{}", ids.len());
}

#[test]
fn a_standing_reader_asks_for_all_blocks_again_and_again_and_reads_none() {
    let mut stage = Stage::with(Kind::StandingReader);
    stage.meet(1);
    let actions = stage.pass(10_000);
    assert!(!stage.peer.reads());
    assert!(said(&actions).len() >= 9);
    for said in said(&actions) {
        let is_for_a_block =
            |entry: &Entry| matches!(entry, Entry::Want { kind: WantKind::Block, .. });
        assert!(said.entries.len() == 30 && said.entries.iter().all(is_for_a_block));
    }
}

#[test]
fn a_squatter_always_wants_one_block_and_never_leaves() {
    let mut stage = Stage::with(Kind::Squatter);
    stage.meet(1);
    let actions = stage.pass(MINUTES);
    assert!(actions.iter().all(|action| matches!(action, HostileAction::Say { .. })));
    assert!(said(&actions).iter().all(|said| said.full && said.entries.len() == 1));
    assert!(said(&actions).len() == 60 && stage.peer.reads());
}

#[test]
fn a_half_opener_holds_as_many_streams_as_are_read_at_once_and_no_more() {
    let mut stage = Stage::with(Kind::HalfOpener);
    stage.meet(1);
    let mut streams = InboundStreams::new(ProtocolVersion::V1_2);
    for second in 1..=60 {
        for (stream, bytes) in written(&stage.pass(1_000)) {
            assert!(streams.receive(stage.now, stream, bytes).is_empty());
        }
        assert!(streams.streams() <= InboundStreams::MAX_STREAMS, "after {second} s");
        assert!(second < 2 || streams.streams() >= 8, "after {second} s: {}", streams.streams());
    }
}
