//! The list, and what is said to those who ask it for something else.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use bitswap_core::strategy::Role;
use bitswap_strategies::catalog::{self, Status, StrategyChoice};

#[test]
fn the_list_is_sorted_by_role_then_name() {
    let places = catalog::all().iter().map(|entry| (entry.role, entry.name));

    assert!(places.is_sorted_by(|earlier, later| earlier < later));
}

#[test]
fn each_file_is_one_line_and_each_line_is_its_file() {
    let folders = ["select", "prioritize", "ledger", "find", "registry"];
    for (role, folder) in Role::ALL.into_iter().zip(folders) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(folder);
        let files: BTreeSet<_> = fs::read_dir(path)
            .unwrap()
            .filter_map(|file| {
                Some(file.ok()?.file_name().to_str()?.strip_suffix(".rs")?.replace('_', "-"))
            })
            .collect();
        let names = catalog::of_role(role).map(|entry| entry.name.to_owned()).collect();

        assert_eq!(files, names, "src/{folder} and src/catalog.rs");
    }
}

#[test]
fn each_role_has_one_default() {
    for role in Role::ALL {
        let defaults: Vec<_> =
            catalog::of_role(role).filter(|entry| entry.status == Status::Default).collect();

        assert_eq!(defaults.len(), 1, "{role}");
        assert_eq!(defaults[0].name, catalog::default_of(role).name);
    }
}

#[test]
fn summaries_are_sentences() {
    for entry in catalog::all() {
        assert!(entry.summary.ends_with('.') && !entry.summary.starts_with('/'), "{entry:?}");
    }
}

#[test]
fn defaults_may_be_said_aloud() {
    for entry in catalog::all() {
        let parameters = entry.parameters();
        let said =
            parameters.into_iter().map(|said| (said.name.to_owned(), said.default)).collect();

        assert_eq!(entry.make(&said).err(), None, "{entry:?}");
    }
}

#[test]
fn the_choice_starts_with_the_defaults() {
    let set = StrategyChoice::default().build().unwrap();

    assert_eq!(
        Role::ALL.map(|role| set.name(role).to_string()),
        ["probabilistic", "least-queued-peer", "debt-ratio", "broadcast-then-dht", "ttl-relay"]
    );
}

#[test]
fn the_last_choice_for_a_role_counts() {
    let choice = StrategyChoice::default()
        .with_text("peer_selector=probabilistic")
        .and_then(|choice| choice.with_text("peer_selector = random"))
        .and_then(|choice| choice.with_text("registry=forgetful"))
        .unwrap();
    let set = choice.build().unwrap();

    assert_eq!(choice.name(Role::PeerSelector), "random");
    assert_eq!(
        Role::ALL.map(|role| set.name(role).to_string()),
        ["random", "least-queued-peer", "debt-ratio", "broadcast-then-dht", "forgetful"]
    );
}

#[test]
fn what_cannot_be_read_says_what_to_write() {
    let said = |text: &str| StrategyChoice::default().with_text(text).unwrap_err().to_string();

    assert_eq!(
        said("random"),
        "`random` is not of the form role=name, such as `peer_selector=random`"
    );
    assert_eq!(
        said("peer-selecter=random"),
        "there is no role `peer-selecter`; did you mean `peer_selector`? there are \
         peer_selector, task_prioritizer, ledger_policy, provider_finder, registry"
    );
    assert_eq!(
        said("peer_selector=randon"),
        format!(
            "there is no peer_selector `randon`; did you mean `random`? there are {}",
            names(Role::PeerSelector)
        )
    );
    assert_eq!(
        said("ledger_policy=xyz"),
        format!("there is no ledger_policy `xyz`; there are {}", names(Role::LedgerPolicy))
    );
}

#[test]
fn wrong_parameters_say_which_and_what_to_write() {
    let refused = |name: &str, text: &str| {
        let params = text.parse().unwrap();
        let choice = StrategyChoice::default().with(Role::TaskPrioritizer, name, params);
        choice.build().unwrap_err().to_string()
    };

    assert_eq!(
        refused("least-queued-peer", "pending_kap = 3"),
        "task_prioritizer `least-queued-peer` has no parameter `pending_kap`; did you mean \
         `pending_cap`? there are pending_cap, starvation"
    );
    assert_eq!(
        refused("fifo", "order = 'none'"),
        "task_prioritizer `fifo` has no parameter `order`; it has none"
    );
    assert_eq!(
        refused("least-queued-peer", "starvation = 10"),
        "task_prioritizer `least-queued-peer`: starvation = 10 is not a time such as \"250ms\", \
         \"10s\" or \"5m\": \"10s\" or \"10ms\"?"
    );
    assert_eq!(
        refused("least-queued-peer", "pending_cap = 0"),
        "task_prioritizer `least-queued-peer`: pending_cap = 0 is outside 1 to 1000000"
    );
}

#[test]
fn a_strategy_inside_another_is_checked_where_it_stands() {
    let refused = |text: &str| {
        let choice =
            StrategyChoice::default().with(Role::PeerSelector, "hedged", text.parse().unwrap());
        choice.build().map(drop).map_err(|error| error.to_string())
    };

    assert_eq!(refused("base = 'random'"), Ok(()));
    assert_eq!(refused("base = { use = 'hedged', base = { use = 'random', probes = 5 } }"), Ok(()));
    let unknown = refused("base = 'randon'").unwrap_err();
    let begin = "in base of peer_selector `hedged`: there is no peer_selector `randon`; did you";
    assert!(unknown.starts_with(begin), "{unknown}");
    assert_eq!(
        refused("base = { use = 'random', probes = 300 }").unwrap_err(),
        "in base of peer_selector `hedged`: peer_selector `random`: probes = 300 is outside 0 to \
         256"
    );
    assert_eq!(
        refused("base = 5").unwrap_err(),
        "peer_selector `hedged`: base = 5 is not a name such as \"random\", or \
         { use = \"random\", probes = 5 }"
    );
    #[cfg(feature = "scripts")]
    {
        let script = refused("base = { use = 'mine', script = 'fn select(ctx' }").unwrap_err();
        assert!(script.starts_with("in base of peer_selector `hedged`: mine:1:"), "{script}");
    }
    let mut deep = "'random'".to_owned();
    for _ in 0..4 {
        deep = format!("{{ use = 'hedged', base = {deep} }}");
    }
    let deep = refused(&format!("base = {deep}")).unwrap_err();
    assert!(deep.ends_with("base is inside 4 others, and there may be no more"), "{deep}");
}

#[test]
fn an_unknown_name_comes_with_all_known_ones() {
    let unknown = catalog::find(Role::TaskPrioritizer, "FIFO").unwrap_err();

    assert_eq!((unknown.name.as_str(), unknown.did_you_mean), ("FIFO", Some("fifo")));
    assert_eq!(unknown.known.join(", "), names(Role::TaskPrioritizer));
}

fn names(role: Role) -> String {
    catalog::of_role(role).map(|entry| entry.name).collect::<Vec<_>>().join(", ")
}
