//! A script's own tests: functions called `test_…`, which are run and not trusted either.

use bitswap_core::strategy::Role;
use bitswap_strategies::script::{Cause, Misfit, Script, ScriptError};
use toml::Table;

#[test]
fn tests_are_found_in_the_order_of_the_text() {
    let script = policy("fn test_b(ctx) { } fn helper() { }\nfn test_a(ctx) { }");

    assert_eq!(script.tests(), ["test_b", "test_a"]);
}

#[test]
fn a_test_that_holds_passes_and_one_that_does_not_says_where_and_what() {
    let script = policy(
        "fn test_good(ctx) { assert_eq(weigh(ctx, account(#{ refusals: 2 })), 1026); }
         fn test_bad(ctx) {
             assert_eq(weigh(ctx, account(#{})), 7);
         }
         fn test_told(ctx) { assert(false, \"the sky fell\"); }",
    );

    assert!(script.run_test("test_good").is_ok_and(|operations| operations > 0));
    let failure = script.run_test("test_bad").unwrap_err();
    assert_eq!(failure.to_string(), "test:4:14: in `test_bad`: runtime error: 1024 is not 7");
    let told = script.run_test("test_told").unwrap_err();
    assert!(told.what.ends_with("the sky fell"), "{told}");
}

#[test]
fn tests_have_a_clock_and_every_view() {
    let script = policy(
        "fn test_all(ctx) {
             ctx.now_ms = 5_000;
             assert_eq(ctx.now_ms, 5_000);
             assert_eq(task(#{ priority: -3 }).priority, -3);
             assert_eq(peer_queue(#{ peer: 7, weight: 2048 }).weight, 2048);
             assert_eq(request(#{ kind: \"have\" }).kind, \"have\");
             assert_eq(search(#{ answer_time_ms: 30 }).answer_time_ms, 30);
             assert_eq(relay_request(#{ requester: 4, ttl: 2 }).ttl, 2);
             assert(relay_view([1, 2]).eligible.contains(2));
             assert_eq(event(#{ kind: \"block_sent\", peer: 3, bytes: 9 }).bytes, 9);
             let said = [[\"have\", \"asked\"], [\"unknown\", \"dont_have\"]];
             let rows = session(#{ wants: 2, peers: [#{ peer: 5 }, #{}], presences: said });
             assert_eq([rows.wants[1].want, rows.peers[0].peer, rows.peers[1].peer], [1002, 5, 2]);
             assert_eq(rows.presence(1, 1), \"dont_have\");
             let asks = ctx.new_asks();
             asks.have(1001, 5, \"who has it\", #{ delay_ms: 20 });
             assert_eq([asks.list[0].kind, asks.list[0].delay_ms], [\"have\", 20]);
             ctx.because(\"done\");
             assert_eq(ctx.reason, \"done\");
         }",
    );

    assert_eq!(script.run_test("test_all").err(), None);
}

#[test]
fn a_slip_in_a_view_is_not_silent() {
    for (view, what) in [
        ("account(#{ sent_too: 1 })", "`sent_too` has no place in it"),
        ("account(#{ sent_to: -1 })", "sent_to is -1, below 0"),
        ("session(#{ wants: 300 })", "wants are 0 to 256"),
        ("session(#{ wants: 1, peers: 2, presences: [[\"have\"]] })", "1 arrays of 2 words"),
        ("event(#{ kind: \"rumour\" })", "there is no event `rumour`"),
    ] {
        let script = policy(&format!("fn test_slip(ctx) {{ {view}; }}"));

        let failure = script.run_test("test_slip").unwrap_err();

        assert!(failure.what.contains(what), "{view}: {failure}");
    }
}

#[test]
fn a_test_that_does_not_end_is_ended() {
    let script = policy("fn test_loop(ctx) { loop { } }");

    assert_eq!(script.run_test("test_loop").unwrap_err().cause, Cause::Budget);
}

#[test]
fn what_tests_have_is_not_there_while_the_script_runs() {
    let text = "fn weigh(ctx, account) { assert(true); 1024 }";
    let loaded = Script::load(Role::LedgerPolicy, "test", text, &Table::new());

    assert!(matches!(loaded, Err(ScriptError::Fails(_))), "{loaded:?}");
}

#[test]
fn a_test_without_ctx_is_told_how_to_write_it() {
    let script = policy("fn test_bare() { }");

    let failure = script.run_test("test_bare").unwrap_err();

    assert_eq!(failure.what, "it has to be written `fn test_bare(ctx)`");
}

#[test]
fn roles_are_told_by_functions() {
    let of = |text| Script::roles("test", text).unwrap();

    assert_eq!(of("fn weigh(a) { } fn other() { }"), [Role::LedgerPolicy]);
    assert_eq!(of("fn other() { }"), []);
    assert_eq!(
        of("fn rank_task(a) { } fn select() { }"),
        [Role::PeerSelector, Role::TaskPrioritizer]
    );
    assert!(matches!(Script::roles("test", "fn"), Err(ScriptError::Syntax { .. })));
}

#[test]
fn a_script_that_minds_its_manners_only_in_the_rehearsal_does_not_conform() {
    let pretends = "fn weigh(ctx, account) {
                        if ctx.now_ms % 500 != 0 { loop { } }
                        ctx.because(\"good\");
                        1024
                    }";
    let rude = "fn weigh(ctx, account) { 1024 }";
    let conforms = |text| {
        let script = Script::load(Role::LedgerPolicy, "test", text, &Table::new()).unwrap();
        script.conform().map(|stats| stats.counts().calls)
    };

    let Err(Misfit::Fails(failure)) = conforms(pretends) else { panic!() };
    assert_eq!(failure.cause, Cause::Budget);
    assert!(matches!(conforms(rude), Err(Misfit::Breaks { .. })), "it gives no reason");
}

fn policy(tests: &str) -> Script {
    let weigh = "fn weigh(ctx, account) { 1024 + account.refusals }";
    Script::load(Role::LedgerPolicy, "test", &format!("{weigh}\n{tests}"), &Table::new()).unwrap()
}
