//! What one line of the catalog becomes: a module, and an entry.

/// Turns the list into `ALL`, the entries, and `files_of!`, the modules of one folder.
macro_rules! strategies {
    ($(
        $role:ident in $folder:ident {
            $($name:literal => $module:ident::$type:ident, $status:ident, $origin:literal;)+
        }
    )+) => {
        const ALL: &[Entry] = &[$($(Entry {
            role: Role::$role,
            name: $name,
            summary: entry::first_doc_line(include_str!(concat!(
                stringify!($folder), "/", stringify!($module), ".rs"
            ))),
            origin: $origin,
            status: Status::$status,
            parameters: <crate::$folder::$module::$type as Configured>::Params::list,
            make: |given| {
                let strategy = entry::made::<crate::$folder::$module::$type>(given)?;
                Ok(Strategy::$role(Box::new(strategy)))
            },
        },)+)+];

        macro_rules! files_of {
            $(($folder) => { $(pub mod $module;)+ };)+
        }
    };
}
