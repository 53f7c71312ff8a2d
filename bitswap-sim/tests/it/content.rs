//! Files are the trees that other implementations make of the same bytes.

use bitswap_core::Chance;
use bitswap_sim::content::{ContentError, Dag, ManifestError, Pool, Sizes, manifest};
use bitswap_sim::placement::Placement;
use bitswap_sim::popularity::Popularity;
use ipld_dagpb::PbNode;

fn pool(bytes: usize) -> Pool {
    Pool::new(&mut Chance::named(1, "content"), bytes)
}

fn counts(dag: &Dag) -> Vec<usize> {
    dag.levels().map(<[_]>::len).collect()
}

/// The roots are what Kubo 0.42 says of the same bytes, with `--cid-version=1 --raw-leaves
/// --chunker=size-N --max-file-links=174`.
#[test]
fn roots_are_those_of_another_implementation() {
    let cases: [(u64, usize, &[usize], &str); 6] = [
        (0, 4, &[1], "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"),
        (3, 4, &[1], "bafkreihmjf7vy5axy3fia3mtajoz7yxvoopdg7ozsdmqmoaiigkicv7vpu"),
        (5, 4, &[1, 2], "bafybeibxtz3jxxtatjb5zpqvlbjnehubch4apzhz5g4orxuyl7ndqgj3v4"),
        (522, 3, &[1, 174], "bafybeiaigolvl2l74wrg3albew3t2z6ufcig5tcpv6oo56rrljlmujl5ye"),
        (524, 3, &[1, 2, 175], "bafybeicz34fopd6svj2mv2lhqj5kjozr4d2lzagpa66bn452wsizwvnjdu"),
        (
            60_557,
            2,
            &[1, 2, 175, 30_279],
            "bafybeiasp3uveas6c4tpi2a5j4t7nvr3gb4a7u3fevwwfkoddygtrfy46a",
        ),
    ];
    for (bytes, chunk, levels, root) in cases {
        let file = pool(1 << 17).file(bytes, chunk).expect("it can be made");
        assert_eq!(counts(&file), levels, "{bytes}");
        assert_eq!(file.root().to_string(), *root, "{bytes}");
    }
}

#[test]
fn a_level_names_the_next_from_left_to_right() {
    let tree = pool(1 << 12).dag(3, 2, 100).expect("it can be made");
    assert_eq!(counts(&tree), [1, 2, 4, 8]);
    let levels: Vec<_> = tree.levels().collect();
    for pair in levels.windows(2) {
        let nodes = pair[0].iter().map(|(_, block)| {
            PbNode::from_bytes(block.bytes().clone()).expect("it is a node").links
        });
        let named: Vec<_> = nodes.flatten().map(|link| link.cid).collect();
        let there: Vec<_> = pair[1].iter().map(|(cid, _)| *cid).collect();
        assert_eq!(named, there);
    }
    assert_eq!(counts(&pool(1 << 12).dag(5, 1, 100).expect("a chain")), [1; 6]);
}

#[test]
fn what_cannot_be_made_is_told_before_it_is() {
    let limit = 1 << 22;
    let blocks = 1 << 40;
    assert_eq!(pool(100).file(9, 0), Err(ContentError::NoChunk));
    assert_eq!(pool(100).file(1 << 40, 1), Err(ContentError::TooManyBlocks { blocks, limit }));
    assert_eq!(pool(100).dag(40, 2, 1), Err(ContentError::TooManyBlocks { blocks, limit }));
    let (chain, few) = (pool(100).dag(1 << 23, 1, 1), pool(100).file(3, 1 << 18));
    assert_eq!(chain, Err(ContentError::TooManyBlocks { blocks: 1 << 23, limit }));
    assert_eq!(few.map(|file| counts(&file)), Ok(vec![1]));
    let mut small = pool(1_000);
    assert_eq!(small.file(50_000, 500).map(|file| counts(&file)), Ok(vec![1, 100]));
    assert_eq!(small.file(201_000, 500), Err(ContentError::Drained { blocks: 402, limit: 401 }));
}

#[test]
fn a_manifest_is_the_first_number_of_each_line() {
    assert_eq!(manifest("# du -b\n1024\tone file\n\n 7 \r\n"), Ok(vec![1_024, 7]));
    let found = String::from("x 1");
    assert_eq!(manifest("1\nx 1"), Err(ManifestError::NoSize { line: 2, found }));
    let (bytes, limit) = (1 << 41, 1 << 40);
    let too_large = ManifestError::TooLarge { line: 1, bytes, limit };
    assert_eq!(manifest("2199023255552"), Err(too_large));
    assert_eq!(manifest("\n#\n"), Err(ManifestError::Empty));
}

#[test]
fn sizes_are_spread_as_said() {
    let doublings = Sizes::Doublings { least: 1 << 10, most: 1 << 20 }.draw(10_000, 1);
    let small = doublings.iter().filter(|bytes| **bytes < 32 << 10).count();
    assert!(doublings.iter().all(|bytes| (1 << 10..=1 << 20).contains(bytes)));
    assert!(small.abs_diff(4_545) < 200, "five of eleven doublings, and {small} were in them");
    let even = Sizes::Even { least: 10, most: 19 }.draw(10_000, 1);
    assert!(even.iter().sum::<u64>().abs_diff(145_000) < 1_000);
    let weighted = Sizes::Weighted(vec![(400, 1), (30_000, 3)]).draw(10_000, 1);
    assert!(weighted.iter().filter(|bytes| **bytes == 400).count().abs_diff(2_500) < 150);
}

#[test]
fn things_are_with_as_many_as_said() {
    let nodes = [3, 5, 8, 13];
    let held = |placement: Placement| placement.holders(1_000, &nodes, 1);
    let copies = |placement| held(placement).iter().map(Vec::len).sum::<usize>();
    assert_eq!(copies(Placement::Everyone), 4_000);
    assert_eq!(copies(Placement::Overlap { percent: 25 }), 250 * 4 + 750);
    let halves = copies(Placement::Portion { percent: 50 });
    // One of sixteen would be with nobody, and is with one.
    assert!(halves.abs_diff(2_062) < 80, "{halves}");

    let popularity = Popularity::Zipf { hundredths: 100 };
    let drawn = held(Placement::Drawn { holders: 1, popularity });
    let with_first = drawn.iter().filter(|holders| **holders == [3]).count();
    assert!(with_first.abs_diff(480) < 50, "12 of 25, and {with_first} were");
    let pairs = held(Placement::Drawn { holders: 2, popularity: Popularity::Even });
    assert!(pairs.iter().all(|pair| pair.len() == 2 && pair[0] != pair[1]));
}

#[test]
fn shares_are_those_of_the_law_and_of_the_measurement() {
    let zipf = Popularity::Zipf { hundredths: 100 }.of(1_000);
    assert_eq!([0, 1, 9].map(|place| zipf.per_million(place)), [133_592, 66_796, 13_359]);
    let flatter = Popularity::Zipf { hundredths: 90 }.of(50_000);
    assert_eq!([0, 9, 999].map(|place| flatter.per_million(place)), ZIPF_90);

    let measured = Popularity::Measured.of(723);
    let first = |count: usize| (0..count).map(|place| measured.per_million(place)).sum::<u64>();
    for (count, millionths) in [(1, 106_100), (10, 581_200), (50, 843_900), (723, 1_000_000)] {
        assert!(first(count).abs_diff(millionths) <= count as u64, "{count}: {}", first(count));
    }

    let mut chance = Chance::named(1, "draws");
    let draws = (0..100_000).filter(|_| zipf.draw(&mut chance) == 0).count();
    assert!(draws.abs_diff(13_359) < 350, "{draws}");
}

/// n^-0.9 over its sum to 50,000, in millionths.
const ZIPF_90: [u64; 3] = [49_813, 6_271, 99];
