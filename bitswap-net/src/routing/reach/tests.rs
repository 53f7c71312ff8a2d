//! Addresses of all sorts, and who can dial them.

use super::AddressReach;

#[test]
fn an_address_is_for_everybody_for_a_network_of_its_own_or_for_nobody() {
    let public =
        ["/ip4/8.8.8.8/tcp/1", "/ip6/2001:4860::1/udp/1/quic-v1", "/dns4/example.org/tcp/1"];
    let private = [
        "/ip4/127.0.0.1/tcp/1",
        "/ip4/192.168.0.1/udp/1/quic-v1",
        "/ip4/100.64.0.1/tcp/1",
        "/ip4/169.254.0.1/tcp/1",
        "/ip6/::1/tcp/1",
        "/ip6/fd00::1/tcp/1",
        "/ip6/fe80::1/tcp/1",
        "/ip6/::ffff:10.0.0.1/tcp/1",
        "/dns/localhost/tcp/1",
        "/dnsaddr/printer.LOCAL.",
    ];
    let nobody = ["/ip4/0.0.0.0/tcp/1", "/ip6/::/tcp/1", "/ip4/224.0.0.1/udp/1", "/memory/1", ""];
    for (reach, texts) in [
        (AddressReach::Public, &public[..]),
        (AddressReach::Private, &private),
        (AddressReach::Nobody, &nobody),
    ] {
        for text in texts {
            assert_eq!(AddressReach::of(&text.parse().unwrap()), reach, "{text}");
        }
    }
}
