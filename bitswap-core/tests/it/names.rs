//! Keys and CIDs: which are distinct, and which can be verified.

use bitswap_core::testing::{block, peer};
use bitswap_core::{Block, HashKey, Keys, PeerKey};
use cid::Cid;
use libp2p_identity::PeerId;
use multihash::Multihash;

#[test]
fn a_key_tells_versions_codecs_and_nodes_apart() {
    let (raw, apple) = block(1, 9_000);
    let [dag_pb, old] =
        [Cid::new_v1(0x70, *apple.multihash()), Cid::new_v0(*apple.multihash()).expect("sha2-256")];
    let keys = [7, 8].map(Keys::new);
    let mut all: Vec<_> =
        keys.iter().flat_map(|keys| [raw, dag_pb, old].map(|cid| keys.cid(&cid))).collect();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 6);
}

#[test]
fn a_digest_longer_than_its_functions_cannot_be_checked() {
    let of =
        |length: usize| Cid::new_v1(0x55, Multihash::wrap(0x12, &[1; 64][..length]).expect("fits"));
    assert_eq!([20, 32, 33].map(|length| Block::can_check(&of(length))), [true, true, false]);
}

#[test]
fn a_pseudonym_has_the_keys_of_what_it_stands_for() {
    let (raw, apple) = block(1, 9_000);
    let (true_keys, recorded) = (Keys::split(7, 8), Keys::recorded(8));
    let pseudonym = |HashKey(key): HashKey, code| {
        let digest = [&key.to_le_bytes()[..], &[0; 24]].concat();
        Multihash::wrap(code, &digest).expect("32 bytes fit")
    };
    let hash = pseudonym(true_keys.multihash(apple.multihash()), 0x12);
    for (cid, named) in [
        (raw, Cid::new_v1(0x55, hash)),
        (Cid::new_v1(0x70, *apple.multihash()), Cid::new_v1(0x70, hash)),
        (Cid::new_v0(*apple.multihash()).expect("sha2-256"), Cid::new_v0(hash).expect("as long")),
    ] {
        assert_eq!(recorded.cid(&named), true_keys.cid(&cid));
        assert_eq!(recorded.multihash(named.hash()), true_keys.multihash(cid.hash()));
    }
    let PeerKey(key) = true_keys.peer(&peer(1));
    let named = Multihash::wrap(0, &key.to_le_bytes()).expect("8 bytes fit");
    let named = PeerId::from_multihash(named).expect("an identity");
    assert_eq!(recorded.peer(&named), PeerKey(key));
    assert_eq!(recorded.number(3, 4), Keys::new(8).number(3, 4), "draws have their own seed");
    assert_eq!(recorded.peer(&peer(1)), Keys::new(0).peer(&peer(1)), "no pseudonym");
}
