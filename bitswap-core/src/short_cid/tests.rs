//! What is shortened comes back.

use cid::Cid;
use multihash::Multihash;

use super::{DAG_PB, SHA2_256, ShortCid};

#[test]
fn every_cid_comes_back_from_its_short_form() {
    let hash = |code, digest: &[u8]| Multihash::wrap(code, digest).expect("short enough");
    let usual = hash(SHA2_256, &[7; 32]);
    let cids = [
        Cid::new_v0(usual).expect("SHA-256"),
        Cid::new_v1(DAG_PB, usual),
        Cid::new_v1(u64::MAX, usual),
        Cid::new_v1(0x55, hash(SHA2_256, &[7; 20])),
        Cid::new_v1(0x55, hash(0x1e, &[7; 32])),
        Cid::new_v1(0x55, hash(0x13, &[7; 64])),
    ];
    for cid in cids {
        assert_eq!(Cid::from(&ShortCid::from(cid)), cid);
    }
    assert!(size_of::<ShortCid>() <= 40);
}
