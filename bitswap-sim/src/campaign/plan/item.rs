//! What plans are made of. All times are in ms, all sets of numbers are bits.

use std::fmt;
use std::str::FromStr;

/// Declares an item of plain numbers, which is written as its numbers with commas between them.
macro_rules! item {
    ($(#[$doc:meta])+ $name:ident { $($(#[$of:meta])+ $field:ident: $type:ty,)+ }) => {
        $(#[$doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name {
            $($(#[$of])+ pub $field: $type,)+
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let words = [$(self.$field.to_string(),)+];
                f.write_str(&words.join(","))
            }
        }

        impl FromStr for $name {
            type Err = ();

            fn from_str(text: &str) -> Result<Self, ()> {
                let mut words = text.split(',');
                let mut next = || words.next().ok_or(());
                let item = Self { $($field: next()?.parse().map_err(|_| ())?,)+ };
                words.next().is_none().then_some(item).ok_or(())
            }
        }
    };
}

item! {
    /// A node.
    Player {
        /// 0 keeps to the rules; the others are kinds of hostile peers, from 1, and 128 more if
        /// they are eager.
        hostile: u8,
        /// Whether it is gone for good after the faults.
        leaves: u8,
        /// The choice of each role's strategy, four bits each; 15 is chaos.
        strategies: u32,
        /// The choice of each limit, two bits each.
        limits: u64,
        /// The choice of other settings.
        settings: u32,
        /// Of its uplink, in kbit/s.
        up: u32,
        /// Of its downlink, in kbit/s.
        down: u32,
        /// What its store takes for a read or a write, in µs.
        store: u32,
        /// Of a million reads and writes, how many fail.
        store_faults: u32,
    }
}

item! {
    /// A connection.
    PlannedLink {
        /// The node at one end.
        one: u8,
        /// The node at the other end.
        other: u8,
        /// The mean one-way latency, in µs.
        latency: u32,
        /// The spread of the latency: 0 is none, up to 100 is uniform by this percentage, above
        /// that it is unbounded.
        jitter: u8,
        /// Number of messages per million that end in a reset.
        resets: u32,
        /// The dialect of both ends, as an index into the list with the newest first.
        protocol: u8,
        /// Number of lanes, 1 or 2.
        lanes: u8,
        /// Whether streams are negotiated.
        negotiates: u8,
    }
}

item! {
    /// A block.
    Content {
        /// Its size in bytes.
        bytes: u32,
        /// Tells blocks of one size apart.
        name: u8,
        /// How its CID is written: 0 raw, 1 as in version 0, 2 as version 1 of the same.
        form: u8,
        /// The nodes that have the block.
        holders: u32,
        /// The time from which they have it.
        at: u32,
    }
}

item! {
    /// A call.
    Call {
        /// The time of the call.
        at: u32,
        /// The node that makes the call.
        player: u8,
        /// The session of the node.
        session: u8,
        /// The contents that are wanted.
        contents: u64,
        /// Number of blocks that the caller takes at once.
        credit: u16,
        /// The timeout of the call; 0 is none.
        timeout: u32,
        /// The priority of the call.
        priority: i8,
    }
}

item! {
    /// Many small blocks that one player has and another one wants.
    Bulk {
        /// The time of the fetch.
        at: u32,
        /// The node that has the blocks.
        holder: u8,
        /// The node that wants the blocks.
        player: u8,
        /// The calls: 0 is one call for all, 1 a call for each block in one session, 2 a session
        /// for each block.
        how: u8,
        /// Number of blocks.
        blocks: u16,
        /// The bytes of the largest.
        bytes: u16,
    }
}

item! {
    /// Content routing.
    Routes {
        /// What answers: 0 a server, 1 a walk.
        router: u8,
        /// To it, or to each node of the walk, and back, in ms.
        round_trip: u32,
        /// How long after a player has a block others can find that it has.
        visible_after: u32,
        /// Of 100 records, how many a look-up misses.
        missed: u8,
        /// Of 100 records, how many name somebody who is gone first.
        outdated: u8,
        /// Of 100 blocks, how many are provided by somebody who does not have them, too.
        wrong: u8,
        /// Of 100 nodes, how many nobody can dial.
        unreachable: u8,
        /// Look-ups of one player at once.
        at_once: u8,
    }
}

item! {
    /// Something that goes wrong, or ends.
    Fault {
        /// The time of the fault.
        at: u32,
        /// The kind of the fault.
        what: FaultKind,
        /// The node that the fault strikes.
        one: u8,
        /// The other node, for faults between two.
        other: u8,
        /// A duration or an amount, by kind.
        much: u32,
    }
}

macro_rules! whats {
    ($($(#[$doc:meta])+ $name:ident = $word:literal,)+) => {
        /// A kind of fault.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum FaultKind {
            $($(#[$doc])+ $name,)+
        }

        impl FaultKind {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// The word for it in a plan.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)+
                }
            }
        }
    };
}

whats! {
    /// A caller gives up: the call of this number.
    Cancel = "cancel",
    /// A session of a node is closed: the one of this number.
    Close = "close",
    /// A node stops without a word; bit 0 keeps its store, the rest is for how long.
    Crash = "crash",
    /// Nothing gets through one way.
    Cut = "cut",
    /// Nothing gets through either way.
    CutBoth = "cut-both",
    /// Two nodes disconnect.
    Disconnect = "disconnect",
    /// A node's clock jumps ahead by so many s.
    JumpAhead = "jump",
    /// A node's clock jumps back by so many s.
    JumpBack = "jump-back",
    /// Two nodes connect; how is in the number.
    Connect = "knot",
    /// Cuts between two nodes are undone.
    Mend = "mend",
    /// A node stands still.
    Pause = "pause",
    /// Other strategies are in charge of a node.
    Replace = "replace",
    /// A connection is replaced by another.
    Reset = "reset",
    /// One end drops a connection, and the other learns it later.
    Silence = "silence",
    /// A node's store is slow, in µs, or fails, if the lowest bit is set.
    Store = "store",
    /// Another strategy takes over one role of a node; which and what is in the number.
    Swap = "swap",
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for FaultKind {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.iter().copied().find(|what| what.name() == text).ok_or(())
    }
}
