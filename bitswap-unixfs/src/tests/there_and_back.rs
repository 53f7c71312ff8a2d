//! What goes in comes out.

use rust_unixfs::Metadata;
use rust_unixfs::dir::builder::{BufferingTreeBuilder, TreeOptions};

use super::*;

const CHUNK: usize = 256 * 1024;

#[tokio::test]
async fn a_file_of_any_length_comes_back_as_it_was() {
    for length in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 5 * CHUNK + 7] {
        let store = TestStore::new();
        let source = store.place.path().join("source");
        fs::write(&source, noise(length)).unwrap();

        let imported = store.import(&source).await.unwrap();
        let saved = store.save(imported.root, "copy").await.unwrap();

        assert_eq!(imported.bytes, length as u64);
        assert_eq!(saved, Saved { files: 1, bytes: length as u64, ..Saved::default() });
        assert_eq!(fs::read(store.place.path().join("copy")).unwrap(), noise(length));
        assert_eq!(store.names(), ["copy", "source"]);
    }
}

#[tokio::test]
async fn a_file_of_two_levels_comes_back_as_it_was() {
    let store = TestStore::new();
    let source = store.place.path().join("source");
    let length = 175 * CHUNK as u64 + 1;
    fs::File::create(&source).unwrap().set_len(length).unwrap();

    let imported = store.import(&source).await.unwrap();

    assert_eq!(imported.bytes, length);
    assert_eq!(store.compare(imported.root, &source).await, Comparison::Identical);
}

#[tokio::test]
async fn a_directory_comes_back_with_all_that_is_in_it() {
    let store = TestStore::new();
    let source = store.place.path().join("source");
    fs::create_dir_all(source.join("deep/er")).unwrap();
    fs::create_dir(source.join("empty")).unwrap();
    fs::write(source.join("deep/er/big"), noise(2 * CHUNK)).unwrap();
    fs::write(source.join("deep/nothing"), "").unwrap();
    fs::write(source.join(".hidden name with ünïcode"), "x").unwrap();

    let imported = store.import(&source).await.unwrap();
    let saved = store.save(imported.root, "copy").await.unwrap();

    assert_eq!(saved, Saved { files: 3, bytes: imported.bytes, ..Saved::default() });
    let copy = store.place.path().join("copy");
    assert_eq!(store.compare(imported.root, &copy).await, Comparison::Identical);
    assert_eq!(store.compare(imported.root, &source).await, Comparison::Identical);
    assert_eq!(store.names(), ["copy", "source"]);
}

#[cfg(unix)]
#[tokio::test]
async fn links_inside_a_directory_stay_links() {
    let store = TestStore::new();
    let source = store.place.path().join("source");
    fs::create_dir_all(source.join("a/b")).unwrap();
    fs::write(source.join("target"), "x").unwrap();
    std::os::unix::fs::symlink("../../target", source.join("a/b/link")).unwrap();

    let imported = store.import(&source).await.unwrap();
    store.save(imported.root, "copy").await.unwrap();

    let link = store.place.path().join("copy/a/b/link");
    assert_eq!(fs::read_link(&link).unwrap(), Path::new("../../target"));
    assert_eq!(store.compare(imported.root, &source).await, Comparison::Identical);
}

#[tokio::test]
async fn a_sharded_directory_comes_back_as_one() {
    let store = TestStore::new();
    let source = store.place.path().join("source");
    fs::create_dir(&source).unwrap();
    let mut options = TreeOptions::default();
    options.wrap_with_directory();
    options.shard_threshold(Some(1_000));
    let mut tree = BufferingTreeBuilder::new(options);
    for number in 0..600 {
        let name = format!("entry-{number}");
        if number % 3 == 0 {
            tree.set_metadata(&name, Metadata::default()).unwrap();
            fs::create_dir(source.join(&name)).unwrap();
        } else {
            let cid = store.put(RAW, name.clone().into_bytes()).await;
            tree.put_link(&name, cid, 0).unwrap();
            fs::write(source.join(&name), &name).unwrap();
        }
    }
    let mut root = None;
    for node in tree.build() {
        let node = node.unwrap();
        store.put(DAG_PB, Vec::from(node.block)).await;
        root = Some(node.cid);
    }

    let root = root.unwrap();
    let saved = store.save(root, "copy").await.unwrap();

    assert_eq!(saved.files, 400);
    let copy = store.place.path().join("copy");
    assert_eq!(store.compare(root, &copy).await, Comparison::Identical);
    assert_eq!(store.compare(root, &source).await, Comparison::Identical);
}

#[tokio::test]
async fn what_exists_is_not_overwritten_unless_told_to() {
    let store = TestStore::new();
    let there = store.place.path().join("there");
    fs::write(&there, "old").unwrap();
    let new = store.put(RAW, "new").await;

    let refused = store.save(new, "there").await;

    assert!(matches!(refused, Err(DagError::TargetExists { .. })), "{refused:?}");
    assert_eq!(fs::read(&there).unwrap(), b"old");
    save(&mut store.walk(new), &there, true).await.unwrap();
    assert_eq!(fs::read(&there).unwrap(), b"new");
    assert_eq!(store.names(), ["there"]);
}

#[tokio::test]
async fn a_directory_is_never_overwritten() {
    let store = TestStore::new();
    let there = store.place.path().join("there");
    fs::create_dir(&there).unwrap();
    let new = store.put(RAW, "new").await;

    let refused = save(&mut store.walk(new), &there, true).await;

    assert!(matches!(refused, Err(DagError::TargetExists { .. })), "{refused:?}");
    assert!(there.is_dir());
}
