//! Faults of image files; the messages name the file and the remedy.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Policy for images that are not valid 8-bit RGB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OnBadImage {
    /// The run stops and names the file.
    #[default]
    Error,
    /// The image is skipped and counted.
    Skip,
    /// Grey, alpha, 16-bit, CMYK and wrongly named images are converted to 8-bit RGB, as common loaders do (PIL's
    /// `convert("RGB")`); a corrupt file is still an error.
    Convert,
}

/// An image file that cannot be used, with the reason.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}: {fault}", path.display())]
pub struct ImageError {
    /// The file.
    pub path: PathBuf,
    /// The fault.
    pub fault: ImageFault,
}

impl ImageError {
    /// Error for the fault of the file `path`.
    pub fn new(path: &Path, fault: ImageFault) -> Self {
        Self { path: path.to_path_buf(), fault }
    }
}

/// Fault of an image file.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ImageFault {
    /// The file does not exist.
    #[error("no such image; check `root` and the name in the list, or set on-bad-image = \"skip\"")]
    Missing,
    /// The operating system cannot read the file.
    #[error("cannot read the image: {0}; check that it is a file and may be read")]
    Unreadable(String),
    /// The file has 0 bytes.
    #[error("the image is empty (0 bytes); fetch it again or set on-bad-image = \"skip\"")]
    Empty,
    /// The content is no known image format.
    #[error("is not a JPEG or PNG image; replace the file or set on-bad-image = \"skip\"")]
    NotAnImage,
    /// A known image format that is not supported.
    #[error(
        "has the format {0}, but only JPEG and PNG are supported; convert the file or set on-bad-image = \"skip\""
    )]
    OtherFormat(&'static str),
    /// The extension belongs to another format than the content.
    #[error(
        "is named .{extension} but holds {held}; rename it, or set on-bad-image to \"convert\" or \"skip\""
    )]
    WronglyNamed {
        /// Extension of the file.
        extension: String,
        /// Detected format.
        held: &'static str,
    },
    /// The file ends before the image is complete.
    #[error("the {0} data is truncated; fetch it again or set on-bad-image = \"skip\"")]
    Truncated(&'static str),
    /// The decoder failed.
    #[error("cannot decode the image: {0}; replace the file or set on-bad-image = \"skip\"")]
    Broken(String),
    /// The image has no pixels.
    #[error("the image is {width}x{height}, it has no pixels; replace it or set on-bad-image = \"skip\"")]
    ZeroSized {
        /// Declared width.
        width: usize,
        /// Declared height.
        height: usize,
    },
    /// More than the maximum number of pixels.
    #[error(
        "the image declares {width}x{height} pixels, more than {} million; scale it down or set \
         on-bad-image = \"skip\"",
        MAX_PIXELS / 1_000_000
    )]
    TooLarge {
        /// Declared width.
        width: usize,
        /// Declared height.
        height: usize,
    },
    /// More than 8 bits per channel.
    #[error(
        "the image is 16-bit, not 8-bit RGB; save it as RGB, or set on-bad-image to \"convert\" or \"skip\""
    )]
    SixteenBit,
    /// A single grey channel.
    #[error("the image is grey, not RGB; save it as RGB, or set on-bad-image to \"convert\" or \"skip\"")]
    Grey,
    /// An alpha channel.
    #[error("the image has an alpha channel; save it as RGB, or set on-bad-image to \"convert\" or \"skip\"")]
    Alpha,
    /// CMYK colours.
    #[error("the image is CMYK, not RGB; save it as RGB, or set on-bad-image to \"convert\" or \"skip\"")]
    Cmyk,
    /// A ground-truth mask in an unsupported pixel format.
    #[error("the mask is {0}; save it as an 8-bit grey PNG (0 background, other values object)")]
    Mask(&'static str),
    /// A mask of class numbers in an unsupported pixel format.
    #[error("the mask is {0}; save it as a PNG with a palette or 8-bit grey values that number the classes")]
    Indices(&'static str),
}

/// Maximum number of pixels an image may declare: 300 MB as RGB.
pub(super) const MAX_PIXELS: usize = 100_000_000;

impl ImageFault {
    /// `true` if [`OnBadImage::Convert`] accepts the image.
    pub fn convertible(&self) -> bool {
        matches!(self, Self::SixteenBit | Self::Grey | Self::Alpha | Self::Cmyk | Self::WronglyNamed { .. })
    }
}
