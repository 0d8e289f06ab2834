use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::eigen::{first, gram, rows};
use super::eigen_cam::Sign;
use super::weigh::finish;
use super::{Cam, Features, Needs, Refusal};
use crate::algebra::dot;
use camlab_raster::Map;

/// KPCA-CAM: the first kernel principal component of the centred activations (Karmani et al. 2024, equations 4 to 9),
/// by default with the kernel `tanh(gamma x.y + 1)`, as in scikit-learn and pytorch-grad-cam. Class-agnostic.
///
/// The kernel matrix has a row per position. On a layer of more than `landmarks` positions the component is fitted on
/// that many, evenly spaced in row-major order, and all positions are projected on it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct KpcaCam {
    /// Kernel function.
    pub kernel: KpcaKernel,
    /// Kernel coefficient, at least 0; 0 stands for 1 over the number of channels.
    pub gamma: f64,
    /// Maximum number of positions on which the component is fitted.
    pub landmarks: usize,
    /// Rule for the component's sign.
    pub sign: Sign,
    /// Clip negative values to 0.
    pub relu: bool,
}

impl Default for KpcaCam {
    fn default() -> Self {
        Self { kernel: KpcaKernel::default(), gamma: 0.0, landmarks: 1024, sign: Sign::Largest, relu: true }
    }
}

/// Kernel: similarity of two positions' activation vectors.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum KpcaKernel {
    /// `tanh(gamma x.y + 1)`.
    #[default]
    Sigmoid,
    /// `exp(-gamma |x - y|^2)`.
    Rbf,
    /// `x.y`, equivalent to Eigen-CAM.
    Linear,
}

impl KpcaKernel {
    fn of(self, gamma: f64, x: &[f64], y: &[f64]) -> f64 {
        match self {
            Self::Sigmoid => (gamma * dot(x, y) + 1.0).tanh(),
            Self::Rbf => (-gamma * (dot(x, x) - 2.0 * dot(x, y) + dot(y, y)).max(0.0)).exp(),
            Self::Linear => dot(x, y),
        }
    }
}

impl Cam for KpcaCam {
    fn version(&self) -> u32 {
        1
    }

    fn check(&self) -> Result<(), Refusal> {
        Refusal::unless(
            self.gamma >= 0.0 && self.gamma.is_finite(),
            "gamma",
            format!("`gamma` = {} is out of range", self.gamma),
            "write a positive number, or 0 for 1 over the number of channels",
        )
    }

    fn needs(&self) -> Needs {
        Needs::Activations
    }

    fn map(&self, features: Features<'_>) -> Map {
        let channels = features.channels;
        let rows = rows(features.activations.iter().copied(), channels, true);
        let sums: Vec<f64> = rows.chunks_exact(channels).map(|row| row.iter().sum()).collect();
        let map = self.sign.apply(&self.component(&rows, channels), &sums);
        finish(features, map, self.relu)
    }
}

impl KpcaCam {
    fn component(&self, rows: &[f64], channels: usize) -> Vec<f64> {
        let positions = rows.len() / channels;
        let count = positions.min(self.landmarks.max(1));
        let gamma = if self.gamma == 0.0 { 1.0 / channels as f64 } else { self.gamma };
        let landmarks: Vec<f64> = (0..count)
            .flat_map(|at| &rows[at * positions / count * channels..][..channels])
            .copied()
            .collect();
        let mut matrix = gram(&landmarks, channels, |x, y| self.kernel.of(gamma, x, y));
        let means: Vec<f64> =
            matrix.chunks_exact(count).map(|row| row.iter().sum::<f64>() / count as f64).collect();
        let mean = means.iter().sum::<f64>() / count as f64;
        for (row, of_row) in matrix.chunks_exact_mut(count).zip(&means) {
            row.iter_mut().zip(&means).for_each(|(value, of_column)| *value += mean - of_row - of_column);
        }
        let (value, vector) = first(&matrix, count);
        if value <= 0.0 {
            return vec![0.0; positions];
        }
        let length = value.sqrt();
        if count == positions {
            return vector.into_iter().map(|at| at * length).collect();
        }
        let project = |row: &[f64]| {
            let alike: Vec<f64> =
                landmarks.chunks_exact(channels).map(|other| self.kernel.of(gamma, row, other)).collect();
            let own = alike.iter().sum::<f64>() / count as f64;
            let terms = alike.iter().zip(&means).zip(&vector);
            terms.map(|((value, of_column), at)| (value - own - of_column + mean) * at).sum::<f64>() / length
        };
        rows.chunks_exact(channels).map(project).collect()
    }
}
