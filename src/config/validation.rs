use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeSeed, Error, IntoDeserializer, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use camlab_data::DatasetSpec;

/// `data.val`: a data set, or a part of another split.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum ValidationData {
    /// `{ of = "test", fraction = 0.2 }`.
    Part(PartOf),
    /// A data set of its own.
    Dataset(DatasetSpec),
}

/// A random part of the training or test images, drawn within each class; the split that it is taken from loses it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PartOf {
    /// The split that the images are taken from.
    pub of: SplitSource,
    /// Fraction of its images, above 0 and below 1.
    pub fraction: f64,
    /// Seed of the draw, so that every seed of the experiment has the same images.
    #[serde(default)]
    pub seed: u64,
}

/// A split that validation images can be taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SplitSource {
    /// `data.train`.
    Train,
    /// `data.test`.
    Test,
}

/// Keys of [`PartOf`]; any other key is the name of a data set.
pub(super) const PART_KEYS: [&str; 3] = ["of", "fraction", "seed"];

impl<'de> Deserialize<'de> for ValidationData {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = ValidationData;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a data set, a table `{ name = { options } }`, or `{ of = \"test\", fraction = 0.2 }`")
            }

            fn visit_str<E: Error>(self, name: &str) -> Result<ValidationData, E> {
                DatasetSpec::deserialize(name.into_deserializer()).map(ValidationData::Dataset)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ValidationData, A::Error> {
                let first: Option<String> = map.next_key()?;
                let part = first.as_deref().is_some_and(|key| PART_KEYS.contains(&key));
                let whole = MapAccessDeserializer::new(PeekedMap { first, rest: map });
                match part {
                    true => PartOf::deserialize(whole).map(ValidationData::Part),
                    false => DatasetSpec::deserialize(whole).map(ValidationData::Dataset),
                }
            }
        }

        deserializer.deserialize_any(Either)
    }
}

/// A map whose first key was read to see what the map is.
struct PeekedMap<A> {
    first: Option<String>,
    rest: A,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for PeekedMap<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        match self.first.take() {
            Some(key) => seed.deserialize(key.into_deserializer()).map(Some),
            None => self.rest.next_key_seed(seed),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.rest.next_value_seed(seed)
    }
}

impl JsonSchema for ValidationData {
    fn schema_name() -> Cow<'static, str> {
        "ValidationData".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let (part, whole) = (generator.subschema_for::<PartOf>(), generator.subschema_for::<DatasetSpec>());
        json_schema!({ "anyOf": [part, whole] })
    }
}
