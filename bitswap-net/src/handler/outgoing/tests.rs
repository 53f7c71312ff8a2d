//! Messages that are suspended while they are written.

use bitswap_core::wire::encode;

use super::*;

/// Takes so many bytes, and then nothing.
#[derive(Default)]
struct Pipe {
    room: usize,
    taken: Vec<u8>,
}

impl AsyncWrite for Pipe {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let now = bytes.len().min(self.room);
        if now == 0 {
            return Poll::Pending;
        }
        self.room -= now;
        self.taken.extend_from_slice(&bytes[..now]);
        Poll::Ready(Ok(now))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

const DIALECT: ProtocolVersion = ProtocolVersion::V1_2;

fn blocks() -> Vec<Block> {
    let block = |byte| Block::sha2_256(vec![byte; 50_000].into()).unwrap();
    [1, 2, 3].map(block).to_vec()
}

fn message() -> Message {
    let named = |block: Block| (Cid::new_v1(0x55, *block.multihash()), block);
    Message { blocks: blocks().into_iter().map(named).collect(), ..Message::default() }
}

fn write(writing: &mut Writing, pipe: &mut Pipe, outgoing: &mut Outgoing) -> Option<Progress> {
    let mut cx = Context::from_waker(std::task::Waker::noop());
    match writing.poll(&mut cx, pipe, (outgoing, DIALECT)) {
        Poll::Ready(progress) => Some(progress.unwrap()),
        Poll::Pending => None,
    }
}

#[tokio::test]
async fn a_message_that_is_suspended_anywhere_and_resumed_is_the_same_bytes() {
    let whole = encode(&message(), DIALECT);
    for written in [0, 1, 49_999, 60_000, 100_000, whole.len() - 5_000] {
        let (mut pipe, mut writing) = (Pipe::default(), Writing::default());
        let mut outgoing = Outgoing::new(SendId(1), message());
        pipe.room = written;
        assert_eq!(write(&mut writing, &mut pipe, &mut outgoing), None);
        outgoing.suspend(Some(&mut writing));
        assert!(outgoing.message.blocks.is_empty());
        pipe.room = 4_000;
        assert_eq!(write(&mut writing, &mut pipe, &mut outgoing), None, "some is left");
        pipe.room = whole.len();
        assert_eq!(write(&mut writing, &mut pipe, &mut outgoing), Some(Progress::Waits));
        assert_eq!(write(&mut writing, &mut pipe, &mut outgoing), None, "told once");
        assert!(pipe.taken.len() < whole.len());
        assert!(outgoing.resume(&blocks()));
        assert_eq!(write(&mut writing, &mut pipe, &mut outgoing), Some(Progress::Written));
        assert!(pipe.taken == whole, "suspended after {written} bytes");
    }
}

#[tokio::test]
async fn a_message_of_which_little_is_left_holds_nothing_and_needs_nothing() {
    let whole = encode(&message(), DIALECT);
    let (mut pipe, mut writing) = (Pipe::default(), Writing::default());
    let mut outgoing = Outgoing::new(SendId(1), message());
    pipe.room = whole.len() - 100;
    assert_eq!(write(&mut writing, &mut pipe, &mut outgoing), None);
    outgoing.suspend(Some(&mut writing));
    assert!(outgoing.message.blocks.is_empty());
    pipe.room = 100;
    assert_eq!(write(&mut writing, &mut pipe, &mut outgoing), Some(Progress::Written));
}

#[tokio::test]
async fn a_suspended_message_starts_again_on_another_stream() {
    let mut outgoing = Outgoing::new(SendId(1), message());
    outgoing.suspend(None);
    let (mut pipe, mut writing) = (Pipe::default(), Writing::default());
    pipe.room = 1_000_000;
    assert_eq!(write(&mut writing, &mut pipe, &mut outgoing), Some(Progress::Waits));
    assert!(!outgoing.resume(&blocks()[..2]), "one is missing");
    assert!(outgoing.resume(&blocks()));
    assert_eq!(write(&mut writing, &mut pipe, &mut outgoing), Some(Progress::Written));
    assert!(pipe.taken == encode(&message(), DIALECT));
}

#[tokio::test(start_paused = true)]
async fn a_message_is_given_up_when_nothing_is_taken_and_not_while_something_is() {
    let mut outgoing = Outgoing::new(SendId(1), message());
    let (mut pipe, mut writing) = (Pipe::default(), Writing::default());
    for _ in 0..20 {
        pipe.room = 1_000;
        assert_eq!(write(&mut writing, &mut pipe, &mut outgoing), None);
        tokio::time::advance(TAKES_NOTHING / 2).await;
    }
    let stalled = std::future::poll_fn(|cx| writing.poll(cx, &mut pipe, (&mut outgoing, DIALECT)));
    let stalled = tokio::time::timeout(TAKES_NOTHING, stalled).await.unwrap();
    assert!(matches!(stalled, Err(StreamError::Stalled(_))), "{stalled:?}");
}
