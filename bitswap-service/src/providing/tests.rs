//! When the next sweep is due, and what the file makes of it.

use std::fs;
use std::time::{Duration, SystemTime};

use tempfile::TempDir;

use super::Scope;
use super::progress::{Progress, ProgressFile};

const DAY: Duration = Duration::from_secs(86_400);

#[test]
fn the_next_sweep_is_due_an_interval_after_the_last_began() {
    let now = SystemTime::now();
    let mut progress = Progress::begun(now, Scope::All);
    assert!(!progress.is_due(now + 2 * DAY, DAY), "one goes on");
    progress.cursor = None;
    assert!(!progress.is_due(now + DAY / 2, DAY));
    assert!(progress.is_due(now + DAY, DAY));
    // The clock was wrong when it began.
    assert!(progress.is_due(now - DAY, DAY));
    assert!(Progress::default().is_due(now, DAY), "there was none");
}

#[test]
fn the_file_says_how_far_the_sweep_came() {
    let (folder, now) = (TempDir::new().unwrap(), SystemTime::now());
    let file = || ProgressFile(folder.path().join("providing.json"));
    file().blocks_were_added();
    assert_eq!(file().read(), Progress::default());

    let mut progress = Progress::begun(now, Scope::All);
    file().write(&progress).unwrap();
    assert_eq!(file().read(), progress);
    assert_eq!(file().read().resumed(now + DAY, Scope::All), progress);
    let other = Progress::begun(now + DAY, Scope::Roots);
    assert_eq!(file().read().resumed(now + DAY, Scope::Roots), other, "it goes over others");
    // New blocks were lost with the process that knew of them.
    (progress.cursor, progress.pending) = (None, true);
    file().write(&progress).unwrap();
    let again = Progress::begun(now + DAY, Scope::All);
    assert_eq!(file().read().resumed(now + DAY, Scope::All), again);

    // A command added some while no daemon ran.
    progress.pending = false;
    file().write(&progress).unwrap();
    file().blocks_were_added();
    progress.pending = true;
    assert_eq!(file().read(), progress);

    fs::write(folder.path().join("providing.json"), "nonsense").unwrap();
    assert_eq!(file().read(), Progress::default());
}
