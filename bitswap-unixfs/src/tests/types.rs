//! Errors can be passed on by any caller, and what reads or writes can be moved to another task: a
//! change that takes that away does not compile here.

use std::error::Error;
use std::fmt::Debug;

use super::super::*;

fn is_moved<T: Debug + Send>() {}
fn is_error<T: Error + Send + Sync + 'static>() {}

#[test]
fn what_reads_or_writes_can_be_moved_to_another_task() {
    is_moved::<BlockReader>();
    is_moved::<Fetch<'static>>();
    is_moved::<List>();
    is_moved::<PartFile>();
    is_moved::<Walk>();
    #[cfg(feature = "car")]
    is_moved::<(CarReader<&[u8]>, CarWriter<Vec<u8>>, Export)>();
}

#[test]
fn errors_are_errors_that_any_caller_can_pass_on() {
    is_error::<DagError>();
    is_error::<WantError>();
    #[cfg(feature = "car")]
    is_error::<CarError>();
}
