//! What can be wrong with an image file, in words that name the file and the remedy.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// What happens when an image is not a sound 8-bit RGB photograph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnBadImage {
    /// The run stops and names the file.
    #[default]
    Error,
    /// The image is left out and counted.
    Skip,
    /// Grey, alpha, 16-bit, CMYK and wrongly named images become 8-bit RGB, as the loaders of the field do
    /// (PIL's `convert("RGB")`); a broken file is still an error.
    Convert,
}

/// An image file that cannot be used, and why.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}: {fault}", path.display())]
pub struct ImageError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub fault: ImageFault,
}

impl ImageError {
    /// The error `fault` of the file `path`.
    pub fn new(path: &Path, fault: ImageFault) -> Self {
        Self { path: path.to_path_buf(), fault }
    }
}

/// What is wrong with an image file.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ImageFault {
    /// The file is not there.
    #[error("no such image; check `root` and the name in the list, or set on-bad-image = \"skip\"")]
    Missing,
    /// The operating system refuses to read it.
    #[error("cannot read the image: {0}; check that it is a file and may be read")]
    Unreadable(String),
    /// Zero bytes.
    #[error("the image is empty (0 bytes); fetch it again or set on-bad-image = \"skip\"")]
    Empty,
    /// Neither JPEG nor PNG nor any known image format.
    #[error("holds no image that camlab knows; replace it by a JPEG or PNG or set on-bad-image = \"skip\"")]
    NotAnImage,
    /// A known format that is not read.
    #[error("holds {0}, and camlab reads JPEG and PNG; convert the file or set on-bad-image = \"skip\"")]
    OtherFormat(&'static str),
    /// The extension promises another format than the content.
    #[error(
        "is named .{extension} but holds {held}; rename it, or set on-bad-image to \"convert\" or \"skip\""
    )]
    WronglyNamed {
        /// The extension as written.
        extension: String,
        /// The format found.
        held: &'static str,
    },
    /// The file ends before the image does.
    #[error("the {0} data is truncated; fetch it again or set on-bad-image = \"skip\"")]
    Truncated(&'static str),
    /// The decoder gives up.
    #[error("cannot decode the image: {0}; replace the file or set on-bad-image = \"skip\"")]
    Broken(String),
    /// No pixels.
    #[error("the image is {width}x{height}, it has no pixels; replace it or set on-bad-image = \"skip\"")]
    ZeroSized {
        /// Declared columns.
        width: usize,
        /// Declared rows.
        height: usize,
    },
    /// More pixels than one image may take.
    #[error(
        "the image declares {width}x{height} pixels, more than {} million; scale it down or set \
         on-bad-image = \"skip\"",
        MAX_PIXELS / 1_000_000
    )]
    TooLarge {
        /// Declared columns.
        width: usize,
        /// Declared rows.
        height: usize,
    },
    /// More than 8 bits a channel.
    #[error(
        "the image is 16-bit, not 8-bit RGB; save it as RGB, or set on-bad-image to \"convert\" or \"skip\""
    )]
    SixteenBit,
    /// One channel.
    #[error("the image is grey, not RGB; save it as RGB, or set on-bad-image to \"convert\" or \"skip\"")]
    Grey,
    /// A transparency channel.
    #[error("the image has an alpha channel; save it as RGB, or set on-bad-image to \"convert\" or \"skip\"")]
    Alpha,
    /// Four printing inks.
    #[error("the image is CMYK, not RGB; save it as RGB, or set on-bad-image to \"convert\" or \"skip\"")]
    Cmyk,
    /// A ground-truth mask whose values cannot be told apart.
    #[error("the mask is {0}; save it as an 8-bit grey PNG (0 background, other values object)")]
    Mask(&'static str),
}

/// The most pixels one image may declare: 300 MB as RGB.
pub(super) const MAX_PIXELS: usize = 100_000_000;

impl ImageFault {
    /// Whether [`OnBadImage::Convert`] accepts the image all the same.
    pub fn convertible(&self) -> bool {
        matches!(self, Self::SixteenBit | Self::Grey | Self::Alpha | Self::Cmyk | Self::WronglyNamed { .. })
    }
}
