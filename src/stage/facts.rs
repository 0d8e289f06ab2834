use std::collections::btree_map::Entry;
use std::path::Path;

use super::StageError;
use crate::engine::Precision;
use crate::parts::dataset::{self, DatasetSpec};
use crate::parts::init::InitSpec;
use crate::plan::{Cell, DatasetFacts, Facts};

/// Looks at every data set and checkpoint that the cells name, once each.
///
/// # Errors
/// The first that is missing or cannot be read, named with what to do.
pub fn gather(cells: &[Cell]) -> Result<Facts, StageError> {
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
                let written = pretrained.checkpoint.as_str();
                if !facts.checkpoints.contains_key(written) {
                    let path = pretrained
                        .checkpoint
                        .resolve(Path::new(""))
                        .map_err(|e| StageError::Input(e.to_string()))?;
                    let mut hasher = blake3::Hasher::new();
                    let file = std::fs::File::open(&path).map_err(StageError::io("read", &path))?;
                    hasher.update_reader(file).map_err(StageError::io("read", &path))?;
                    facts.checkpoints.insert(written.to_string(), hasher.finalize().to_hex().to_string());
                }
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
