//! Counting what comes to a peer that cancels.

use bitswap_core::Block;
use bitswap_core::wire::{Message, encode};

use super::*;

fn block_of(byte: u8) -> (Cid, Block) {
    let block = Block::sha2_256(vec![byte].into()).unwrap();
    (Cid::new_v1(0x55, *block.multihash()), block)
}

#[test]
fn blocks_of_cancelled_wants_are_counted_apart_before_and_after_the_cancel() {
    let blocks: Vec<_> = (1..=4).map(block_of).collect();
    let cids: Vec<_> = blocks.iter().map(|(cid, _)| *cid).collect();
    let tally = Arc::new(Tally::of(1));
    let answers = Answers::to(&[cids[1], cids[3]], &tally);
    let frame = |of: &[(Cid, Block)]| {
        let message = Message { blocks: of.to_vec(), ..Message::default() };
        encode(&message, ProtocolVersion::V1_2).to_vec()
    };
    let mut came = [frame(&blocks[..2]), frame(&blocks[2..])].concat();
    let rest = came.split_off(came.len() - 1);

    answers.take_frames(&mut came).unwrap();
    answers.cancel();
    came.extend(rest);
    answers.take_frames(&mut came).unwrap();

    let counts = [&tally.came_before_cancel, &tally.cancelled, &tally.cancelled_came];
    assert_eq!(counts.map(|count| count.load(Ordering::Relaxed)), [1, 2, 1]);
    assert_eq!(tally.kept_came.load(Ordering::Relaxed), 2);
    assert!(came.is_empty());
}
