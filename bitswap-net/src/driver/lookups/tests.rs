//! Look-ups that meet, end, stop and wait.

use std::future::{pending, poll_fn};
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use bitswap_core::Block;

use super::*;
use crate::routing::Found;

/// Finds so many providers and then, perhaps, looks for ever.
#[derive(Default)]
struct Endless {
    finds: usize,
    ends: bool,
    asked: AtomicUsize,
}

#[async_trait]
impl ContentRouter for Endless {
    async fn find(&self, _: &Cid, found: Found) {
        self.asked.fetch_add(1, Ordering::Relaxed);
        for _ in 0..self.finds {
            let provider = Provider { peer: PeerId::random(), addresses: Vec::new() };
            found.push(provider).await;
        }
        if !self.ends {
            pending::<()>().await;
        }
    }
}

fn lookups(finds: usize, ends: bool) -> (Lookups, Arc<Endless>) {
    let router = Arc::new(Endless { finds, ends, ..Endless::default() });
    (Lookups::new(Arc::clone(&router) as Arc<dyn ContentRouter>), router)
}

fn cid(number: u8) -> Cid {
    let block = Block::sha2_256(vec![number].into()).unwrap();
    Cid::new_v1(0x55, *block.multihash())
}

const MINUTE: Duration = Duration::from_secs(60);

async fn next(lookups: &mut Lookups) -> LookupEvent {
    poll_fn(|cx| lookups.poll(cx)).await
}

async fn is_quiet(lookups: &mut Lookups) -> bool {
    poll_fn(|cx| Poll::Ready(lookups.poll(cx))).await.is_pending()
}

#[tokio::test(start_paused = true)]
async fn equal_questions_are_asked_once_and_answered_all() {
    let (mut lookups, router) = lookups(1, true);
    assert_eq!(lookups.start(LookupId(1), cid(0), 10, MINUTE), []);
    let LookupEvent::Found(asked_by, first) = next(&mut lookups).await else {
        panic!("nothing found")
    };
    assert_eq!(asked_by, [LookupId(1)]);
    assert_eq!(lookups.start(LookupId(2), cid(0), 10, MINUTE), [first.peer]);
    let LookupEvent::Ended(asked_by) = next(&mut lookups).await else { panic!("not ended") };
    assert_eq!(asked_by, [LookupId(1), LookupId(2)]);
    assert_eq!(router.asked.load(Ordering::Relaxed), 1);
    assert!(is_quiet(&mut lookups).await);
}

#[tokio::test(start_paused = true)]
async fn enough_providers_end_a_lookup() {
    let (mut lookups, _router) = lookups(5, false);
    lookups.start(LookupId(1), cid(0), 3, MINUTE);
    for _ in 0..3 {
        assert!(matches!(next(&mut lookups).await, LookupEvent::Found(..)));
    }
    assert!(matches!(next(&mut lookups).await, LookupEvent::Ended(_)));
}

#[tokio::test(start_paused = true)]
async fn a_lookup_ends_when_its_time_is_over() {
    let (mut lookups, _router) = lookups(0, false);
    let start = tokio::time::Instant::now();
    lookups.start(LookupId(1), cid(0), 3, MINUTE);
    assert!(matches!(next(&mut lookups).await, LookupEvent::Ended(_)));
    assert_eq!(start.elapsed().as_secs(), 60);
}

#[tokio::test(start_paused = true)]
async fn at_most_sixteen_run_and_the_others_wait_their_turn() {
    let (mut lookups, router) = lookups(0, false);
    for number in 0..20 {
        lookups.start(LookupId(number), cid(number as u8), 3, MINUTE);
    }
    assert!(is_quiet(&mut lookups).await);
    assert_eq!(router.asked.load(Ordering::Relaxed), AT_ONCE);
    for _ in 0..20 {
        assert!(matches!(next(&mut lookups).await, LookupEvent::Ended(_)));
    }
    assert_eq!(router.asked.load(Ordering::Relaxed), 20);
}

#[tokio::test(start_paused = true)]
async fn a_lookup_stops_when_nobody_waits_for_it_any_more() {
    let (mut lookups, router) = lookups(0, false);
    lookups.start(LookupId(1), cid(0), 3, MINUTE);
    lookups.start(LookupId(2), cid(0), 3, MINUTE);
    assert!(is_quiet(&mut lookups).await);
    assert!(lookups.stop(LookupId(1)));
    assert!(!lookups.stop(LookupId(1)));
    assert!(lookups.stop(LookupId(2)));
    assert!(is_quiet(&mut lookups).await);
    assert!(lookups.running.is_empty());
    lookups.start(LookupId(3), cid(0), 3, MINUTE);
    let LookupEvent::Ended(asked_by) = next(&mut lookups).await else { panic!("not ended") };
    assert_eq!(asked_by, [LookupId(3)]);
    assert_eq!(router.asked.load(Ordering::Relaxed), 2);
}

#[tokio::test(start_paused = true)]
async fn a_lookup_that_is_stopped_in_line_leaves_the_line() {
    let (mut lookups, router) = lookups(0, false);
    for number in 0..20 {
        lookups.start(LookupId(number), cid(number as u8), 3, MINUTE);
    }
    assert!(is_quiet(&mut lookups).await);
    for number in 20..1000 {
        lookups.start(LookupId(number), cid(20), 3, MINUTE);
        lookups.stop(LookupId(number));
    }
    assert_eq!(lookups.waiting.len(), 4);
    assert_eq!(router.asked.load(Ordering::Relaxed), AT_ONCE);
}

#[tokio::test(start_paused = true)]
async fn what_was_looked_up_in_vain_comes_after_all_others_and_four_at_once() {
    let (mut lookups, router) = lookups(0, false);
    let start = |lookups: &mut Lookups, cids: std::ops::Range<u8>| {
        for number in cids {
            lookups.start(LookupId(lookups.next_place), cid(number), 3, MINUTE);
        }
    };
    start(&mut lookups, 0..10);
    for _ in 0..10 {
        assert!(matches!(next(&mut lookups).await, LookupEvent::Ended(_)));
    }
    start(&mut lookups, 0..10);
    assert!(is_quiet(&mut lookups).await);
    assert_eq!(router.asked.load(Ordering::Relaxed), 10 + AGAIN_AT_ONCE);
    start(&mut lookups, 20..40);
    assert!(is_quiet(&mut lookups).await);
    assert_eq!(router.asked.load(Ordering::Relaxed), 10 + AT_ONCE, "new ones pass those in line");
    let first_in_line = lookups.waiting.first_key_value().map(|(_, search)| search.cid);
    assert_eq!(first_in_line, Some(cid(32)));
    for _ in 0..30 {
        assert!(matches!(next(&mut lookups).await, LookupEvent::Ended(_)));
    }
    assert_eq!((lookups.again, lookups.vain.times(&cid(0))), (0, 2));
}

#[tokio::test(start_paused = true)]
async fn a_connected_provider_is_found_without_addresses_however_often_it_is_named() {
    let address: Multiaddr = "/ip4/8.8.8.8/tcp/4001".parse().unwrap();
    let peer = PeerId::random();
    let router = crate::FixedRouter::new(vec![Provider { peer, addresses: vec![address] }]);
    let mut lookups = Lookups::new(Arc::new(router));
    let found = async |lookups: &mut Lookups, number: u8| {
        lookups.start(LookupId(number.into()), cid(number), 3, MINUTE);
        let mut found = None;
        while let LookupEvent::Found(_, provider) = next(lookups).await {
            found = Some(provider.addresses.len());
        }
        found
    };
    for number in 0..4 {
        assert_eq!(found(&mut lookups, number).await, Some(1));
    }
    assert_eq!(found(&mut lookups, 4).await, None, "dialled often enough");
    lookups.connected(&peer);
    assert_eq!(found(&mut lookups, 5).await, Some(0));
    lookups.disconnected(&peer);
    assert_eq!(found(&mut lookups, 6).await, None);
}

/// Dials what was found, and says what came of it.
async fn dials(lookups: &mut Lookups, connects: bool) -> PeerId {
    let LookupEvent::Found(_, provider) = next(lookups).await else { panic!("nothing found") };
    lookups.dial_begins(provider.peer);
    if connects {
        lookups.connected(&provider.peer);
    } else {
        lookups.dial_failed(provider.peer, Some(provider.addresses));
    }
    provider.peer
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_is_not_there_makes_room_for_another() {
    let (mut lookups, _router) = lookups(100, false);
    lookups.start(LookupId(1), cid(0), 3, MINUTE);
    for _ in 0..50 {
        dials(&mut lookups, false).await;
    }
    for _ in 0..3 {
        dials(&mut lookups, true).await;
    }
    assert!(matches!(next(&mut lookups).await, LookupEvent::Ended(_)));
}

#[tokio::test(start_paused = true)]
async fn a_lookup_with_enough_providers_waits_until_one_is_connected() {
    let (mut lookups, _router) = lookups(100, false);
    lookups.start(LookupId(1), cid(0), 3, MINUTE);
    let mut found = Vec::new();
    for _ in 0..3 {
        let LookupEvent::Found(_, provider) = next(&mut lookups).await else { panic!("none") };
        lookups.dial_begins(provider.peer);
        found.push(provider.peer);
    }
    assert!(is_quiet(&mut lookups).await);
    lookups.connected(&found[1]);
    assert!(matches!(next(&mut lookups).await, LookupEvent::Ended(_)));
    // Those that are left end without a look-up.
    lookups.dial_failed(found[0], None);
    assert!(is_quiet(&mut lookups).await);
}

#[tokio::test(start_paused = true)]
async fn a_provider_whose_dial_failed_is_left_out_for_half_a_minute() {
    let dead = Provider { peer: PeerId::random(), addresses: vec!["/memory/1".parse().unwrap()] };
    let router = Arc::new(crate::FixedRouter::new(vec![dead.clone()]));
    let mut lookups = Lookups::new(router);
    lookups.start(LookupId(1), cid(0), 3, MINUTE);
    dials(&mut lookups, false).await;
    assert!(matches!(next(&mut lookups).await, LookupEvent::Ended(_)));

    lookups.start(LookupId(2), cid(0), 3, MINUTE);
    assert!(matches!(next(&mut lookups).await, LookupEvent::Ended(_)));

    tokio::time::advance(Duration::from_secs(31)).await;
    lookups.start(LookupId(3), cid(0), 3, MINUTE);
    assert_eq!(dials(&mut lookups, true).await, dead.peer);
}

/// Names one provider, who is not there.
struct Dead(Provider);

#[async_trait]
impl ContentRouter for Dead {
    async fn find(&self, _: &Cid, found: Found) {
        found.push(self.0.clone()).await;
    }
}

/// How often a provider that is not there is dialled in ten looks-ups, one every half minute.
async fn dials_of_the_dead(router: Arc<dyn ContentRouter>, someone_is_here: bool) -> (u32, u64) {
    let mut lookups = Lookups::new(router);
    if someone_is_here {
        lookups.connected(&PeerId::random());
    }
    let mut dials = 0;
    for number in 0..10 {
        lookups.start(LookupId(number), cid(0), 3, MINUTE);
        while let LookupEvent::Found(_, provider) = next(&mut lookups).await {
            dials += 1;
            lookups.dial_begins(provider.peer);
            lookups.dial_failed(provider.peer, Some(provider.addresses));
        }
        tokio::time::advance(Duration::from_secs(30)).await;
    }
    (dials, lookups.dials_left_out())
}

#[tokio::test(start_paused = true)]
async fn a_dead_record_is_left_out_unless_the_user_named_it_or_the_fault_may_be_ours() {
    let dead = Provider { peer: PeerId::random(), addresses: vec!["/memory/1".parse().unwrap()] };
    let named = crate::FixedRouter::new(vec![dead.clone()]);
    let named: Arc<dyn ContentRouter> =
        Arc::new(crate::CombinedRouter::new().with("static", Arc::new(named)));
    let found: Arc<dyn ContentRouter> = Arc::new(Dead(dead));

    assert_eq!(dials_of_the_dead(Arc::clone(&found), true).await, (3, 7));
    assert_eq!(dials_of_the_dead(found, false).await, (10, 0));
    assert_eq!(dials_of_the_dead(named, true).await, (10, 0));
}

#[tokio::test(start_paused = true)]
async fn another_address_of_a_provider_is_worth_a_dial() {
    let at = |place: &str| vec![place.parse().unwrap()];
    let honest = Provider { peer: PeerId::random(), addresses: at("/memory/2") };
    let mut lookups = Lookups::new(Arc::new(crate::FixedRouter::new(vec![honest.clone()])));
    lookups.dial_failed(honest.peer, Some(at(&format!("/memory/1/p2p/{}", honest.peer))));
    lookups.start(LookupId(1), cid(0), 3, MINUTE);
    assert_eq!(dials(&mut lookups, false).await, honest.peer);
    assert!(matches!(next(&mut lookups).await, LookupEvent::Ended(_)));
    lookups.start(LookupId(2), cid(0), 3, MINUTE);
    assert!(matches!(next(&mut lookups).await, LookupEvent::Ended(_)));
}
