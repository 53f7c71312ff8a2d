//! Which addresses are tried.

use libp2p::Multiaddr;

use super::{HOUR, ObservedOnly, PER_HOUR};

#[tokio::test(start_paused = true)]
async fn few_new_addresses_are_tried_in_an_hour_and_only_public_ones() {
    let mut observed = ObservedOnly::new();
    let address = |port: u16| -> Multiaddr { format!("/ip4/8.8.8.8/tcp/{port}").parse().unwrap() };

    let taken = (1..100).filter(|port| observed.takes(&address(*port))).count();

    assert_eq!((taken, observed.takes(&address(1))), (PER_HOUR, true));
    assert!(!observed.takes(&"/ip4/192.168.0.1/tcp/1".parse().unwrap()));
    tokio::time::advance(HOUR).await;
    assert!(observed.takes(&address(99)));
}
