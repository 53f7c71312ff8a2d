//! Why a text is no CID, in words that help: libraries tell of multihashes and varints.

/// Letters of a CID of version 0, and of the usual one of version 1: SHA2-256 in base32.
const V0: usize = 46;
const V1: usize = 59;

pub(super) fn why_no_cid(text: &str) -> String {
    let letters = text.chars().count();
    let usual = [("Qm", V0), ("baf", V1)].into_iter().find(|(begin, _)| text.starts_with(begin));
    match usual {
        _ if text.is_empty() => "it is empty".to_owned(),
        Some((begin, usual)) if letters < usual => format!(
            "it has {letters} letters, and a cid that begins with {begin} has {usual}: its end may \
             be cut off"
        ),
        Some((begin, usual)) if letters > usual => format!(
            "it has {letters} letters, and a cid that begins with {begin} mostly has {usual}"
        ),
        Some(_) => "a letter of it is wrong".to_owned(),
        None => "most begin with baf or Qm, and this cannot be decoded".to_owned(),
    }
}
