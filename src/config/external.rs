use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use camlab_data::path::DataPath;
use camlab_mapfile::{
    ChannelChoice, FilePattern, MapAxes, MapFileOptions, MapFlip, MapFormat, MapPolarity, MapRange,
};

/// `[[external]]`: maps of the test images that another program has written, one file per image. They are evaluated,
/// compared and claimed about like those of any method.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct External {
    /// Name of the method in tables.
    pub name: String,
    /// Folder of the files.
    pub root: DataPath,
    /// Format of the files.
    #[serde(default)]
    pub format: MapFormat,
    /// Name of an image's file below `root`, with `{id}`, `{path}`, `{stem}`, `{class}` or `{class-index}`. Default: the
    /// image's id and the format's extension, as wsolevaluation writes and reads its score maps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<FilePattern>,
    /// Range of the values: `"min-max"` scales each map by its own minimum and maximum, as camlab's own maps are;
    /// `[low, high]` maps these two to 0 and 1 and keeps the values.
    #[serde(default)]
    pub range: MapRange,
    /// Values that mean object: `bright` (high ones) or `dark`.
    #[serde(default)]
    pub polarity: MapPolarity,
    /// Order of the array's axes.
    #[serde(default)]
    pub axes: MapAxes,
    /// Mirroring that is undone.
    #[serde(default)]
    pub flip: MapFlip,
    /// Name of the array in an NPZ file; default: the only one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub array: Option<String>,
    /// Channel that is read of arrays with one map per class: `"label"`, or an index; `"only"` for arrays without.
    #[serde(default)]
    pub class: ChannelChoice,
    /// A network of the experiment that classifies the images: it gives these maps its class predictions, and metrics by
    /// passes change images for it. Default: none, so that metrics which need a network have no value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<String>,
    /// Treatment of test images without a file.
    #[serde(default)]
    pub missing: MissingMaps,
}

/// Treatment of images without a map.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MissingMaps {
    /// The experiment does not run.
    #[default]
    Error,
    /// These images are left out of the method's results; the report says how many there are.
    Skip,
}

impl External {
    /// Network column of external maps without a network.
    pub const NETWORK: &'static str = "external";

    /// Properties of the files.
    pub fn files(&self) -> MapFileOptions {
        MapFileOptions {
            format: self.format,
            array: self.array.clone(),
            range: self.range,
            polarity: self.polarity,
            axes: self.axes,
            class: self.class,
            flip: self.flip,
        }
    }

    /// Pattern of the files' names.
    pub fn names(&self) -> FilePattern {
        self.pattern.clone().unwrap_or_else(|| FilePattern::usual(self.format))
    }

    /// Name in the network column.
    pub fn network_name(&self) -> &str {
        self.network.as_deref().unwrap_or(Self::NETWORK)
    }

    /// `true` if the values are those of the declared range, not scaled by each map's own.
    pub fn keeps_range(&self) -> bool {
        self.range != MapRange::default()
    }
}
