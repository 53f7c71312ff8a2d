//! Which records are taken, and what of them.

use serde_json::json;

use super::*;

const PEER: &str = "12D3KooWEChVMMMzV8acJ53mJHrw1pQ27UAGkCxWXLJutbeUMvVu";

fn addresses_of(record: &serde_json::Value, private: bool) -> Option<Vec<String>> {
    let taken = Taken { private, relayed: false };
    let provider = provider(record.to_string().as_bytes(), taken)?;
    assert_eq!(provider.peer.to_string(), PEER);
    Some(provider.addresses.iter().map(ToString::to_string).collect())
}

#[test]
fn records_of_both_schemas_are_read_and_others_are_not() {
    let at = json!(["/ip4/1.2.3.4/tcp/4001"]);
    let speaks = |protocol: &str| {
        let protocols = json!(["x", protocol]);
        json!({ "Schema": "peer", "ID": PEER, "Addrs": at, "Protocols": protocols })
    };
    for taken in [
        json!({ "Schema": "peer", "ID": PEER, "Addrs": at }),
        json!({ "Schema": "peer", "ID": PEER, "Addrs": at, "Protocols": [], "Extra": { "a": 1 } }),
        json!({ "Schema": "peer", "ID": PEER, "Addrs": at, "Protocols": null }),
        speaks("transport-bitswap"),
        json!({ "Schema": "bitswap", "Protocol": "transport-bitswap", "ID": PEER, "Addrs": at }),
    ] {
        let addresses = addresses_of(&taken, false);
        assert_eq!(addresses, Some(vec!["/ip4/1.2.3.4/tcp/4001".to_owned()]), "{taken}");
    }
    for left_out in [
        json!({ "Schema": "unknown", "ID": PEER, "Addrs": at }),
        json!({ "ID": PEER, "Addrs": at }),
        speaks("transport-ipfs-gateway-http"),
        json!({ "Schema": "peer", "ID": "12D3Koo", "Addrs": at }),
        json!({ "Schema": "peer", "ID": 5, "Addrs": at }),
        json!({ "Schema": "peer", "ID": PEER, "Addrs": at, "Pad": "x".repeat(MOST_RECORD_BYTES) }),
        json!([]),
    ] {
        assert_eq!(addresses_of(&left_out, true), None, "{left_out}");
    }
    for nowhere in [json!(null), json!(["nonsense", "/ip4/1.2.3.4"])] {
        let nowhere = json!({ "Schema": "peer", "ID": PEER, "Addrs": nowhere });
        assert_eq!(addresses_of(&nowhere, true), Some(Vec::new()), "{nowhere}");
    }
}

#[test]
fn addresses_that_cannot_be_dialled_are_left_out() {
    let other = PeerId::random();
    let given = [
        "/ip4/1.2.3.4/udp/4001/quic-v1".to_owned(),
        format!("/ip6/2606:4700::1/tcp/4001/p2p/{PEER}"),
        "/dns4/example.org/tcp/4001".to_owned(),
        "/dnsaddr/example.org".to_owned(),
        format!("/ip4/1.2.3.4/tcp/4001/p2p/{other}"),
        format!("/ip4/1.2.3.4/tcp/4001/p2p/{other}/p2p-circuit"),
        "/ip4/1.2.3.4/tcp/4001/ws".to_owned(),
        "/ip4/1.2.3.4/udp/4001/quic-v1/webtransport".to_owned(),
        "/ip4/1.2.3.4/tcp/0".to_owned(),
        "/ip4/0.0.0.0/tcp/4001".to_owned(),
        "/ip4/224.0.0.1/tcp/4001".to_owned(),
        "/unix/tmp".to_owned(),
    ];
    let record = json!({ "Schema": "peer", "ID": PEER, "Addrs": given });
    assert_eq!(addresses_of(&record, true), Some(given[..4].to_vec()));
}

#[test]
fn private_addresses_are_taken_only_if_said() {
    let private = [
        "/ip4/127.0.0.1/tcp/1",
        "/ip4/10.0.0.1/tcp/1",
        "/ip4/192.168.0.1/tcp/1",
        "/ip4/169.254.169.254/tcp/80",
        "/ip4/100.64.0.1/tcp/1",
        "/ip6/::1/tcp/1",
        "/ip6/fe80::1/tcp/1",
        "/ip6/fd00::1/tcp/1",
        "/ip6/::ffff:10.0.0.1/tcp/1",
        "/dns4/localhost/tcp/1",
        "/dns/printer.local./tcp/1",
    ];
    for address in private {
        let record = json!({ "Schema": "peer", "ID": PEER, "Addrs": [address] });
        assert_eq!(addresses_of(&record, false), Some(Vec::new()), "{address}");
        assert_eq!(addresses_of(&record, true).map(|it| it.len()), Some(1), "{address}");
    }
}

#[test]
fn addresses_at_relays_are_taken_only_if_said_and_come_after_the_others() {
    let relay = PeerId::random();
    let at = format!("/ip4/1.2.3.4/tcp/4001/p2p/{relay}/p2p-circuit");
    let good = [
        at.clone(),
        format!("{at}/p2p/{PEER}"),
        format!("/ip4/1.2.3.4/udp/1/quic-v1/p2p/{relay}/p2p-circuit"),
        format!("/dnsaddr/example.org/p2p/{relay}/p2p-circuit/p2p/{PEER}"),
    ];
    let bad = [
        "/p2p-circuit".to_owned(),
        format!("/p2p/{relay}/p2p-circuit"),
        "/ip4/1.2.3.4/tcp/4001/p2p-circuit".to_owned(),
        format!("/ip4/1.2.3.4/tcp/4001/p2p/{PEER}/p2p-circuit"),
        format!("{at}/p2p/{}", PeerId::random()),
        format!("{at}/p2p/{}/p2p-circuit", PeerId::random()),
        format!("/ip4/1.2.3.4/tcp/4001/ws/p2p/{relay}/p2p-circuit"),
        format!("/ip4/10.0.0.1/tcp/4001/p2p/{relay}/p2p-circuit"),
    ];
    let direct = "/ip4/5.6.7.8/tcp/4001".to_owned();
    let given: Vec<_> = bad.iter().chain(&good).chain([&direct]).collect();
    let record = json!({ "Schema": "peer", "ID": PEER, "Addrs": given }).to_string();
    let read = |relayed| {
        let taken = Taken { private: false, relayed };
        let addresses = provider(record.as_bytes(), taken).unwrap().addresses;
        addresses.iter().map(ToString::to_string).collect::<Vec<_>>()
    };

    let direct = [direct];
    assert_eq!(read(false), direct);
    assert_eq!(read(true), [&direct, &good[..]].concat());
}

#[test]
fn so_many_addresses_and_records_are_taken_and_no_more() {
    let addresses: Vec<_> = (1..=1_000).map(|port| format!("/ip4/1.2.3.4/tcp/{port}")).collect();
    let record = json!({ "Schema": "peer", "ID": PEER, "Addrs": addresses });
    assert_eq!(addresses_of(&record, false).unwrap().len(), MOST_ADDRESSES);

    let many = json!({ "Providers": vec![json!({}); 1_000] }).to_string();
    let answer: Answer = serde_json::from_str(&many).unwrap();
    assert_eq!(answer.providers.len(), MOST_RECORDS);
    for none in [r#"{"Providers":null}"#, r#"{"Providers":[]}"#, "{}"] {
        assert_eq!(serde_json::from_str::<Answer>(none).unwrap().providers.len(), 0);
    }
}
