//! Registries: who probably has a block, and whether a stranger's want is passed on.

files_of!(registry);
