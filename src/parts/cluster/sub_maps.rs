use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Clusters;
use camlab_base::registry;

registry! {
    /// Assignment of an image's pixels to sub-maps.
    pub enum SubMaps as "kind of sub-maps" {
        "hard" => Hard(Hard), "each pixel belongs to the sub-map of the nearest centre only";
        "soft" => Soft(Soft), "each pixel belongs to every sub-map with a weight: the softmax of its negative distances to the centres";
    }
    /// The implementation of this kind.
    fn kind -> SubMapKind;
}

/// A kind of sub-maps: what one row of the registry does.
pub trait SubMapKind: Sync {
    /// Checks the options; the error describes the first invalid one.
    ///
    /// # Errors
    /// An option out of range.
    fn check(&self) -> Result<(), String> {
        Ok(())
    }

    /// Degree to which a pixel belongs to every cluster; the numbers sum to 1. `row` is the pixel's vector after the
    /// clusters' projection and scaling.
    fn memberships(&self, clusters: &Clusters, row: &[f32]) -> Vec<f32>;
}

/// Options of `hard`: none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hard {}

impl SubMapKind for Hard {
    fn memberships(&self, clusters: &Clusters, row: &[f32]) -> Vec<f32> {
        let own = clusters.cluster_of(row);
        (0..clusters.count() as u32).map(|at| f32::from(u8::from(at == own))).collect()
    }
}

/// Options of `soft`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Soft {
    /// Divisor of the distances, in units of the pixels' root mean square distance from their centres: near 0
    /// memberships are almost hard, for large values almost uniform.
    pub temperature: f64,
}

impl Default for Soft {
    fn default() -> Self {
        Self { temperature: 0.25 }
    }
}

impl SubMapKind for Soft {
    fn check(&self) -> Result<(), String> {
        let temperature = self.temperature;
        match temperature.is_finite() && temperature > 0.0 {
            true => Ok(()),
            false => Err(format!("`temperature` = {temperature} is out of range; use a positive number")),
        }
    }

    fn memberships(&self, clusters: &Clusters, row: &[f32]) -> Vec<f32> {
        clusters.shares(row, self.temperature)
    }
}

impl Default for SubMaps {
    fn default() -> Self {
        Self::Hard(Hard {})
    }
}
