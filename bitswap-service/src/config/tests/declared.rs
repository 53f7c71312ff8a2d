//! What is declared is true of itself, of the profiles, and of the page.

use std::fs;
use std::path::Path;

use bitswap_core::EngineConfig;
use bitswap_strategies::catalog::StrategyChoice;

use super::super::key::Key;
use super::super::kind::Kind as _;
use super::super::known::keys;
use super::super::{Config, Profile, RULES, page, profile, template};
use super::{Place, told};

#[test]
fn every_default_can_be_said() {
    for key in keys() {
        let raw = (key.read)(&key.default());

        assert!(raw.is_ok(), "{}", key.path());
    }
}

#[test]
fn every_setting_is_a_sentence_and_every_end_of_a_range_is_inside_it() {
    for key in keys() {
        assert!(key.meaning.ends_with('.') && !key.expected.is_empty(), "{}", key.path());
        for end in key.range().into_iter().flatten() {
            assert!((key.read)(&end).is_ok(), "{}: {end}", key.path());
        }
    }
}

#[test]
fn names_are_in_snake_case_and_none_comes_twice() {
    let mut names: Vec<_> = keys().map(Key::path).collect();
    let snake = |c: char| c.is_ascii_lowercase() || c == '_' || c == '.';
    assert!(names.iter().all(|name| name.chars().all(snake)), "{names:?}");

    let all = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), all);
}

#[test]
fn an_empty_file_is_a_good_node() {
    let config = Place::with("").config();

    assert_eq!(config, Config::default());
    assert_eq!(config.network.listen.len(), 4);
    assert_eq!(config.engine(7), EngineConfig::seeded(7), "the library's defaults");
    assert_eq!(config.engine(7).check(), Ok(()));
    assert_eq!(config.strategy, StrategyChoice::default());
}

#[test]
fn every_profile_is_good_and_only_the_first_changes_nothing() {
    for known in Profile::ALL {
        let place = Place::with(&format!("[node]\nprofile = {}\n", known.write()));
        let loaded = place.loaded();
        let config = place.config();

        assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
        assert_eq!(told(profile::text(*known)), [], "{known:?}");
        assert_eq!(config.node.profile, *known);
        assert_eq!(config.engine(7).check(), Ok(()));
        let mut others = Config::default();
        others.node.profile = *known;
        assert_eq!(config == others, *known == Profile::Desktop, "{known:?}");
    }
}

#[test]
fn the_file_that_is_written_first_says_nothing_but_what_was_asked_for() {
    for known in Profile::ALL {
        let place = Place::with(&template(*known));
        let loaded = place.loaded();
        let of_file = loaded.places.iter().filter(|(_, raw)| raw.key_at.at.is_some());
        let raw: Vec<_> = of_file.map(|(name, _)| name.as_str()).collect();

        assert_eq!(place.config().node.profile, *known);
        let named = (*known != Profile::Desktop).then_some("node.profile");
        assert_eq!(raw, ["config_version"].into_iter().chain(named).collect::<Vec<_>>());
    }
}

#[test]
fn every_line_of_the_first_file_can_be_uncommented() {
    let lines = template(Profile::Desktop);
    let setting = |line: &str| {
        line.strip_prefix('#').filter(|rest| !rest.starts_with(' ')).map(str::to_owned)
    };
    let text: Vec<_> =
        lines.lines().map(|line| setting(line).unwrap_or_else(|| line.to_owned())).collect();
    let place = Place::with(&text.join("\n"));

    assert_eq!(place.config(), Config { strategy: place.config().strategy, ..Config::default() });
    assert!(place.loaded().set_count() > keys().count(), "the parameters of strategies, too");
}

#[test]
fn the_examples_of_the_page_are_good() {
    let examples: Vec<_> = page().split("```toml\n").skip(1).map(str::to_owned).collect();

    assert!(examples.len() > 1);
    for example in examples {
        let text = example.split("```").next().unwrap_or_default();
        assert_eq!(told(text), [], "{text}");
    }
}

#[test]
fn the_page_in_docs_is_made_from_what_is_declared() {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/config.md");

    assert!(
        fs::read_to_string(&kept).unwrap_or_default() == page(),
        "docs/config.md is out of date; to renew it:\n  \
         cargo run -- config schema --format markdown > docs/config.md",
    );
}

#[test]
fn rules_have_names_of_their_own() {
    let mut names: Vec<_> = RULES.iter().map(|rule| rule.name).collect();
    names.sort_unstable();
    names.dedup();

    assert_eq!(names.len(), RULES.len());
}
