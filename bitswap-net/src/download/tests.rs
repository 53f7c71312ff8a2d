//! How much is read in a second, and whose reading a limit holds up.

use std::future::poll_fn;
use std::num::NonZeroU64;
use std::task::Poll;

use tokio::time::timeout;

use super::*;

const FRAME: usize = 256 * 1024;
const SECOND: Duration = Duration::from_secs(1);

fn mib(rate: u64) -> ByteRate {
    NonZeroU64::new(rate << 20)
}

/// Frames that a connection reads within a time, when there is always one more.
async fn read(download: &mut Download, time: Duration) -> usize {
    let mut frames = 0;
    let reading = async {
        loop {
            poll_fn(|cx| if download.may_read(cx) { Poll::Ready(()) } else { Poll::Pending }).await;
            download.received(FRAME);
            frames += 1;
        }
    };
    assert!(timeout(time, reading).await.is_err());
    frames
}

#[tokio::test(start_paused = true)]
async fn no_more_is_read_in_a_second_than_the_limit_of_the_node_allows() {
    let downloads = Downloads::default();
    downloads.limit([mib(4), None]);
    let [mut one, mut other] = [(); 2].map(|()| downloads.of(PeerId::random()));
    let (first, second) = tokio::join!(read(&mut one, 10 * SECOND), read(&mut other, 10 * SECOND));
    // The burst, and at each end one that was read before it was paid for.
    assert!((164..=168).contains(&(first + second)), "{first} and {second}");
    // One of them may have had the whole burst.
    assert!(first.abs_diff(second) <= 6, "{first} and {second}");
    let ([node, peers], [by_node, by_peers]) = downloads.stats();
    assert_eq!((node, peers, by_peers), (mib(4), None, Duration::ZERO));
    assert!(by_node > 18 * SECOND, "two connections for nearly ten seconds: {by_node:?}");
}

#[tokio::test(start_paused = true)]
async fn the_limit_of_a_peer_counts_all_its_connections_and_nobody_else() {
    let downloads = Downloads::default();
    downloads.limit([None, mib(1)]);
    let peer = PeerId::random();
    let [mut one, mut same] = [peer; 2].map(|peer| downloads.of(peer));
    let mut other = downloads.of(PeerId::random());
    let (first, second, third) = tokio::join!(
        read(&mut one, 10 * SECOND),
        read(&mut same, 10 * SECOND),
        read(&mut other, 10 * SECOND)
    );
    assert!((44..=47).contains(&(first + second)), "{first} and {second}");
    assert!((44..=46).contains(&third), "{third}");
    drop((one, same, other));
    assert!(downloads.inner().peers.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_limit_that_is_lifted_holds_nobody_up_for_longer_than_a_second() {
    let downloads = Downloads::default();
    downloads.limit([NonZeroU64::new(1_024), None]);
    let mut one = downloads.of(PeerId::random());
    assert_eq!(read(&mut one, 60 * SECOND).await, 5);
    downloads.limit([None; 2]);
    poll_fn(|cx| if one.may_read(cx) { Poll::Ready(()) } else { Poll::Pending }).await;
    assert!(downloads.stats().1[0] >= 60 * SECOND);
}
