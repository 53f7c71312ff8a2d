//! What is read of Linux.

use super::ProcessMemory;

#[test]
fn resident_memory_and_its_peak_are_read() {
    let status = "Name:\tbitswap\nVmPeak:\t  900 kB\nVmHWM:\t  52224 kB\nVmRSS:\t   41000 kB\n";
    let (resident, peak) = (Some(41_000 * 1024), Some(52_224 * 1024));
    assert_eq!(ProcessMemory::of(status), ProcessMemory { resident, peak });
}

#[test]
fn what_is_missing_or_no_number_is_not_told() {
    let status = "VmHWM:\tmuch kB\nVmRSS:\t99999999999999999999 kB\n";
    assert_eq!(ProcessMemory::of(status), ProcessMemory::default());
}
