use serde::{Deserialize, Serialize};

use super::ridge::{self, Linear};
use camlab_base::registry;

registry! {
    /// What makes one class map of the stack.
    pub enum Coefficients as "rule for the coefficients" {
        "uniform" => Uniform(Uniform), "all channels of the stack alike: their mean";
        "ridge" => Ridge(Ridge), "a ridge regression of the class scores on the stack's mean pixel vectors, over all images (Hoerl and Kennard 1970)";
        "list" => List(CoefficientList), "k numbers, one per degree, the same for every map";
    }
}

/// `uniform` has no options.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Uniform {}

/// Options of `ridge`.
///
/// With activations the network's scores of every class are regressed, so that each class has coefficients of its
/// own. CAMs are maps of the target's class already; there the target's score is regressed, by one set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Ridge {
    /// The weight of the coefficients' squares, above 0.
    pub lambda: f64,
}

impl Default for Ridge {
    fn default() -> Self {
        Self { lambda: 1.0 }
    }
}

/// `a_1` to `a_k`: every map m becomes `a_1 phi_1(m) + ... + a_k phi_k(m)`, and their mean is the class map.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CoefficientList(pub Vec<f64>);

impl Default for Coefficients {
    fn default() -> Self {
        Self::Ridge(Ridge::default())
    }
}

/// The weights of a stack's channels, found once for all images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Weights {
    /// The same for every class.
    One(Vec<f64>),
    /// One set per class.
    PerClass(Vec<Vec<f64>>),
}

impl Weights {
    /// The weights for a class.
    pub fn of(&self, class: usize) -> &[f64] {
        match self {
            Self::One(weights) => weights,
            Self::PerClass(all) => all.get(class).map_or(&[], Vec::as_slice),
        }
    }
}

impl Coefficients {
    /// Whether scores of the images are needed.
    pub fn ridge(&self) -> Option<&Ridge> {
        match self {
            Self::Ridge(options) => Some(options),
            Self::Uniform(_) | Self::List(_) => None,
        }
    }

    /// The weights of a stack of `maps` maps at `degree` degrees each, for those that need no image.
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
    /// Weights from the mean pixel vectors of all images and their scores: a row per image, one score or one per class.
    /// `None` where the equations have no solution, which takes numbers that are none.
    pub fn fit(&self, means: &[Vec<f64>], scores: &[Vec<f64>]) -> Option<Weights> {
        let mut fitted = ridge::fit(means, scores, self.lambda)?;
        Some(match fitted.len() {
            1 => Weights::One(fitted.remove(0).weights),
            _ => Weights::PerClass(fitted.into_iter().map(|Linear { weights, .. }| weights).collect()),
        })
    }
}
