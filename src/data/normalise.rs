//! Normalisation of 8-bit pixels to network input values.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use camlab_raster::Rgb;

/// `value = (pixel / 255 * scale - mean) / std`, per channel, in the channel order that the network expects.
///
/// In TOML: `"imagenet"`, `"caffe"`, or `{ mean = [..], std = [..], scale = 255.0, channel-order = "bgr" }`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum PixelNormalisation {
    /// torchvision: RGB in [0, 1], mean (0.485, 0.456, 0.406), std (0.229, 0.224, 0.225).
    #[default]
    Imagenet,
    /// Caffe: BGR in [0, 255] minus (103.939, 116.779, 123.68).
    Caffe,
    /// Explicit values.
    Custom(PixelAffine),
}

/// An explicit normalisation. `mean` and `std` are in the network's channel order.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PixelAffine {
    /// Mean that is subtracted, in units of `scale`.
    pub mean: [f32; 3],
    /// Standard deviation that is divided by; positive.
    #[serde(default = "ones")]
    pub std: [f32; 3],
    /// Value of white (255) before the mean is subtracted: 1 or 255.
    #[serde(default = "one")]
    pub scale: f32,
    /// Channel order of the network's input.
    #[serde(default)]
    pub channel_order: ChannelOrder,
}

fn one() -> f32 {
    1.0
}
fn ones() -> [f32; 3] {
    [1.0; 3]
}

/// Order of the colour channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ChannelOrder {
    /// Red first.
    #[default]
    Rgb,
    /// Blue first (Caffe, OpenCV).
    Bgr,
}

impl PixelNormalisation {
    /// Names accepted in TOML.
    pub const NAMES: &'static [&'static str] = &["imagenet", "caffe"];

    /// The explicit values of this normalisation.
    pub fn affine(&self) -> PixelAffine {
        match *self {
            Self::Imagenet => PixelAffine {
                mean: [0.485, 0.456, 0.406],
                std: [0.229, 0.224, 0.225],
                scale: 1.0,
                channel_order: ChannelOrder::Rgb,
            },
            Self::Caffe => PixelAffine {
                mean: [103.939, 116.779, 123.68],
                std: ones(),
                scale: 255.0,
                channel_order: ChannelOrder::Bgr,
            },
            Self::Custom(affine) => affine,
        }
    }

    /// Writes an image as network input: row-major, channels interleaved in the network's order.
    ///
    /// # Panics
    /// If `values` does not hold three values per pixel: an error of the caller.
    pub fn write(&self, photo: &Rgb, values: &mut [f32]) {
        let tables = self.tables();
        assert_eq!(values.len(), 3 * photo.height * photo.width, "three values a pixel of the photograph");
        let order = match self.affine().channel_order {
            ChannelOrder::Rgb => [0, 1, 2],
            ChannelOrder::Bgr => [2, 1, 0],
        };
        for (values, pixel) in values.chunks_exact_mut(3).zip(photo.data.chunks_exact(3)) {
            for ((value, table), channel) in values.iter_mut().zip(&tables).zip(order) {
                *value = table[usize::from(pixel[channel])];
            }
        }
    }

    /// Network input values of black and white: the smallest and the largest per channel, in the network's order.
    pub fn range(&self) -> [[f32; 2]; 3] {
        self.tables().map(|levels| [levels[0], levels[255]])
    }

    /// Network input value of each grey level: one table per channel, in the network's order.
    pub fn tables(&self) -> [[f32; 256]; 3] {
        let PixelAffine { mean, std, scale, .. } = self.affine();
        std::array::from_fn(|channel| {
            std::array::from_fn(|level| {
                let value = level as f64 / 255.0 * f64::from(scale);
                ((value - f64::from(mean[channel])) / f64::from(std[channel])) as f32
            })
        })
    }
}

impl Serialize for PixelNormalisation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Imagenet => serializer.serialize_str("imagenet"),
            Self::Caffe => serializer.serialize_str("caffe"),
            Self::Custom(affine) => affine.serialize(serializer),
        }
    }
}

impl JsonSchema for PixelNormalisation {
    fn schema_name() -> Cow<'static, str> {
        "PixelNormalisation".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Normalisation of the 8-bit values, by name or as a table.",
            "oneOf": [
                {
                    "const": "imagenet",
                    "description": "torchvision: RGB in [0, 1], mean (0.485, 0.456, 0.406), std (0.229, 0.224, 0.225).",
                },
                { "const": "caffe", "description": "Caffe: BGR in [0, 255] minus (103.939, 116.779, 123.68)." },
                generator.subschema_for::<PixelAffine>(),
            ],
        })
    }
}

impl<'de> Deserialize<'de> for PixelNormalisation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameOrTable;

        impl<'de> Visitor<'de> for NameOrTable {
            type Value = PixelNormalisation;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("`imagenet`, `caffe` or a table `{ mean = [..], std = [..] }`")
            }

            fn visit_str<E: Error>(self, name: &str) -> Result<PixelNormalisation, E> {
                match name {
                    "imagenet" => Ok(PixelNormalisation::Imagenet),
                    "caffe" => Ok(PixelNormalisation::Caffe),
                    other => Err(E::custom(camlab_base::registry::unknown(
                        "normalisation",
                        other,
                        PixelNormalisation::NAMES,
                    ))),
                }
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<PixelNormalisation, A::Error> {
                let affine = PixelAffine::deserialize(MapAccessDeserializer::new(map))?;
                let PixelAffine { mean, std, scale, .. } = affine;
                if std.iter().any(|std| !std.is_finite() || *std <= 0.0) {
                    return Err(A::Error::custom(format!(
                        "std = {std:?} is out of range; use positive numbers"
                    )));
                }
                if !scale.is_finite() || scale <= 0.0 || mean.iter().any(|mean| !mean.is_finite()) {
                    return Err(A::Error::custom(
                        "mean or scale is out of range; use finite numbers for mean and a positive one for scale",
                    ));
                }
                Ok(PixelNormalisation::Custom(affine))
            }
        }
        deserializer.deserialize_any(NameOrTable)
    }
}
