//! Scripts that mean harm: each ends within its budget, and the decision is made all the same.

use bitswap_core::PeerKey;
use bitswap_core::strategy::{Ctx, Role, Weight};
use bitswap_strategies::catalog::Strategy;
use bitswap_strategies::fixture::{account, at, dice};
use bitswap_strategies::script::{Cause, Script, ScriptError};
use toml::Table;

/// Bodies of `weigh(ctx, account)` that compile and must fail, for this cause.
const FAIL: &[(Cause, &str)] = &[
    // Work without end.
    (Cause::Budget, "loop { }"),
    (Cause::Budget, "while true { let x = 1; }"),
    (Cause::Budget, "do { } while true; 1"),
    (Cause::Budget, "for i in 0..9223372036854775807 { } 1"),
    (Cause::Budget, "loop { try { loop { } } catch { } }"),
    (Cause::Budget, "try { loop { } } catch { } 1024"),
    (Cause::Budget, "loop { ctx.below(7); }"),
    (Cause::Budget, "loop { try { throw 1 } catch { } }"),
    (Cause::Budget, "let a = []; a.pad(500, 1); loop { a.index_of(2); }"),
    (Cause::Budget, "let a = []; a.pad(500, 1); for i in 0..1000 { a.index_of(2); } 1024"),
    (Cause::Budget, "let a = []; a.pad(500, 1); let b = a; for i in 0..1000 { a == b; } 1024"),
    (Cause::Budget, "let a = []; a.pad(512, \"x\"); loop { a.contains(\"y\"); }"),
    (Cause::Budget, "let a = []; a.pad(512, 1); loop { a.sort(); a.reverse(); }"),
    (Cause::Budget, "let a = []; a.pad(512, 1); loop { a.dedup(); a.pad(512, 2); }"),
    (Cause::Budget, "let s = \"x\"; let i = 0; loop { s = `${i}`; i += 1; }"),
    (Cause::Budget, "twice(64)"),
    // Depth.
    (Cause::Error, "down(0)"),
    (Cause::Error, "ping(0)"),
    (Cause::Error, "nest(0)"),
    (Cause::Error, "this.m = #{}; loop { try { nest(0); } catch { throw 1 } }"),
    // Size.
    (Cause::Error, "let s = \"x\"; loop { s += s; }"),
    (Cause::Error, "let s = \"x\"; loop { s = `${s}${s}`; }"),
    (Cause::Error, "let a = [1]; loop { a += a; }"),
    (Cause::Error, "let a = [1]; loop { a.append(a); }"),
    (Cause::Error, "let a = []; loop { a.push(a); }"),
    (Cause::Error, "let a = [1]; loop { a = [a, a, a, a]; }"),
    (Cause::Error, "let a = []; a.pad(1_000_000_000, 1); 1"),
    (
        Cause::Budget,
        "let v = #{}; for i in 0..250 { v[`${i}`] = 1; } let m = #{}; \
                    let i = 0; loop { m[`${i}`] = v; i += 1; }",
    ),
    (
        Cause::Budget,
        "let v = []; v.pad(500, 1); let m = #{}; \
                    let i = 0; loop { m[`${i}`] = v; i += 1; }",
    ),
    (
        Cause::Budget,
        "let v = []; v.pad(500, 1); let a = []; a.pad(500, 0); \
                    let i = 0; loop { a[i % 500] = v; i += 1; }",
    ),
    (
        Cause::Error,
        "let s = \"x\"; for i in 0..1000 { s += \"x\"; } let a = []; \
                    loop { a.push(s + a.len); }",
    ),
    (Cause::Error, "let m = #{}; let i = 0; loop { m[i.to_string()] = i; i += 1; m.len; }"),
    (Cause::Error, "let m = #{}; loop { m = #{ a: m, b: m }; }"),
    (Cause::Error, "let m = #{}; let i = 0; loop { m[`k${i}`] = m; i += 1; }"),
    // Errors.
    (Cause::Error, "throw \"no\""),
    (Cause::Error, "throw #{ a: [1, 2] }"),
    (Cause::Error, "9223372036854775807 + 1"),
    (Cause::Error, "-(-9223372036854775807 - 1)"),
    (Cause::Error, "1 / 0"),
    (Cause::Error, "1 % 0"),
    (Cause::Error, "[1][7]"),
    (Cause::Error, "[1][-7]"),
    (Cause::Error, "#{ a: 1 }.b"),
    (Cause::Error, "account.nothing"),
    (Cause::Error, "account.sent_to = 7; 1024"),
    (Cause::Error, "unknown(1)"),
    (Cause::Error, "(0.0 / 0.0).to_int()"),
    (Cause::Error, "1e300.to_int()"),
    (Cause::Error, "() + 1"),
    (Cause::Error, "ctx.because(\"this is a reason of very many words\"); 1024"),
    (Cause::Error, "ctx.because(\"\"); 1024"),
    // Ways out.
    (Cause::Error, "sleep(3)"),
    (Cause::Error, "timestamp()"),
    (Cause::Error, "exit(1024)"),
    (Cause::Error, "rand()"),
    (Cause::Error, "open_file(\"/etc/passwd\")"),
    (Cause::Error, "[1].map(\"twice\")"),
    (Cause::Error, "let f = once; let a = [3, 1]; a.all(f); 1"),
    (Cause::Error, "let f = once; let a = [3, 1]; a.dedup(f); 1"),
    (Cause::Error, "let f = once; let a = [3, 1]; a.drain(f); 1"),
    (Cause::Error, "let f = once; let a = [3, 1]; a.filter(f); 1"),
    (Cause::Error, "let f = once; let a = [3, 1]; a.find(f); 1"),
    (Cause::Error, "let f = once; let a = [3, 1]; a.find_map(f); 1"),
    (Cause::Error, "let f = once; let a = [3, 1]; a.for_each(f); 1"),
    (Cause::Error, "let f = once; let a = [3, 1]; a.index_of(f); 1"),
    (Cause::Error, "let f = once; let a = [3, 1]; a.map(f); 1"),
    (Cause::Error, "let f = once; let a = [3, 1]; a.reduce(f); 1"),
    (Cause::Error, "let f = once; let a = [3, 1]; a.reduce_rev(f); 1"),
    (Cause::Error, "let f = once; let a = [3, 1]; a.retain(f); 1"),
    (Cause::Error, "let f = once; let a = [3, 1]; a.some(f); 1"),
    (Cause::Error, "let f = once; let a = [3, 1]; a.sort(f); 1"),
    (Cause::Error, "let f = once; let a = [3, 1]; a.sort_by(f); 1"),
    (Cause::Error, "let f = once; [3, 1].find(f, 0); 1"),
    (Cause::Error, "let f = once; [3, 1].find_map(f, 0); 1"),
    (Cause::Error, "let f = once; [3, 1].index_of(f, 0); 1"),
    (Cause::Error, "let f = once; [3, 1].reduce(f, 0); 1"),
    (Cause::Error, "let f = once; [3, 1].reduce_rev(f, 0); 1"),
    (Cause::Error, "let f = once; let m = #{ a: 1 }; m.drain(f); 1"),
    (Cause::Error, "let f = once; let m = #{ a: 1 }; m.filter(f); 1"),
    (Cause::Error, "let f = once; let m = #{ a: 1 }; m.retain(f); 1"),
    (Cause::Error, "let f = down; f(0)"),
    (Cause::Answer, "let f = once; f"),
    (Cause::State, "this.f = once; 1024"),
    (Cause::Error, "let a = [3, 1]; a.sort(\"twice\"); 1"),
    (Cause::Error, "let a = [3, 1]; a.dedup(\"twice\"); 1"),
    (Cause::Error, "let a = [3, 1]; a.retain(\"once\"); 1"),
    (Cause::Error, "let a = [3, 1]; a.drain(\"once\"); 1"),
    (Cause::Error, "[3, 1].reduce(\"twice\"); 1"),
    (Cause::Error, "[3, 1].reduce(\"twice\", 0); 1"),
    (Cause::Error, "[3, 1].reduce_rev(\"twice\"); 1"),
    (Cause::Error, "[3, 1].some(\"once\"); 1"),
    (Cause::Error, "[3, 1].index_of(\"once\", 0); 1"),
    (Cause::Error, "\"x\".pad(100_000_000, 'x'); 1"),
    (Cause::Error, "\"xx\".replace(\"x\", \"yyyy\"); 1"),
    // Answers that are none.
    (Cause::Answer, ""),
    (Cause::Answer, "()"),
    (Cause::Answer, "\"1024\""),
    (Cause::Answer, "1024.0"),
    (Cause::Answer, "0.0 / 0.0"),
    (Cause::Answer, "1.0 / 0.0"),
    (Cause::Answer, "true"),
    (Cause::Answer, "[1024]"),
    (Cause::Answer, "#{ weight: 1024 }"),
    (Cause::Answer, "ctx"),
    (Cause::Answer, "account"),
    // What cannot be kept.
    (Cause::State, "this.ctx = ctx; 1024"),
    (Cause::State, "this.account = account; 1024"),
    (Cause::State, "this.deep = [[[[[1]]]]]; 1024"),
    (
        Cause::State,
        "this.large = []; for i in 0..200 { this.large.push(\"x\"); } \
                    for i in 0..200 { this.large[i] = `${i}`; } let s = \"\"; s = fill(s); \
                    for i in 0..200 { this.large[i] = s; } 1024",
    ),
    (Cause::State, "this = 5; 1024"),
];

/// Bodies that do no harm, although they look it, with the weight that they give.
const HARMLESS: &[(u32, &str)] = &[
    (Weight::MOST.get(), "9223372036854775807"),
    (Weight::LEAST.get(), "-9223372036854775807"),
    (1_024, "min(1024, 5000)"),
    (1_024, "let a = [3, 1, 2]; a.sort(); a[0] * 1024"),
    (7_000, "abs(7000)"),
    (1_024, "if (0.0 / 0.0) > 1.0 { 1 } else { 1024 }"),
    (1_025, "[\"once\", \"twice\"].index_of(\"twice\") + 1024"),
    (1_024, "ctx.below(-5) + ctx.below(0) + 1024"),
];

/// Texts that do not compile.
const REFUSED: &[&str] = &[
    "eval(\"1\")",
    "Fn(\"weigh\")",
    "Fn(\"weigh\").call(1)",
    "let f = |x| x; 1",
    "[1, 2].map(|x| x)",
    "let f = Fn(\"twice\"); loop { f = f.curry(f); }",
    "print(\"hello\")",
    "debug(1)",
    "import \"secrets\" as s; 1",
    "export x; 1",
    "global::x",
    "is_def_fn(\"weigh\", 2)",
    "2.0 ** 0.5",
    "let x = 1; spawn x",
    "x = 1",
    "let f = once; f.call(1)",
    "let f = once; f.curry(f)",
    "std::process::exit(1)",
    "#!/bin/sh",
    "/* never closed",
    "\"never closed",
    "let x = \u{0}",
];

#[test]
fn each_ends_within_its_budget_and_the_native_strategy_answers() {
    for (cause, body) in FAIL {
        let script = compile(body).unwrap_or_else(|error| panic!("{body}: {error}"));
        let (strategy, stats) = script.strategy();
        let Strategy::LedgerPolicy(mut policy) = strategy else { panic!() };
        for minute in 0..3 {
            let (mut dice, moment) = (dice(1), at(minute * 60_000));
            let weight = policy.weigh(&mut Ctx::new(moment, &mut dice), &account(PeerKey(1), 0, 0));
            assert_eq!(weight, Weight::ONE, "{body}");
        }

        let counts = stats.counts();
        assert_eq!((counts.calls, counts.failures), (3, 3), "{body}");
        assert_eq!(stats.failures(*cause), 3, "{body}: {:?}", stats.first_failure());
        assert!(counts.most_operations <= 20_600, "{body}: {counts:?}");
    }
}

#[test]
fn none_of_them_passes_the_rehearsal() {
    for (_, body) in FAIL {
        let loaded = Script::load(Role::LedgerPolicy, "test", &text(body), &Table::new());

        assert!(matches!(loaded, Err(ScriptError::Fails(_))), "{body}: {loaded:?}");
    }
}

#[test]
fn some_only_look_hostile() {
    for (expected, body) in HARMLESS {
        let script = compile(body).unwrap_or_else(|error| panic!("{body}: {error}"));
        let (strategy, stats) = script.strategy();
        let Strategy::LedgerPolicy(mut policy) = strategy else { panic!() };
        let weight = policy.weigh(&mut Ctx::new(at(0), &mut dice(1)), &account(PeerKey(1), 0, 0));

        assert_eq!(stats.first_failure(), None, "{body}");
        assert_eq!(weight.get(), *expected, "{body}");
    }
}

#[test]
fn ways_out_do_not_even_compile() {
    for body in REFUSED {
        let refused = compile(body);

        assert!(matches!(refused, Err(ScriptError::Syntax { .. })), "{body}: {refused:?}");
    }
}

#[test]
fn texts_that_would_cost_much_to_read_are_refused() {
    let deep = format!("{}1{}", "(".repeat(500), ")".repeat(500));
    let blocks = format!("{}1{}", "{".repeat(500), "}".repeat(500));
    let sum = vec!["1"; 500].join(" + ");
    let list = format!("[{}]", vec!["1"; 600].join(","));
    let word = format!("\"{}\"", "x".repeat(2_000));
    let functions: Vec<_> = (0..40).map(|number| format!("}} fn f{number}() {{ 1 ")).collect();
    let functions = functions.concat();
    for body in [deep, blocks, list, word, functions] {
        let refused = compile(&body);
        assert!(matches!(refused, Err(ScriptError::Syntax { .. })), "{body}: {refused:?}");
    }
    let refused = compile(&sum).is_err();
    assert!(refused, "a sum of five hundred is too deep");
}

fn compile(body: &str) -> Result<Script, ScriptError> {
    Script::compile(Role::LedgerPolicy, "test", &text(body), &Table::new())
}

fn text(body: &str) -> String {
    format!(
        "fn down(n) {{ down(n + 1) }}
         fn ping(n) {{ pong(n) }}
         fn pong(n) {{ ping(n) }}
         fn nest(n) {{
             if n >= 0 {{ for i in 0..9 {{ return [[[1 + nest(n + 1)]]]; }} }}
         }}
         fn twice(n) {{
             let x = 0;
             for i in 0..n {{ x += once(n); }}
             if n == 0 {{ 1 }} else {{ twice(n - 1) }}
         }}
         fn once(n) {{ let x = 0; for i in 0..n {{ x += i; }} x }}
         fn fill(s) {{ for i in 0..1000 {{ s += \"x\"; }} s }}
         fn weigh(ctx, account) {{ {body} }}"
    )
}
