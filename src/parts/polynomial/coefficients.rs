use schemars::JsonSchema;
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
    /// The implementation of this rule.
    fn implementation -> CoefficientRule;
}

/// A rule for the coefficients: what one row of the registry does.
pub trait CoefficientRule {
    /// Options of the ridge regression; `None` for rules that need no logits of the images.
    fn ridge(&self) -> Option<&Ridge> {
        None
    }

    /// Weights of a stack of `maps` maps with `degree` degrees each; `None` for rules that are fitted to images.
    fn fixed(&self, maps: usize, degree: usize) -> Option<Weights>;

    /// `true` if the experiment gives the numbers themselves, so that their scale has a meaning.
    fn is_given(&self) -> bool {
        false
    }

    /// The invalid options, for polynomials of the given degree.
    fn faults(&self, _degree: usize) -> Vec<CoefficientFault> {
        Vec::new()
    }
}

/// An invalid option of a rule for the coefficients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoefficientFault {
    /// Dotted name of the option, starting with the rule: `ridge.lambda`.
    pub option: &'static str,
    /// Description of the problem.
    pub message: String,
    /// Proposed remedy.
    pub remedy: &'static str,
}

/// Options of `uniform`: none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Uniform {}

impl CoefficientRule for Uniform {
    fn fixed(&self, maps: usize, degree: usize) -> Option<Weights> {
        let share = 1.0 / maps.max(1) as f64;
        Some(Weights::One(vec![share / degree.max(1) as f64; maps * degree]))
    }
}

/// Options of `ridge`.
///
/// With activations, the network's logits of all classes are regressed, so that each class has its own weights. CAMs
/// are already maps of the target class; there the target's logit is regressed, with one set of weights for all
/// classes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
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

impl CoefficientRule for Ridge {
    fn ridge(&self) -> Option<&Ridge> {
        Some(self)
    }

    fn fixed(&self, _maps: usize, _degree: usize) -> Option<Weights> {
        None
    }

    fn faults(&self, _degree: usize) -> Vec<CoefficientFault> {
        let lambda = self.lambda;
        match lambda > 0.0 && lambda.is_finite() {
            true => Vec::new(),
            false => vec![CoefficientFault {
                option: "ridge.lambda",
                message: format!("`lambda` = {lambda} is out of range"),
                remedy: "write a positive number; the default is 1",
            }],
        }
    }
}

/// Coefficients `a_1` to `a_k`: every map m becomes `a_1 phi_1(m) + ... + a_k phi_k(m)`, and the mean of these is the
/// class map.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CoefficientList(pub Vec<f64>);

impl CoefficientRule for CoefficientList {
    fn fixed(&self, maps: usize, _degree: usize) -> Option<Weights> {
        let share = 1.0 / maps.max(1) as f64;
        let per_map: Vec<f64> = self.0.iter().map(|number| number * share).collect();
        Some(Weights::One(per_map.repeat(maps)))
    }

    fn is_given(&self) -> bool {
        true
    }

    fn faults(&self, degree: usize) -> Vec<CoefficientFault> {
        let Self(numbers) = self;
        let mut faults = Vec::new();
        if numbers.len() != degree {
            let count = numbers.len();
            faults.push(CoefficientFault {
                option: "list",
                message: format!("`list` has {count} coefficients, but `polynomial.degree` is {degree}"),
                remedy: "list one number per degree, or change polynomial.degree",
            });
        }
        if numbers.iter().any(|number| !number.is_finite()) || numbers.iter().all(|number| *number == 0.0) {
            faults.push(CoefficientFault {
                option: "list",
                message: "`list` has only zeros, or a number that is not finite".into(),
                remedy: "write finite numbers, at least one of them not 0",
            });
        }
        faults
    }
}

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
        self.implementation().ridge()
    }

    /// Weights of a stack of `maps` maps with `degree` degrees each; `None` for rules that are fitted to images.
    pub fn fixed(&self, maps: usize, degree: usize) -> Option<Weights> {
        self.implementation().fixed(maps, degree)
    }

    /// `true` if the experiment gives the numbers themselves, so that their scale has a meaning.
    pub fn is_given(&self) -> bool {
        self.implementation().is_given()
    }

    /// The invalid options, for polynomials of the given degree.
    pub fn faults(&self, degree: usize) -> Vec<CoefficientFault> {
        self.implementation().faults(degree)
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
