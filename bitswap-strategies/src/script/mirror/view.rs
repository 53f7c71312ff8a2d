//! What a view shows: its fields by name, with what each means, for scripts, for documents and for
//! the functions that work on whole lists.

use std::any::TypeId;

use rhai::{Dynamic, Engine, INT};

/// A view that scripts see.
pub(in crate::script) trait View: Clone + Send + Sync + 'static {
    /// What scripts call its type.
    const NAME: &'static str;
    /// What it is.
    const ABOUT: &'static str;
    /// All that it shows.
    const FIELDS: &'static [Field<Self>];

    /// The field called `name`.
    ///
    /// # Errors
    /// There is none.
    fn field(name: &str) -> Result<&'static Field<Self>, String> {
        Self::FIELDS.iter().find(|field| field.name == name).ok_or_else(|| {
            let known: Vec<_> = Self::FIELDS.iter().map(|field| field.name).collect();
            format!("a {} has no field `{name}`; there are {}", Self::NAME, known.join(", "))
        })
    }
}

/// One field of a view.
pub(in crate::script) struct Field<V> {
    pub(in crate::script) name: &'static str,
    /// What it means.
    pub(in crate::script) about: &'static str,
    /// What kind of value it is.
    pub(in crate::script) kind: fn() -> &'static str,
    pub(in crate::script) get: fn(&V) -> Dynamic,
}

/// Says what a view shows.
macro_rules! view {
    (
        $(#[doc = $about:literal])+
        $type:ty as $name:literal {
            $($(#[doc = $meaning:literal])+ $field:literal => $get:expr,)+
        }
    ) => {
        impl $crate::script::mirror::view::View for $type {
            const NAME: &'static str = $name;
            const ABOUT: &'static str = concat!($($about),+);
            const FIELDS: &'static [$crate::script::mirror::view::Field<Self>] = &[$(
                $crate::script::mirror::view::Field {
                    name: $field,
                    about: concat!($($meaning),+),
                    kind: || {
                        let get: fn(&$type) -> _ = $get;
                        $crate::script::mirror::view::kind_of(get)
                    },
                    get: |view| {
                        let get: fn(&$type) -> _ = $get;
                        rhai::Dynamic::from(get(view))
                    },
                },
            )+];
        }
    };
}
pub(super) use view;

/// What scripts see of the values that `get` returns.
pub(in crate::script) fn kind_of<V, R: 'static>(_: fn(&V) -> R) -> &'static str {
    let kind = TypeId::of::<R>();
    if kind == TypeId::of::<INT>() {
        "integer"
    } else if kind == TypeId::of::<bool>() {
        "bool"
    } else if kind == TypeId::of::<&'static str>() {
        "text"
    } else if kind == TypeId::of::<Dynamic>() {
        "may be `()`"
    } else {
        "list"
    }
}

/// Registers a view's type and its fields.
pub(super) fn register<V: View>(engine: &mut Engine) {
    engine.register_type_with_name::<V>(V::NAME);
    for field in V::FIELDS {
        engine.register_get(field.name, |view: &mut V| (field.get)(view));
    }
}

/// A chapter of a page: what a view is, and its fields.
pub(super) fn chapter<V: View>() -> String {
    let mut lines = vec![format!("## {}\n\n{}\n", V::NAME, one_line(V::ABOUT))];
    lines.push("| field | value | meaning |\n|---|---|---|".to_owned());
    for Field { name, about, kind, .. } in V::FIELDS {
        lines.push(format!("| `{name}` | {} | {} |", kind(), one_line(about)));
    }
    lines.join("\n")
}

fn one_line(doc: &str) -> String {
    doc.split_whitespace().collect::<Vec<_>>().join(" ")
}
