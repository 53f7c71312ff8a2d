//! Every file in the corpora is handed to its target.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed")]

use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use bitswap_fuzz::{TARGETS, Target};

#[test]
fn what_was_found_by_fuzzing_holds() {
    for (name, body) in TARGETS {
        for file in corpus(name) {
            let bytes = fs::read(&file).unwrap();
            assert!(catch_unwind(|| body(&bytes)).is_ok(), "{}", file.display());
        }
    }
}

#[test]
fn every_target_has_a_corpus_and_every_corpus_a_target() {
    for entry in fs::read_dir(folder()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(TARGETS.iter().any(|(target, _)| *target == name), "{name}");
    }
    let bare = TARGETS.iter().filter(|(name, _)| corpus(name).is_empty());
    assert_eq!(bare.map(|(name, _): &Target| *name).collect::<Vec<_>>(), [""; 0]);
}

fn corpus(name: &str) -> Vec<PathBuf> {
    let files = fs::read_dir(folder().join(name)).into_iter().flatten();
    let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    files.sort();
    files
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")
}
