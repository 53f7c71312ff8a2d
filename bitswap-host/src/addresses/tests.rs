//! Which addresses nobody is told.

use libp2p::Multiaddr;

use super::Withheld;

#[test]
fn a_network_or_a_beginning_withholds_all_addresses_in_it_and_no_others() {
    let has = |pattern: &str, address: &str| {
        let [pattern, address] = [pattern, address].map(|text| text.parse::<Multiaddr>().unwrap());
        Withheld::new(vec![pattern]).has(&address)
    };
    for (pattern, address, is_withheld) in [
        ("/ip4/10.0.0.0/ipcidr/8", "/ip4/10.1.2.3/tcp/4011", true),
        ("/ip4/10.0.0.0/ipcidr/8", "/ip4/11.1.2.3/tcp/4011", false),
        ("/ip4/10.0.0.0/ipcidr/8", "/ip6/a00::1/tcp/4011", false),
        ("/ip4/10.1.2.2/ipcidr/31", "/ip4/10.1.2.3/udp/1/quic-v1", true),
        ("/ip4/10.1.2.2/ipcidr/32", "/ip4/10.1.2.3/udp/1/quic-v1", false),
        ("/ip4/10.1.2.3/ipcidr/255", "/ip4/10.1.2.3/udp/1/quic-v1", true),
        ("/ip4/0.0.0.0/ipcidr/0", "/dns4/example.org/tcp/1", false),
        ("/ip6/fc00::/ipcidr/7", "/ip6/fdff::1/tcp/1", true),
        ("/ip6/fc00::/ipcidr/7", "/ip6/fe80::1/tcp/1", false),
        ("/ip4/10.1.2.3", "/ip4/10.1.2.3/tcp/1", true),
        ("/ip4/10.1.2.3/tcp/1", "/ip4/10.1.2.3/tcp/1", true),
        ("/ip4/10.1.2.3/tcp/1", "/ip4/10.1.2.3/tcp/2", false),
    ] {
        assert_eq!(has(pattern, address), is_withheld, "{pattern} {address}");
    }
}
