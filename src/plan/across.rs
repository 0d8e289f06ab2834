//! Claims across configurations of a sweep: the configurations that their conditions choose.

use std::sync::Arc;

use camlab_config::{Claim, ConfigurationPairs, Diagnostic, Experiment, Point};

use super::check;
use super::claims::{Misnamed, pairs};

/// A claim whose conditions choose configurations, and the pairs of these that it compares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcrossClaim {
    /// Its position among the claims of the file.
    pub place: usize,
    /// The claim.
    pub claim: Claim,
    /// Indices of configurations ([`super::Cell::index`]): of `better`, and of `than`.
    pub pairs: Vec<(usize, usize)>,
}

/// The claims with conditions of all configurations, checked.
///
/// # Errors
/// Conditions that choose nothing, claims that are not the same in all configurations, names without maps, test images
/// that differ.
pub(super) fn across(
    configurations: &[(Arc<Experiment>, Point)],
) -> Result<Arc<[AcrossClaim]>, Vec<Diagnostic>> {
    let chooses = |experiment: &Experiment| experiment.claim.iter().any(Claim::chooses_configurations);
    if !configurations.iter().any(|(experiment, _)| chooses(experiment)) {
        return Ok(Arc::default());
    }
    let Some((first, point)) = configurations.first() else { return Ok(Arc::default()) };
    let at = |point: &Point, path: &str, message: String, remedy: String| {
        Diagnostic::at(point.document.span(path), message, remedy)
    };
    if let Some((_, point)) = configurations.iter().find(|(other, _)| other.claim != first.claim) {
        let message =
            "a claim with `where` compares configurations, whose claims must be the same".to_owned();
        return Err(vec![at(point, "claim", message, "sweep no key of [[claim]]".to_owned())]);
    }
    let points: Vec<&Point> = configurations.iter().map(|(_, point)| point).collect();
    let compared = ConfigurationPairs::new(&points)?;
    let (mut all, mut found) = (Vec::new(), Vec::new());
    for (place, claim) in first.claim.iter().enumerate().filter(|(_, claim)| claim.chooses_configurations()) {
        let path = format!("claim.{place}");
        match compared.of_claim(place) {
            Err(errors) => found.extend(errors),
            Ok(chosen) => {
                let wrong = chosen.iter().find_map(|pair| {
                    let [one, other] = [pair.0, pair.1].map(|index| &*configurations[index].0);
                    named(claim, [one, other], pair.0 != pair.1).err()
                });
                found.extend(wrong.map(|Misnamed { key, message, remedy }| {
                    at(point, &format!("{path}.{key}"), message, remedy)
                }));
                all.push(AcrossClaim { place, claim: claim.clone(), pairs: chosen });
            }
        }
    }
    if found.is_empty() { Ok(all.into()) } else { Err(found) }
}

/// Checks the maps that a claim names in two configurations.
fn named(claim: &Claim, experiments: [&Experiment; 2], across: bool) -> Result<(), Misnamed> {
    if experiments[0].data.test != experiments[1].data.test {
        return Err(Misnamed {
            key: "than.where".to_owned(),
            message: "the configurations of the two sides have different test images, which make no pairs"
                .into(),
            remedy: "name one value of the keys of `data.test` on both sides".to_owned(),
        });
    }
    let made = experiments.map(check::made);
    let made = [&made[0][..], &made[1][..]];
    let pairs = pairs(claim, made, across)?;
    check::measured(claim, experiments, made, &pairs)
}
