//! Which peers are throttled, and which are not.

use bitswap_core::Block;
use bitswap_core::wire::WantKind;
use cid::Cid;
use tokio::time::advance;

use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn block(number: u64) -> (Cid, Block) {
    let block = Block::sha2_256(number.to_be_bytes().to_vec().into()).unwrap();
    (Cid::new_v1(0x55, *block.multihash()), block)
}

fn cids(count: u64) -> impl Iterator<Item = Cid> {
    (0..count).map(|number| block(number).0)
}

fn wants(count: u64) -> Message {
    let kind = WantKind::Block;
    let want = |cid| Entry::Want { cid, kind, priority: 1, send_dont_have: true, relay: None };
    Message { entries: cids(count).map(want).collect(), ..Message::default() }
}

fn cancels(count: u64) -> Message {
    let entries = cids(count).map(|cid| Entry::Cancel { cid }).collect();
    Message { entries, ..Message::default() }
}

fn haves(count: u64) -> Message {
    let presences = cids(count).map(|cid| (cid, BlockPresence::Have)).collect();
    Message { presences, ..Message::default() }
}

fn blocks(count: u64) -> Message {
    Message { blocks: (0..count).map(block).collect(), ..Message::default() }
}

/// As much as such a message takes on the wire.
fn receive(throttle: &Throttle, message: &Message) {
    throttle.receives(message, &Skipped::default(), message.items() * ITEM as usize);
}

/// A name, and what is sent again and again.
type Waste<'a> = (&'a str, &'a dyn Fn(&Throttle));

/// Seconds until the peer is read again.
fn pause(throttle: &Throttle) -> f64 {
    throttle.resumes_at().map_or(0.0, |at| (at - Instant::now()).as_secs_f64())
}

/// How long a peer goes on with something, as fast as it is read, before it is to be disconnected.
async fn goes_on(round: impl Fn(&Throttle)) -> Option<Duration> {
    let (throttle, start) = (Throttle::default(), Instant::now());
    while start.elapsed() < 600 * SECOND {
        round(&throttle);
        if throttle.is_exceeded() {
            return Some(start.elapsed());
        }
        advance(Duration::from_secs_f64(pause(&throttle)) + Duration::from_millis(1)).await;
    }
    None
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_fetches_30_000_blocks_a_second_is_never_held_up() {
    let throttle = Throttle::default();
    let (wants, blocks, cancels) = (wants(300), blocks(300), cancels(300));
    for _ in 0..1_000 {
        receive(&throttle, &wants);
        throttle.sends(&blocks);
        receive(&throttle, &cancels);
        assert_eq!(throttle.resumes_at(), None);
        advance(SECOND / 100).await;
    }
    assert!(!throttle.is_exceeded());
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_gives_30_000_blocks_a_second_is_never_held_up() {
    let throttle = Throttle::default();
    let (wants, haves, blocks) = (wants(300), haves(300), blocks(300));
    for _ in 0..1_000 {
        throttle.sends(&wants);
        receive(&throttle, &haves);
        receive(&throttle, &blocks);
        assert_eq!(throttle.resumes_at(), None);
        advance(SECOND / 100).await;
    }
    assert!(!throttle.is_exceeded());
}

#[tokio::test(start_paused = true)]
async fn the_longest_honest_wantlist_is_read_at_once() {
    let throttle = Throttle::default();
    let skipped = Skipped { over_budget: 45_000 - 4_096, ..Skipped::default() };
    throttle.receives(&wants(4_096), &skipped, 2 << 20);
    assert_eq!(throttle.resumes_at(), None);
}

#[tokio::test(start_paused = true)]
async fn wants_that_lead_to_nothing_are_read_at_20_000_a_second_and_for_ever() {
    let (throttle, wants) = (Throttle::default(), wants(4_000));
    for _ in 0..16 {
        receive(&throttle, &wants);
    }
    assert!(throttle.resumes_at().is_some());
    advance(Duration::from_secs_f64(pause(&throttle))).await;
    receive(&throttle, &wants);
    assert!((0.18..0.21).contains(&pause(&throttle)), "{}", pause(&throttle));

    assert_eq!(goes_on(|throttle| receive(throttle, &wants)).await, None);
}

#[tokio::test(start_paused = true)]
async fn a_few_mistakes_cost_nothing() {
    let throttle = Throttle::default();
    for _ in 0..5 {
        throttle.receives_malformed(100);
    }
    receive(&throttle, &cancels(1_000));
    receive(&throttle, &haves(1_000));
    assert_eq!((throttle.resumes_at(), throttle.is_exceeded()), (None, false));
}

#[tokio::test(start_paused = true)]
async fn what_is_of_no_use_is_slowed_down_and_ends_within_two_minutes() {
    let bare = Skipped::default();
    let unusable = Skipped { unusable: 4_000, ..bare };
    let none = Message::default();
    let (cancels, haves) = (cancels(4_000), haves(4_000));
    let rounds: [Waste<'_>; 6] = [
        ("bombs", &|throttle| throttle.receives_malformed(4 << 20)),
        ("short malformed frames", &|throttle| throttle.receives_malformed(10)),
        ("unknown fields", &|throttle| throttle.receives(&none, &bare, 4 << 20)),
        ("unusable names", &|throttle| throttle.receives(&none, &unusable, 200_000)),
        ("cancels in vain", &|throttle| receive(throttle, &cancels)),
        ("HAVEs that nobody asked for", &|throttle| receive(throttle, &haves)),
    ];
    for (name, round) in rounds {
        let until = goes_on(round).await.map(|time| time.as_secs());
        assert!(until.is_some_and(|seconds| (10..120).contains(&seconds)), "{name}: {until:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_peer_has_one_bucket_for_all_connections_until_the_last_is_gone() {
    let (mut throttles, peer) = (Throttles::default(), PeerId::random());
    let (one, two) = (throttles.of(peer), throttles.of(peer));
    one.receives_malformed(4 << 20);
    assert!(two.resumes_at().is_some());
    assert!(throttles.of(PeerId::random()).resumes_at().is_none());
    drop((one, two));
    assert!(throttles.of(peer).resumes_at().is_none());
}

#[test]
fn those_of_peers_that_left_are_forgotten() {
    let mut throttles = Throttles::default();
    for _ in 0..10_000 {
        drop(throttles.of(PeerId::random()));
    }
    assert!(throttles.peers.len() < 200, "{}", throttles.peers.len());
}
