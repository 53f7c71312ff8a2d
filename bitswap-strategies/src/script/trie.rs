//! A map from integers whose copies share what they have in common: a copy costs nothing, and a
//! change copies only the path to what it changes.

use std::sync::Arc;

/// A map of which any number of versions may be kept.
#[derive(Clone, Debug)]
pub(super) struct Trie<V> {
    root: Option<Arc<Node<V>>>,
    len: usize,
}

#[derive(Clone, Debug)]
enum Node<V> {
    Leaf(u64, V),
    /// By four bits of the key, the lowest first.
    Branch([Option<Arc<Self>>; 16]),
}

impl<V> Default for Trie<V> {
    fn default() -> Self {
        Self { root: None, len: 0 }
    }
}

impl<V: Clone> Trie<V> {
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    pub(super) fn get(&self, key: u64) -> Option<&V> {
        let (mut node, mut rest) = (self.root.as_deref()?, key);
        loop {
            match node {
                Node::Leaf(found, value) => return (*found == key).then_some(value),
                Node::Branch(children) => {
                    node = children.get(low(rest))?.as_deref()?;
                    rest >>= 4;
                }
            }
        }
    }

    /// Adds or replaces a value; returns the one before.
    pub(super) fn insert(&mut self, key: u64, value: V) -> Option<V> {
        let before = insert(&mut self.root, key, value, 0);
        self.len += usize::from(before.is_none());
        before
    }

    /// Removes a value and returns it.
    pub(super) fn remove(&mut self, key: u64) -> Option<V> {
        let removed = remove(&mut self.root, key, 0);
        self.len -= usize::from(removed.is_some());
        removed
    }
}

const fn low(key: u64) -> usize {
    (key & 15) as usize
}

fn insert<V: Clone>(place: &mut Option<Arc<Node<V>>>, key: u64, new: V, depth: u32) -> Option<V> {
    let Some(node) = place else {
        *place = Some(Arc::new(Node::Leaf(key, new)));
        return None;
    };
    match Arc::make_mut(node) {
        Node::Leaf(found, value) if *found == key => return Some(std::mem::replace(value, new)),
        Node::Branch(children) => {
            let child = children.get_mut(low(key >> (4 * depth)))?;
            return insert(child, key, new, depth + 1);
        }
        Node::Leaf(..) => {}
    }
    // Another key was alone here: both go one level down.
    let mut children: [Option<Arc<Node<V>>>; 16] = Default::default();
    if let Node::Leaf(other, _) = &**node
        && let Some(child) = children.get_mut(low(*other >> (4 * depth)))
    {
        *child = place.take();
    }
    *place = Some(Arc::new(Node::Branch(children)));
    insert(place, key, new, depth)
}

fn remove<V: Clone>(place: &mut Option<Arc<Node<V>>>, key: u64, depth: u32) -> Option<V> {
    let node = place.as_mut()?;
    if let Node::Leaf(found, _) = &**node {
        let is_it = *found == key;
        return match place.take_if(|_| is_it).map(Arc::unwrap_or_clone) {
            Some(Node::Leaf(_, value)) => Some(value),
            Some(Node::Branch(_)) | None => None,
        };
    }
    let Node::Branch(children) = Arc::make_mut(node) else { return None };
    let removed = remove(children.get_mut(low(key >> (4 * depth)))?, key, depth + 1);
    // A leaf that is left alone comes up again, so that nothing stays of keys that are gone.
    let mut left = children.iter_mut().filter(|child| child.is_some());
    match (left.next(), left.next()) {
        (None, _) => *place = None,
        (Some(only), None) if matches!(only.as_deref(), Some(Node::Leaf(..))) => {
            *place = only.take();
        }
        (Some(_), _) => {}
    }
    removed
}

#[cfg(test)]
mod tests;
