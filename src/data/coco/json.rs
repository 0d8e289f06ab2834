//! The parts of an instances file that are read.

use std::fmt;
use std::path::Path;

use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::error::DatasetError;

/// Content of an instances file; other keys are passed over.
#[derive(Debug, Deserialize)]
#[serde(bound = "S: Default + Deserialize<'de>")]
pub(super) struct Instances<S = ObjectShape> {
    pub(super) images: Vec<ListedImage>,
    pub(super) annotations: Vec<Instance<S>>,
    pub(super) categories: Vec<Category>,
}

/// One image.
#[derive(Debug, Deserialize)]
pub(super) struct ListedImage {
    pub(super) id: Key,
    #[serde(deserialize_with = "file_name")]
    pub(super) file_name: String,
    #[serde(default, deserialize_with = "width")]
    pub(super) width: Option<usize>,
    #[serde(default, deserialize_with = "height")]
    pub(super) height: Option<usize>,
}

/// One class.
#[derive(Debug, Deserialize)]
pub(super) struct Category {
    #[serde(deserialize_with = "category_id")]
    pub(super) id: i64,
    #[serde(deserialize_with = "name")]
    pub(super) name: String,
}

/// One object, or a crowd of them.
#[derive(Debug, Deserialize)]
#[serde(bound = "S: Default + Deserialize<'de>")]
pub(super) struct Instance<S = ObjectShape> {
    pub(super) id: Option<Key>,
    pub(super) image_id: Key,
    #[serde(deserialize_with = "category_id")]
    pub(super) category_id: i64,
    #[serde(deserialize_with = "bbox")]
    pub(super) bbox: Vec<f64>,
    #[serde(default)]
    pub(super) iscrowd: ZeroOrOne,
    #[serde(default)]
    pub(super) segmentation: S,
}

/// The shape of an object, if it has one.
#[derive(Debug, Default)]
pub(super) struct ObjectShape(pub(super) Option<Segmentation>);

impl<'de> Deserialize<'de> for ObjectShape {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        segmentation(deserializer).map(Self)
    }
}

/// A shape that is passed over and takes no memory.
#[derive(Debug, Default)]
struct PassedOver;

impl<'de> Deserialize<'de> for PassedOver {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        serde::de::IgnoredAny::deserialize(deserializer).map(|_| Self)
    }
}

impl Instances<PassedOver> {
    fn without_shapes(self) -> Instances {
        let Self { images, annotations, categories } = self;
        let bare = |Instance { id, image_id, category_id, bbox, iscrowd, segmentation: PassedOver }| {
            Instance { id, image_id, category_id, bbox, iscrowd, segmentation: ObjectShape(None) }
        };
        Instances { images, annotations: annotations.into_iter().map(bare).collect(), categories }
    }
}

/// Deserialisers whose errors name their field.
macro_rules! named {
    ($($field:ident: $type:ty, $expected:literal;)*) => {$(
        fn $field<'de, D: Deserializer<'de>>(deserializer: D) -> Result<$type, D::Error> {
            let named = |error| D::Error::custom(format!("`{}` must be {}: {error}", stringify!($field), $expected));
            <$type>::deserialize(deserializer).map_err(named)
        }
    )*};
}

named! {
    file_name: String, "a text";
    width: Option<usize>, "a whole number of pixels";
    height: Option<usize>, "a whole number of pixels";
    name: String, "a text";
    category_id: i64, "a whole number";
    bbox: Vec<f64>, "four numbers, [x, y, width, height]";
    segmentation: Option<Segmentation>, "a list of polygons [[x, y, ...], ...] or run lengths {size, counts}";
    counts: Counts, "a list of whole numbers or a text";
    size: [usize; 2], "[height, width]";
}

/// Identifier of an image or object: a whole number, in some sets a text.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Key {
    Number(i64),
    Text(Box<str>),
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => write!(f, "`{text}`"),
        }
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl Visitor<'_> for KeyVisitor {
            type Value = Key;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an id, which is a whole number or a text")
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<Key, E> {
                Ok(Key::Number(value))
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<Key, E> {
                i64::try_from(value)
                    .map(Key::Number)
                    .map_err(|_| E::custom(format!("the id {value} is too large")))
            }

            fn visit_str<E: Error>(self, value: &str) -> Result<Key, E> {
                Ok(Key::Text(value.into()))
            }
        }
        deserializer.deserialize_any(KeyVisitor)
    }
}

/// A truth value, written as 0 or 1 or in JSON's own way.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct ZeroOrOne(pub(super) bool);

impl<'de> Deserialize<'de> for ZeroOrOne {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct BitVisitor;
        impl Visitor<'_> for BitVisitor {
            type Value = ZeroOrOne;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`iscrowd` as 0 or 1")
            }

            fn visit_bool<E: Error>(self, value: bool) -> Result<ZeroOrOne, E> {
                Ok(ZeroOrOne(value))
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<ZeroOrOne, E> {
                match value {
                    0 | 1 => Ok(ZeroOrOne(value == 1)),
                    _ => Err(E::invalid_value(serde::de::Unexpected::Unsigned(value), &self)),
                }
            }
        }
        deserializer.deserialize_any(BitVisitor)
    }
}

/// Shape of an object.
#[derive(Debug, PartialEq)]
pub(super) enum Segmentation {
    Polygons(Vec<Vec<f64>>),
    Runs {
        /// Height and width.
        size: [usize; 2],
        counts: Counts,
    },
}

/// Lengths of runs, plain or compressed.
#[derive(Debug, PartialEq)]
pub(super) enum Counts {
    Plain(Vec<u32>),
    Compressed(String),
}

impl<'de> Deserialize<'de> for Counts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct CountsVisitor;
        impl<'de> Visitor<'de> for CountsVisitor {
            type Value = Counts;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("run lengths")
            }

            fn visit_str<E: Error>(self, value: &str) -> Result<Counts, E> {
                Ok(Counts::Compressed(value.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Counts, A::Error> {
                let mut counts = Vec::new();
                while let Some(count) = seq.next_element()? {
                    counts.push(count);
                }
                Ok(Counts::Plain(counts))
            }
        }
        deserializer.deserialize_any(CountsVisitor)
    }
}

impl<'de> Deserialize<'de> for Segmentation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ShapeVisitor;

        #[derive(Deserialize)]
        struct Runs {
            #[serde(deserialize_with = "size")]
            size: [usize; 2],
            #[serde(deserialize_with = "counts")]
            counts: Counts,
        }

        impl<'de> Visitor<'de> for ShapeVisitor {
            type Value = Segmentation;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("polygons or run lengths")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Segmentation, A::Error> {
                let mut polygons = Vec::new();
                while let Some(polygon) = seq.next_element::<Vec<f64>>()? {
                    polygons.push(polygon);
                }
                Ok(Segmentation::Polygons(polygons))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Segmentation, A::Error> {
                let Runs { size, counts } =
                    Runs::deserialize(serde::de::value::MapAccessDeserializer::new(map))?;
                Ok(Segmentation::Runs { size, counts })
            }
        }
        deserializer.deserialize_any(ShapeVisitor)
    }
}

/// Parses an instances file; without `masks`, shapes are passed over.
///
/// # Errors
/// Text that is not JSON, or lacks a key, or has a value of another type, with its line.
pub(super) fn parse(path: &Path, text: &str, masks: bool) -> Result<Instances, DatasetError> {
    let parsed = match masks {
        true => serde_json::from_str(text),
        false => serde_json::from_str(text).map(Instances::<PassedOver>::without_shapes),
    };
    parsed.map_err(|error: serde_json::Error| {
        let line = error.line().max(1);
        let row = text.lines().nth(line - 1).unwrap_or_default();
        let problem = match text.trim().is_empty() {
            true => {
                "the file is empty; it must hold the keys `images`, `annotations` and `categories`".to_owned()
            }
            false => problem(&error, row),
        };
        DatasetError::Row { path: path.to_path_buf(), line: line as u64, problem }
    })
}

/// The text of an error in `row`.
fn problem(error: &serde_json::Error, row: &str) -> String {
    let (line, column) = (error.line(), error.column());
    let said = error.to_string();
    let said = said.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&said);
    // The error is at the word or within it.
    let near: String = row.chars().skip(column.saturating_sub(3)).take(12).collect();
    match error.classify() {
        serde_json::error::Category::Eof => format!("the JSON ends early ({said}); fetch the file again"),
        _ if ["NaN", "Infinity"].iter().any(|word| near.contains(word)) => {
            format!("column {column}: NaN and Infinity are no numbers of JSON; correct the annotation")
        }
        serde_json::error::Category::Syntax => format!("column {column}: is not valid JSON: {said}"),
        _ if said.starts_with("missing field") => {
            format!("column {column}: {said}; see COCO's data format of instances")
        }
        // The names of types of this program help no one.
        _ => {
            let own = if said.contains(" must be ") { said.rfind(", expected ") } else { None };
            let said = &said[..own.unwrap_or(said.len())];
            format!(
                "column {column}: {}",
                said.replace("invalid type: ", "found ").replace("invalid value: ", "found ")
            )
        }
    }
}
