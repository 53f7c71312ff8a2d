//! Blocks arrive as they left, however their bytes are cut; nonsense is told; and what is sent is a
//! CAR to others too.

use bitswap_net::Block;
use bitswap_unixfs::import_car;
use bytes::Bytes;
use cid::Cid;
use futures::executor::block_on;
use futures::{StreamExt as _, stream};

use super::{Answer, Note, Section, StreamError, car_section, pack, packed};
use crate::api_error::ApiError;
use crate::kinds::raw_cid;

fn apple() -> (Cid, Block) {
    let block = Block::sha2_256(Bytes::from_static(b"an apple")).unwrap();
    (raw_cid(*block.multihash()), block)
}

fn sent() -> Vec<u8> {
    let (cid, apple) = apple();
    let empty = Block::sha2_256(Bytes::new()).unwrap();
    let pieces = [
        car_section(&cid, apple.bytes()),
        Note::without(&cid, Some(ApiError::NotFound)).section(),
        car_section(&raw_cid(*empty.multihash()), empty.bytes()),
        Note::of_stored(&cid, &apple).section(),
    ];
    block_on(packed(stream::iter(pieces.concat())).collect::<Vec<_>>()).concat()
}

fn read(pieces: Vec<Bytes>) -> Result<Vec<Section>, StreamError> {
    let body = stream::iter(pieces.into_iter().map(Ok::<_, std::io::Error>));
    block_on(async {
        let mut answer = Answer::of(body).await?;
        let mut read = Vec::new();
        while let Some(said) = answer.next(|cid| cid.codec() == 0x55).await? {
            read.push(said);
        }
        Ok(read)
    })
}

#[test]
fn blocks_and_notes_are_read_however_they_were_cut() {
    let (sent, (cid, apple)) = (sent(), apple());

    for piece in [1, 2, 7, 100_000] {
        let pieces = sent.chunks(piece).map(Bytes::copy_from_slice).collect();
        let read = read(pieces).unwrap();

        assert_eq!(read.len(), 4, "{piece}");
        assert_eq!(read[0], Section::Block(cid, apple.bytes().clone()));
        assert_eq!(read[1], Section::Note(Note::without(&cid, Some(ApiError::NotFound))));
        assert!(matches!(&read[2], Section::Block(_, nothing) if nothing.is_empty()));
        assert_eq!(read[3], Section::Note(Note::of_stored(&cid, &apple)));
    }
}

#[test]
fn it_is_a_car_without_anything_wrong() {
    let summary = block_on(import_car(None, sent().as_slice(), &|_| {})).unwrap();

    assert_eq!((summary.header.version, summary.header.roots.len()), (1, 1));
    assert_eq!(summary.header.roots[0].to_string(), "bafkqaaa");
    assert_eq!((summary.missing_roots, summary.blocks), (vec![], 4));
}

#[test]
fn small_pieces_leave_together_and_large_ones_as_they_are() {
    let large = Bytes::from(vec![7; 100_000]);
    let mut pieces: Vec<_> = (0..100_u8).map(|n| Bytes::copy_from_slice(&[n; 1_000])).collect();
    pieces.insert(50, large.clone());

    let sent = pack(pieces.clone());

    assert_eq!(sent.concat(), pieces.concat());
    assert!(sent.len() <= 5, "{}", sent.len());
    assert!(sent.iter().any(|piece| piece.as_ptr() == large.as_ptr()));
}

#[test]
fn a_stream_that_ends_early_is_told() {
    let sent = sent();

    for end in [0, 1, 30, sent.len() - 1] {
        let cut = read(vec![Bytes::copy_from_slice(&sent[..end])]);

        assert!(cut.unwrap_err().to_string().contains("it ends at byte"), "{end}");
    }
}

#[test]
fn what_is_too_large_or_was_not_asked_for_is_refused() {
    let (apple, dag_pb) = (apple().1, 0x70);
    let with = |piece: &[u8]| read(vec![super::header(), Bytes::copy_from_slice(piece)]);
    let large = with(&[0x80, 0x80, 0x80, 0x80, 0x08]);
    let strange = car_section(&Cid::new_v1(dag_pb, *apple.multihash()), apple.bytes()).concat();
    let nonsense = car_section(&Cid::new_v1(0x0200, *apple.multihash()), apple.bytes()).concat();

    assert!(large.unwrap_err().to_string().contains("the limit is"));
    assert!(matches!(with(&strange), Err(StreamError::NotAskedFor(_))));
    assert!(matches!(with(&nonsense), Err(StreamError::Note(_))));
}
