//! A recording holds what was handed over, and ends without holding the node up.

use std::sync::{Arc, Mutex};

use bitswap_core::record::{RecordReader, input_kind};
use bitswap_core::strategy::plain;

use super::*;

/// Takes so many bytes, and then fails.
#[derive(Clone)]
struct Sink(Arc<Mutex<Vec<u8>>>, usize);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut taken = self.0.lock().unwrap();
        if taken.len() + bytes.len() > self.1 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        taken.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What is in the file after so many inputs.
fn recorded(room: usize, inputs: u64, limit_bytes: u64) -> Vec<u8> {
    let sink = Sink(Arc::default(), room);
    let options = RecordOptions { limit_bytes, keep_identities: false };
    let plan = Plan { sink: Box::new(sink.clone()), options };
    let config = plan.config(EngineConfig::seeded(7));
    let mut recording = plan.begin(&config, &plain::strategies());
    for moment in 0..inputs {
        recording.input(Timestamp::from_nanos(moment), &Input::DeadlineReached);
        recording.done();
    }
    drop(recording);
    let taken = sink.0.lock().unwrap();
    taken.clone()
}

/// How many entries can be read, and whether the recording was ended.
fn read(bytes: &[u8]) -> (u64, bool) {
    let mut reader = RecordReader::new(bytes).unwrap();
    let mut entries = 0;
    while let Some(entry) = reader.next_entry().unwrap() {
        let input = entry.input(&mut |_| Err(String::new())).unwrap();
        assert_eq!((entry.now.as_nanos(), input_kind(&input)), (entries, "DeadlineReached"));
        entries += 1;
    }
    (entries, reader.is_whole())
}

#[test]
fn what_was_handed_over_is_in_the_file_when_the_node_has_ended() {
    assert_eq!(read(&recorded(usize::MAX, 10_000, u64::MAX)), (10_000, true));
}

#[test]
fn a_recording_ends_at_its_limit_and_the_node_goes_on() {
    let file = recorded(usize::MAX, 50_000, 1_200);

    assert!(file.len() <= 1_200);
    let (entries, is_whole) = read(&file);
    assert!(is_whole && (1..50_000).contains(&entries), "{entries}");
}

#[test]
fn a_full_disk_ends_the_recording_and_not_the_node() {
    let (entries, is_whole) = read(&recorded(1_200, 50_000, u64::MAX));

    assert!(!is_whole && entries < 50_000);
}

#[test]
fn the_seed_of_pseudonyms_is_not_in_the_recording() {
    let options = RecordOptions { limit_bytes: 1_000, keep_identities: false };
    let plan = Plan { sink: Box::new(io::sink()), options };
    let config = plan.config(EngineConfig::seeded(7));

    assert!(matches!(config.names, Names::Seeded(names) if names != 7));
    let header = Header::new("1", &config, &plain::strategies(), false);
    assert_eq!(header.config, EngineConfig { names: Names::Recorded, ..config });
}
