//! One table per kind of part: name <-> type <-> TOML <-> documentation.
//!
//! `registry!` turns such a table into an enum whose variants hold the options of each part. In TOML an
//! item is picked by name, `"layer-cam"`, or with options, `{ layer-cam = { combine = "max" } }`. Names,
//! `camlab list`, error texts and the resolved snapshot all come from the table, so a new part is one file
//! and one row.

/// One row of a registry, as `camlab list` shows it.
#[derive(Debug, Clone)]
pub struct Entry {
    /// What TOML calls the part.
    pub name: &'static str,
    /// One sentence: what it does and where it comes from.
    pub summary: &'static str,
    /// Its options with their default values, as a TOML fragment (empty: no options).
    pub options: String,
}

/// Renders the default options of a part as `key = value` lines; options without a default are left out.
pub fn default_options<T: serde::Serialize + Default>() -> String {
    toml::to_string(&T::default()).unwrap_or_default()
}

/// Declares a registry. See the module documentation.
#[macro_export]
macro_rules! registry {
    // All of whose items share a trait: `fn NAME -> TRAIT` gives the item behind it.
    (
        $(#[$meta:meta])*
        $vis:vis enum $Enum:ident as $what:literal {
            $( $name:literal => $Variant:ident($Options:ty), $summary:literal; )+
        }
        $(#[$doc:meta])*
        fn $method:ident -> $Trait:ident;
    ) => {
        $crate::registry! {
            $(#[$meta])*
            $vis enum $Enum as $what {
                $( $name => $Variant($Options), $summary; )+
            }
        }

        impl $Enum {
            $(#[$doc])*
            pub fn $method(&self) -> &dyn $Trait {
                match self { $( Self::$Variant(options) => options, )+ }
            }
        }
    };
    (
        $(#[$meta:meta])*
        $vis:vis enum $Enum:ident as $what:literal {
            $( $name:literal => $Variant:ident($Options:ty), $summary:literal; )+
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq)]
        $vis enum $Enum {
            $( #[doc = $summary] $Variant($Options), )+
        }

        impl $Enum {
            /// What the registry holds, in the errors' words.
            pub const WHAT: &'static str = $what;
            /// Every name TOML may use, in the table's order.
            pub const NAMES: &'static [&'static str] = &[$($name),+];

            /// The name TOML uses for this item.
            pub fn name(&self) -> &'static str {
                match self { $( Self::$Variant(_) => $name, )+ }
            }

            /// The rows of the table, for `camlab list`.
            pub fn entries() -> Vec<$crate::registry::Entry> {
                vec![$( $crate::registry::Entry {
                    name: $name,
                    summary: $summary,
                    options: $crate::registry::default_options::<$Options>(),
                } ),+]
            }
        }

        impl serde::Serialize for $Enum {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeMap;
                let mut map = serializer.serialize_map(Some(1))?;
                match self { $( Self::$Variant(options) => map.serialize_entry($name, options)?, )+ }
                map.end()
            }
        }

        impl<'de> serde::Deserialize<'de> for $Enum {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Visitor;
                impl<'de> serde::de::Visitor<'de> for Visitor {
                    type Value = $Enum;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(f, concat!("the name of a ", $what, " or a table `{{ name = {{ options }} }}`"))
                    }

                    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<$Enum, E> {
                        // An empty table, not `Default`: a part may have options without a default.
                        let empty = serde::de::value::MapDeserializer::<_, E>::new(
                            std::iter::empty::<(&str, &str)>(),
                        );
                        match name {
                            $( $name => <$Options as serde::Deserialize>::deserialize(empty).map($Enum::$Variant), )+
                            other => Err(E::custom($crate::registry::unknown($what, other, $Enum::NAMES))),
                        }
                    }

                    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<$Enum, A::Error> {
                        let item = match map.next_key::<$crate::registry::Name<$Enum>>()? {
                            None => return Err(serde::de::Error::custom(concat!(
                                "an empty table names no ", $what, "; write `{ name = { options } }`"
                            ))),
                            Some(name) => match name.0 {
                                $( $name => map.next_value::<$Options>().map($Enum::$Variant)?, )+
                                _ => unreachable!("`Name` admits only the registry's names"),
                            },
                        };
                        match map.next_key::<$crate::registry::Name<$Enum>>()? {
                            None => Ok(item),
                            Some(second) => Err(serde::de::Error::custom(format!(
                                concat!("a table picks one ", $what, ", this one names `{}` and `{}`; give each a table of its own"),
                                item.name(), second.0,
                            ))),
                        }
                    }
                }
                deserializer.deserialize_any(Visitor)
            }
        }

        impl $crate::registry::Named for $Enum {
            const WHAT: &'static str = $what;
            const NAMES: &'static [&'static str] = &[$($name),+];
        }
    };
}

/// What `Name` needs to know of a registry.
pub trait Named {
    /// What the registry holds, in the errors' words.
    const WHAT: &'static str;
    /// Every name of the registry.
    const NAMES: &'static [&'static str];
}

/// A key that must be one of a registry's names; failing on the key itself keeps the error's column on it.
pub struct Name<R>(pub &'static str, std::marker::PhantomData<R>);

impl<'de, R: Named> serde::Deserialize<'de> for Name<R> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = String::deserialize(deserializer)?;
        match R::NAMES.iter().find(|name| **name == written) {
            Some(name) => Ok(Self(name, std::marker::PhantomData)),
            None => Err(serde::de::Error::custom(unknown(R::WHAT, &written, R::NAMES))),
        }
    }
}

/// The error for a name that a list does not hold: the closest match, then the whole list.
pub fn unknown(what: &str, written: &str, names: &[&str]) -> String {
    let list = names.join("`, `");
    match closest(written, names.iter().copied()) {
        Some(near) => format!("unknown {what} `{written}`, did you mean `{near}`? known: `{list}`"),
        None => format!("unknown {what} `{written}`; known: `{list}`"),
    }
}

/// The candidate nearest to what was written, if any is near enough to be what was meant.
pub fn closest<'a>(written: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // Likeness tells whether anything is near at all, the number of slips of the pen which is nearest.
    candidates
        .filter(|candidate| strsim::jaro_winkler(written, candidate) > 0.75)
        .min_by_key(|candidate| strsim::damerau_levenshtein(written, candidate))
}
