//! What is said of a script that cannot be used: where, what, why, and what to do.

use bitswap_core::strategy::{Ctx, EventMask, Role, StrategyEvent, Weight};
use bitswap_core::{Keys, PeerKey};
use bitswap_strategies::catalog::{self, CatalogError, Strategy, StrategyChoice};
use bitswap_strategies::fixture::{account, at, dice};
use bitswap_strategies::script::{Script, ScriptError};
use toml::Table;

#[test]
fn a_slip_of_the_pen_is_told_by_line_and_column() {
    assert_eq!(
        refused(Role::LedgerPolicy, "fn weigh(ctx, account) {\n    let x = ;\n}"),
        "test:2:13: unexpected ';'"
    );
    assert_eq!(
        refused(Role::LedgerPolicy, "fn weigh(ctx, account) {\n    1024 * acount.sent_to\n}"),
        "test:2:12: undefined variable: acount"
    );
}

#[test]
fn a_missing_function_is_told_with_its_arguments() {
    assert_eq!(
        refused(Role::PeerSelector, "fn weigh(ctx, account) { 1024 }"),
        "test:1:1: there is no `fn select(ctx, session, asks)`, by which a peer_selector is asked; \
         add it"
    );
    assert_eq!(
        refused(Role::PeerSelector, "fn selekt(ctx, session, asks) { }"),
        "test:1:1: there is no `fn select(ctx, session, asks)`, by which a peer_selector is asked; \
         is `selekt` meant to be it?"
    );
    assert_eq!(
        refused(Role::LedgerPolicy, "fn weigh(ctx, account) { 1024 }\nfn observe(ctx, event) { }"),
        "test:2:1: there is no `fn events()`, by which a ledger_policy is asked; add it"
    );
}

#[test]
fn wrong_arity_is_told_where_it_is() {
    assert_eq!(
        refused(Role::LedgerPolicy, "\n  fn weigh(account) { 1024 }"),
        "test:2:3: `weigh` takes 1 arguments, but is called as `fn weigh(ctx, account)`; write it \
         so"
    );
}

#[test]
fn what_only_fails_when_it_runs_is_found_in_the_rehearsal() {
    assert_eq!(
        refused(Role::LedgerPolicy, "fn weigh(ctx, account) {\n    account.sent_too\n}"),
        "test:2:13: in `weigh`: unknown property 'sent_too' - a getter is not registered for type \
         'Account'"
    );
    assert_eq!(
        refused(
            Role::LedgerPolicy,
            "fn weigh(ctx, account) {\n    account.last_exchange_at_ms + 1\n}"
        ),
        "test:2:33: in `weigh`: function not found: + ((), i64)"
    );
    assert_eq!(
        refused(Role::LedgerPolicy, "\n\n  fn weigh(ctx, account) { 1.5 }"),
        "test:3:3: in `weigh`: a weight is not an integer but of type f64"
    );
    assert_eq!(
        refused(Role::ProviderFinder, "fn next_step(ctx, search) { #{ step: \"rest\" } }"),
        "test:1:1: in `next_step`: there is no step `rest`; there are ask, broadcast, \
         candidates, give_up, wait_until"
    );
    assert_eq!(
        refused(
            Role::ProviderFinder,
            "fn next_step(ctx, search) { #{ step: \"give_up\", resaon: 1 } }"
        ),
        "test:1:1: in `next_step`: there is no `resaon` here; there are at_ms, limit, \
         max_providers, newcomers, peers, reason, source, step, timeout_ms, ttl, want, wants"
    );
}

#[test]
fn settings_that_are_wrong_are_told_where_they_are() {
    let with = |more: &str| format!("fn weigh(ctx, account) {{ 1024 }}\n{more}");
    let known: Vec<_> = catalog::of_role(Role::LedgerPolicy).map(|entry| entry.name).collect();
    assert_eq!(
        refused(Role::LedgerPolicy, &with("fn fallback() { \"opne\" }")),
        format!(
            "test:2:1: `fallback` names no ledger_policy: `opne`; there are {}",
            known.join(", ")
        )
    );
    assert_eq!(
        refused(
            Role::LedgerPolicy,
            &with("fn events() { [\"rain\"] }\nfn observe(ctx, event) { }")
        ),
        "test:2:1: in `events`: there is no event `rain`; there are ask_ended, ask_made, \
         block_received, block_sent, broadcast_made, dont_have_received, duplicate_received, \
         have_received, lookup_ended, peer_connected, peer_disconnected, peer_reset, \
         provider_found, queue_emptied, session_closed, session_opened, turn_taken, want_seen"
    );
    assert_eq!(
        refused(Role::LedgerPolicy, &with("fn init(params) { [1] }")),
        "test:2:1: in `init`: `this` is not a map but of type array"
    );
    assert_eq!(
        refused(Role::LedgerPolicy, &with("fn params() { loop { } }")),
        "test:2:1: in `params`: it takes more than 20000 operations"
    );
}

#[test]
fn parameters_are_checked_against_those_that_the_script_lists() {
    let text = "fn params() { #{ parts: 7, share: 0.5 } }\n\
                fn weigh(ctx, account) { ctx.params.parts + (ctx.params.share * 100.0).to_int() }";
    let told = |params: &str| {
        let params: Table = params.parse().unwrap();
        let script = Script::load(Role::LedgerPolicy, "test", text, &params);
        script.map(|script| weight(&script)).map_err(|error| error.to_string())
    };

    assert_eq!(told(""), Ok(57));
    assert_eq!(told("parts = 1000\nshare = 1"), Ok(1_100));
    assert_eq!(
        told("part = 3").unwrap_err(),
        "test:1:1: there is no parameter `part`; did you mean `parts`? there are parts, share"
    );
    assert_eq!(
        told("parts = 3.5").unwrap_err(),
        "test:1:1: parts = 3.5 is not an integer such as 3, as in `params`; give one"
    );
}

#[test]
fn a_script_can_be_told_a_list_of_peers() {
    let text = "fn params() { #{ friends: [] } }\n\
                fn weigh(ctx, account) {\n\
                    for id in ctx.params.friends {\n\
                        if ctx.key_of(id) == account.peer { return 2048; }\n\
                    }\n\
                    1024\n\
                }";
    let id = "12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA";
    let friend = Keys::new(7).peer(&id.parse().unwrap());
    let params = format!("friends = [\"{id}\"]").parse().unwrap();
    let script = Script::load(Role::LedgerPolicy, "test", text, &params).unwrap();
    let Strategy::LedgerPolicy(mut policy) = script.strategy().0 else { panic!() };
    let mut dice = dice(1);
    let mut ctx = Ctx::new(at(1), &mut dice).with_keys(Keys::new(7));

    let weights = [friend, PeerKey(2)].map(|peer| policy.weigh(&mut ctx, &account(peer, 0, 0)));
    assert_eq!(weights, [Weight::parts(2_048), Weight::ONE]);
    let wrong = Script::load(Role::LedgerPolicy, "test", text, &"friends = [7]".parse().unwrap());
    assert_eq!(
        wrong.unwrap_err().to_string(),
        "test:1:1: friends = [7] is not a list of texts such as [\"name\"], as in `params`; give \
         one"
    );
}

#[test]
fn a_long_text_is_not_even_read() {
    let text = "fn f() { }\n".repeat(10_000);
    assert_eq!(
        refused(Role::LedgerPolicy, &text),
        "test:1:1: the script has 110000 bytes, of at most 65536; shorten it"
    );
}

#[test]
fn a_choice_with_a_bad_script_builds_nothing() {
    let choice = StrategyChoice::default().with_script(Role::Registry, "mine", "fn candidates(");
    let error = choice.build().unwrap_err();

    let CatalogError::Script(script) = &error else { panic!("{error}") };
    assert!(matches!(**script, ScriptError::Syntax { .. }));
    assert!(error.to_string().starts_with("mine:1:15: "), "{error}");
}

#[test]
fn a_script_hears_what_it_and_its_fallback_want_to_hear() {
    let text = "fn init(params) { #{ seen: 1024 } }
                fn events() { [\"peer_connected\"] }
                fn observe(ctx, event) {
                    if event.kind != \"peer_connected\" { throw 1; }
                    this.seen += 1;
                }
                fn weigh(ctx, account) { this.seen }";
    let script = Script::load(Role::LedgerPolicy, "test", text, &Table::new()).unwrap();
    let Strategy::LedgerPolicy(mut policy) = script.strategy().0 else { panic!() };
    let mut dice = dice(1);
    let mut ctx = Ctx::new(at(0), &mut dice);

    assert_eq!(policy.events(), EventMask::PEER_CONNECTED);
    for _ in 0..3 {
        policy.observe(&mut ctx, &StrategyEvent::PeerConnected { peer: PeerKey(1) });
        policy.observe(&mut ctx, &StrategyEvent::PeerReset { peer: PeerKey(1) });
    }
    assert_eq!(policy.weigh(&mut ctx, &account(PeerKey(1), 0, 0)).get(), 1_027);
}

fn weight(script: &Script) -> u32 {
    let Strategy::LedgerPolicy(mut policy) = script.strategy().0 else { panic!() };
    let mut dice = dice(1);
    let mut ctx = Ctx::new(at(0), &mut dice);
    policy.weigh(&mut ctx, &account(PeerKey(1), 0, 0)).get()
}

fn refused(role: Role, text: &str) -> String {
    Script::load(role, "test", text, &Table::new()).unwrap_err().to_string()
}
