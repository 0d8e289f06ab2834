//! Contrasts: transformations of a map at the input's size before it is evaluated, one per file (step A12 of the
//! source article: texture masking and histogram stretching).
//!
//! Every metric is computed for every contrast, so that the report can compare them.

mod histogram_stretch;
mod texture_mask;
mod unchanged;

pub use histogram_stretch::HistogramStretch;
pub use texture_mask::TextureMask;
pub use unchanged::Unchanged;

use camlab_base::registry;
use camlab_raster::{Map, Rgb};

registry! {
    /// A contrast and its options, as named in TOML.
    pub enum ContrastSpec as "contrast" {
        "none" => Unchanged(Unchanged), "the unchanged map; always included in the report";
        "histogram-stretch" => HistogramStretch(HistogramStretch) as "Histogram stretch", "linear rescaling between two quantiles of the map, clamped outside; monotone, so rank-based metrics hardly change";
        "texture-mask" => TextureMask(TextureMask) as "Texture mask", "the map multiplied by the image's local texture energy, or masked by a threshold on it";
    }
    /// The implementation of this contrast.
    fn contrast -> Contrast;
}

/// A transformation of a map before evaluation.
pub trait Contrast: Sync {
    /// Version of the computation; increased whenever its results change.
    fn version(&self) -> u32;

    /// True for the contrast that changes nothing.
    fn is_identity(&self) -> bool {
        false
    }

    /// `true` if [`Contrast::apply`] needs the image.
    fn needs_photo(&self) -> bool;

    /// `true` if the reference picture that a map is compared with is transformed in the same way. The source article
    /// stretches both map and reference, but masks only the map.
    fn changes_reference(&self) -> bool;

    /// Returns the transformed map. `map` is min-max normalised; `photo` has the map's size and is `Some` if
    /// [`Contrast::needs_photo`].
    fn apply(&self, map: &Map, photo: Option<&Rgb>) -> Map;

    /// Description of an invalid option, `None` if all are valid.
    fn problem(&self) -> Option<String> {
        None
    }
}

impl ContrastSpec {
    /// Default list of contrasts: the unchanged map only.
    pub fn standard() -> Vec<Self> {
        vec![Self::Unchanged(Unchanged::default())]
    }

    /// True for [`ContrastSpec::Unchanged`].
    pub fn is_none(&self) -> bool {
        self.contrast().is_identity()
    }
}
