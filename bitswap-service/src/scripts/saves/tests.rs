//! Files that are written while somebody looks.

use std::fs;
use std::path::PathBuf;

use super::Saves;

#[test]
fn a_file_is_told_once_it_is_whole_and_once_only() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mine.rhai");
    let mut saves = Saves::default();
    let mut look = || saves.look([file.clone()].into());
    fs::write(&file, "one").unwrap();
    assert_eq!([look(), look(), look()], [vec![], vec![file.clone()], vec![]], "once at first");
    fs::write(&file, "another").unwrap();
    assert_eq!([look(), look(), look()], [vec![], vec![file.clone()], vec![]]);
    fs::remove_file(&file).unwrap();
    assert_eq!([look(), look()], [[], []] as [[PathBuf; 0]; 2]);
    fs::write(&file, "one more").unwrap();
    assert_eq!([look(), look(), look()], [vec![], vec![file.clone()], vec![]]);
}

#[test]
fn a_file_that_stays_away_is_told_to_those_who_want_to_know() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("own.deny");
    let mut saves = Saves::and_gone();
    let mut look = || saves.look([file.clone()].into());
    fs::write(&file, "one").unwrap();
    // It goes before it was told that it is there.
    assert_eq!([look()], [[]] as [[PathBuf; 0]; 1]);
    fs::remove_file(&file).unwrap();
    assert_eq!([look(), look(), look()], [vec![], vec![file.clone()], vec![]]);
    fs::write(&file, "one").unwrap();
    assert_eq!([look(), look(), look()], [vec![], vec![file.clone()], vec![]]);
}
