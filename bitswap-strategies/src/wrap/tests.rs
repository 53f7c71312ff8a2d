//! What strategies in wrappers inherit when the wrapper is replaced.

use bitswap_core::strategy::{Ctx, Registry, StrategyEvent};
use bitswap_core::{CidKey, PeerKey, SessionId};

use crate::catalog::{Base, Setting as _};
use crate::fixture::{at, dice};

const APPLE: CidKey = CidKey(11);
const BOB: PeerKey = PeerKey(2);

fn made(text: &str) -> Box<dyn Registry> {
    let table: toml::Table = format!("base = {text}").parse().unwrap();
    Base::read(&table["base"]).unwrap().registry()
}

/// Has heard that Bob brought an apple.
fn told(text: &str) -> Box<dyn Registry> {
    let mut registry = made(text);
    let (session, peer, want, bytes, after) = (SessionId(1), BOB, APPLE, 1, None);
    let came = StrategyEvent::BlockReceived { session, peer, want, bytes, after };
    registry.observe(&mut Ctx::new(at(0), &mut dice(1)), &came);
    registry
}

/// Whether `text` knows who brought the apple, after it took over from `before`.
fn knows(text: &str, before: &mut dyn Registry) -> bool {
    let mut registry = made(text);
    let mut random = dice(1);
    let mut ctx = Ctx::new(at(1), &mut random);
    if let Some(left) = before.export_state() {
        registry.import_state(&mut ctx, left);
    }
    registry.candidates(&mut ctx, APPLE, 3) == [BOB]
}

fn split(a: &str, b: &str, share: u32) -> String {
    format!("{{ use = 'split', a = {a}, b = {b}, share = {share} }}")
}

const KNOWS: &str = "'ttl-relay'";
const FORGETS: &str = "'forgetful'";

#[test]
fn a_nested_wrapper_that_only_changes_its_share_keeps_what_both_arms_know() {
    let nested = |share| {
        let fallback = format!("{{ use = 'fallback', first = {FORGETS}, then = {KNOWS} }}");
        let inner = split(KNOWS, &fallback, share);
        format!("{{ use = 'shadow', base = {inner}, shadow = {FORGETS} }}")
    };
    for share in [0, 100] {
        let mut before = told(&nested(50));
        assert!(knows(&nested(share), &mut *before), "{share} of 100 for the second");
    }
    assert!(!knows(&nested(100), &mut *made(&nested(50))), "nobody told it");
}

#[test]
fn an_experiment_that_begins_or_ends_leaves_the_strategy_in_charge_as_it_was() {
    let experiment = |share| split(KNOWS, KNOWS, share);
    assert!(knows(&experiment(0), &mut *told(KNOWS)));
    assert!(!knows(&experiment(100), &mut *told(KNOWS)), "the other one begins");
    assert!(knows(KNOWS, &mut *told(&experiment(50))));
    assert!(!knows(KNOWS, &mut *told(&split(FORGETS, KNOWS, 50))), "the first is in charge");
}

#[test]
fn a_wrapper_that_comes_around_another_or_goes_leaves_the_inner_one_as_it_was() {
    let inner = split(FORGETS, KNOWS, 100);
    let outer = format!("{{ use = 'shadow', base = {inner}, shadow = {FORGETS} }}");
    assert!(knows(&outer, &mut *told(&inner)));
    assert!(knows(&inner, &mut *told(&outer)));
}

#[test]
fn a_shadow_goes_on_with_what_it_knows() {
    let shadow =
        |shadow: &str| format!("{{ use = 'shadow', base = {FORGETS}, shadow = {shadow} }}");
    let mut before = told(&shadow(KNOWS));
    let mut after = made(&shadow(KNOWS));
    let mut random = dice(1);
    let mut ctx = Ctx::new(at(1), &mut random);
    after.import_state(&mut ctx, before.export_state().unwrap());
    after.candidates(&mut ctx, APPLE, 3);
    let report = after.report();
    assert_eq!(report.part("shadow").unwrap().count("different"), Some(1));
}
