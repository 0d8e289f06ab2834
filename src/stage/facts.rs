use std::collections::btree_map::Entry;

use super::{StageError, weights};
use crate::engine::Precision;
use crate::fetch::Cache;
use crate::parts::dataset::{self, DatasetSpec};
use crate::parts::init::InitSpec;
use crate::plan::{Cell, DatasetFacts, Facts};

/// Looks at every data set and checkpoint that the cells name, once each. Downloads nothing: weights named by URL
/// that are not in the cache count by the sum that the file declares.
///
/// # Errors
/// The first that is missing, cannot be read or has another sum than declared, named with what to do.
pub fn gather(cells: &[Cell], cache: &Cache) -> Result<Facts, StageError> {
    let mut facts = Facts { bf16: Precision::Bf16.is_available(), ..Facts::default() };
    for cell in cells {
        let experiment = &cell.experiment;
        for spec in std::iter::once(&experiment.data.test).chain(&experiment.data.train) {
            let name = Facts::name(spec);
            if let Entry::Vacant(unseen) = facts.datasets.entry(name) {
                unseen.insert(look_at(spec)?);
            }
        }
        let students = experiment.fusion.iter().filter_map(|fusion| fusion.method.student());
        for scheme in experiment.init.iter().map(|init| &init.scheme).chain(students) {
            if let InitSpec::Pretrained(pretrained) = scheme {
                let known = match facts.checkpoints.entry(pretrained.checkpoint.as_str().to_owned()) {
                    Entry::Vacant(unseen) => unseen.insert(weights::look_at(pretrained, cache)?),
                    Entry::Occupied(seen) => seen.into_mut(),
                };
                weights::same_sum(pretrained, known)?;
            }
        }
    }
    Ok(facts)
}

fn look_at(spec: &DatasetSpec) -> Result<DatasetFacts, StageError> {
    let named =
        |error: dataset::DatasetError| StageError::Input(format!("data set `{}`: {error}", spec.name()));
    let set = dataset::open(spec).map_err(named)?;
    let digest = dataset::digest(spec).map_err(named)?;
    Ok(DatasetFacts { digest, classes: set.classes().to_vec(), images: set.len() })
}
