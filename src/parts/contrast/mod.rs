//! Contrasts: what is done to a map at the input's size before it is judged, one file each (step A12 of the article).
//!
//! Every metric is computed for every contrast, so that the report can set them side by side.

mod histogram_stretch;
mod texture_mask;
mod unchanged;

pub use histogram_stretch::HistogramStretch;
pub use texture_mask::TextureMask;
pub use unchanged::Unchanged;

use camlab_base::registry;
use camlab_raster::{Map, Rgb};

registry! {
    /// A contrast and its options, as TOML names it.
    pub enum ContrastSpec as "contrast" {
        "none" => Unchanged(Unchanged), "the map as it is; in every report by itself";
        "histogram-stretch" => HistogramStretch(HistogramStretch), "linear between two quantiles of the map, cut off outside of them; monotone, so what only ranks pixels hardly moves";
        "texture-mask" => TextureMask(TextureMask), "the map times the photograph's local texture energy, or masked by it";
    }
}

/// What every contrast offers.
pub trait Contrast: Sync {
    /// Bumped whenever the numbers change.
    fn version(&self) -> u32;

    /// Whether [`Contrast::apply`] looks at the photograph.
    fn needs_photo(&self) -> bool;

    /// Whether the intuitive picture that a map is compared with is changed in the same way: the article stretches
    /// both and masks the map alone.
    fn changes_reference(&self) -> bool;

    /// The map changed; `map` is min-max normalised, `photo` is of the map's size and given where it is needed.
    fn apply(&self, map: &Map, photo: Option<&Rgb>) -> Map;

    /// What is wrong with the options, if anything.
    fn problem(&self) -> Option<String> {
        None
    }
}

impl ContrastSpec {
    /// What is judged unless the file says more: the maps as they are.
    pub fn standard() -> Vec<Self> {
        vec![Self::Unchanged(Unchanged::default())]
    }

    /// The contrast that the name stands for.
    pub fn contrast(&self) -> &dyn Contrast {
        match self {
            Self::Unchanged(contrast) => contrast,
            Self::HistogramStretch(contrast) => contrast,
            Self::TextureMask(contrast) => contrast,
        }
    }

    /// Whether it leaves maps as they are.
    pub fn is_none(&self) -> bool {
        matches!(self, Self::Unchanged(_))
    }

    /// What columns and tables call it: its name, with the options that differ from the defaults.
    pub fn label(&self) -> String {
        let changed = match self {
            Self::Unchanged(_) => Vec::new(),
            Self::HistogramStretch(options) => changed(options),
            Self::TextureMask(options) => changed(options),
        };
        match changed.is_empty() {
            true => self.name().to_owned(),
            false => format!("{} ({})", self.name(), changed.join(", ")),
        }
    }
}

/// `key = value` of every option that differs from its default.
fn changed<T: serde::Serialize + Default>(options: &T) -> Vec<String> {
    let fields = |options: &T| match serde_json::to_value(options) {
        Ok(serde_json::Value::Object(fields)) => fields,
        _ => serde_json::Map::new(),
    };
    let usual = fields(&T::default());
    let plain = |value: serde_json::Value| match value {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    };
    let differs = fields(options).into_iter().filter(|(key, value)| usual.get(key) != Some(value));
    differs.map(|(key, value)| format!("{key} {}", plain(value))).collect()
}
