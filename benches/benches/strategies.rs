//! What one decision costs: each default and the script that decides alike, for 1, 20 and 200
//! peers; then all selectors.

#[path = "../instructions/src/round.rs"]
mod round;
#[path = "shared/twins.rs"]
mod twins;

use std::hint::black_box;

use bitswap_core::strategy::{Asks, Ctx, Role};
use bitswap_core::{CidKey, PeerKey};
use bitswap_strategies::catalog::{self, Strategy};
use bitswap_strategies::fixture::{SessionRows, at, dice};
use bitswap_strategies::script::Script;
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use toml::Table;

use self::round::Round;
use self::twins::TWINS;

criterion_group!(benches, decisions, selectors);
criterion_main!(benches);

/// A selector that is shown the whole session, and goes over all of it.
const WHOLE: &str = include_str!("../../examples/scripts/fastest_first.rhai");

fn decisions(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decision");
    for (role, text) in TWINS {
        let Ok(native) = catalog::default_of(role).make(&Table::new()) else { continue };
        let whole = if role == Role::PeerSelector { scripted(role, WHOLE) } else { None };
        let made = [("native", Some(native)), ("script", scripted(role, text)), ("whole", whole)];
        for (kind, strategy) in made {
            let Some(mut strategy) = strategy else { continue };
            for peers in [1, 20, 200] {
                let mut round = Round::new(peers);
                round.prepare(&mut strategy);
                let name = BenchmarkId::new(format!("{role}, {kind}"), peers);
                group.bench_function(name, |bench| bench.iter(|| round.decide(&mut strategy)));
            }
        }
    }
    group.finish();
}

fn scripted(role: Role, text: &str) -> Option<Strategy> {
    Script::load(role, "bench", text, &Table::new()).ok().map(|script| script.strategy().0)
}

fn selectors(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("select, 16 wants");
    for entry in catalog::of_role(Role::PeerSelector) {
        let Ok(Strategy::PeerSelector(mut selector)) = entry.make(&Table::new()) else {
            continue;
        };
        for members in [20, 100] {
            let wants: Vec<CidKey> = (0..16).map(CidKey).collect();
            let peers: Vec<PeerKey> = (0..members).map(PeerKey).collect();
            let rows = SessionRows::new(&wants, &peers);
            let mut chance = dice(1);
            let mut asks = Asks::default();
            group.bench_with_input(BenchmarkId::new(entry.name, members), &rows, |bench, rows| {
                bench.iter(|| {
                    let mut ctx = Ctx::new(at(0), &mut chance);
                    selector.select(&mut ctx, black_box(&rows.view()), &mut asks);
                    asks.drain().count()
                });
            });
        }
    }
    group.finish();
}
