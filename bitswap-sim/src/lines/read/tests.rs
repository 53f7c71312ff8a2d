//! What files say, and what is wrong with those that cannot be read.

use super::{Lines, Wrong, read};
use crate::lines::{Expect, Program, What};

const FEW: &str = "about = 'a test'\nfile_bytes = 1000\n";

#[test]
fn a_run_is_what_all_have_in_common_and_what_it_has_besides() {
    let text = format!(
        "{FEW}delay_ms = 20\n[[runs]]\ndelay_ms = 300\nup_kb_per_s_of = [1, 2]\nexpect = 'fails'\n\
         because = 'so'\nevents = [{{ what = 'half_open', at_s = 3, for_s = 30 }}]\n[[runs]]"
    );
    let [first, second] = &runs(&text)[..] else { panic!("two runs") };

    assert_eq!((first.delay_ms, first.ups(), first.expect), (300, vec![1, 2], Expect::Fails));
    assert_eq!(
        first.events.first().map(|event| (event.what, event.for_s)),
        Some((What::HalfOpen, 30))
    );
    assert_eq!((second.delay_ms, second.ups(), second.chunk_bytes), (20, vec![0], 262_144));
    assert_eq!(runs(FEW).len(), 1, "a file without runs is one");
}

#[test]
fn each_makes_a_run_of_all_combinations() {
    let each = "[[runs]]\neach = { delay_ms = [0, 20, 100], server = ['ours', 'kubo'] }";
    let made: Vec<_> =
        runs(&format!("{FEW}{each}")).iter().map(|run| (run.delay_ms, run.server)).collect();

    let of = |server| move |delay| (delay, server);
    let mut expected: Vec<_> = [0, 20, 100].map(of(Program::Ours)).to_vec();
    expected.extend([0, 20, 100].map(of(Program::Kubo)));
    assert_eq!(made.len(), 6);
    assert!(expected.iter().all(|run| made.contains(run)), "{made:?}");
}

#[test]
fn a_mistake_is_told_with_its_file_its_run_and_its_field() {
    for (run, words) in [
        ("dealy_ms = 20", "unknown field `dealy_ms`"),
        ("delay_ms = 'long'", "delay_ms"),
        ("delay_ms = -1", "delay_ms"),
        ("events = [{ what = 'flood' }]", "unknown variant `flood`"),
        ("each = { delay_ms = 20 }", "`each` is no table of lists, as `delay_ms` says"),
        ("expect = 'varies'", "there is no `because`"),
        ("at_most = -1.0", "`at_most` is no bound"),
        ("servers = 3\nup_kb_per_s_of = [1, 2]", "`servers` is 3"),
        ("up_kb_per_s_of = [1, 2]\ndelay_ms_of = [1]", "`delay_ms_of` is 1"),
        ("crowd = true\nup_kb_per_s = 0", "all lines of a crowd have rates"),
        ("crowd = true\nup_kb_per_s = 1\nclient_up_kb_per_s = 0", "all lines of a crowd"),
    ] {
        let text = format!("{FEW}[[runs]]\n[[runs]]\n{run}");
        let told = read("slow", &text).expect_err(run).to_string();
        assert!(told.starts_with("slow, run 2: ") && told.contains(words), "{run}: {told}");
    }
}

#[test]
fn a_number_that_cannot_be_is_an_error() {
    for (field, value, allowed) in [
        ("file_bytes", 0, 1..=1 << 36),
        ("chunk_bytes", 0, 1..=2 << 20),
        ("chunk_bytes", (2 << 20) + 1, 1..=2 << 20),
        ("clients", 1_001, 0..=1_000),
        ("delay_ms", 60_001, 0..=60_000),
        ("up_kb_per_s", u64::from(u32::MAX), 0..=100_000_000),
    ] {
        let text = format!("about = ''\n[[runs]]\nfile_bytes = 1\n{field} = {value}");
        let text =
            if field == "file_bytes" { text.replacen("file_bytes = 1\n", "", 1) } else { text };
        let why = read("slow", &text).expect_err(field).why;
        assert_eq!(why, Wrong::Range { field, value, allowed }, "{field}");
    }
}

fn runs(text: &str) -> Vec<Lines> {
    read("test", text).expect("it is right")
}
