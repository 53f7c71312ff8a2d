//! What one answer of each peer selector costs, for 20 and for 100 members.

use std::hint::black_box;

use bitswap_core::strategy::{Asks, Ctx, Role};
use bitswap_core::{CidKey, PeerKey};
use bitswap_strategies::catalog::{self, Strategy};
use bitswap_strategies::fixture::{SessionRows, at, dice};
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};

criterion_group!(benches, selectors);
criterion_main!(benches);

fn selectors(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("select, 16 wants");
    for entry in catalog::of_role(Role::PeerSelector) {
        let Ok(Strategy::PeerSelector(mut selector)) = entry.make(&toml::Table::new()) else {
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
