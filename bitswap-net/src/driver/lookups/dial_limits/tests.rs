//! Poisoned records, honest ones beside them, and what is not limited.

use std::time::Duration;

use libp2p::PeerId;
use tokio::time::advance;

use super::*;

fn named(addresses: &[&str]) -> Provider {
    let addresses = addresses.iter().map(|address| address.parse().unwrap()).collect();
    Provider { peer: PeerId::random(), addresses }
}

fn permitted(limits: &mut DialLimits, address: &str, times: usize) -> usize {
    (0..times).filter(|_| limits.permit(&mut named(&[address]))).count()
}

#[tokio::test(start_paused = true)]
async fn a_thousand_records_of_one_host_are_four_dials_in_a_minute() {
    let mut limits = DialLimits::default();
    for victim in ["/ip4/8.8.8.8/tcp/4001", "/dns4/victim.example/tcp/443/wss"] {
        assert_eq!(permitted(&mut limits, victim, 1_000), 4);
    }
    assert_eq!(permitted(&mut limits, "/dns/VICTIM.example./udp/1/quic-v1", 10), 0);
    assert_eq!(permitted(&mut limits, "/ip6/::ffff:8.8.8.8/tcp/9", 10), 0, "the same host");
    assert_eq!(limits.refused(), 2_012);
    advance(Duration::from_secs(61)).await;
    assert_eq!(permitted(&mut limits, "/ip4/8.8.8.8/udp/1/quic-v1", 1_000), 4);
}

#[tokio::test(start_paused = true)]
async fn a_thousand_hosts_of_one_network_are_32_dials_in_a_minute() {
    let mut limits = DialLimits::default();
    let mut near = |host: u32| {
        let address = format!("/ip4/8.8.8.{}/tcp/{host}", host % 256);
        permitted(&mut limits, &address, 1)
    };
    assert_eq!((0..1_000).map(&mut near).sum::<usize>(), 32);
    assert_eq!(permitted(&mut limits, "/ip4/8.8.9.1/tcp/1", 1), 1);
}

#[tokio::test(start_paused = true)]
async fn what_is_left_of_a_record_is_dialled() {
    let mut limits = DialLimits::default();
    let (victim, honest) = ("/ip4/8.8.8.8/tcp/4001", "/ip4/9.9.9.9/tcp/4001");
    permitted(&mut limits, victim, 4);
    let mut both = named(&[victim, honest, "/ip4/8.8.8.8/udp/4001/quic-v1"]);
    assert!(limits.permit(&mut both));
    assert_eq!(both.addresses, [honest.parse().unwrap()]);
}

#[tokio::test(start_paused = true)]
async fn one_peer_counts_once_at_a_host_and_private_hosts_not_at_all() {
    let mut limits = DialLimits::default();
    let quic = "/ip4/8.8.8.8/udp/4001/quic-v1";
    for _ in 0..4 {
        assert!(limits.permit(&mut named(&["/ip4/8.8.8.8/tcp/4001", quic])));
    }
    assert_eq!(permitted(&mut limits, quic, 1), 0);
    assert_eq!(permitted(&mut limits, "/ip4/127.0.0.1/tcp/4001", 100), 100);
    assert!(limits.permit(&mut named(&[])), "the swarm may know where it is");
}

#[tokio::test(start_paused = true)]
async fn no_more_hosts_are_remembered_than_may_be() {
    let mut limits = DialLimits::default();
    let hosts = (0..2 * MOST_TARGETS).map(|host| format!("/dns4/{host}.example/tcp/1"));
    let dialled: usize = hosts.map(|host| permitted(&mut limits, &host, 1)).sum();
    assert_eq!(dialled, MOST_TARGETS);
    advance(Duration::from_secs(61)).await;
    assert_eq!(permitted(&mut limits, "/dns4/new.example/tcp/1", 1), 1);
    assert_eq!(limits.hosts.len(), 1);
}
