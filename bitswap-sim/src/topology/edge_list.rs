//! Graphs that somebody else made: lists of edges, as text.

use super::Edge;

/// More nodes than this no world here has.
const NODES: usize = 1_000_000;
/// More edges than this do not fit into a machine that runs one.
const EDGES: usize = 20_000_000;

/// Why a text is no list of edges.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EdgeListError {
    /// A line has not two fields.
    #[error("line {line}: '{found}' is no edge: write two node numbers with a comma between")]
    NoEdge {
        /// From 1.
        line: usize,
        /// Its beginning.
        found: String,
    },
    /// A field is not a number.
    #[error("line {line}: '{found}' is no node number: number the nodes from 0")]
    NoNumber {
        /// From 1.
        line: usize,
        /// The field's beginning.
        found: String,
    },
    /// An edge leads back to where it begins.
    #[error("line {line}: node {node} is connected to itself: remove the line")]
    Loop {
        /// From 1.
        line: usize,
        /// The node.
        node: usize,
    },
    /// A node's number is too high.
    #[error("line {line}: node {node} is more than the {limit} that can be: number them from 0")]
    TooManyNodes {
        /// From 1.
        line: usize,
        /// The node.
        node: usize,
        /// The limit.
        limit: usize,
    },
    /// There are too many.
    #[error("line {line}: more than {limit} edges: take a sample of them")]
    TooManyEdges {
        /// From 1.
        line: usize,
        /// The limit.
        limit: usize,
    },
    /// There are none.
    #[error("no edges: write each as two node numbers with a comma between, one to a line")]
    Empty,
}

/// The edges that a text lists, `one,other` on each line, in order and each once; and how many
/// nodes there are, which is one more than the highest number. Empty lines and those that begin
/// with `#` are nothing.
///
/// # Errors
/// An [`EdgeListError`] with the line.
pub fn read_edges(text: &str) -> Result<(usize, Vec<Edge>), EdgeListError> {
    let (mut nodes, mut edges) = (0, Vec::new());
    for (line, row) in (1..).zip(text.lines().map(str::trim)) {
        if row.is_empty() || row.starts_with('#') {
            continue;
        }
        if edges.len() == EDGES {
            return Err(EdgeListError::TooManyEdges { line, limit: EDGES });
        }
        let Some((one, other)) = row.split_once(',') else {
            return Err(EdgeListError::NoEdge { line, found: beginning(row) });
        };
        let (one, other) = (number(line, one)?, number(line, other)?);
        if one == other {
            return Err(EdgeListError::Loop { line, node: one });
        }
        nodes = nodes.max(one.max(other) + 1);
        edges.push((one.min(other), one.max(other)));
    }
    if edges.is_empty() {
        return Err(EdgeListError::Empty);
    }
    edges.sort_unstable();
    edges.dedup();
    Ok((nodes, edges))
}

fn number(line: usize, field: &str) -> Result<usize, EdgeListError> {
    let field = field.trim();
    let number = field.parse();
    let node = number.map_err(|_| EdgeListError::NoNumber { line, found: beginning(field) })?;
    if node >= NODES {
        return Err(EdgeListError::TooManyNodes { line, node, limit: NODES });
    }
    Ok(node)
}

fn beginning(text: &str) -> String {
    text.chars().take(32).collect()
}
