//! What scripts have besides the language: work on whole lists, draws, curves and tables.

use bitswap_core::strategy::Role;
use bitswap_strategies::script::Script;
use toml::Table;

#[test]
fn the_functions_do_what_the_page_says() {
    let script = load(FUNCTIONS);
    for test in script.tests() {
        assert_eq!(script.run_test(&test).err(), None);
    }
    assert_eq!(script.tests().len(), 4);
}

#[test]
fn long_lists_are_paid_for() {
    let text = |body: &str| {
        let list = "let all = []; all.pad(400, 1);";
        format!("fn weigh(ctx, account) {{ 1024 }} fn test_cost(ctx) {{ {list} {body} }}")
    };
    let [none, sum] = ["", "all.sum();"].map(|body| load(&text(body)).run_test("test_cost"));
    assert!(sum.unwrap() >= none.unwrap() + 1 + 400 / 8);
}

#[test]
fn what_is_wrong_is_told() {
    for (body, why) in [
        (
            "session(#{ peers: 1 }).peers.sum(\"speed\")",
            "a Peer has no field `speed`; there are column, peer,",
        ),
        ("[1, \"a\"].sum()", "is in a list of integers"),
        ("[1, 2].order_by([1])", "1 keys do not order 2 values"),
        ("mul_div(1, 1, 0)", "there is no division by 0"),
        ("table(10_001)", "a table has room for 1 to 10000 entries, not for 10001"),
        ("let it = table(1); it[1] = table(1);", "a table holds a table"),
    ] {
        let script = load(&format!("fn weigh(ctx, a) {{ 1024 }} fn test_it(ctx) {{ {body} }}"));
        let failure = script.run_test("test_it").expect_err(body);
        assert!(failure.what.contains(why), "{failure}");
    }
}

fn load(text: &str) -> Script {
    Script::compile(Role::LedgerPolicy, "test", text, &Table::new()).unwrap()
}

const FUNCTIONS: &str = r#"
fn weigh(ctx, account) { 1024 }

fn test_numbers(ctx) {
    assert_eq(mul_div(4_000_000_000_000, 4_000_000_000_000, 8_000_000_000_000), 2_000_000_000_000);
    assert_eq([ewma((), 100, 2), ewma(100, 200, 2)], [100, 125]);
    assert_eq([sigmoid_1024(0), tanh_1024(9_000), ln_1024(3)], [512, 1024, 1125]);
    assert_eq(sqrt_1024(2_048), 1448);
    assert_eq([[3, 1, 2].sum(), [].sum()], [6, 0]);
    let times = [30, 10, 20];
    assert_eq([times.quantile(50), times.quantile(100), [].quantile(5)], [20, 30, ()]);
    assert_eq(["a", "b", "c"].order_by([2, 1, 2]), ["b", "a", "c"]);
}

fn test_lists_of_rows(ctx) {
    let peers = session(#{ peers: [#{ answer_time_ms: 50 }, #{}, #{ answer_time_ms: 20 }] }).peers;
    assert_eq([peers.sum("answer_time_ms"), peers.min_by("answer_time_ms").peer], [70, 3]);
    assert_eq([peers.max_by("answer_time_ms").peer, peers.min_by("delivery_rate")], [1, ()]);
    let order = peers.order_by("answer_time_ms");
    assert_eq([order.len, order[0].peer, order[1].peer], [2, 3, 1]);
    assert_eq(peers.max_by("resets").peer, 1);
    assert_eq(relay_view([1, 2, 3]).eligible.without([2]).len, 2);
}

fn test_draws(ctx) {
    let drawn = [0, 0, 0];
    for round in 0..400 { drawn[ctx.weighted([1, 0, 3])] += 1; }
    assert(drawn[0] > 60 && drawn[0] < 140 && drawn[1] == 0);
    assert_eq(ctx.weighted([0, 0]), ());
    assert_eq(ctx.sample([7, 7, 7], 2), [7, 7]);
    assert_eq(ctx.sample([1, 2], 9).sum(), 3);
    ctx.connected = [4];
    assert(ctx.is_connected(4) && !ctx.is_connected(5));
}

fn test_tables(ctx) {
    let table = table(2);
    table[5] = "five";
    table[-6] = [1];
    table[-6] += 2;
    let copy = table;
    table[7] = #{ a: 1 };
    assert_eq([table[5], table[-6], table[7].a, table.len], [(), [1, 2], 1, 2]);
    assert_eq([copy[5], copy.len, table.newest(9), table.newest(1)], ["five", 2, [7, -6], [7]]);
    assert_eq([table.remove(7).a, table.contains(7), table.contains(-6)], [1, false, true]);
}
"#;
