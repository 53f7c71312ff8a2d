//! What is written is read, and what is damaged is told with its line.

use std::path::Path;

use tempfile::TempDir;

use super::*;
use crate::error::Exit;

const ONE: &str = "QmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n";
const OTHER: &str = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy";

/// A file with two pins, and the directory that it is in.
fn two() -> (TempDir, PinsFile, ByCid) {
    let place = TempDir::new().unwrap();
    let file = PinsFile(place.path().join("pins"));
    let pins = [(ONE, PinKind::Recursive), (OTHER, PinKind::Direct)];
    let pins = pins.map(|(cid, kind)| Pin { cid: Cid::try_from(cid).unwrap(), kind });
    let pins: ByCid = pins.into_iter().map(|pin| (key(&pin.cid), pin)).collect();
    file.write(&pins).unwrap();
    (place, file, pins)
}

fn refused(file: &PinsFile, bytes: &[u8]) -> CliError {
    fs::write(&file.0, bytes).unwrap();
    file.read().unwrap_err()
}

#[test]
fn what_is_written_is_read_and_nothing_else_is_left() {
    let (place, file, pins) = two();
    assert_eq!(file.read(), Ok(pins));
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1);
    assert_eq!(PinsFile(place.path().join("none")).read(), Ok(ByCid::new()));
}

#[test]
fn any_changed_byte_is_told_and_no_pin_is_lost_or_made_by_it() {
    let (_place, file, _) = two();
    let bytes = fs::read(&file.0).unwrap();
    for at in 0..bytes.len() - 1 {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1;
        let error = refused(&file, &damaged);
        assert_eq!((error.code, error.exit), ("bad-pins", Exit::BadData), "byte {at}");
    }
    let mut damaged = bytes;
    damaged[HEAD.len() + 1 + 20] ^= 1;
    let error = refused(&file, &damaged);
    assert_eq!(error.what, format!("line 2 of {} is damaged", file.0.display()));
}

#[test]
fn a_file_that_was_cut_is_told() {
    let (_place, file, pins) = two();
    let bytes = fs::read(&file.0).unwrap();
    for length in 0..bytes.len() - 1 {
        assert_eq!(refused(&file, &bytes[..length]).code, "bad-pins", "{length} bytes");
    }
    fs::write(&file.0, &bytes[..bytes.len() - 1]).unwrap();
    assert_eq!(file.read(), Ok(pins), "the last line feed is no matter");
}

#[test]
fn what_is_no_file_of_pins_is_refused_before_it_is_read() {
    let (_place, file, _) = two();
    File::create(&file.0).unwrap().set_len(PinsFile::LARGEST + 1).unwrap();
    let error = file.read().unwrap_err();
    assert!(error.why.contains("the limit is"), "{error:?}");
    for text in ["", "something else\nend\n", "bitswap pins 2\nend\n"] {
        assert_eq!(refused(&file, text.as_bytes()).code, "bad-pins", "{text:?}");
    }
    assert_eq!(PinsFile(Path::new("/dev/null/pins").into()).read().unwrap_err().exit, Exit::Failed);
}
