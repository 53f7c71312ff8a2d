//! A directory has one identity and one process, and nobody else reads it.

use std::fs;
use std::path::PathBuf;
use std::process;

use tempfile::TempDir;

use super::{Holder, Home, Occupied};
use crate::error::Exit;

#[test]
fn a_directory_is_made_on_first_use_for_its_owner_only() {
    let (_place, home) = fresh();

    home.make().unwrap();
    home.make().unwrap();

    assert_eq!(mode(&home, ""), 0o700);
}

#[test]
fn an_identity_is_made_once_and_kept() {
    let (_place, home) = fresh();

    let first = home.identity().unwrap();
    let second = home.identity().unwrap();

    assert_eq!(first.public(), second.public());
    assert_eq!(mode(&home, "identity.key"), 0o600);
}

#[test]
fn a_damaged_identity_is_told_and_left_as_it_is() {
    let (_place, home) = fresh();
    home.identity().unwrap();
    fs::write(home.identity_file(), "nonsense").unwrap();

    let why = home.identity().unwrap_err();

    assert_eq!((why.code, why.exit), ("bad-key", Exit::BadData));
    assert_eq!(fs::read(home.identity_file()).unwrap(), b"nonsense");
}

#[cfg(unix)]
#[test]
fn an_identity_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_place, home) = fresh();
    home.identity().unwrap();
    fs::set_permissions(home.identity_file(), fs::Permissions::from_mode(0o644)).unwrap();

    let why = home.identity().unwrap_err();

    assert_eq!((why.code, why.exit), ("key-not-private", Exit::Refused));
}

#[test]
fn who_comes_second_is_told_who_is_there_and_where_it_answers() {
    let (_place, home) = fresh();
    let mut lock = home.lock().unwrap();
    let api = Some(PathBuf::from("/run/api.sock"));
    lock.say(api.clone()).unwrap();

    let occupied = home.lock().unwrap_err();

    let holder = Holder { pid: process::id(), api };
    assert!(matches!(occupied, Occupied::By(Some(found)) if found == holder));
}

#[test]
fn a_lock_that_was_dropped_can_be_taken_again() {
    let (_place, home) = fresh();
    drop(home.lock().unwrap());

    let again = home.lock();

    assert!(again.is_ok(), "{again:?}");
}

fn fresh() -> (TempDir, Home) {
    let place = TempDir::new().unwrap();
    let home = Home::at(Some(&place.path().join("a/home"))).unwrap();
    (place, home)
}

#[cfg(unix)]
fn mode(home: &Home, name: &str) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(home.folder().join(name)).unwrap().permissions().mode() & 0o777
}

#[cfg(not(unix))]
fn mode(_: &Home, name: &str) -> u32 {
    if name.is_empty() { 0o700 } else { 0o600 }
}
