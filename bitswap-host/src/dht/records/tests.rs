//! What is kept for others has bounds.

use libp2p::kad::store::{Error, RecordStore as _};
use libp2p::kad::{ProviderRecord, Record, RecordKey};
use libp2p::{Multiaddr, PeerId};

use super::ProviderRecords;
use crate::dht::Scope;

fn record(key: usize, provider: PeerId, addresses: &[&str]) -> ProviderRecord {
    let addresses = addresses.iter().map(|text| text.parse::<Multiaddr>().unwrap()).collect();
    ProviderRecord::new(key.to_be_bytes().to_vec(), provider, addresses)
}

fn key(key: usize) -> RecordKey {
    key.to_be_bytes().to_vec().into()
}

fn records(scope: Scope) -> ProviderRecords {
    ProviderRecords::new(PeerId::random(), scope)
}

#[test]
fn only_addresses_of_the_scope_are_kept() {
    let addresses = ["/ip4/10.0.0.1/tcp/1", "/ip4/8.8.8.8/tcp/1", "/ip4/0.0.0.0/tcp/1"];
    for (scope, kept) in [(Scope::Lan, addresses[0]), (Scope::Wan, addresses[1])] {
        let mut records = records(scope);
        records.add_provider(record(1, PeerId::random(), &addresses)).unwrap();
        let [known] = &records.providers(&key(1))[..] else { panic!("one record") };
        assert_eq!(known.addresses, [kept.parse().unwrap()]);
        assert!(known.expires.is_some());
    }
}

#[test]
fn records_keys_and_values_are_bounded() {
    let mut records = records(Scope::Lan);
    for _ in 0..=ProviderRecords::PER_KEY {
        records.add_provider(record(0, PeerId::random(), &[])).unwrap();
    }
    assert_eq!(records.providers(&key(0)).len(), ProviderRecords::PER_KEY);

    let peer = PeerId::random();
    let free = ProviderRecords::RECORDS - ProviderRecords::PER_KEY;
    for number in 1..=free {
        records.add_provider(record(number, peer, &[])).unwrap();
    }
    let refused = records.add_provider(record(free + 1, peer, &[]));
    assert!(matches!(refused, Err(Error::MaxProvidedKeys)));
    records.remove_provider(&key(1), &peer);
    records.add_provider(record(free + 1, peer, &[])).unwrap();

    let long = ProviderRecord::new(vec![7; 81], peer, Vec::new());
    assert!(matches!(records.add_provider(long), Err(Error::ValueTooLarge)));
    assert!(records.put(Record::new(key(1), vec![1])).is_err());
}
