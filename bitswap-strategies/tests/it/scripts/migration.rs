//! What a script takes over from the one before it.

use bitswap_core::PeerKey;
use bitswap_core::strategy::{Ctx, NamedStrategy, Role};
use bitswap_strategies::catalog::{StrategyChoice, find};
use bitswap_strategies::fixture::{account, at, dice};
use bitswap_strategies::script::{Script, ScriptStats};
use toml::Table;

/// The weight is how often it was asked, and 100 more for each `version`.
const COUNTS: &str = "
    fn init(params) { #{ count: 0 } }
    fn weigh(ctx, account) { this.count += 1; this.count + 100 * VERSION }
";

const TAKES_OVER: &str = "
    fn migrate(ctx, old) { if \"count\" in old { this.count = old.count; } }
";

#[test]
fn another_version_goes_on_with_what_it_migrates() {
    let mut first = script(&COUNTS.replace("VERSION", "1")).0;
    assert_eq!([weight(&mut first), weight(&mut first)], [101, 102]);
    let (mut second, stats) = script(&[&COUNTS.replace("VERSION", "2"), TAKES_OVER].concat());
    hand_over(&mut first, &mut second);
    assert_eq!(weight(&mut second), 203);
    assert_eq!(stats.counts().calls, 2, "one of them migrates");
    let mut third = script(&COUNTS.replace("VERSION", "3")).0;
    hand_over(&mut second, &mut third);
    assert_eq!(weight(&mut third), 301, "it does not migrate");
}

#[test]
fn a_migration_that_fails_leaves_the_state_as_it_began() {
    let mut first = script(&COUNTS.replace("VERSION", "1")).0;
    assert_eq!(weight(&mut first), 101);
    let fails = "fn migrate(ctx, old) { this.count = 7; if old.count == 1 { throw \"no\"; } }";
    let text = [&COUNTS.replace("VERSION", "2"), fails].concat();
    let script = Script::compile(Role::LedgerPolicy, "test", &text, &Table::new()).unwrap();
    let (strategy, stats) = script.strategy();
    let mut second = strategy.named("test");
    hand_over(&mut first, &mut second);
    assert_eq!(weight(&mut second), 201);
    let failure = stats.first_failure().unwrap().to_string();
    assert!(failure.starts_with("test:4:60: in `migrate`"), "{failure}");
}

#[test]
fn a_migration_must_understand_what_the_script_itself_leaves() {
    let spoilt = "fn migrate(ctx, old) { this.count = old.number + 1; }";
    let text = [&COUNTS.replace("VERSION", "1"), spoilt].concat();
    let why = Script::load(Role::LedgerPolicy, "test", &text, &Table::new()).unwrap_err();
    assert_eq!(why.to_string(), "test:4:41: in `migrate`: property not found: number");
}

#[test]
fn nothing_passes_between_a_script_and_a_native_strategy_that_do_not_know_each_other() {
    let (mut counts, stats) = script(&[&COUNTS.replace("VERSION", "1"), TAKES_OVER].concat());
    assert_eq!(weight(&mut counts), 101);
    let native = find(Role::LedgerPolicy, "open").unwrap().make(&Table::new()).unwrap();
    let mut native = native.named("open");
    hand_over(&mut counts, &mut native);
    let mut next = script(&[&COUNTS.replace("VERSION", "1"), TAKES_OVER].concat()).0;
    hand_over(&mut native, &mut next);
    assert_eq!(weight(&mut next), 101);
    assert_eq!(stats.first_failure(), None);
}

#[test]
fn only_roles_with_another_name_other_parameters_or_another_text_differ() {
    let choice = StrategyChoice::default();
    let params = |text: &str| text.parse::<Table>().unwrap();
    let (open, ledger) = (COUNTS.replace("VERSION", "1"), Role::LedgerPolicy);
    assert_eq!(choice.differs_from(&choice), []);
    let same = choice.clone().with(Role::Registry, "ttl-relay", Table::new());
    assert_eq!(same.differs_from(&choice), [], "that is the default");
    let degree = same.clone().with(Role::Registry, "ttl-relay", params("degree = 4"));
    assert_eq!(degree.differs_from(&same), [Role::Registry]);
    let scripted = degree.clone().with_script(ledger, "test", &open);
    assert_eq!(scripted.differs_from(&degree), [ledger]);
    let edited = scripted.clone().with_script(ledger, "test", &open.replace("100", "200"));
    assert_eq!(edited.differs_from(&scripted), [ledger]);
    assert_eq!(edited.differs_from(&same), [ledger, Role::Registry]);
}

fn script(text: &str) -> (NamedStrategy, ScriptStats) {
    let script = Script::load(Role::LedgerPolicy, "test", text, &Table::new()).unwrap();
    let (strategy, stats) = script.strategy();
    (strategy.named("test"), stats)
}

fn hand_over(before: &mut NamedStrategy, next: &mut NamedStrategy) {
    if let Some(state) = before.export_state() {
        next.import_state(&mut Ctx::new(at(0), &mut dice(1)), state);
    }
}

fn weight(strategy: &mut NamedStrategy) -> u32 {
    let NamedStrategy::LedgerPolicy(policy) = strategy else { panic!() };
    policy.strategy.weigh(&mut Ctx::new(at(0), &mut dice(1)), &account(PeerKey(1), 0, 0)).get()
}
