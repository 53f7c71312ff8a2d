//! What is told of the process that runs the tests.

use super::ProcessInfo;

#[cfg(target_os = "linux")]
#[test]
fn linux_tells_of_a_running_process() {
    let known = ProcessInfo::now();

    assert!(known.resident > Some(1 << 20) && known.peak >= known.resident, "{known:?}");
    assert!(known.virtual_bytes >= known.resident, "{known:?}");
    // stdin, stdout and stderr, or what stands in for them.
    assert!(known.open_fds >= Some(3) && known.max_fds >= known.open_fds, "{known:?}");
    assert!(known.threads >= Some(1), "{known:?}");
    assert!(known.cpu_seconds < Some(3_600.0), "{known:?}");
    // 2020 and 2100.
    assert!(known.started_at > Some(1_577_836_800), "{known:?}");
    assert!(known.started_at < Some(4_102_444_800), "{known:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn time_on_processors_is_told_in_parts_of_seconds() {
    let used = || ProcessInfo::now().cpu_seconds.unwrap();
    let begun = used();
    // Asking takes time on processors itself.
    let parts = std::iter::repeat_with(used).take_while(|now| *now < begun + 3.0);

    assert!(parts.map(f64::fract).any(|part| part > 0.0), "only whole seconds since {begun}");
}
