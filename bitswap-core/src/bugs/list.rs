//! The bugs, where each was seen, and how it is put back where it could not be as it was.

/// One bug that somebody had.
macro_rules! bugs {
    ($($(#[doc = $doc:literal])* $bug:ident = $what:literal,)*) => {
        /// A bug that another implementation had.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Bug {
            $($(#[doc = $doc])* $bug,)*
        }

        impl Bug {
            /// All of them, in order.
            pub const ALL: &[Self] = &[$(Self::$bug,)*];

            /// Its name, as in `B01`.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$bug => stringify!($bug),)*
                }
            }

            /// What it does, in one line.
            pub const fn what(self) -> &'static str {
                match self {
                    $(Self::$bug => $what,)*
                }
            }

            /// The bug of this name.
            pub fn named(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|bug| bug.name() == name)
            }
        }
    };
}

bugs! {
    /// go-bitswap#310, fixed by #332: a session's end left its interest behind.
    B01 = "wants outlive their session",
    /// go-bitswap#347: only what was not yet handed over was withdrawn, without looking whether a
    /// built message had it.
    B02 = "the cancel of a want in a message on its way is swallowed",
    /// go-bitswap#253: giving up withdrew only what had not been sent.
    B03 = "no cancel goes out when a caller gives up",
    /// go-bitswap#250, boxo#124. Here a search asks everybody anew, so it is also put back that a
    /// search leaves out those who are remembered to lack a block.
    B04 = "a DONT_HAVE outlives its want and its connection: never asked again",
    /// go-bitswap#99, #108, boxo#97 (wantlist race A): a server struck a want when the answer was
    /// built, and nothing was put back when it could not be written.
    B05 = "a block that could not be written counts as served",
    /// go-bitswap#109, boxo#96 (wantlist race B): with a connection left, nothing was sent again.
    B06 = "wants are not sent again after one of two connections died",
    /// go-bitswap#244: silence was no answer.
    B07 = "a silent peer is waited for without end",
    /// go-bitswap#194: a session slept through a change of its peers. Here a newcomer wakes
    /// searches that would wake by themselves, but nothing would make up for a peer's leaving.
    B08 = "a session is not woken when its peers change",
    /// boxo#1141, fixed by #1143. The order is the prioritizer's here: the bug overrules it, and
    /// lifts the engine's own bound on waiting.
    B10 = "who has most queued is always served first: newcomers starve",
    /// boxo#1163, fixed by #1164: one failed write was told as the peer's leaving, and only a real
    /// reconnection brought it back.
    B12 = "one failed write, and a connected peer is never spoken to again",
    /// boxo#574, #636, #822: every presence was noted before interest was looked at.
    B13 = "presences that nobody asked for are kept",
    /// boxo#1064: a session's loop and its want sender raced; a HAVE was acted upon after the
    /// block had come.
    B15 = "a late HAVE brings a want-block for what has come already",
    /// boxo#805, reverted by #809: a block's sender got no cancel, and stayed on our own books.
    B16 = "who brought a block is left out when its want is cancelled",
    /// boxo#690: cancelled wants stayed among those that a session broadcasts again.
    B17 = "cancelled wants live on and are sent again",
    /// boxo#691: every tick broadcast all live wants, however lately they had been sent.
    B18 = "each broadcast asks everybody again, however lately they were asked",
    /// boxo#702: room for a broadcast was the limit less the live wants. The limit is that of
    /// searches that a session without members begins.
    B19 = "panic when more is searched than the limit allows",
    /// boxo#629: of a full list of wants, those that could not be served stayed.
    B21 = "wants that a server cannot serve shut out those that it can",
    /// GHSA-m974-xj4j-7qv5, js-ipfs-bitswap#635, kubo#4567.
    B22 = "a peer's wants have no limit and outlive its connection",
    /// go-bitswap#21, #22, #24, js-ipfs-bitswap#194: blocks were stored before anybody asked
    /// whether they were wanted.
    B23 = "blocks that nobody wants are stored",
    /// boxo#432: a session asked the peers of the moment in which it began. Here one message asks
    /// them, so it is put back that no later broadcast asks anybody else.
    B24 = "who connects while a search begins is never asked by it",
    /// boxo#908, kubo#5183: once a peer had said HAVE, its block was waited for however long.
    B25 = "a peer that promised a block is waited for without end",
    /// kubo#3398, boxo#89, go-bitswap#429: the flag did not fit the list.
    B26 = "changes to a list of wants are sent as the whole list",
    /// go-bitswap#411: credit was given for whatever was received.
    B29 = "blocks that are of no use are credited",
    /// kubo#3867: a block was for the wants that were being asked for at that moment; for one that
    /// came later, or unasked, nobody was interested.
    B33 = "a block that comes while nobody is asked for it is not noticed",
    /// kubo#2077: a block was handed out before the last to ask for it was on the list.
    B34 = "who asks for a block while it is stored never gets it",
}
