//! What is a list of peers, what is not, and whom it contains.

use bitswap_core::Keys;
use bitswap_core::strategy::Ctx;
use toml::Value;

use super::{ListedPeers, PeerList, peer_id};
use crate::catalog::value::Setting as _;
use crate::fixture::{at, dice};

/// One peer twice: in base58 and as a CIDv1.
const ALICE: [&str; 2] = [
    "12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA",
    "bafzaajaiaejcal72gwuz2or47oyxxn6b3rkwdmmkrxgkjxzy3rqt5kczyn7lcm3l",
];
const BOB: &str = "12D3KooWSahP5pFRCEfaziPEba7urXGeif6T1y8jmodzdFUvzBHj";

#[test]
fn both_forms_of_an_id_are_the_same_peer() {
    let [base58, cid] = ALICE.map(|text| peer_id(text).unwrap());

    assert_eq!(base58, cid);
}

#[test]
fn a_bad_id_is_named() {
    let wrong = |ids: &[&str]| PeerList::wrong(&Value::from(ids.to_vec()));

    assert_eq!(PeerList::read(&Value::from(vec![BOB, "nonsense"])), None);
    assert_eq!(wrong(&[BOB, "nonsense"]), Some("\"nonsense\" is not a peer id".to_owned()));
    let many = vec![BOB; PeerList::MOST + 1];
    assert_eq!(wrong(&many), Some("it has 1025 peers, of at most 1024".to_owned()));
}

#[test]
fn a_list_contains_its_peers_under_the_keys_of_the_engine() {
    let list = PeerList::read(&Value::from(vec![ALICE[1]])).unwrap();
    let mut dice = dice(1);
    let ctx = Ctx::new(at(0), &mut dice).with_keys(Keys::new(7));
    let [alice, bob] = [ALICE[0], BOB].map(|id| ctx.key_of(&peer_id(id).unwrap()));
    let mut listed = ListedPeers::new(list);

    assert_eq!([alice, bob].map(|peer| listed.contains(&ctx, peer)), [true, false]);
    assert!(ListedPeers::new(PeerList::Any).contains(&ctx, bob));
    assert!(!ListedPeers::new(PeerList::NONE).contains(&ctx, bob));
}
