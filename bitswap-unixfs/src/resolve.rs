//! The CID at the end of a path in a tree.

use cid::Cid;

use crate::block_reader::BlockReader;
use crate::error::DagError;
use crate::unixfs::{Entry, Label, Node, shard_of};

/// Follows `path`, entry by entry, from `root`. Of a sharded directory only the shards on the way
/// are read. Symbolic links are not followed.
///
/// # Errors
/// [`DagError::NotInside`] or [`DagError::NotADirectory`] name the entry where it ends; else a
/// block could not be read.
pub async fn resolve(
    reader: &mut BlockReader,
    root: Cid,
    path: &[String],
) -> Result<Cid, DagError> {
    let mut at = root;
    for (place, name) in path.iter().enumerate() {
        let so_far = || {
            let above = path.iter().take(place).map(|name| format!("/{name}"));
            format!("{root}{}", above.collect::<String>())
        };
        let Node::Directory { entries } = reader.node(&at, std::iter::empty()).await? else {
            return Err(DagError::NotADirectory { path: so_far(), segment: name.clone() });
        };
        match find(reader, entries, name).await? {
            Some(found) => at = found,
            None => return Err(DagError::NotInside { path: so_far(), segment: name.clone() }),
        }
    }
    Ok(at)
}

async fn find(
    reader: &mut BlockReader,
    mut entries: Vec<Entry>,
    name: &str,
) -> Result<Option<Cid>, DagError> {
    for depth in 0.. {
        if let Some(entry) = entries.iter().find(|entry| entry.name() == Some(name)) {
            return Ok(Some(entry.cid));
        }
        let Some(byte) = shard_of(name, depth) else { break };
        let shard = entries.iter().find(|entry| entry.label == Label::Shard(byte));
        let Some(cid) = shard.map(|entry| entry.cid) else { break };
        entries = match reader.node(&cid, std::iter::empty()).await? {
            Node::Directory { entries } => entries,
            Node::Branch { .. } | Node::Leaf { .. } | Node::Symlink { .. } => {
                return Err(DagError::not_a_shard(cid));
            }
        };
    }
    Ok(None)
}
