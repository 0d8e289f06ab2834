use super::difference::{ClaimScope, PairedDifference};
use super::family::holm;
use super::spread::ConfidenceInterval;

/// A difference as one of a declared family.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CorrectedDifference {
    /// The difference.
    pub difference: PairedDifference,
    /// Population that it can be stated for.
    pub scope: ClaimScope,
    /// Interval for that population, not corrected for the family.
    pub interval: ConfidenceInterval,
    /// p value for that population, not corrected.
    pub p: f64,
    /// p value corrected for the family (Holm 1979).
    pub corrected_p: f64,
    /// Smallest true difference that the test would have found in this family with a power of 80 %.
    pub detectable: f64,
}

/// The differences of a family at a level of significance, in the order given. Tests over training runs and for these
/// networks are corrected each by themselves.
pub fn corrected(family: &[PairedDifference], level: f64) -> Vec<CorrectedDifference> {
    let networks = holm(&family.iter().map(|found| found.networks.p).collect::<Vec<_>>());
    let training = holm(&family.iter().filter_map(|found| Some(found.training?.p)).collect::<Vec<_>>());
    let mut training = training.into_iter();
    let all = family.iter().zip(networks).map(|(difference, for_networks)| {
        let over_training = difference.training.and_then(|_| training.next());
        let scope = difference.scope_of(over_training, level);
        let test = difference.test(scope);
        CorrectedDifference {
            difference: *difference,
            scope,
            interval: test.interval(level),
            p: test.p,
            corrected_p: match scope {
                ClaimScope::Training => over_training.unwrap_or(for_networks),
                ClaimScope::Networks => for_networks,
            },
            detectable: test.detectable(level / family.len() as f64),
        }
    });
    all.collect()
}
