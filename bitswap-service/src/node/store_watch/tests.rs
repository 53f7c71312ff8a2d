//! A line at the beginning of an episode and one at its end.

use std::io::ErrorKind;

use super::*;

#[test]
fn an_episode_is_told_twice() {
    let full = || Some(StoreError::Io { doing: "commit".into(), kind: ErrorKind::StorageFull });
    let (mut episode, start) = (Episode::default(), Instant::now());
    let mut at = |seconds, failing| episode.news(start + Duration::from_secs(seconds), failing);
    assert_eq!(at(0, None), None);
    assert_eq!(at(1, full()), full().map(News::Fails));
    assert_eq!([at(2, full()), at(9, full())], [None, None], "it is known");
    assert_eq!(at(13, None), Some(News::Writes(Duration::from_secs(12))));
    assert!(at(14, full()).is_some(), "another one");
}
