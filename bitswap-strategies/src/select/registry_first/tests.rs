//! The rule: the registry's candidates first, the base for all else.

use bitswap_core::strategy::{Ask, Asks, Candidates, Ctx, PeerSelector, Presence};
use bitswap_core::{CidKey, PeerKey, Timestamp};

use super::{Params, RegistryFirst};
use crate::catalog::Configured;
use crate::fixture::{SessionRows, at, dice};

const ALICE: PeerKey = PeerKey(1);
const BOB: PeerKey = PeerKey(2);
const CAROL: PeerKey = PeerKey(3);
const DAVE: PeerKey = PeerKey(4);
const APPLE: CidKey = CidKey(11);
const PEAR: CidKey = CidKey(12);

#[test]
fn candidates_are_asked_and_no_member_besides_them() {
    let rows = SessionRows::new(&[APPLE, PEAR], &[ALICE, BOB]);

    assert_eq!(
        selected(&rows, 1),
        [
            Ask::block(APPLE, CAROL, "registry knows it"),
            Ask::have(APPLE, DAVE, "registry knows it"),
            Ask::block(PEAR, BOB, "may have it"),
        ]
    );
}

#[test]
fn so_many_as_said_are_asked_for_the_block() {
    let rows = SessionRows::new(&[APPLE], &[ALICE]);

    assert_eq!(
        selected(&rows, 2),
        [
            Ask::block(APPLE, CAROL, "registry knows it"),
            Ask::block(APPLE, DAVE, "registry knows it").hedged(),
        ]
    );
}

#[test]
fn the_base_decides_once_somebody_has_it_or_an_ask_failed() {
    let mut has = SessionRows::new(&[APPLE], &[ALICE]).said(ALICE, APPLE, Presence::Have);
    has.wants[0].holders = 1;
    let mut failed = SessionRows::new(&[APPLE], &[ALICE]);
    failed.wants[0].failed_asks = 1;
    let lacks = SessionRows::new(&[APPLE], &[ALICE, CAROL, DAVE])
        .said(CAROL, APPLE, Presence::DontHave)
        .said(DAVE, APPLE, Presence::DontHave);

    assert_eq!(selected(&has, 1), [Ask::block(APPLE, ALICE, "has it")]);
    assert_eq!(selected(&failed, 1), [Ask::block(APPLE, ALICE, "may have it")]);
    assert_eq!(selected(&lacks, 1), [Ask::block(APPLE, ALICE, "may have it")]);
}

/// Knows two for the apple, and nobody for the pear.
struct Orchard;

impl Candidates for Orchard {
    fn candidates(&mut self, _: Timestamp, want: CidKey, limit: usize) -> Vec<PeerKey> {
        let known = if want == APPLE { vec![CAROL, DAVE] } else { Vec::new() };
        known.into_iter().take(limit).collect()
    }
}

fn selected(rows: &SessionRows, want_blocks: u32) -> Vec<Ask> {
    let (mut asks, mut dice, mut registry) = (Asks::default(), dice(1), Orchard);
    let mut ctx = Ctx::new(at(0), &mut dice).with_registry(&mut registry);
    let params = Params { want_blocks, ..Params::default() };
    RegistryFirst::new(params).select(&mut ctx, &rows.view(), &mut asks);
    asks.drain().collect()
}
