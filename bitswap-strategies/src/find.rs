//! Provider finders: where to look for a block that no member of a session has.

files_of!(find);
