//! Declared properties of external map files.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::axes::{ChannelChoice, MapAxes, MapFlip};
use super::format::MapFormat;
use super::range::{MapPolarity, MapRange};

/// Properties of map files, as their owner declares them.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct MapFileOptions {
    /// Format of the files.
    pub format: MapFormat,
    /// Name of the array in an NPZ file. If omitted: the only array; of several, the one called `arr_0` (NumPy's name for
    /// an array without one) or `map` (camlab's own).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub array: Option<String>,
    /// Range of the values. 8-bit and 16-bit values of a PNG are divided by 255 and 65535 first.
    pub range: MapRange,
    /// Values that mean object.
    pub polarity: MapPolarity,
    /// Order of the array's axes.
    pub axes: MapAxes,
    /// Channel that is read; for `axes = "cyx"` and `"yxc"`.
    pub class: ChannelChoice,
    /// Mirroring that is undone.
    pub flip: MapFlip,
}

/// Options that contradict each other.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum MapOptionError {
    /// `array` for a format without named arrays.
    #[error("array = \"{array}\" needs format = \"npz\"; a {format} file holds one array without a name")]
    Array {
        /// The array's name.
        array: String,
        /// The declared format.
        format: MapFormat,
    },
    /// A channel without an axis of channels.
    #[error("axes = \"{0}\" has no channels to choose from; remove class, or use axes = \"cyx\" or \"yxc\"")]
    Channel(&'static str),
    /// A range of 8-bit values for an image, whose values are fractions.
    #[error(
        "range [{low}, {high}] for png, whose values are divided by 255 or 65535 first; write range = [0, 1]"
    )]
    PngRange {
        /// Value that becomes 0.
        low: f64,
        /// Value that becomes 1.
        high: f64,
    },
    /// Channels in an image.
    #[error(
        "axes = \"{0}\" needs format = \"npy\" or \"npz\"; a PNG file holds one map, use \"yx\" or \"xy\""
    )]
    Image(&'static str),
}

impl MapFileOptions {
    /// Checks that the options fit each other.
    ///
    /// # Errors
    /// The first pair that does not.
    pub fn check(&self) -> Result<(), MapOptionError> {
        if let (Some(array), MapFormat::Npy | MapFormat::Png) = (&self.array, self.format) {
            return Err(MapOptionError::Array { array: array.clone(), format: self.format });
        }
        if let (MapFormat::Png, MapRange::Bounds { low, high }) = (self.format, self.range)
            && !((0.0..=1.0).contains(&low) && (0.0..=1.0).contains(&high))
        {
            return Err(MapOptionError::PngRange { low, high });
        }
        match (self.axes.has_channels(), self.class, self.format) {
            (true, _, MapFormat::Png) => Err(MapOptionError::Image(self.axes.name())),
            (false, ChannelChoice::Label | ChannelChoice::Index(_), _) => {
                Err(MapOptionError::Channel(self.axes.name()))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<MapFileOptions, String> {
        let options: MapFileOptions = toml::from_str(text).map_err(|error| error.message().to_owned())?;
        options.check().map_err(|error| error.to_string())?;
        Ok(options)
    }

    #[test]
    fn options_come_back_as_they_were_written() {
        let all = "format = \"npz\"\narray = \"heat\"\nrange = [0.0, 255.0]\npolarity = \"dark\"\naxes = \"cyx\"\n\
                   class = 7\nflip = \"vertical\"\n";
        let options = read(all).unwrap();
        assert_eq!(options.range, MapRange::Bounds { low: 0.0, high: 255.0 });
        assert_eq!(options.class, ChannelChoice::Index(7));
        assert_eq!(toml::to_string(&options).unwrap(), all);
        assert_eq!(read("").unwrap(), MapFileOptions::default());
        assert_eq!(
            read(&toml::to_string(&MapFileOptions::default()).unwrap()).unwrap(),
            MapFileOptions::default()
        );
        assert_eq!(read("range = [-1, 1]").unwrap().range, MapRange::Bounds { low: -1.0, high: 1.0 });
    }

    #[test]
    fn a_wrong_option_names_its_value_and_the_remedy() {
        let cases = [
            ("range = [1, 0]", "range [1, 0] is empty or infinite"),
            ("range = [0, inf]", "range [0, inf] is empty"),
            ("range = [nan, 1]", "range [NaN, 1] is empty"),
            ("range = [-1e308, 1e308]", "is empty or infinite"),
            ("range = [0]", "`[low, high]`"),
            ("range = [0, 1, 2]", "`[low, high]`"),
            ("range = \"unit\"", "unknown range `unit`; use \"min-max\""),
            ("class = \"best\"", "unknown class `best`; use \"only\""),
            ("class = -1", "class -1 is negative"),
            ("class = 4294967296", "class 4294967296 is out of range"),
            ("class = 3", "axes = \"yx\" has no channels"),
            ("axes = \"xy\"\nclass = \"label\"", "axes = \"xy\" has no channels"),
            ("axes = \"cyx\"\nformat = \"png\"", "a PNG file holds one map"),
            ("array = \"heat\"", "array = \"heat\" needs format = \"npz\""),
            ("file = \"x\"", "unknown field `file`"),
        ];
        for (text, expected) in cases {
            let message = read(text).unwrap_err();
            assert!(message.contains(expected), "{text}: {message}");
        }
    }
}
