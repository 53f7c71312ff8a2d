//! A store on a disk that fails and loses power keeps what it acknowledged.

use bitswap_store::sim::{Cuts, Engine, play};

/// The more there is to do, the longer a run: the rest shows nothing that this does not.
const LONGEST: usize = 256;

/// What a caller does and what goes wrong, as the store's simulation reads it.
pub fn store_ops(bytes: &[u8]) {
    let some = bytes.get(..LONGEST).unwrap_or(bytes);
    for engine in [Engine::Redb, Engine::Segments] {
        let outcome = play(engine, some, Cuts::Some(1));
        assert!(outcome.is_ok(), "{engine:?}: {outcome:?}");
    }
}
