//! What a disk holds: files, and the names that they are found by.

use std::collections::BTreeMap;

/// A file, whatever its name.
pub(in crate::disk) type FileId = u32;

/// Names are numbers; redb's one file is 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::disk) struct Image {
    pub(super) names: BTreeMap<u32, FileId>,
    pub(super) files: BTreeMap<FileId, Vec<u8>>,
}

impl Image {
    /// One file, with the name 0.
    pub(in crate::disk) fn of(bytes: Vec<u8>) -> Self {
        Self { names: BTreeMap::from([(0, 0)]), files: BTreeMap::from([(0, bytes)]) }
    }

    /// One file more.
    #[cfg(test)]
    pub(in crate::disk) fn add(&mut self, name: u32, bytes: Vec<u8>) {
        let file = self.files.keys().last().map_or(0, |last| last + 1);
        self.names.insert(name, file);
        self.files.insert(file, bytes);
    }

    /// All files, one after another.
    #[cfg(test)]
    pub(in crate::disk) fn bytes(&self) -> Vec<u8> {
        let files = self.names.values().filter_map(|file| self.files.get(file));
        files.flatten().copied().collect()
    }

    pub(in crate::disk) fn file(&mut self, file: FileId) -> &mut Vec<u8> {
        self.files.entry(file).or_default()
    }

    pub(super) fn length_of(&self, file: FileId) -> usize {
        self.files.get(&file).map_or(0, Vec::len)
    }

    /// Of all files that have a name.
    pub(in crate::disk) fn length(&self) -> usize {
        self.names.values().map(|file| self.length_of(*file)).sum()
    }

    /// Of all others that have a name.
    pub(super) fn length_without(&self, without: FileId) -> usize {
        let others = self.names.values().filter(|file| **file != without);
        others.map(|file| self.length_of(*file)).sum()
    }

    /// The byte at this place of all, one file after another.
    pub(in crate::disk) fn byte(&mut self, mut place: usize) -> Option<&mut u8> {
        let Self { names, files } = self;
        for file in names.values() {
            let length = files.get(file).map_or(0, Vec::len);
            if place < length {
                return files.get_mut(file)?.get_mut(place);
            }
            place -= length;
        }
        None
    }

    /// A file that has no name is not found again.
    pub(super) fn without_nameless(mut self) -> Self {
        self.files.retain(|file, _| self.names.values().any(|named| named == file));
        self
    }
}
