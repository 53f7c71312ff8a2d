//! What a trial of a larger window leads to.

use std::time::Duration;

use cid::Cid;
use cid::multihash::Multihash;

use super::*;
use crate::fetch::ahead::{Place, Wish};

const FIRST: u64 = 8;
const MOST: u64 = 64;

#[tokio::test(start_paused = true)]
async fn it_grows_to_its_most_and_stays_there_while_all_comes_in_the_same_time() {
    let mut least = Least::new(FIRST, MOST);
    assert_eq!(rounds(&mut least, 30, |_| 1.0).await.last(), Some(&MOST));
}

#[tokio::test(start_paused = true)]
async fn a_trial_in_vain_is_taken_back_and_the_next_comes_later() {
    let mut least = Least::new(FIRST, MOST);
    let each = rounds(&mut least, 40, |bytes| bytes as f64).await;
    assert!(each.iter().all(|bytes| [FIRST, 2 * FIRST].contains(bytes)), "{each:?}");
    let trials = each.iter().filter(|bytes| **bytes > FIRST).count();
    assert!((4..=12).contains(&trials), "two rounds of about ten: {each:?}");
}

#[tokio::test(start_paused = true)]
async fn it_shrinks_when_less_comes_than_when_it_grew() {
    let mut least = Least::new(FIRST, MOST);
    rounds(&mut least, 30, |_| 1.0).await;
    let each = rounds(&mut least, 60, |bytes| bytes as f64).await;
    assert!(each.last() < Some(&MOST), "{each:?}");
}

#[tokio::test(start_paused = true)]
async fn of_few_large_blocks_more_than_are_open_are_tried() {
    let mut least = Least::new(FIRST, MOST);
    for _ in 0..4 {
        round(&mut least, 4 * FIRST, 1.0).await;
    }
    assert_eq!(least.bytes(), 8 * FIRST);
}

/// The least window after each of so many rounds; `seconds` says how long so many bytes take.
async fn rounds(least: &mut Least, count: usize, seconds: fn(u64) -> f64) -> Vec<u64> {
    let mut each = Vec::new();
    for _ in 0..count {
        let bytes = least.bytes();
        round(least, bytes, seconds(bytes)).await;
        each.push(least.bytes());
    }
    each
}

/// All that was asked for comes after so many seconds, byte for byte.
async fn round(least: &mut Least, open_bytes: u64, seconds: f64) {
    let cid = Cid::new_v1(0x55, Multihash::wrap(0x12, &[0; 32]).unwrap());
    let asked = Asked { at: Instant::now(), wish: Wish::of(cid, Some(1), Place::ROOT) };
    tokio::time::advance(Duration::from_secs_f64(seconds)).await;
    for come in 0..open_bytes {
        least.came(&asked, open_bytes - come, least.bytes());
    }
}
