//! Words that belong in one place, or in none.

use crate::code::{line_of, words};
use crate::paths::named;
use crate::tree::{Complaint, Source, expect_none, lines, rust_in, source, sources};

/// The crates that have no clock, no dice of their own and no outside world.
const PURE: &[&str] = &["bitswap-core/src/", "bitswap-strategies/src/", "bitswap-sim/src/"];

/// Programs of the simulator, which do have an outside world.
const PROGRAMS: &[&str] =
    &["bitswap-sim/src/bin/", "bitswap-sim/src/cli", "bitswap-sim/src/main.rs"];

/// Where rate limiters are handed the engine's time, under the name that their trait has for it.
const LIMITERS_CLOCK: &str = "bitswap-core/src/peers/rate_limits.rs";

const PRINTS: &[&str] = &["print", "println", "eprint", "eprintln"];

#[test]
fn no_clock_and_no_outside_world_below_net() {
    let pure = PURE.iter().flat_map(|folder| rust_in(folder));
    let files: Vec<_> = pure.filter(|source| !source.begins_in(PROGRAMS)).collect();
    let rule = "no clock and no printing here – take a Timestamp, return a value";
    let clockless = files.iter().filter(|source| source.path != LIMITERS_CLOCK);
    expect_none(clockless.flat_map(|source| mentions(source, &["Instant", "SystemTime"], rule)));
    expect_none(files.iter().flat_map(|source| mentions(source, PRINTS, rule)));
    expect_none(files.iter().flat_map(|source| outside_world(source)));
}

#[test]
fn one_map() {
    let pure = PURE.iter().flat_map(|folder| rust_in(folder));
    let others = pure.filter(|source| source.path != "bitswap-core/src/map.rs");
    let rule = "its order differs between runs – use map::Table, BTreeMap or BTreeSet";
    expect_none(others.flat_map(|source| mentions(source, &["HashMap", "HashSet"], rule)));
}

#[test]
fn one_seed() {
    let inside =
        ["strategies.rs", "client.rs", "chance"].map(|name| format!("bitswap-core/src/{name}"));
    let inside = inside.each_ref().map(String::as_str);
    let others = rust_in("bitswap-core/src/").filter(|source| !source.begins_in(&inside));
    expect_none(others.filter(|source| !source.is_inner_test()).flat_map(made_chance));
}

#[test]
fn blocks_are_hashed() {
    expect_none(unhashed_blocks(source("bitswap-core/src/block.rs")));
    // The store has a checksum of its own, a daemon has hashed what its client reads, and what is
    // counted of the store is not hashing.
    let vouching = [
        "benches/instructions/src/stores.rs",
        "bitswap-core/src/block",
        "bitswap-store/src/disk/segment/payload.rs",
        "bitswap-api/src/client/",
    ];
    let others = sources().iter().filter(|source| source.path.contains("/src/"));
    let rule = "bytes that are not hashed – go through Block::hashed";
    let others = others.filter(|source| !source.begins_in(&vouching));
    expect_none(others.flat_map(|source| mentions(source, &["assume_checked"], rule)));
}

#[test]
fn one_line_is_unsafe() {
    let rule = "the compiler cannot check this – find a library, or see bitswap-trim";
    let inside = "bitswap-trim/src/lib.rs";
    let unchecked = |source: &'static Source| mentions(source, &["unsafe"], rule);
    assert_eq!(unchecked(source(inside)).len(), 1);
    let others = sources().iter().filter(|source| source.is_rust() && source.path != inside);
    expect_none(others.flat_map(unchecked));
}

#[test]
fn one_sandbox() {
    let inside = ["bitswap-strategies/src/script/"];
    let others = sources().iter().filter(|source| source.path.contains("/src/"));
    expect_none(others.filter(|source| !source.begins_in(&inside)).flat_map(script_engines));
}

#[test]
fn one_driver() {
    let net = rust_in("bitswap-net/src/");
    let others = net.filter(|source| !source.path.starts_with("bitswap-net/src/driver"));
    expect_none(others.flat_map(driving));
}

/// What the engine joins.
const OWNERS: &[&str] = &["strategies", "peers", "client", "server", "relay"];

#[test]
fn the_engine_joins_few_owners_at_a_time() {
    expect_none(rust_in("bitswap-core/src/engine/").flat_map(joins_many));
    let planted = "self.strategies self.peers self.client() self.server() self.relay.get()";
    let planted = Source::new("bitswap-core/src/engine/all.rs", planted);
    assert_eq!(joins_many(&planted).len(), 1);
}

#[test]
fn what_is_known_of_a_peer_is_one_record() {
    // Accounts, peers that are dialled and members that left need no connection; the others are
    // what one want, session or relayed want knows of its few peers.
    let inside = ["peers.rs", "ledger.rs", "client/searches.rs", "client/sessions", "client/wants"];
    let inside = inside.into_iter().chain(["relay/entry.rs"]);
    let inside: Vec<String> = inside.map(|name| format!("bitswap-core/src/{name}")).collect();
    let inside: Vec<&str> = inside.iter().map(String::as_str).collect();
    let files = rust_in("bitswap-core/src/").filter(|source| !source.begins_in(&inside));
    expect_none(files.flat_map(tables_by_peer));
    let planted = Source::new("bitswap-core/src/server.rs", "rates: Table<PeerKey, Rate>,");
    assert_eq!(tables_by_peer(&planted).len(), 1);
}

#[test]
fn bounds_and_judgements_of_the_core_stand_in_one_place() {
    // What a message may hold, how a recording is written, what a hash is made of, what a rate is
    // counted in, how the usual CID is written, and when a table has an index.
    let others = ["limits.rs", "tuning.rs", "config.rs", "keys.rs", "peers/rate_limits.rs", "wire"];
    let others = others
        .into_iter()
        .chain(["short_cid.rs", "map.rs", "record"])
        .map(|name| format!("bitswap-core/src/{name}"));
    let others: Vec<String> = others.collect();
    let others: Vec<&str> = others.iter().map(String::as_str).collect();
    let files = rust_in("bitswap-core/src/").filter(|source| !source.begins_in(&others));
    expect_none(files.filter(|source| !source.is_inner_test()).flat_map(numbers_with_names));
    let planted = Source::new("bitswap-core/src/engine.rs", "const LONGEST: Duration = A;");
    assert_eq!(numbers_with_names(&planted).len(), 1);
}

#[test]
fn queues_between_tasks_are_bounded() {
    expect_none(rust_in("bitswap-net/src/").flat_map(unbounded));
}

#[test]
fn files_are_touched_in_one_place() {
    let engines = ["disk", "fault.rs", "redb"].map(|name| format!("bitswap-store/src/{name}"));
    let engines = engines.each_ref().map(String::as_str);
    let others = rust_in("bitswap-store/src/").filter(|source| !source.begins_in(&engines));
    expect_none(others.flat_map(outside_world));
}

#[test]
fn one_mouth() {
    let parts = ["bitswap-api", "bitswap-host", "bitswap-node", "bitswap-service"];
    let parts = parts.iter().flat_map(|part| rust_in(part));
    let others = parts.filter(|source| source.path.contains("/src/"));
    let others = others.filter(|source| source.path != "bitswap-node/src/cli/output.rs");
    let rule = "only cli/output.rs prints – hand it the value";
    expect_none(others.flat_map(|source| mentions(source, PRINTS, rule)));
}

#[test]
fn questions_change_nothing() {
    expect_none(sources().iter().filter(|source| source.is_rust()).flat_map(changing_questions));
    let planted = ["fn is_late(&mut self)", "fn has_room<T>(&mut self, at: T) -> bool"];
    let planted = Source::new("a.rs", planted.join("\nfn is_early(&self);\n"));
    assert_eq!(lines(&changing_questions(&planted)), [1, 3]);
}

fn changing_questions(source: &Source) -> Vec<Complaint> {
    let rule = "a question that changes what it asks – name it by what it does";
    let is_one = |text: &str| {
        let declared = text.split_once("fn ").and_then(|(_, rest)| rest.split_once("(&mut self"));
        declared.is_some_and(|(name, _)| name.starts_with("is_") || name.starts_with("has_"))
    };
    let lines = (1..).zip(source.code.lines()).filter(|(_, text)| is_one(text));
    lines.map(|(line, _)| source.complaint(line, rule)).collect()
}

fn tables_by_peer(source: &Source) -> Vec<Complaint> {
    let rule = "what is known of a peer stands in its record, peers.rs";
    let is_table =
        |text: &str| ["Table<PeerKey", "MultiMap<PeerKey"].iter().any(|it| text.contains(it));
    let lines = (1..).zip(source.code.lines()).filter(|(_, text)| is_table(text));
    lines.map(|(line, _)| source.complaint(line, rule)).collect()
}

impl Source {
    fn begins_in(&self, places: &[&str]) -> bool {
        places.iter().any(|place| self.path.starts_with(place))
    }
}

fn mentions(source: &Source, forbidden: &[&str], rule: &str) -> Vec<Complaint> {
    let found = |word: &&str| {
        let lines = words(&source.code, word).into_iter();
        let told: Vec<_> =
            lines.map(|line| source.complaint(line, format!("{word}: {rule}"))).collect();
        told
    };
    forbidden.iter().flat_map(found).collect()
}

fn outside_world(source: &Source) -> Vec<Complaint> {
    let outside = named(&source.code).into_iter().filter(|path| match path.segments.as_slice() {
        [root, module, ..] => {
            root == "std" && ["env", "fs", "net", "process", "thread"].contains(&module.as_str())
        }
        _ => false,
    });
    let complaint = |path: crate::paths::Named| {
        let named = path.segments.join("::");
        source.complaint(path.line, format!("{named}: no I/O here – let the caller do it"))
    };
    outside.map(complaint).collect()
}

/// Constants that are a number or a time.
fn numbers_with_names(source: &Source) -> Vec<Complaint> {
    const TYPES: &[&str] = &["Duration", "u8", "u16", "u32", "u64", "usize", "i32", "i64", "f64"];
    let rule = "a bound is in limits.rs, a judgement in tuning.rs – move it there";
    let is_number = |line: &str| {
        let declared = line.split_once("const ").and_then(|(_, rest)| rest.split_once(": "));
        let named = declared.filter(|(name, _)| !name.contains(|c: char| c.is_lowercase()));
        named.is_some_and(|(_, rest)| {
            let of = rest.split(" =").next().unwrap_or_default();
            TYPES.iter().any(|name| !words(of, name).is_empty())
        })
    };
    let lines = source.code.lines().enumerate().filter(|(_, line)| is_number(line));
    lines.map(|(place, _)| source.complaint(place + 1, rule)).collect()
}

fn script_engines(source: &Source) -> Vec<Complaint> {
    let rule = "only bitswap-strategies/src/script/ knows the script engine – go through Script";
    let found = words(&source.code, "rhai").into_iter();
    found.map(|line| source.complaint(line, rule)).collect()
}

fn made_chance(source: &Source) -> Vec<Complaint> {
    let rule = "only the engine makes a Chance – take one as an argument";
    let made = source.code.match_indices("Chance::");
    made.map(|(place, _)| source.complaint(line_of(&source.code, place), rule)).collect()
}

/// Ways in the file of `Block` by which one could come about, or change, without being hashed.
/// A recording has no bytes to hash, so what is read from one has a place of its own: the first.
/// The compiler sees to the other files as long as the fields are private.
fn unhashed_blocks(source: &Source) -> Vec<Complaint> {
    let code = &source.code;
    let mut complaints = Vec::new();
    let literals: Vec<_> = code
        .match_indices("Self {")
        .chain(code.match_indices("Block {"))
        .filter(|(place, _)| {
            let before = code.get(..*place).unwrap_or_default().trim_end();
            !["->", "struct", "impl", "for", "enum"].iter().any(|word| before.ends_with(word))
        })
        .collect();
    let others = ["fn elided(", "fn assume_checked("];
    let others = others.iter().filter(|name| code.contains(**name)).count();
    for (place, _) in literals.iter().skip(1 + others) {
        let rule = "a second place where a Block is made – go through Block::hashed";
        complaints.push(source.complaint(line_of(code, *place), rule));
    }
    let fields = code.split_once("struct Block {").map_or("", |(_, tail)| tail);
    let fields = fields.split_once('}').map_or("", |(fields, _)| fields);
    if fields.is_empty() || fields.contains("pub") {
        complaints.push(source.complaint(1, "Block has private fields – add a method instead"));
    }
    for (place, _) in code.match_indices("unchecked").chain(code.match_indices("&mut self")) {
        let rule = "a Block is made by hashing and never changed – hash a new one";
        complaints.push(source.complaint(line_of(code, place), rule));
    }
    complaints
}

fn driving(source: &Source) -> Vec<Complaint> {
    let calls = ["poll_action", "engine.handle(", "Engine::handle"];
    let found = calls.iter().flat_map(|call| source.code.match_indices(call));
    let rule = "only the driver runs the engine – send the driver an input";
    found.map(|(place, _)| source.complaint(line_of(&source.code, place), rule)).collect()
}

fn unbounded(source: &Source) -> Vec<Complaint> {
    let found = ["unbounded", "Unbounded"].iter().flat_map(|word| source.code.match_indices(word));
    let rule = "a queue without a bound – say how many it holds and who waits";
    found.map(|(place, _)| source.complaint(line_of(&source.code, place), rule)).collect()
}

#[test]
fn a_clock_and_a_file_are_told() {
    let text = "use std::{fs, time::Instant};\n// Instant\nlet a = \"Instant\";\n\
                std::thread::yield_now();";
    let source = Source::new("a.rs", text);

    assert_eq!(lines(&mentions(&source, &["Instant"], "b")), [1]);
    assert_eq!(lines(&outside_world(&source)), [1, 4]);
}

#[test]
fn dice_of_ones_own_are_told() {
    let source = Source::new("a.rs", "fn a(chance: &mut Chance) {\n  Chance::named(1, \"b\");\n}");
    assert_eq!(lines(&made_chance(&source)), [2]);
}

#[test]
fn every_way_around_hashing_is_told() {
    let told = |text: &str| lines(&unhashed_blocks(&Source::new("block.rs", text)));
    let honest =
        "struct Block {\n hash: A,\n}\nimpl Block {\n fn a() -> Self {\n  Self { hash }\n }\n";

    assert_eq!(told(honest), [0; 0]);
    assert_eq!(told(&format!("{honest} Block {{ hash }}")), [8]);
    let recorded = format!("{honest} fn elided() -> Self {{\n  Self {{ hash }}\n }}\n");
    assert_eq!(told(&recorded), [0; 0]);
    assert_eq!(told(&format!("{recorded} Block {{ hash }}")), [11]);
    assert_eq!(told(&format!("{honest} fn b(&mut self)")), [8]);
    assert_eq!(told(&format!("{honest} fn new_unchecked()")), [8]);
    assert_eq!(told(&honest.replace("hash: A", "pub(crate) hash: A")), [1]);
    assert_eq!(told("struct Other {}"), [1]);
}

#[test]
fn a_second_driver_and_a_queue_without_bound_are_told() {
    let text = "self.engine.handle(now, input);\nwhile let Some(a) = e.poll_action() {}\n\
                mpsc::unbounded_channel();";
    let source = Source::new("bitswap-net/src/handle.rs", text);

    assert_eq!(lines(&driving(&source)), [2, 1]);
    assert_eq!(lines(&unbounded(&source)), [3]);
}

#[test]
fn printing_is_told_by_macro_and_not_by_prefix() {
    let source = Source::new("a.rs", "eprintln!();\nprintln!();\nfingerprint(print_stdout);");
    assert_eq!(lines(&mentions(&source, PRINTS, "b")), [2, 1]);
}

#[test]
fn the_script_engine_outside_its_sandbox_is_told() {
    let text = "use rhai::Engine;\nuse crate::script::Script;\nfn f() -> rhai::AST {}";
    assert_eq!(lines(&script_engines(&Source::new("a/src/b.rs", text))), [1, 3]);
}

/// A file of the engine that touches more than four owners is a hall again.
fn joins_many(source: &Source) -> Vec<Complaint> {
    let names = |c: char| !(c.is_alphanumeric() || c == '_');
    let touched = OWNERS.iter().filter(|owner| {
        let fields = source.code.split("self.").skip(1);
        let mut fields = fields.filter_map(|rest| rest.split(names).next());
        fields.any(|field| field == **owner)
    });
    match touched.count() {
        0..=4 => Vec::new(),
        count => vec![source.complaint(1, format!("{count} owners meet here – split the file"))],
    }
}
