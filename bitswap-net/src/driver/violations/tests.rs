//! However many violations there are, their lines are few, and none is lost from the counts.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use futures::future::poll_fn;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use super::*;

/// Collects the numbers that lines have.
#[derive(Clone, Default)]
struct Lines {
    counts: Arc<Mutex<Vec<u64>>>,
    spans: Arc<AtomicU64>,
}

struct Numbers(u64);

impl Visit for Numbers {
    fn record_u64(&mut self, field: &Field, value: u64) {
        match field.name() {
            "more" => self.0 += value + 1,
            "count" => self.0 += value,
            _ => {}
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}

impl Subscriber for Lines {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(self.spans.fetch_add(1, Ordering::Relaxed) + 1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut numbers = Numbers(0);
        event.record(&mut numbers);
        if event.metadata().target().contains("violations") {
            self.counts.lock().unwrap().push(numbers.0);
        }
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[tokio::test(start_paused = true)]
async fn thousands_of_violations_are_a_line_a_minute_for_each_kind() {
    let lines = Lines::default();
    let _guard = tracing::subscriber::set_default(lines.clone());
    let (mut violations, peer) = (Violations::default(), PeerId::random());

    for _ in 0..5_000 {
        violations.note(Violation::Malformed, Some(&peer), 1);
        violations.note(Violation::OverBudget, Some(&peer), 3);
        tokio::time::advance(Duration::from_millis(20)).await;
    }
    assert_eq!(lines.counts.lock().unwrap().len(), 4, "in 100 seconds");

    tokio::time::advance(Duration::from_secs(60)).await;
    poll_fn(|cx| violations.poll(cx)).await;
    let counts = lines.counts.lock().unwrap();
    assert_eq!(counts.iter().sum::<u64>(), 5_000 + 15_000);
    assert_eq!(counts.len(), 6);
}

#[tokio::test(start_paused = true)]
async fn after_a_quiet_minute_a_violation_is_told_at_once() {
    let lines = Lines::default();
    let _guard = tracing::subscriber::set_default(lines.clone());
    let mut violations = Violations::default();

    violations.note(Violation::Paused, None, 1);
    tokio::time::advance(Duration::from_secs(61)).await;
    violations.note(Violation::Paused, None, 1);

    assert_eq!(*lines.counts.lock().unwrap(), [1, 1]);
}
