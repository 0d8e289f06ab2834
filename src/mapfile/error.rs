//! Faults of map files; the messages name the file, the value and the key that declares it.

use std::path::{Path, PathBuf};

use thiserror::Error;

use super::format::MapFormat;
use super::range::MapRange;

/// Maximum number of pixels of a map, as of a photograph.
pub(crate) const MAX_PIXELS: u64 = 100_000_000;

/// A map file that cannot be read or written, with the reason.
#[derive(Debug, Clone, PartialEq, Error)]
#[error("{}: {fault}", path.display())]
pub struct MapFileError {
    /// The file.
    pub path: PathBuf,
    /// The fault.
    pub fault: MapFault,
}

impl MapFileError {
    /// Error for the fault of the file `path`.
    pub(crate) fn new(path: &Path, fault: MapFault) -> Self {
        Self { path: path.to_path_buf(), fault }
    }
}

/// Fault of a map file.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum MapFault {
    /// The file does not exist.
    #[error("no such map; check `root` and `pattern`")]
    Missing,
    /// The operating system cannot read the file.
    #[error("cannot read the map: {0}; check that it is a file and may be read")]
    Unreadable(String),
    /// The operating system cannot write the file.
    #[error("cannot write the map: {0}; check the free space and the permissions")]
    Unwritable(String),
    /// The content has another format than declared.
    #[error("is no {declared} file{}", other_format(*found))]
    OtherFormat {
        /// The declared format.
        declared: MapFormat,
        /// The format of the content, if it is one of ours.
        found: Option<MapFormat>,
    },
    /// The header of an array is no NPY header.
    #[error("the array has a damaged header: {0}; write the file again with numpy.save")]
    Header(String),
    /// Python objects, which only unpickling could read.
    #[error("the array holds Python objects, which are not unpickled; save `array.astype(\"float32\")`")]
    Pickled,
    /// A type that is no real number.
    #[error("the array has the type {0}, which is no real number; save `array.astype(\"float32\")`")]
    Type(String),
    /// No pixels.
    #[error("the map has the shape {0}, without any pixel; write it again or remove the file")]
    Empty(String),
    /// More pixels than a map may have.
    #[error("the map has the shape {0}, more than {limit} million pixels; scale it down", limit = MAX_PIXELS / 1_000_000)]
    TooLarge(String),
    /// The declared shape needs another number of bytes than there are.
    #[error(
        "the array declares the shape {shape} and {needed} bytes, but {held} are there; the file is damaged, write it \
         again"
    )]
    Length {
        /// The declared shape.
        shape: String,
        /// Bytes that the shape needs.
        needed: String,
        /// Bytes that are there.
        held: u64,
    },
    /// Another number of axes than declared.
    #[error("the array has the shape {shape}, which does not fit axes = \"{axes}\"{}", axes_remedy(*wanted))]
    Axes {
        /// Shape of the array.
        shape: String,
        /// The declared axes.
        axes: &'static str,
        /// Number of axes that are declared.
        wanted: usize,
    },
    /// A channel that the array does not have.
    #[error("the array has {held} channels, none with the index {channel}; check `class` and `axes`")]
    Channel {
        /// The channel asked for.
        channel: usize,
        /// Channels in the file.
        held: u64,
    },
    /// Several channels, and none was chosen.
    #[error("the array has {0} channels; choose one with class = \"label\" or an index")]
    Channels(u64),
    /// No array of the name, or several without a choice.
    #[error("{problem}; it holds {held}: set `array` to one of them")]
    Array {
        /// The name that is missing, or the ambiguity.
        problem: String,
        /// Names of the arrays.
        held: String,
    },
    /// A value outside of the declared range.
    #[error("value {} lies outside range = {range}; correct `range`, or set range = \"min-max\"", shortest(*value))]
    Outside {
        /// The value.
        value: f64,
        /// The declared range.
        range: MapRange,
    },
    /// The archive cannot be read.
    #[error("the NPZ archive is damaged: {0}; write the file again with numpy.savez")]
    Archive(String),
    /// The image cannot be decoded.
    #[error("the PNG image is damaged: {0}; write the file again")]
    Image(String),
    /// The image has colours.
    #[error(
        "pixel ({x}, {y}) has the colour {red}, {green}, {blue}, but a colour picture is no score map; save the \
         scores before a colour map is applied"
    )]
    Colour {
        /// Column.
        x: usize,
        /// Row.
        y: usize,
        /// Red, in the file's bit depth.
        red: u16,
        /// Green.
        green: u16,
        /// Blue.
        blue: u16,
    },
    /// A value that a PNG cannot store.
    #[error("value {0} lies outside [0, 1], which a PNG cannot store; use format = \"npy\"")]
    Unstorable(f32),
    /// A name or shape that is none of an array.
    #[error("cannot store an array `{0}`: {1}")]
    Named(String, &'static str),
}

fn other_format(found: Option<MapFormat>) -> String {
    match found {
        Some(found) => format!(", it is {found}; set format = \"{}\"", found.extension()),
        None => ", and neither NPY, NPZ nor PNG; check `pattern`, or write the file again".to_owned(),
    }
}

fn axes_remedy(wanted: usize) -> &'static str {
    match wanted {
        2 => "; declare axes = \"cyx\" or \"yxc\" and `class` for an array with one map per class",
        _ => "; declare axes = \"yx\" or \"xy\" for an array with one map",
    }
}

/// A value as short as its precision allows.
fn shortest(value: f64) -> String {
    match f64::from(value as f32) == value {
        true => (value as f32).to_string(),
        false => value.to_string(),
    }
}

/// A shape as NumPy prints it.
pub(crate) fn shape_text(shape: &[u64]) -> String {
    let sides: Vec<String> = shape.iter().map(u64::to_string).collect();
    format!("[{}]", sides.join(", "))
}
