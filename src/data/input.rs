//! Input of a network: size, resampling filter and normalisation.

use std::borrow::Cow;

use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::U8x3;
use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::normalise::PixelNormalisation;
use camlab_raster::Rgb;

/// Input of a network: images are resized to `size` (the aspect ratio is not kept) and normalised.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct InputSpec {
    /// Rows and columns.
    pub size: InputSize,
    /// Normalisation of the 8-bit values.
    #[serde(default)]
    pub normalise: PixelNormalisation,
    /// Resampling filter for images of another size.
    #[serde(default)]
    pub filter: ResampleFilter,
}

/// Rows and columns: `224` or `[height, width]` in TOML.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct InputSize {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
}

impl InputSize {
    /// Largest accepted side; more is taken for a mistake.
    const MAX: u64 = 8192;

    /// A square input of `side` x `side`.
    pub fn square(side: usize) -> Self {
        Self { height: side, width: side }
    }
}

impl Serialize for InputSize {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.height == self.width {
            true => serializer.serialize_u64(self.height as u64),
            false => [self.height, self.width].serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for InputSize {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Sides;

        fn side<E: Error>(side: u64) -> Result<usize, E> {
            match side {
                1..=InputSize::MAX => Ok(side as usize),
                _ => Err(E::custom(format!(
                    "a side of {side} pixels is out of range; use 1 to {}",
                    InputSize::MAX
                ))),
            }
        }

        impl<'de> Visitor<'de> for Sides {
            type Value = InputSize;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a side in pixels or `[height, width]`")
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<InputSize, E> {
                side(value).map(InputSize::square)
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<InputSize, E> {
                match u64::try_from(value) {
                    Ok(value) => self.visit_u64(value),
                    Err(_) => Err(E::custom(format!("a side of {value} pixels is negative; use 1 or more"))),
                }
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<InputSize, A::Error> {
                let missing = |i| A::Error::invalid_length(i, &"`[height, width]`");
                let height = side(seq.next_element()?.ok_or_else(|| missing(0))?)?;
                let width = side(seq.next_element()?.ok_or_else(|| missing(1))?)?;
                match seq.next_element::<serde::de::IgnoredAny>()? {
                    None => Ok(InputSize { height, width }),
                    Some(_) => Err(missing(3)),
                }
            }
        }
        deserializer.deserialize_any(Sides)
    }
}

impl JsonSchema for InputSize {
    fn schema_name() -> Cow<'static, str> {
        "InputSize".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let side = json_schema!({ "type": "integer", "minimum": 1, "maximum": Self::MAX });
        json_schema!({
            "description": "Rows and columns: one side of a square, or `[height, width]`.",
            "anyOf": [side, { "type": "array", "items": side, "minItems": 2, "maxItems": 2 }],
        })
    }
}

/// Resampling filters in PIL's convention: the kernel widens when shrinking, as antialiasing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ResampleFilter {
    /// Nearest source pixel, no antialiasing.
    Nearest,
    /// Mean of the covered pixels.
    Box,
    /// Linear (torchvision's default).
    #[default]
    Bilinear,
    /// Cubic, Catmull-Rom (a = -0.5).
    Bicubic,
    /// Windowed sinc with three lobes.
    Lanczos,
}

impl ResampleFilter {
    fn algorithm(self) -> ResizeAlg {
        match self {
            Self::Nearest => ResizeAlg::Nearest,
            Self::Box => ResizeAlg::Convolution(FilterType::Box),
            Self::Bilinear => ResizeAlg::Convolution(FilterType::Bilinear),
            Self::Bicubic => ResizeAlg::Convolution(FilterType::CatmullRom),
            Self::Lanczos => ResizeAlg::Convolution(FilterType::Lanczos3),
        }
    }
}

/// Resizes an image; returned unchanged if the size is already right.
///
/// Horizontal before vertical with rounding to 8 bits in between, as PIL does: cubic filters overshoot, so clipping
/// in the other order gives other pixels.
///
/// # Panics
/// If the image's data does not match its size, or it has no pixels; decoded images never do this.
pub fn resize(photo: Rgb, size: InputSize, filter: ResampleFilter) -> Rgb {
    let wide = InputSize { height: photo.height, width: size.width };
    pass(pass(photo, wide, filter), size, filter)
}

fn pass(photo: Rgb, size: InputSize, filter: ResampleFilter) -> Rgb {
    if (photo.height, photo.width) == (size.height, size.width) {
        return photo;
    }
    let (height, width) = (size.height, size.width);
    let mut data = vec![0; height * width * 3];
    // Typed images: the untyped ones are compiled for every pixel type, a third of this crate's code size.
    let source = TypedImageRef::<U8x3>::from_buffer(photo.width as u32, photo.height as u32, &photo.data)
        .expect("a photograph's data fits its size");
    let mut target = TypedImage::<U8x3>::from_buffer(width as u32, height as u32, &mut data)
        .expect("the buffer was made for it");
    let options = ResizeOptions::new().resize_alg(filter.algorithm());
    Resizer::new().resize_typed(&source, &mut target, &options).expect("both images are not empty");
    Rgb { height, width, data }
}
