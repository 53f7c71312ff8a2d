//! Those that answer: liars, stallers, drippers, shape-shifters.

use std::time::Duration;

use bitswap_core::wire::{BlockPresence, Entry, Message, ProtocolVersion, RelayHeader, WantKind};
use bitswap_core::{Chance, Timestamp};

use super::{MINUTES, Stage, said, someone, want, written};
use crate::hostile::{HostileAction, InboundStreams, Kind};

#[test]
fn a_have_liar_has_everything_and_sends_nothing() {
    let mut stage = Stage::with(Kind::HaveLiar);
    stage.meet(1);
    let probe = want(stage.content[0].0, WantKind::Have);
    stage.hear(1, vec![probe, stage.want(1)]);

    let actions = stage.pass(MINUTES);
    let expected = [0, 1].map(|place| (stage.content[place].0, BlockPresence::Have));
    assert_eq!(said(&actions), [&presences(&expected)]);
    assert_eq!(written(&actions), []);
}

#[test]
fn a_dont_have_liar_has_nothing_whatever_it_holds() {
    let mut stage = Stage::with(Kind::DontHaveLiar);
    stage.meet(1);
    stage.hear(1, vec![stage.want(0)]);

    let expected = [(stage.content[0].0, BlockPresence::DontHave)];
    assert_eq!(said(&stage.pass(MINUTES)), [&presences(&expected)]);
}

#[test]
fn a_staller_answers_after_the_longest_patience_or_drags_it_out() {
    let mut ways = [0; 3];
    for seed in 0..30 {
        let mut stage =
            Stage::with_aggressiveness(Kind::Staller, Kind::Staller.most_aggressive(seed));
        stage.meet(1);
        let reach = RelayHeader::new(1, 77, 1_000);
        let Entry::Want { cid, kind, priority, send_dont_have, .. } = stage.want(0) else {
            unreachable!("a want")
        };
        let asked = Entry::Want { cid, kind, priority, send_dont_have, relay: reach };
        stage.hear(1, vec![asked, stage.want(1), stage.want(2)]);
        let early = stage.pass(7_000);
        let late = stage.pass(MINUTES);
        let early_blocks: usize = said(&early).iter().map(|said| said.blocks.len()).sum();
        assert_eq!(early_blocks, 0, "nothing comes while anybody waits");
        let late_blocks: usize = said(&late).iter().map(|said| said.blocks.len()).sum();
        let looks = |said: &&&Message| {
            matches!(said.presences[..], [(_, BlockPresence::Searching { want_id: 77, .. })])
        };
        let searches = said(&early).iter().filter(looks).count();
        match (late_blocks, searches) {
            (3, 0) => ways[0] += 1,
            (0, 0) => {
                let early = said(&early);
                assert_eq!(early.len(), 4, "HAVE, and a DONT_HAVE each second");
                ways[1] += 1;
            }
            (0, _) => ways[2] += 1,
            odd => panic!("{odd:?}"),
        }
    }
    assert!(ways.iter().all(|count| *count > 0), "{ways:?}");
}

#[test]
fn a_staller_forgets_what_is_cancelled() {
    let mut stage = Stage::with(Kind::Staller);
    stage.meet(1);
    stage.hear(1, vec![stage.want(0)]);
    let cid = stage.content[0].0;
    stage.hear(1, vec![Entry::Cancel { cid }]);
    assert_eq!(stage.peer.next_deadline(), None);
}

#[test]
fn a_dripper_sends_a_true_block_at_its_pace() {
    let mut stage = Stage::with(Kind::Dripper);
    stage.meet(1);
    stage.hear(1, vec![stage.want(0)]);

    let early = stage.pass(3_000);
    let bytes: usize = written(&early).iter().map(|(_, bytes)| bytes.len()).sum();
    assert!((2_500..=3_250).contains(&bytes), "{bytes} bytes in 3 s");
    let rest = stage.pass(MINUTES);
    let mut frame: Vec<u8> = Vec::new();
    for (stream, bytes) in written(&early).into_iter().chain(written(&rest)) {
        assert_eq!(stream, 1);
        frame.extend(bytes);
    }
    let mut streams = InboundStreams::new(ProtocolVersion::Relay);
    let heard = streams.receive(Timestamp::ZERO, 1, &frame);
    let [Ok(decoded)] = &heard[..] else { panic!("{heard:?}") };
    let (message, _) = decoded.clone().verify(|_, _| true);
    assert_eq!(message.blocks, stage.content[..1]);
    assert_eq!(rest.last(), Some(&HostileAction::Close { peer: someone(1), stream: 1 }));
}

#[test]
fn a_shape_shifter_sends_good_blocks_and_then_none() {
    for seed in 0..30 {
        let mut stage = Stage::with_aggressiveness(
            Kind::ShapeShifter,
            Kind::ShapeShifter.most_aggressive(seed),
        );
        stage.meet(1);
        let mut good = 0;
        for place in 0..30 {
            stage.hear(1, vec![stage.want(place)]);
            let actions = stage.pass(1);
            good += said(&actions).iter().map(|said| said.blocks.len()).sum::<usize>();
            if good < place + 1 {
                break;
            }
        }
        assert!((1..=30).contains(&good), "{good}");
    }
}

#[test]
fn what_a_masked_peer_is_asked_for_it_gives() {
    let masked = [Kind::CancelStorm, Kind::Flooder, Kind::PresenceSpammer, Kind::StreamHog];
    for kind in masked {
        let mut stage = Stage::with(kind);
        stage.meet(1);
        stage.hear(1, vec![stage.want(4)]);
        let actions = stage.pass(0);
        let given = said(&actions).iter().any(|said| said.blocks == stage.content[4..5]);
        assert!(given, "{}", kind.name());
    }
}

#[test]
fn a_sybil_that_took_enough_comes_again_as_somebody_else() {
    let mut stage = Stage::with(Kind::Sybil);
    stage.meet(1);
    let asks = stage.pass(1_000);
    assert!(said(&asks).iter().all(|said| said.entries.len() == 30), "{asks:?}");
    assert!(!asks.contains(&HostileAction::Rename));

    let mut chance = Chance::named(1, "gift");
    let blocks = crate::content::blocks(&mut chance, 1, 1 << 20).expect("small enough");
    let gift = Message { blocks, ..Message::default() };
    stage.peer.hear(stage.now, someone(1), &gift, &mut stage.actions);
    let actions = stage.pass(Duration::from_millis(500).as_millis() as u64);
    assert_eq!(actions, [HostileAction::Rename]);
}

fn presences(said: &[(cid::Cid, BlockPresence)]) -> Message {
    Message { presences: said.to_vec(), ..Message::default() }
}
