//! Bugs that other implementations had, each as a story of what is right; `mutants/historic.toml`
//! puts them back, to show that these tests would see them.

mod asking;
mod serving;

use bitswap_core::Limits;

use crate::bench::Bench;

/// What `story` comes to.
fn told<T>(story: impl FnOnce(&mut Bench) -> T) -> T {
    told_within(&Limits::default(), story)
}

fn told_within<T>(limits: &Limits, story: impl FnOnce(&mut Bench) -> T) -> T {
    story(&mut Bench::new(limits.clone()))
}
