use serde::{Deserialize, Serialize};

use super::{AlignSpec, FusionError, RecalibrateOptions};
use camlab_nn::train::ValidationMetric;

/// Options of `greedy-soup`.
///
/// Members come in the order of their scores on images held back; each stays in the average if that is no worse with
/// it than without (Wortsman et al. 2022, recipe 1).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct GreedySoupOptions {
    /// `none`, or `weight-matching` to the best member before anything is averaged.
    pub align: AlignSpec,
    /// Estimate the running statistics of every average anew before it is judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recalibrate_bn: Option<RecalibrateOptions>,
    /// What counts.
    pub metric: ValidationMetric,
    /// Share of the training images to judge by where `[training]` holds none back. The members have seen them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fraction: Option<f64>,
}

impl Default for GreedySoupOptions {
    fn default() -> Self {
        Self {
            align: AlignSpec::default(),
            recalibrate_bn: None,
            metric: ValidationMetric::Top1,
            fraction: None,
        }
    }
}

impl GreedySoupOptions {
    pub(super) fn check(&self) -> Result<(), FusionError> {
        self.align.check()?;
        if let Some(options) = &self.recalibrate_bn {
            options.check()?;
        }
        match self.fraction {
            Some(value) if !(value > 0.0 && value < 1.0) => {
                Err(FusionError::Option { option: "fraction", value, range: "more than 0, less than 1" })
            }
            _ => Ok(()),
        }
    }
}
