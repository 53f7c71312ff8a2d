//! Directories of more than one block: they are as Kubo makes them, and each entry is found again.

use std::collections::BTreeMap;

use cid::Version::{self, V0, V1};
use futures::executor::block_on;
use proptest::collection::btree_set;
use proptest::prelude::*;

use super::super::{List, resolve};
use super::*;

/// How many files there are, each named by its number in thirty digits and with `x` in it, and what
/// `ipfs add -r` of Kubo 0.42.0 makes of them; with version 1, the leaves are raw.
const DIRECTORIES: &[(usize, Version, &str)] = &[
    (10, V0, "QmbCjM96xtKbgbRn5mVVywFjBHS7w4VfARurgGTnrFQdfA"),
    (10, V1, "bafybeiap2r3w4yriwp2adakf77wptgu5go6kxwhdx7gsvahnxhgzrrwuna"),
    (5_000, V0, "QmVPv57N2uVzRerhWgnF3MCQVXHMN3cyibmPSgXcEiTFc4"),
    (5_000, V1, "bafybeic5rrb2g3jsnakn4fadidzdigx3voohfwp3mh2sbd457zxhva5dmi"),
    (20_000, V0, "QmeaR4WL7YKZzFtzToFgPS3r9GWU6ow8HnAQYRNDE38Muu"),
    (20_000, V1, "bafybeifbd6icl4r33z3jwlxlr54mdxhoayubq3bnc7d4unewym27kv642q"),
];

#[tokio::test]
async fn a_directory_of_any_number_of_files_has_the_cid_that_kubo_gives_it() {
    for &(files, version, cid) in DIRECTORIES {
        let raw_leaves = version == V1;
        let settings = ImportSettings { version, raw_leaves, ..Default::default() };
        let file = import_stream(None, b"x".as_slice(), &settings, &|_| {}).await.unwrap();
        let entries: Vec<_> =
            (0..files).map(|number| (format!("{number:030}"), file.clone())).collect();

        let made = import_wrapper(None, &entries, &settings).await.unwrap();

        assert_eq!(made.root.to_string(), cid, "{files} files, {settings:?}");
    }
}

/// Long names without slashes, enough of them for more than 256 KiB.
fn names() -> impl Strategy<Value = Vec<String>> {
    let name = "[^/\\p{C}]{90,120}";
    btree_set(name, 1_200..1_500)
        .prop_map(|names| names.into_iter().collect::<Vec<_>>())
        .prop_shuffle()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, max_shrink_iters: 8, ..Default::default() })]

    #[test]
    fn what_is_written_in_shards_is_read_back_and_has_one_cid_in_any_order(names in names()) {
        block_on(async {
            let store = TestStore::new();
            let made = store.wrap(names.iter()).await;
            prop_assert_eq!(store.wrap(names.iter().rev()).await.root, made.root);
            prop_assert!(store.store.usage().blocks > Some(1), "it is not sharded");

            let mut found = BTreeMap::new();
            let (mut reader, mut list) = (store.reader(), List::new(made.root, false));
            while let Some(entry) = list.next(&mut reader).await.unwrap() {
                prop_assert!(found.insert(entry.path, entry.cid).is_none());
            }
            let files = names.iter().map(|name| (name.clone(), file_of(name)));
            prop_assert_eq!(&found, &files.collect());
            for (name, cid) in &found {
                let at = resolve(&mut reader, made.root, std::slice::from_ref(name)).await;
                prop_assert_eq!(at.unwrap(), *cid);
            }
            Ok(())
        })?;
    }
}

impl TestStore {
    /// A directory with a file for each of these names, with the name in it.
    async fn wrap(&self, names: impl Iterator<Item = &String>) -> Imported {
        let settings = ImportSettings::whole();
        let mut entries = Vec::new();
        for name in names {
            let file = import_stream(None, name.as_bytes(), &settings, &|_| {}).await.unwrap();
            entries.push((name.clone(), file));
        }
        import_wrapper(Some(self.store.as_ref()), &entries, &settings).await.unwrap()
    }
}

fn file_of(name: &str) -> Cid {
    Cid::new_v1(RAW, *Block::sha2_256(name.as_bytes().to_vec().into()).unwrap().multihash())
}
