//! Scripts that stand inside other strategies.

use std::convert::Infallible;
use std::path::PathBuf;

use bitswap_core::strategy::Role;
use bitswap_strategies::catalog::{ScriptPlace, StrategyChoice};
use toml::Table;

#[test]
fn scripts_that_are_only_named_are_found_at_any_depth() {
    let role = Role::LedgerPolicy;
    let params = r#"
        a = "mine"
        b = { use = "shadow", base = "open", shadow = { use = "mine" } }
    "#;
    let split = StrategyChoice::default().with(role, "split", params.parse().unwrap());
    let mut asked = Vec::new();
    let read = |_: &ScriptPlace, name: &str, _: &Table| {
        asked.push(name.to_owned());
        let text = "fn weigh(ctx, account) { 1024 }".to_owned();
        Ok::<_, Infallible>(Some((PathBuf::from("mine.rhai"), text)))
    };

    let named = split.with_named_scripts(role, read).unwrap();

    assert_eq!(asked, ["mine", "mine"]);
    let places = named.script_files(role).map(|(place, _)| place.join("."));
    assert_eq!(places.collect::<Vec<_>>(), ["a", "b.shadow"]);
    named.build().unwrap();
}
