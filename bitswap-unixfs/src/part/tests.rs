//! What is left over is removed, and nothing else.

use std::fs::{self, File, FileTimes};
use std::time::SystemTime;

use tempfile::TempDir;

use super::*;

/// Something that looks like a part, from a time when nobody who lives had begun it.
fn old(path: &Path, is_folder: bool) -> File {
    if is_folder {
        fs::create_dir_all(path.join("sub")).unwrap();
        fs::write(path.join("sub/file"), "part").unwrap();
    } else {
        fs::write(path, "part").unwrap();
    }
    let file = File::open(path).unwrap();
    file.set_times(FileTimes::new().set_modified(SystemTime::UNIX_EPOCH)).unwrap();
    file
}

#[cfg(unix)]
#[tokio::test]
async fn the_parts_of_a_killed_process_are_removed() {
    let place = TempDir::new().unwrap();
    for (name, is_folder) in [(".bitswap-file.part", false), (".bitswap-folder.part", true)] {
        drop(old(&place.path().join(name), is_folder));
    }

    PartFile::create(&place.path().join("new"), false).await.unwrap().keep().await.unwrap();

    let names: Vec<_> =
        fs::read_dir(place.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names, ["new"]);
}

#[cfg(unix)]
#[tokio::test]
async fn what_somebody_writes_or_has_another_name_stays() {
    let place = TempDir::new().unwrap();
    let path = |name: &str| place.path().join(name);
    let written = old(&path(".bitswap-written.part"), true);
    lock(&written);
    drop(old(&path(".bitswap-mine"), false));
    drop(old(&path("mine.part"), false));
    fs::write(path("elsewhere"), "kept").unwrap();
    std::os::unix::fs::symlink("elsewhere", path(".bitswap-link.part")).unwrap();
    fs::write(path(".bitswap-young.part"), "part").unwrap();

    drop(PartFolder::create(&path("new")).await.unwrap());

    let mut names: Vec<_> =
        fs::read_dir(place.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    names.sort();
    let stay =
        [".bitswap-link.part", ".bitswap-mine", ".bitswap-written.part", ".bitswap-young.part"];
    assert_eq!(names, [&stay[..], &["elsewhere", "mine.part"]].concat());
}

#[tokio::test]
async fn nothing_is_left_of_a_directory_in_which_a_file_is_still_being_made() {
    let place = TempDir::new().unwrap();
    for _ in 0..20 {
        let part = PartFolder::create(&place.path().join("new")).await.unwrap();
        let inside = part.path().to_owned();
        let making = std::thread::spawn(move || {
            (0..60).take_while(|file| fs::write(inside.join(file.to_string()), "").is_ok()).count()
        });
        while fs::read_dir(part.path()).unwrap().next().is_none() {}
        drop(part);
        making.join().unwrap();
    }
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0);
}
