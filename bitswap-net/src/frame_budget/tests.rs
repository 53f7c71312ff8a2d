//! Which frames get room, which wait and which are evicted.

use std::future::poll_fn;

use tokio::time::advance;

use super::*;

const MIB: usize = 1024 * 1024;
/// What the tests' budget is, near enough.
const LIMIT: usize = 8 * MIB;
const SECOND: Duration = Duration::from_secs(1);

fn try_grow(reservation: &mut Reservation, bytes: usize) -> Poll<Result<(), Evicted>> {
    reservation.poll_grow(&mut Context::from_waker(Waker::noop()), bytes, bytes)
}

fn is_evicted(reservation: &Reservation) -> bool {
    reservation.is_evicted(&Context::from_waker(Waker::noop()))
}

/// Frames of one connection that hold so many bytes each.
fn holding<const FRAMES: usize>(budget: &FrameBudget, bytes: usize) -> [Reservation; FRAMES] {
    let connection = budget.for_connection();
    std::array::from_fn(|_| {
        let mut frame = connection.reserve();
        assert_eq!(try_grow(&mut frame, bytes), Poll::Ready(Ok(())));
        frame
    })
}

#[tokio::test(start_paused = true)]
async fn a_frame_waits_for_room_and_gets_it_when_another_is_over() {
    let budget = FrameBudget::of(LIMIT);
    let [one, _two] = holding(&budget, 4 * MIB);
    let mut third = budget.reserve();
    assert_eq!(try_grow(&mut third, 1), Poll::Pending);

    let waiting = poll_fn(|cx| third.poll_grow(cx, MIB, MIB));
    let (grown, ()) = futures::join!(waiting, async { drop(one) });

    assert_eq!((grown, budget.held()), (Ok(()), 5 * MIB));
}

#[tokio::test(start_paused = true)]
async fn who_is_too_slow_is_evicted_when_another_waits_and_only_then() {
    let budget = FrameBudget::of(LIMIT);
    let [slow] = holding(&budget, 4 * MIB);
    advance(60 * SECOND).await;
    let [fast] = holding(&budget, 4 * MIB);
    assert!(!is_evicted(&slow));

    let mut third = budget.reserve();
    assert_eq!(try_grow(&mut third, MIB), Poll::Pending);

    assert!(is_evicted(&slow) && !is_evicted(&fast));
    drop(slow);
    assert_eq!(try_grow(&mut third, MIB), Poll::Ready(Ok(())));
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_longer_than_the_slowest_may_take() {
    let budget = FrameBudget::of(LIMIT);
    let [one, two] = holding(&budget, 2 * MIB);
    let [mut three, mut four] = holding(&budget, 2 * MIB);
    let (start, mut fifth) = (Instant::now(), budget.reserve());
    // Each of the others stops, and is polled only when it is woken.
    let others = async {
        for frame in [one, two] {
            poll_fn(|cx| if frame.is_evicted(cx) { Poll::Ready(()) } else { Poll::Pending }).await;
        }
    };
    let grown = tokio::select! {
        grown = poll_fn(|cx| fifth.poll_grow(cx, MIB, MIB)) => grown,
        () = others => Err(Evicted),
    };
    assert_eq!((grown, start.elapsed() <= 11 * SECOND), (Ok(()), true));
    assert!([&mut three, &mut four].into_iter().all(|frame| !is_evicted(frame)));
}

#[tokio::test(start_paused = true)]
async fn who_waits_gets_room_for_its_rest_before_those_whose_connection_holds_more() {
    let budget = FrameBudget::of(LIMIT);
    let [mut greedy, other] = holding(&budget, 4 * MIB);
    assert_eq!(try_grow(&mut greedy, 5 * MIB), Poll::Pending);
    let mut modest = budget.for_connection().reserve();
    let grow = |frame: &mut Reservation, bytes| {
        frame.poll_grow(&mut Context::from_waker(Waker::noop()), bytes, 4 * MIB)
    };
    assert_eq!(grow(&mut modest, MIB), Poll::Pending);
    drop(other);

    assert_eq!(try_grow(&mut greedy, 5 * MIB), Poll::Pending);
    assert_eq!(grow(&mut modest, MIB), Poll::Ready(Ok(())));
    assert_eq!(budget.held(), 8 * MIB);
    assert_eq!(grow(&mut modest, 4 * MIB), Poll::Ready(Ok(())));
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_behind_a_frame_that_is_not_read() {
    let budget = FrameBudget::of(LIMIT);
    let [one, _two] = holding(&budget, 4 * MIB);
    let (mut first, mut second) =
        (budget.for_connection().reserve(), budget.for_connection().reserve());
    assert_eq!(try_grow(&mut first, 4 * MIB), Poll::Pending);
    assert_eq!(try_grow(&mut second, 4 * MIB), Poll::Pending);
    drop(one);
    assert_eq!(try_grow(&mut second, 4 * MIB), Poll::Pending);

    first.pause();

    assert_eq!(try_grow(&mut second, 4 * MIB), Poll::Ready(Ok(())));
}

#[tokio::test(start_paused = true)]
async fn when_all_wait_the_largest_makes_room() {
    let budget = FrameBudget::of(LIMIT);
    let [mut large] = holding(&budget, 4 * MIB);
    let [mut small, mut other] = holding(&budget, 2 * MIB);
    assert_eq!(try_grow(&mut large, 5 * MIB), Poll::Pending);
    assert_eq!(try_grow(&mut small, 3 * MIB), Poll::Pending);
    assert_eq!(try_grow(&mut other, 3 * MIB), Poll::Pending);

    assert!(is_evicted(&large) && !is_evicted(&small) && !is_evicted(&other));
    assert_eq!(try_grow(&mut large, 5 * MIB), Poll::Ready(Err(Evicted)));
    drop(large);
    assert_eq!(try_grow(&mut small, 3 * MIB), Poll::Ready(Ok(())));
    assert_eq!(try_grow(&mut other, 3 * MIB), Poll::Ready(Ok(())));
}

#[tokio::test(start_paused = true)]
async fn one_whole_frame_has_room_in_the_smallest_budget() {
    let budget = FrameBudget::of(1);
    let mut alone = budget.reserve();
    assert_eq!(try_grow(&mut alone, MAX_FRAME_BYTES + 4), Poll::Ready(Ok(())));
    alone.release();
    assert_eq!(budget.held(), 0);
}

#[test]
fn refused_streams_of_all_connections_are_counted_together() {
    let budget = FrameBudget::of(0);
    let [one, other] = [budget.for_connection(), budget.for_connection()];

    one.refuse_stream();
    other.refuse_stream();

    assert_eq!(budget.refused_streams(), 2);
}
