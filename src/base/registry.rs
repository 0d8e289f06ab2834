//! One table per kind of part: name <-> type <-> TOML <-> documentation.
//!
//! `registry!` turns such a table into an enum whose variants hold the options of each part. TOML selects an
//! item by name, `"layer-cam"`, or with options, `{ layer-cam = { combine = "max" } }`. Names, `camlab list`,
//! error texts, the JSON Schema and the resolved snapshot all come from the table, so a new part is one file and one row.

/// One row of a registry, as `camlab list` shows it.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Name of the part in TOML.
    pub name: &'static str,
    /// Name printed in papers; the TOML name if there is no other.
    pub title: &'static str,
    /// One sentence: function and source of the part.
    pub summary: &'static str,
    /// Options with their default values, as a TOML fragment (empty: no options).
    pub options: String,
}

/// Renders the default options of a part as `key = value` lines; options without a default are left out.
pub fn default_options<T: serde::Serialize + Default>() -> String {
    toml_text(&T::default()).unwrap_or_default()
}

/// TOML of a value. Behind a trait object, so that the serialiser is compiled once and not once for every type.
///
/// # Errors
/// A value that TOML cannot express.
pub fn toml_text(value: &dyn erased_serde::Serialize) -> Result<String, toml::ser::Error> {
    toml::to_string(value)
}

/// Declares a registry. See the module documentation.
///
/// After the rows, `not counted ["option", ...];` names the options that change no result, at any depth of an item:
/// `numbers`, `changed` and `label` leave them out.
#[macro_export]
macro_rules! registry {
    // For registries whose items share a trait: `fn NAME -> TRAIT` adds a method that returns the item as
    // `&dyn TRAIT`.
    (
        $(#[$meta:meta])*
        $vis:vis enum $Enum:ident as $what:literal {
            $( $name:literal => $Variant:ident($Options:ty) $( as $title:literal )?, $summary:literal; )+
        }
        $( not counted [ $( $uncounted:literal ),+ ]; )?
        $(#[$doc:meta])*
        fn $method:ident -> $Trait:ident;
    ) => {
        $crate::registry! {
            $(#[$meta])*
            $vis enum $Enum as $what {
                $( $name => $Variant($Options) $( as $title )?, $summary; )+
            }
            $( not counted [ $( $uncounted ),+ ]; )?
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
            $( $name:literal => $Variant:ident($Options:ty) $( as $title:literal )?, $summary:literal; )+
        }
        $( not counted [ $( $uncounted:literal ),+ ]; )?
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq)]
        $vis enum $Enum {
            $( #[doc = $summary] $Variant($Options), )+
        }

        impl $Enum {
            /// Noun for the registry's items in error messages.
            pub const WHAT: &'static str = $what;
            /// All TOML names, in the table's order.
            pub const NAMES: &'static [&'static str] = &[$($name),+];
            /// Options that change no result, at any depth of an item.
            pub const NOT_COUNTED: &'static [&'static str] = &[$( $( $uncounted ),+ )?];

            /// TOML name of this item.
            pub fn name(&self) -> &'static str {
                match self { $( Self::$Variant(_) => $name, )+ }
            }

            /// The item of this name with default options; `None` for a name that is not in the table.
            pub fn with_defaults(name: &str) -> Option<Self> {
                match name {
                    $( $name => Some(Self::$Variant(<$Options as Default>::default())), )+
                    _ => None,
                }
            }

            /// The item as JSON for cache keys: all options but those that change no result.
            pub fn numbers(&self) -> $crate::options::Json {
                $crate::options::numbers(self, Self::NOT_COUNTED)
            }

            /// Non-default options, one `name = value` per element; those that change no result are left out.
            pub fn changed(&self) -> Vec<String> {
                let usual =
                    |name: &str| Self::with_defaults(name).and_then(|item| $crate::options::table(name, &item));
                $crate::options::changed(self.name(), self, &usual, Self::NOT_COUNTED)
            }

            /// Label in columns and tables: the name, or `name (option value, ...)` with the non-default options;
            /// those that change no result are left out.
            pub fn label(&self) -> String {
                let usual = Self::with_defaults(self.name()).map(|item| item.numbers()).unwrap_or_default();
                $crate::options::label(self.name(), &self.numbers(), &usual)
            }

            /// The rows of the table, for `camlab list`.
            pub fn entries() -> Vec<$crate::registry::Entry> {
                vec![$( $crate::registry::Entry {
                    name: $name,
                    title: [$( $title, )? $name][0],
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
                        // Deserialised from an empty table, not `Default`: a part may have options without a
                        // default.
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
                                concat!("a table selects one ", $what, ", but this one has `{}` and `{}`; write a table for each"),
                                item.name(), second.0,
                            ))),
                        }
                    }
                }
                deserializer.deserialize_any(Visitor)
            }
        }

        impl schemars::JsonSchema for $Enum {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($Enum).into()
            }

            fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                const ROWS: &[$crate::schema::RegistryRow] = &[$( $crate::schema::RegistryRow {
                    name: $name,
                    title: [$( $title, )? $name][0],
                    summary: $summary,
                    type_name: <$Options as schemars::JsonSchema>::schema_name,
                    options: <$Options as schemars::JsonSchema>::json_schema,
                } ),+];
                $crate::schema::selection($what, ROWS, generator)
            }
        }

        impl $crate::registry::Named for $Enum {
            const WHAT: &'static str = $what;
            const NAMES: &'static [&'static str] = &[$($name),+];
        }
    };
}

/// Constants of a registry that [`Name`] needs.
pub trait Named {
    /// Noun for the registry's items in error messages.
    const WHAT: &'static str;
    /// All names of the registry.
    const NAMES: &'static [&'static str];
}

/// TOML key that must be one of a registry's names; failing on the key itself keeps the error's column on it.
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

/// Error text for a name that is not in the list: the closest match, then the whole list.
pub fn unknown(what: &str, written: &str, names: &[&str]) -> String {
    let list = names.join("`, `");
    match closest(written, names.iter().copied()) {
        Some(near) => format!("unknown {what} `{written}`, did you mean `{near}`? known: `{list}`"),
        None => format!("unknown {what} `{written}`; known: `{list}`"),
    }
}

/// Returns the candidate closest to `written`, or `None` if none is similar enough. Case, `-`, `_` and spaces do not
/// count.
pub fn closest<'a>(written: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let folded = |text: &str| text.to_lowercase().replace(['-', '_', ' '], "");
    let own = folded(written);
    // Jaro-Winkler similarity decides if any candidate is close enough, edit distance which is closest.
    candidates
        .map(|candidate| (candidate, folded(candidate)))
        .filter(|(_, folded)| strsim::jaro_winkler(&own, folded) > 0.75)
        .min_by_key(|(_, folded)| strsim::damerau_levenshtein(&own, folded))
        .map(|(candidate, _)| candidate)
}

/// The candidate that `written` differs from by a letter or two; case, `-`, `_` and spaces do not count.
pub fn misspelt<'a>(written: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let folded = |text: &str| text.to_lowercase().replace(['-', '_', ' '], "");
    closest(written, candidates)
        .filter(|near| strsim::damerau_levenshtein(&folded(written), &folded(near)) <= 2)
}

#[cfg(test)]
mod tests {
    use super::closest;

    #[test]
    fn suggestions_ignore_case() {
        let known = ["grad-cam", "layer1", "layer-cam"];
        for (written, meant) in [
            ("Grad-CAM", "grad-cam"),
            ("LAYER1", "layer1"),
            ("LayerCAM", "layer-cam"),
            ("grad_cam", "grad-cam"),
        ] {
            assert_eq!(closest(written, known.into_iter()), Some(meant));
        }
        assert_eq!(closest("resnet50", known.into_iter()), None);
    }
}
