//! How long records are left out, and how many.

use tokio::time::advance;

use super::*;

fn at(place: usize) -> Multiaddr {
    format!("/memory/{}", place + 1).parse().unwrap()
}

fn provider(peer: PeerId, place: usize) -> Provider {
    Provider { peer, addresses: vec![at(place)] }
}

/// Fails at one place so often, each time when the provider is dialled again.
async fn fail(failed: &mut FailedDials, peer: PeerId, times: u32, counts: bool) {
    for _ in 0..times {
        advance(LEFT_OUT_FOR).await;
        assert!(!failed.cover(&provider(peer, 0)), "it is dialled");
        failed.insert(peer, Some(vec![at(0)]), counts);
    }
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_failed_again_and_again_is_left_out_for_long() {
    let (mut failed, peer) = (FailedDials::default(), PeerId::random());
    fail(&mut failed, peer, DEAD_AFTER, true).await;

    let second = Duration::from_secs(1);
    advance(DEAD_FOR.saturating_sub(second)).await;
    assert!(failed.cover(&provider(peer, 0)));
    assert!(!failed.cover(&provider(peer, 1)), "another address may be the true one");
    assert_eq!(failed.left_out(), 1);
    advance(second).await;
    assert!(!failed.cover(&provider(peer, 0)));

    // What was before does not count any more.
    failed.insert(peer, Some(vec![at(0)]), true);
    advance(LEFT_OUT_FOR).await;
    assert!(!failed.cover(&provider(peer, 0)));
}

#[tokio::test(start_paused = true)]
async fn failures_that_do_not_count_make_no_record_a_dead_one() {
    let (mut failed, peer) = (FailedDials::default(), PeerId::random());
    fail(&mut failed, peer, 10 * DEAD_AFTER, false).await;
}

#[tokio::test(start_paused = true)]
async fn a_connection_clears_what_failed_before() {
    let (mut failed, peer) = (FailedDials::default(), PeerId::random());
    fail(&mut failed, peer, DEAD_AFTER, true).await;

    failed.remove(&peer);

    fail(&mut failed, peer, DEAD_AFTER - 1, true).await;
    advance(LEFT_OUT_FOR).await;
    assert!(!failed.cover(&provider(peer, 0)));
}

#[tokio::test(start_paused = true)]
async fn records_that_name_old_lies_in_turn_are_left_out() {
    let (mut failed, peer) = (FailedDials::default(), PeerId::random());
    for place in 0..3 {
        assert!(!failed.cover(&provider(peer, place)));
        failed.insert(peer, Some(vec![at(place)]), true);
    }

    advance(DEAD_FOR / 2).await;

    assert!((0..3).all(|place| failed.cover(&provider(peer, place))));
}

#[tokio::test(start_paused = true)]
async fn many_that_failed_once_do_not_push_out_one_that_is_dead() {
    let (mut failed, dead) = (FailedDials::default(), PeerId::random());
    fail(&mut failed, dead, DEAD_AFTER, true).await;

    for _ in 0..2 * MOST_PEERS {
        failed.insert(PeerId::random(), Some((0..100).map(at).collect()), true);
    }

    assert_eq!(failed.peers.len(), MOST_PEERS);
    let most = failed.peers.values().map(|it| it.tried.as_ref().unwrap().len()).max();
    assert_eq!(most, Some(MOST_ADDRESSES));
    assert!(failed.cover(&provider(dead, 0)));
}
