//! What a trial of a larger window leads to.

use std::time::Duration;

use cid::Cid;
use cid::multihash::Multihash;

use super::*;
use crate::fetch::ahead::Wish;

#[tokio::test(start_paused = true)]
async fn it_grows_to_its_most_and_stays_there_while_all_comes_in_the_same_time() {
    let cid = Cid::new_v1(0x55, Multihash::wrap(0x12, &[0; 32]).unwrap());
    let wish = Wish::of(cid, Some(1), 0);
    let mut least = Least::new(8, 64);
    for _ in 0..30 {
        let asked = Asked { at: Instant::now(), wish };
        tokio::time::advance(Duration::from_secs(1)).await;
        for _ in 0..least.bytes() {
            least.came(&asked, least.bytes());
        }
    }
    assert_eq!(least.bytes(), 64);
}
