//! An operator changes the strategies of a running daemon, while a fetch runs.

use std::fs;
use std::io::{BufRead as _, BufReader, Lines};
use std::path::Path;
use std::process::{Child, ChildStderr, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use serde_json::Value;

use crate::support::{Place, http_get};

/// What somebody wrote by hand.
const CONFIG: &str = "\
# mine, and to stay
[strategy.ledger_policy]
use = \"mine\"   # a script
";

/// A selector that fits in the rehearsal, whose sessions have large ids, and not in a real node.
const NAMES_STRANGERS: &str = "fn select(ctx, session, asks) {
    let is_real = session.session >= 0 && session.session < 1_000_000;
    for want in session.wants {
        if session.peers.is_empty() { return; }
        let peer = if is_real { 999 } else { session.peers[0].peer };
        asks.block(want.want, peer, \"odd\");
    }
}";

#[test]
fn no_fetch_fails_while_an_operator_edits_scripts_swaps_splits_and_errs() {
    let place = Place::new();
    let root = added(&place, "file", 4_000_000);
    let scripts = place.node("strategies");
    fs::create_dir(&scripts).unwrap();
    let script = scripts.join("mine.rhai");
    fs::write(&script, weighs("first")).unwrap();
    fs::write(scripts.join("odd.rhai"), NAMES_STRANGERS).unwrap();
    let config = place.node("bitswap.toml");
    fs::write(&config, CONFIG).unwrap();
    let mut daemon = Daemon::start(&place);
    // With settings of its own: the daemon's are to be wrong for a while.
    let elsewhere = Place::new();
    let over = AtomicBool::new(false);
    let address = daemon.ready["addresses"][0].as_str().unwrap().to_owned();
    thread::scope(|scope| {
        let fetching = scope.spawn(|| {
            let mut fetches = 0;
            while !over.load(Ordering::Relaxed) {
                fetch(&elsewhere, &root, &address, fetches);
                fetches += 1;
            }
            fetches
        });
        let end = EndsFetching(&over);
        operate(&place, &mut daemon, (&script, &config));
        split_and_err(&place, &mut daemon);
        drop(end);
        assert!(fetching.join().unwrap() > 0);
    });
    fetch(&elsewhere, &root, &address, 1_000);
    assert_eq!(daemon.value("bitswap_strategy_generation"), Some(6));
    let registry = |name| format!("bitswap_strategy_info{{role=\"registry\",strategy=\"{name}\"}}");
    assert_eq!(daemon.value(&registry("ttl-relay")), Some(1));
    assert_eq!(daemon.value(&registry("forgetful")), Some(0));
    assert!(daemon.decisions("third") > Some(0), "the last script decides");
    assert_eq!(daemon.value("bitswap_config_reloads_total{result=\"failed\"}"), Some(1));
}

/// Three times the script is saved, and once it is broken; then one role is swapped, and swapped
/// back for good.
fn operate(place: &Place, daemon: &mut Daemon, (script, config): (&Path, &Path)) {
    fs::write(script, weighs("second")).unwrap();
    daemon.says("read again: ledger_policy: mine → mine, generation 1");
    fs::write(script, "fn weigh(ctx, account) {\n    let x = ;\n}").unwrap();
    let place_of_fault = format!("{}:2:13", script.display());
    daemon.says(&place_of_fault);
    daemon.says("the strategies in charge stay");
    fs::write(script, weighs("third")).unwrap();
    daemon.says("read again: ledger_policy: mine → mine, generation 2");

    let used = place.run(&["strategy", "use", "registry", "forgetful"]);
    assert_eq!(used.text(), "registry: ttl-relay → forgetful, generation 3\n");
    assert_eq!(fs::read_to_string(config).unwrap(), CONFIG, "it was not to be kept");
    let used = ["strategy", "use", "registry", "ttl-relay", "--param", "degree=4", "--persist"];
    let used = place.run(&[&used[..], &["--json"]].concat()).json();
    assert_eq!([&used["before"], &used["now"]], ["forgetful", "ttl-relay"]);
    assert_eq!(used["generation"], 4);
    let kept = fs::read_to_string(config).unwrap();
    assert!(kept.starts_with(CONFIG), "{kept}");
    assert!(kept.contains("[strategy.registry.ttl-relay]\ndegree = 4"), "{kept}");
}

/// The daemon fetches while a split of its finders is begun, and a selector that names strangers.
fn split_and_err(place: &Place, daemon: &mut Daemon) {
    let other = Place::new();
    // The longer one begins as the shorter one, whose blocks are here by then.
    let [first, second] = [("first", 4_000_000), ("second", 40_000_000)]
        .map(|(name, size)| added(&other, name, size));
    let source = Daemon::start(&other);
    let address = source.ready["addresses"][0].as_str().unwrap();
    let fetch = |root: &str| {
        let ran = place.run(&["get", root, "--peer", address, "-o", root]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
    };
    let split = ["strategy", "use", "provider_finder", "concurrent", "--split", "50%"];
    let used = place.run(&split);
    assert!(used.text().contains("broadcast-then-dht → split, generation 5"), "{}", used.text());
    fetch(&first);
    let used = place.run(&["strategy", "use", "peer_selector", "odd"]);
    assert!(used.text().contains("probabilistic → odd, generation 6"), "{}", used.text());
    fetch(&second);
    daemon.says("odd:6:14: in `select`: peer 999 was not shown, and is not connected");
    let tripped = "bitswap_script_breaker_open{role=\"peer_selector\"}";
    assert_eq!(daemon.value(tripped), Some(1));
    let peer = source.ready["peer_id"].as_str().unwrap();
    let told = place.run(&["explain", peer, "--json"]).json();
    let advice = [
        "the script odd (peer_selector) fails and is not asked any more",
        "odd:6:14: in `select`: peer 999 was not shown, and is not connected",
        "save odd corrected, or  bitswap strategy use peer_selector NAME",
    ];
    assert_eq!(told["advice"], serde_json::json!(advice));
    let text = place.run(&["explain", peer]);
    assert!(advice.iter().all(|line| text.text().contains(line)), "{}", text.text());
}

#[test]
fn a_script_that_stands_in_a_wrapper_is_read_again_when_it_is_saved() {
    let place = Place::new();
    let root = added(&place, "file", 1_000_000);
    let scripts = place.node("strategies");
    fs::create_dir(&scripts).unwrap();
    let script = scripts.join("mine.rhai");
    fs::write(&script, weighs("first")).unwrap();
    let mut daemon = Daemon::start(&place);
    for args in [["mine"].as_slice(), &["open", "--shadow"], &["mine", "--shadow"]] {
        let used = place.run(&[&["strategy", "use", "ledger_policy"], args].concat());
        assert_eq!(used.code, 0, "{}", used.stderr);
    }

    fs::write(&script, "fn weigh(ctx, account) {\n    let x = ;\n}").unwrap();
    daemon.says(&format!("{}:2:13", script.display()));
    daemon.says("the strategies in charge stay");
    fs::write(&script, weighs("second")).unwrap();
    daemon.says("read again: ledger_policy: shadow → shadow, generation 4");

    let elsewhere = Place::new();
    fetch(&elsewhere, &root, daemon.ready["addresses"][0].as_str().unwrap(), 1);
    let decided = |reason| {
        daemon.value(&format!(
            "bitswap_strategy_decisions_total{{role=\"ledger_policy\",strategy=\"shadow\",\
             reason=\"{reason}\"}}"
        ))
    };
    assert!(decided("second") > Some(0), "the saved one decides");
    assert!(decided("first").unwrap_or_default() == 0, "nobody fetched before");
}

#[test]
fn a_strategy_can_have_a_share_or_be_a_shadow_and_what_came_of_it_is_told() {
    let place = Place::new();
    let scripts = place.node("strategies");
    fs::create_dir(&scripts).unwrap();
    fs::write(scripts.join("mine.rhai"), weighs("mine")).unwrap();
    let _daemon = Daemon::start(&place);
    let used = |args: &[&str]| {
        let ran = place.run(&[&["strategy", "use"], args].concat());
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        ran
    };

    let split = used(&["registry", "forgetful", "--split", "10%", "--persist", "--json"]).json();
    assert_eq!([&split["before"], &split["now"]], ["ttl-relay", "split"]);
    let arms = [&split["params"]["a"]["use"], &split["params"]["b"]["use"]];
    assert_eq!(arms, ["ttl-relay", "forgetful"]);
    assert_eq!(split["params"]["share"], 10);
    let kept = fs::read_to_string(place.node("bitswap.toml")).unwrap();
    assert!(kept.contains("share = 10") && kept.contains("use = \"split\""), "{kept}");
    assert_eq!(place.run(&["config", "check"]).code, 0, "{kept}");
    let shadow = used(&["ledger_policy", "mine", "--shadow"]);
    assert_eq!(
        shadow.text(),
        "ledger_policy: debt-ratio → shadow, generation 2\n  to undo it:  bitswap strategy use \
         ledger_policy debt-ratio\n"
    );

    let stat = place.run(&["stat", "--json"]).json();
    assert_eq!(stat["generation"], 2);
    let parts = |role: &str| {
        let all = stat["strategies"].as_array().unwrap();
        let of_role = |one: &&Value| one["role"] == role && one["in_use"] == true;
        let parts = all.iter().find(of_role).unwrap()["parts"].as_array().unwrap();
        parts
            .iter()
            .map(|part| format!("{}={}", part["part"], part["strategy"]))
            .collect::<Vec<_>>()
    };
    assert_eq!(parts("registry"), ["\"a\"=\"ttl-relay\"", "\"b\"=\"forgetful\""]);
    let shadowed = ["\"base\"=\"debt-ratio\"", "\"shadow\"=\"mine\"", "\"shadow.script\"=\"mine\""];
    assert_eq!(parts("ledger_policy"), shadowed);

    used(&["ledger_policy", "debt-ratio"]);
    let bad = place.run(&["strategy", "use", "registry", "forgetful", "--split", "some"]);
    assert_eq!(bad.code, 2);
    assert!(bad.stderr.contains("--split 10%"), "{}", bad.stderr);
}

#[test]
fn a_script_inside_a_wrapper_is_in_charge_again_after_a_restart() {
    let place = Place::new();
    let script = place.node("strategies/mine.rhai");
    fs::create_dir(place.node("strategies")).unwrap();
    fs::write(&script, weighs("first")).unwrap();
    let daemon = Daemon::start(&place);
    let used = ["strategy", "use", "ledger_policy", "mine", "--split", "50%", "--persist"];
    assert_eq!(place.run(&used).code, 0);
    let kept = fs::read_to_string(place.node("bitswap.toml")).unwrap();
    assert!(kept.contains("mine") && !kept.contains("fn weigh"), "{kept}");
    drop(daemon);

    let mut daemon = Daemon::start(&place);

    fs::write(&script, weighs("second")).unwrap();
    daemon.says("read again: ledger_policy: split → split, generation 1");
}

#[test]
fn what_cannot_be_used_leaves_the_daemon_and_its_file_as_they_are() {
    let place = Place::new();
    let scripts = place.node("strategies");
    fs::create_dir(&scripts).unwrap();
    fs::write(scripts.join("bad.rhai"), "fn weigh(ctx, account) {\n  1 +\n}").unwrap();
    let daemon = Daemon::start(&place);
    let refused = |args: &[&str]| {
        let ran = place.run(&[&["strategy", "use"], args, &["--persist"]].concat());
        assert_eq!(ran.code, 2, "{}", ran.stderr);
        ran.stderr
    };
    assert!(refused(&["registry", "ttl-realy"]).contains("ttl-relay"));
    assert!(refused(&["regisry", "forgetful"]).contains("registry"));
    assert!(refused(&["ledger_policy", "bad"]).contains("bad.rhai:3:1"));
    assert!(refused(&["registry", "ttl-relay", "--param", "degree=65"]).contains("0 to 64"));
    assert!(refused(&["registry", "ttl-relay", "--param", "degree"]).contains("degree=4"));
    assert!(!place.node("bitswap.toml").exists());
    assert_eq!(daemon.value("bitswap_strategy_generation"), Some(0));
}

#[test]
fn a_script_is_used_by_its_file_which_is_copied_to_where_the_daemon_looks() {
    let place = Place::new();
    let daemon = Daemon::start(&place);
    let dir = place.node("strategies");
    let made = place.run(&["strategy", "new", "ledger_policy", "mine.rhai"]);
    let says = [dir.to_str().unwrap(), "bitswap strategy use ledger_policy mine.rhai\n"];
    assert!(says.iter().all(|says| made.text().contains(says)), "{}", made.text());
    let used = |args: &[&str]| place.run(&[&["strategy", "use", "ledger_policy"], args].concat());

    let by_name = used(&["mine"]);
    let looked_for = format!("and there is no {}\n", dir.join("mine.rhai").display());
    assert_eq!(by_name.code, 2);
    assert!(by_name.stderr.contains(&looked_for), "{}", by_name.stderr);
    let command = "bitswap strategy use ledger_policy FILE.rhai";
    assert!(by_name.stderr.contains(command), "{}", by_name.stderr);

    let split = used(&["mine.rhai", "--split", "10%", "--json"]);
    assert_eq!(split.code, 0, "{}", split.stderr);
    assert_eq!(split.json()["params"]["b"]["use"], "mine");
    assert_eq!(split.json()["script"], dir.join("mine.rhai").to_str().unwrap());
    let shadow = used(&["./mine.rhai", "--shadow"]);
    assert_eq!(shadow.code, 0, "{}", shadow.stderr);

    fs::write(place.path("mine.rhai"), weighs("other")).unwrap();
    let differs = used(&["mine.rhai"]);
    assert_eq!(differs.code, 6, "{}", differs.stderr);
    assert!(differs.stderr.contains("--force"), "{}", differs.stderr);
    let alone = used(&["mine.rhai", "--force", "--persist"]);
    assert!(alone.text().contains("shadow → mine, generation 3"), "{}", alone.stderr);
    assert_eq!(fs::read_to_string(dir.join("mine.rhai")).unwrap(), weighs("other"));

    drop(daemon);
    Daemon::start(&place);
}

#[test]
fn a_script_that_is_not_fit_or_has_no_plain_name_is_not_copied() {
    let place = Place::new();
    let _daemon = Daemon::start(&place);
    let used = |name: &str| place.run(&["strategy", "use", "ledger_policy", name]).stderr;

    fs::write(place.path("bad.rhai"), "fn weigh(ctx, account) {").unwrap();
    fs::write(place.path("my way.rhai"), weighs("odd")).unwrap();
    assert!(used("bad.rhai").contains("bad.rhai:1:"));
    assert!(used("my way.rhai").contains("letters, digits, _ and -"));
    assert!(used("none.rhai").contains("there is no none.rhai"));
    assert!(!place.node("strategies").exists());
}

#[test]
fn a_list_shows_who_is_in_charge_now_and_the_scripts_of_the_nodes_directory() {
    let place = Place::new();
    fs::create_dir(place.node("strategies")).unwrap();
    fs::write(place.node("strategies/mine.rhai"), weighs("mine")).unwrap();
    let marked = |args: &[&str]| {
        let ran = place.run(&[&["strategy", "list", "--role", "ledger_policy"], args].concat());
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        ran
    };
    let marks = |name: &str| {
        let ran = marked(&[]);
        let mut lines = ran.text().lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
        let line = lines.find(|line| line.contains(&name)).unwrap();
        line.iter().take_while(|word| **word != name).skip(1).copied().collect::<String>()
    };
    assert_eq!([marks("debt-ratio"), marks("mine")], ["●", "◇"]);
    assert!(marked(&[]).text().contains("● in charge if nobody says otherwise"));
    assert!(marked(&["--json"]).objects().iter().all(|one| one["in_charge"].is_null()));

    let _daemon = Daemon::start(&place);
    let used = |args: &[&str]| {
        let ran = place.run(&[&["strategy", "use", "ledger_policy"], args].concat());
        assert_eq!(ran.code, 0, "{}", ran.stderr);
    };
    assert_eq!([marks("debt-ratio"), marks("mine")], ["●", "◇"]);
    used(&["mine"]);
    assert_eq!([marks("debt-ratio"), marks("mine")], ["○", "●◇"]);
    assert!(marked(&[]).text().contains("● in charge now"));
    used(&["open", "--split", "10%"]);
    assert_eq!([marks("split"), marks("open"), marks("mine")], ["●", "◐", "◐◇"]);
    let in_charge = |one: &Value| one["in_charge"] == true;
    let lines = marked(&["--json"]).objects();
    let names: Vec<_> = lines.iter().filter(|one| in_charge(one)).map(|one| &one["name"]).collect();
    assert_eq!(names, ["split"]);
    assert!(place.run(&["strategy", "show", "mine"]).text().contains("strategies/mine.rhai"));
    let absent = place.run(&["strategy", "show", "yours"]).stderr;
    assert!(absent.contains("strategies/yours.rhai\n"), "{absent}");
}

fn weighs(reason: &str) -> String {
    format!("fn weigh(ctx, account) {{ ctx.because(\"{reason}\"); 1024 }}")
}

/// A file of this length, and its CID once it was added.
fn added(place: &Place, name: &str, length: usize) -> String {
    place.file(name, length);
    place.run(&["add", name, "--quiet", "--json"]).json()["cid"].as_str().unwrap().to_owned()
}

/// Ends the fetches when it is dropped, also by a test that failed.
struct EndsFetching<'a>(&'a AtomicBool);

impl Drop for EndsFetching<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Fetches from the daemon at this address.
fn fetch(place: &Place, root: &str, address: &str, number: u32) {
    let name = format!("got{number}");
    let ran = place.run(&["get", root, "--standalone", "--peer", address, "-o", &name]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
}

/// A daemon, which ends with its test.
struct Daemon {
    child: Child,
    said: Lines<BufReader<ChildStderr>>,
    ready: Value,
}

impl Daemon {
    fn start(place: &Place) -> Self {
        let args = ["daemon", "--json", "--listen=/ip4/127.0.0.1/tcp/0", "--metrics-port=0"];
        let mut command = place.command(&args);
        command.env("BITSWAP__NETWORK__MDNS", "false").env("BITSWAP__NAT__UPNP", "false");
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let said = BufReader::new(child.stderr.take().unwrap()).lines();
        Self { child, said, ready: serde_json::from_str(&line).unwrap() }
    }

    /// Waits until it says this.
    fn says(&mut self, words: &str) {
        let mut said = self.said.by_ref().map_while(Result::ok);
        assert!(said.any(|line| line.contains(words)), "{words}");
    }

    fn decisions(&self, reason: &str) -> Option<u64> {
        self.value(&format!(
            "bitswap_strategy_decisions_total{{role=\"ledger_policy\",strategy=\"mine\",\
             reason=\"{reason}\"}}"
        ))
    }

    fn value(&self, series: &str) -> Option<u64> {
        let (_, metrics) = http_get(self.ready["metrics_url"].as_str().unwrap(), "localhost");
        let mut lines = metrics.lines();
        let line =
            lines.find(|line| line.strip_prefix(series).is_some_and(|it| it.starts_with(' ')));
        line.map(|line| line.rsplit(' ').next().unwrap().parse().unwrap())
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // Fails if it has ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
