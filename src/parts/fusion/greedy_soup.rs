use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AlignSpec, FusionError, FusionMethod, RecalibrateOptions, Recipe};
use camlab_nn::train::ValidationMetric;

/// Options of `greedy-soup`.
///
/// Members are tried in descending order of their score on held-out images; each is kept in the average if the score
/// does not fall (Wortsman et al. 2022, recipe 1).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct GreedySoupOptions {
    /// Alignment to the best member before averaging: `none` or another alignment method.
    pub align: AlignSpec,
    /// Recalibrate batch norm statistics of every average before it is evaluated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recalibrate_bn: Option<RecalibrateOptions>,
    /// Metric on the held-out images.
    pub metric: ValidationMetric,
    /// Fraction of the training images, more than 0 and less than 1, to evaluate on if `[training]` holds out none.
    /// The members were trained on these images.
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

impl FusionMethod for GreedySoupOptions {
    fn recipe(&self) -> Recipe<'_> {
        Recipe::Soup(self)
    }

    fn align(&self) -> Option<&AlignSpec> {
        Some(&self.align)
    }

    fn recalibration(&self) -> Option<&RecalibrateOptions> {
        self.recalibrate_bn.as_ref()
    }

    fn needs_images(&self) -> bool {
        true
    }

    fn selects(&self) -> bool {
        true
    }

    fn fraction(&self) -> Option<f64> {
        self.fraction
    }

    fn check(&self, _: usize) -> Result<(), FusionError> {
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
