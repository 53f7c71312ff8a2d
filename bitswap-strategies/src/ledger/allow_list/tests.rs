//! Who is served, with ids as an operator writes them.

use bitswap_core::strategy::{Admission, Ctx, Role};
use bitswap_core::{Chance, Keys, PeerKey};

use crate::catalog::{self, Strategy};
use crate::fixture::{account, at, defaults, dice, request_view};

const ALICE: &str = "12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA";
const BOB: &str = "12D3KooWSahP5pFRCEfaziPEba7urXGeif6T1y8jmodzdFUvzBHj";

#[test]
fn who_is_listed_is_served() {
    let allow = format!("allow = [\"{ALICE}\"]");
    let deny = format!("deny = [\"{ALICE}\"]");

    assert_eq!(admitted(""), ["allowed", "allowed"]);
    assert_eq!(admitted(&allow), ["allowed", "not allowed"]);
    assert_eq!(admitted(&deny), ["denied", "allowed"]);
    assert_eq!(admitted(&format!("{allow}\n{deny}")), ["denied", "not allowed"]);
    assert_eq!(admitted("allow = []"), ["not allowed", "not allowed"]);
}

#[test]
fn a_bad_id_is_told_where_it_is() {
    let params = format!("allow = [\"{BOB}\", \"carol\"]").parse().unwrap();
    let error = catalog::find(Role::LedgerPolicy, "allow-list").unwrap().make(&params).unwrap_err();

    assert_eq!(
        error.to_string(),
        format!(
            "ledger_policy `allow-list`: allow = [\"{BOB}\", \"carol\"] is not a list of peer ids \
             such as [\"12D3KooW…\"], or \"any\": \"carol\" is not a peer id"
        )
    );
}

#[test]
fn the_default_would_serve_who_is_not_listed() {
    let mut dice = dice(1);
    let account = account(PeerKey(1), 0, 0);

    let default =
        defaults::ledger_policy().admit(&mut Ctx::new(at(1), &mut dice), &account, &request_view());
    assert!(matches!(default, Admission::Serve { .. }));
    assert_eq!(admitted("allow = []"), ["not allowed"; 2]);
}

/// What Alice and Bob are told by an allow-list with these parameters.
fn admitted(params: &str) -> [&'static str; 2] {
    let entry = catalog::find(Role::LedgerPolicy, "allow-list").unwrap();
    let Strategy::LedgerPolicy(mut policy) = entry.make(&params.parse().unwrap()).unwrap() else {
        panic!("it plays another role");
    };
    let mut dice: Chance = dice(1);
    let mut ctx = Ctx::new(at(1), &mut dice).with_keys(Keys::new(7));
    [ALICE, BOB].map(|id| {
        let peer = ctx.key_of(&id.parse().unwrap());
        policy.admit(&mut ctx, &account(peer, 0, 0), &request_view()).reason()
    })
}
