//! More futures than there is room for.

use std::future::poll_fn;

use futures::FutureExt as _;
use tokio::sync::oneshot;

use super::*;

#[tokio::test]
async fn what_does_not_fit_waits_in_order() {
    let mut futures = BoundedFutures::new(2);
    let (senders, receivers): (Vec<_>, Vec<_>) = (0..4).map(|_| oneshot::channel()).unzip();
    for receiver in receivers {
        futures.push(async { receiver.await.unwrap() }.boxed());
    }
    let mut senders = senders.into_iter();
    let mut send = |number: u32| senders.next().unwrap().send(number).unwrap();
    assert!(poll_fn(|cx| Poll::Ready(futures.poll(cx))).await.is_pending());
    assert_eq!((futures.running.len(), futures.waiting.len()), (2, 2));
    for number in 0..4 {
        send(number);
        assert_eq!(poll_fn(|cx| futures.poll(cx)).await, number);
    }
    assert!(poll_fn(|cx| Poll::Ready(futures.poll(cx))).await.is_pending());
}
