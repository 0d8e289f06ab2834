//! Declared treatment of images and annotations that do not agree.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Treatment of files whose images and annotations do not agree; the same for all data sets of an experiment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct DeclaredReading {
    /// Treatment of the EXIF orientation of a photograph.
    pub exif: ExifOrientation,
    /// Treatment of boxes without a pixel in their image.
    pub outside_boxes: OutsideBoxes,
    /// Treatment of masks of another aspect ratio than their image.
    pub other_aspect: OtherAspect,
}

impl DeclaredReading {
    /// `true` if nothing is declared otherwise than by default.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// Treatment of the EXIF orientation of a photograph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ExifOrientation {
    /// The photograph is turned as it is displayed, as OpenCV's `imread` does; boxes and masks refer to the turned one.
    #[default]
    Apply,
    /// The stored pixels, as PIL's `Image.open`; boxes and masks refer to these.
    Ignore,
}

/// Treatment of boxes without a pixel in their image: the annotation is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OutsideBoxes {
    /// The experiment does not run.
    #[default]
    Error,
    /// The box is left out and counted; an image that loses its last box is left out of box metrics.
    LeaveOut,
    /// The box counts, and no prediction hits it.
    Keep,
}

/// Treatment of masks whose aspect ratio is neither that of the image file nor that of the size in the annotations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OtherAspect {
    /// The experiment does not run.
    #[default]
    Error,
    /// The mask is scaled by each side on its own: one of both was resized without keeping its aspect ratio.
    Keep,
}
