//! What people are told of dials that failed.

use std::io;

use libp2p::core::transport::TransportError;

use super::*;

fn told(address: &str, why: impl FnOnce(Multiaddr) -> TransportError<io::Error>) -> String {
    let address: Multiaddr = address.parse().unwrap();
    of_dial(&DialError::Transport(vec![(address.clone(), why(address))]))
}

fn other(why: impl Into<Box<dyn Error + Send + Sync>>) -> TransportError<io::Error> {
    TransportError::Other(io::Error::other(why))
}

#[test]
fn a_transport_that_is_missing_is_named() {
    let name = "12D3KooWEChVMMMzV8acJ53mJHrw1pQ27UAGkCxWXLJutbeUMvVu";
    let direct = told(&format!("/ip4/192.0.2.1/tcp/80/ws/p2p/{name}"), |address| {
        TransportError::MultiaddrNotSupported(address)
    });
    assert_eq!(direct, "this node cannot dial what ends with /ws");
    let wrapped = told("/ip4/192.0.2.1", |address| other(format!("Unsupported: {address}")));
    assert_eq!(wrapped, "this node cannot dial what ends with /ip4");
}

#[test]
fn words_of_libraries_are_left_out() {
    let http = |_| other(io::Error::from(ErrorKind::InvalidData));
    assert_eq!(told("/ip4/192.0.2.1/tcp/80", http), "what is there does not speak libp2p");
    let refused = |_| TransportError::Other(io::Error::from_raw_os_error(111));
    assert_eq!(told("/ip4/192.0.2.1/tcp/80", refused), "Connection refused");
}
