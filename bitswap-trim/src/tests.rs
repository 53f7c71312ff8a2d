//! What is given back, and what is not.

use super::*;

#[test]
fn what_is_in_use_stays_as_it_is() {
    // Every second one is freed, so that pages between those in use are given back.
    let mut pieces: Vec<Vec<u8>> = (0..64_u8).map(|n| vec![n; 64 * 1024]).collect();
    pieces.retain(|piece| piece[0].is_multiple_of(2));

    assert_eq!(trim(), IS_SUPPORTED);

    assert!(pieces.iter().all(|piece| piece.iter().all(|byte| *byte == piece[0])));
}
