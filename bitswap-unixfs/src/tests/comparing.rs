//! Every difference is found and named.

use super::*;

#[tokio::test]
async fn differences_in_content_are_found() {
    let store = TestStore::new();
    let source = store.place.path().join("file");
    fs::write(&source, "abcdef").unwrap();
    let root = store.import(&source).await.unwrap().root;

    for (now, how) in [
        ("abcdeX", "has other bytes"),
        ("abcde", "has other bytes"),
        ("abcdefg", "is longer in the source"),
    ] {
        fs::write(&source, now).unwrap();
        let path = std::path::PathBuf::new();
        assert_eq!(store.compare(root, &source).await, Comparison::Differs { path, how });
    }
}

#[tokio::test]
async fn differences_in_names_are_found() {
    let store = TestStore::new();
    let source = store.place.path().join("tree");
    fs::create_dir(&source).unwrap();
    fs::write(source.join("one"), "1").unwrap();
    fs::write(source.join("two"), "2").unwrap();
    let root = store.import(&source).await.unwrap().root;
    let differs =
        |path: &str, how| Comparison::Differs { path: std::path::PathBuf::from(path), how };

    fs::write(source.join("three"), "3").unwrap();
    assert_eq!(store.compare(root, &source).await, differs("three", "is missing in the copy"));

    fs::remove_file(source.join("three")).unwrap();
    fs::remove_file(source.join("two")).unwrap();
    assert_eq!(store.compare(root, &source).await, differs("two", "is not in the source"));

    fs::create_dir(source.join("two")).unwrap();
    assert_eq!(store.compare(root, &source).await, differs("two", "is of another kind"));
}
