use serde::{Deserialize, Serialize};

use super::ridge::{self, Linear};
use camlab_base::registry;

registry! {
    /// Rule for the weights that reduce the stack to one class map.
    pub enum Coefficients as "rule for the coefficients" {
        "uniform" => Uniform(Uniform), "equal coefficients: the mean of all channels of the stack";
        "ridge" => Ridge(Ridge), "ridge regression of the class scores on the stack's spatial means, over all images (Hoerl and Kennard 1970)";
        "list" => List(CoefficientList), "k given numbers, one per degree, the same for every map";
    }
}

/// Options of `uniform`: none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Uniform {}

/// Options of `ridge`.
///
/// With activations, the network's logits of all classes are regressed, so that each class has its own weights. CAMs
/// are already maps of the target class; there the target's logit is regressed, with one set of weights for all
/// classes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Ridge {
    /// Weight of the penalty on the squared coefficients, above 0.
    pub lambda: f64,
}

impl Default for Ridge {
    fn default() -> Self {
        Self { lambda: 1.0 }
    }
}

/// Coefficients `a_1` to `a_k`: every map m becomes `a_1 phi_1(m) + ... + a_k phi_k(m)`, and the mean of these is the
/// class map.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CoefficientList(pub Vec<f64>);

impl Default for Coefficients {
    fn default() -> Self {
        Self::Ridge(Ridge::default())
    }
}

/// Weights of a stack's channels, shared by all images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Weights {
    /// One set for all classes.
    One(Vec<f64>),
    /// One set per class.
    PerClass(Vec<Vec<f64>>),
}

impl Weights {
    /// Weights for a class; empty for a class that `PerClass` lacks.
    pub fn of(&self, class: usize) -> &[f64] {
        match self {
            Self::One(weights) => weights,
            Self::PerClass(all) => all.get(class).map_or(&[], Vec::as_slice),
        }
    }
}

impl Coefficients {
    /// Options of the ridge regression; `None` for rules that need no logits of the images.
    pub fn ridge(&self) -> Option<&Ridge> {
        match self {
            Self::Ridge(options) => Some(options),
            Self::Uniform(_) | Self::List(_) => None,
        }
    }

    /// Weights of a stack of `maps` maps with `degree` degrees each; `None` for rules that are fitted to images.
    pub fn fixed(&self, maps: usize, degree: usize) -> Option<Weights> {
        let share = 1.0 / maps.max(1) as f64;
        match self {
            Self::Uniform(_) => Some(Weights::One(vec![share / degree.max(1) as f64; maps * degree])),
            Self::List(CoefficientList(numbers)) => {
                let per_map: Vec<f64> = numbers.iter().map(|number| number * share).collect();
                Some(Weights::One(per_map.repeat(maps)))
            }
            Self::Ridge(_) => None,
        }
    }
}

impl Ridge {
    /// Fits weights to the mean pixel vectors of all images and their scores: a row per image, one score or one per
    /// class. `None` where the equations have no solution, which happens only with NaN or infinite input.
    pub fn fit(&self, means: &[Vec<f64>], scores: &[Vec<f64>]) -> Option<Weights> {
        let mut fitted = ridge::fit(means, scores, self.lambda)?;
        Some(match fitted.len() {
            1 => Weights::One(fitted.remove(0).weights),
            _ => Weights::PerClass(fitted.into_iter().map(|Linear { weights, .. }| weights).collect()),
        })
    }
}
