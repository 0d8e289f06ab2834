//! Mixture of products of truncated normal and categorical distributions, one component per observed point and one
//! for the prior.

use rand::RngExt as _;
use rand::distr::Distribution as _;
use rand_distr::StandardNormal;

use crate::bandwidth::Bandwidth;
use crate::domain::Domain;
use crate::normal::{log_density, log_mass};

/// Parzen estimator of a density over some parameters that are active together (Bergstra et al. 2011; Falkner et al.
/// 2018). The prior is one more component: the middle of each interval with its width as bandwidth, and equal
/// probabilities of the choices.
///
/// Densities of numbers with a logarithmic scale are those of their logarithm.
pub(crate) struct ParzenEstimator<'a> {
    /// Weight of each component; they sum to 1. The prior is the last.
    pub(crate) weights: Vec<f64>,
    log_weights: Vec<f64>,
    /// One distribution per parameter.
    pub(crate) factors: Vec<Factor<'a>>,
}

/// Distribution of one parameter, given the component.
pub(crate) enum Factor<'a> {
    Number {
        domain: &'a Domain,
        means: Vec<f64>,
        bandwidths: Vec<f64>,
        low: f64,
        high: f64,
        log: bool,
        /// Logarithm of each component's mass between the bounds, for real numbers times its bandwidth.
        log_scales: Vec<f64>,
    },
    Choice {
        count: usize,
        /// Choice of each component but the prior.
        chosen: Vec<usize>,
        /// Probability of the component's own choice, and of each other choice.
        own: f64,
        other: f64,
    },
}

impl<'a> ParzenEstimator<'a> {
    /// Fits the observed rows, oldest first; each row has one value per domain, as a number (a choice is its index).
    pub(crate) fn new(domains: &[&'a Domain], rows: &[Vec<f64>], bandwidth: Bandwidth) -> Self {
        let column = |at: usize| rows.iter().map(|row| row[at]).collect::<Vec<f64>>();
        let factor =
            |(at, domain): (usize, &&'a Domain)| Factor::new(domain, column(at), bandwidth, domains.len());
        let factors = domains.iter().enumerate().map(factor).collect();
        let weights = weights(rows.len());
        let log_weights = weights.iter().map(|weight| libm::log(*weight)).collect();
        Self { weights, log_weights, factors }
    }

    /// Draws a point, a number per domain: the component from `random`, each value from its own stream.
    pub(crate) fn sample<R: rand::Rng>(&self, random: &mut R, streams: &mut [R]) -> Vec<f64> {
        let mut left: f64 = random.random();
        let drawn = self.weights.iter().position(|weight| {
            left -= weight;
            left < 0.0
        });
        // Rounding can leave a rest: the last component takes it.
        let component = drawn.unwrap_or(self.weights.len() - 1);
        self.factors.iter().zip(streams).map(|(factor, stream)| factor.sample(component, stream)).collect()
    }

    /// Logarithm of the density at a point, a number per domain.
    pub(crate) fn log_density(&self, point: &[f64]) -> f64 {
        let mut terms = self.log_weights.clone();
        for (factor, value) in self.factors.iter().zip(point) {
            factor.add_log_densities(*value, &mut terms);
        }
        let largest = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if largest == f64::NEG_INFINITY {
            return largest;
        }
        largest + libm::log(terms.iter().map(|term| libm::exp(term - largest)).sum())
    }
}

/// Weights of `count` observations, oldest first, and the prior. The last 25 observations weigh as much as the prior;
/// before them the weight rises linearly from 1 / `count`.
fn weights(count: usize) -> Vec<f64> {
    let ramp = count.saturating_sub(25);
    let rising = |at: usize| match ramp {
        1 => 1.0 / count as f64,
        _ => {
            let first = 1.0 / count as f64;
            first + (1.0 - first) * at as f64 / (ramp - 1) as f64
        }
    };
    let raw = (0..count).map(|at| if at < ramp { rising(at) } else { 1.0 }).chain([1.0]);
    let sum: f64 = raw.clone().sum();
    raw.map(|weight| weight / sum).collect()
}

impl<'a> Factor<'a> {
    fn new(domain: &'a Domain, values: Vec<f64>, bandwidth: Bandwidth, dimensions: usize) -> Self {
        let Some((low, high, log)) = domain.interval() else {
            let count = if let Domain::Choice { count } = domain { *count } else { 1 };
            // Each component has its own choice once and the prior's weight, shared by all components, on every
            // choice.
            let shared = 1.0 / (values.len() + 1) as f64;
            let sum = 1.0 + shared * count as f64;
            let chosen = values.iter().map(|value| *value as usize).collect();
            return Self::Choice { count, chosen, own: (1.0 + shared) / sum, other: shared / sum };
        };
        let scaled = |value: f64| if log { libm::log(value) } else { value };
        let (low, high) = (scaled(low), scaled(high));
        let mut means: Vec<f64> = values.into_iter().map(scaled).collect();
        let mut bandwidths = bandwidth.of(&means, low, high, dimensions);
        means.push(0.5 * (low + high));
        bandwidths.push(high - low);
        let whole = matches!(domain, Domain::Whole { .. });
        let scale = |(mean, width): (&f64, &f64)| {
            let mass = log_mass((low - mean) / width, (high - mean) / width);
            if whole { mass } else { mass + libm::log(*width) }
        };
        let log_scales = means.iter().zip(&bandwidths).map(scale).collect();
        Self::Number { domain, means, bandwidths, low, high, log, log_scales }
    }

    fn sample<R: rand::Rng>(&self, component: usize, random: &mut R) -> f64 {
        match self {
            Self::Number { domain, means, bandwidths, low, high, log, .. } => loop {
                // The mean lies within the bounds and no bandwidth exceeds their distance: at least one draw in three
                // is within them.
                let normal: f64 = StandardNormal.sample(random);
                let drawn = means[component] + bandwidths[component] * normal;
                if (*low..=*high).contains(&drawn) {
                    return domain.nearest(if *log { libm::exp(drawn) } else { drawn }).number();
                }
            },
            Self::Choice { count, chosen, own, other } => {
                let mut left: f64 = random.random();
                match chosen.get(component) {
                    Some(choice) if left < own - other => *choice as f64,
                    observed => {
                        // What is beyond the others' share is shared by all choices equally.
                        if observed.is_some() {
                            left = (left - (own - other)) / (1.0 - (own - other));
                        }
                        ((left * *count as f64) as usize).min(count - 1) as f64
                    }
                }
            }
        }
    }

    /// Adds each component's logarithmic density at `value`.
    fn add_log_densities(&self, value: f64, terms: &mut [f64]) {
        match self {
            Self::Number { domain, means, bandwidths, log, log_scales, .. } => {
                let scaled = |value: f64| if *log { libm::log(value) } else { value };
                let whole = matches!(domain, Domain::Whole { .. });
                let [from, at, to] =
                    if whole { [value - 0.5, value, value + 0.5].map(scaled) } else { [scaled(value); 3] };
                for (index, term) in terms.iter_mut().enumerate() {
                    let (mean, width) = (means[index], bandwidths[index]);
                    let density = if whole {
                        log_mass((from - mean) / width, (to - mean) / width)
                    } else {
                        log_density((at - mean) / width)
                    };
                    *term += density - log_scales[index];
                }
            }
            Self::Choice { count, chosen, own, other } => {
                let logarithms = [*own, *other, 1.0 / *count as f64].map(libm::log);
                let value = value as usize;
                for (index, term) in terms.iter_mut().enumerate() {
                    *term += match chosen.get(index) {
                        Some(choice) if *choice == value => logarithms[0],
                        Some(_) => logarithms[1],
                        None => logarithms[2],
                    };
                }
            }
        }
    }
}
