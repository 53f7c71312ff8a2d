//! What embedders hold crosses threads and stands in any error type: a change that takes that away
//! does not compile here.

use std::error::Error;
use std::fmt::Debug;

use bitswap_core::record::RecordError;
use bitswap_core::{BlockError, ConfigError, Engine, Failure, WireError};
use bitswap_net::{
    Behaviour, Bitswap, Blocks, Builder, CombinedRouter, ExpectedPeers, FixedRouter, GetError,
    NoRouter, PutError, Session, SessionOptions, Stats,
};
use bitswap_store::{BlockStore, MemoryStore, StoreError};

fn is_shared<T: Debug + Send + Sync + 'static>() {}
fn is_shared_behind_a_pointer<T: Send + Sync + ?Sized>() {}
fn is_moved<T: Debug + Send + 'static>() {}
fn is_error<T: Error + Send + Sync + 'static>() {}

#[test]
fn handles_and_stores_are_shared_between_threads() {
    is_shared::<Bitswap>();
    is_shared::<Session>();
    is_shared::<SessionOptions>();
    is_shared::<Stats>();
    is_shared::<ExpectedPeers>();
    is_shared::<MemoryStore>();
    is_shared::<CombinedRouter>();
    is_shared::<FixedRouter>();
    is_shared::<NoRouter>();
    is_shared_behind_a_pointer::<dyn BlockStore>();
}

#[test]
fn what_one_task_runs_can_be_moved_to_another() {
    is_moved::<Behaviour>();
    is_moved::<Blocks>();
    is_moved::<Builder>();
    is_moved::<Engine>();
}

#[test]
fn errors_are_errors_that_any_caller_can_pass_on() {
    is_error::<BlockError>();
    is_error::<ConfigError>();
    is_error::<Failure>();
    is_error::<GetError>();
    is_error::<PutError>();
    is_error::<RecordError>();
    is_error::<StoreError>();
    is_error::<WireError>();
}
