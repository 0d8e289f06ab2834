use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::SystemTime;

use camlab_graph::{OptionChange, SharedText, Stage, StageKey, StageOptions, StageRef, StageSpec};
use rayon::prelude::*;
use serde::Deserialize;

use super::Store;

/// A recorded stage that has an artefact.
#[derive(Debug, Clone)]
pub struct KnownStage {
    /// Everything that the artefact depends on.
    pub spec: StageSpec,
    /// The key of the specification.
    pub key: StageKey,
    /// The cell that needed it first.
    pub cell: SharedText,
    /// Time at which the artefact was published.
    pub published: SystemTime,
}

/// The recorded stages of a store that have an artefact, to find out why another has none.
#[derive(Debug, Default)]
pub struct KnownSpecs {
    /// By kind and label; the last published first.
    by_name: HashMap<(SharedText, SharedText), Vec<KnownStage>>,
    /// Indices into these lists by the cell as well.
    by_cell: HashMap<(SharedText, SharedText, SharedText), Vec<usize>>,
    /// The keys of all recorded stages, those without an artefact included.
    recorded: HashSet<StageKey>,
}

/// Number of stages of one kind and label that a stage is compared with.
const COMPARED: usize = 8;

/// Number of files that are read before what they have in common is stored once.
const READ_TOGETHER: usize = 2048;

/// A recorded stage without what no comparison needs.
#[derive(Deserialize)]
struct RecordedStage {
    spec: StageSpec,
    hints: RecordedHints,
}

#[derive(Deserialize)]
struct RecordedHints {
    label: SharedText,
    cell: SharedText,
}

/// The differences between options, found once for two texts.
#[derive(Debug, Default)]
pub struct ComparedOptions(HashMap<(StageOptions, StageOptions), Vec<OptionChange>>);

impl ComparedOptions {
    /// The differences of some options from older ones.
    pub fn changes(&mut self, new: &StageOptions, old: &StageOptions) -> &[OptionChange] {
        self.0.entry((new.clone(), old.clone())).or_insert_with(|| new.changes(old))
    }
}

impl KnownSpecs {
    /// The recorded stages of some kinds that have an artefact.
    pub fn of(store: &Store, kinds: &BTreeSet<SharedText>) -> Self {
        let mut known = Self::default();
        let mut options: HashSet<StageOptions> = HashSet::new();
        for kind in kinds {
            let mut keys = store.recorded_keys(kind);
            // The order of a directory differs between machines.
            keys.sort();
            for keys in keys.chunks(READ_TOGETHER) {
                let found: Vec<_> = keys.par_iter().filter_map(|key| read(store, kind, key)).collect();
                known.recorded.extend(keys.iter().cloned());
                for (label, mut stage) in found {
                    match options.get(&stage.spec.params) {
                        Some(same) => stage.spec.params = same.clone(),
                        None => drop(options.insert(stage.spec.params.clone())),
                    }
                    known.by_name.entry((kind.clone(), label)).or_default().push(stage);
                }
            }
        }
        for ((kind, label), stages) in &mut known.by_name {
            stages.sort_by(|a, b| b.published.cmp(&a.published).then_with(|| a.key.cmp(&b.key)));
            for (index, stage) in stages.iter().enumerate() {
                let name = (kind.clone(), label.clone(), stage.cell.clone());
                known.by_cell.entry(name).or_default().push(index);
            }
        }
        known
    }

    /// `true` if some run had to make this stage, whether or not it has an artefact.
    pub fn is_recorded(&self, stage: &Stage) -> bool {
        self.recorded.contains(&stage.key)
    }

    /// The stage with an artefact that a stage without one is compared with: of the same kind and label, if possible of
    /// the same cell, the one with the fewest differences, among these the last published. `None` if there is none.
    pub fn nearest(&self, stage: &Stage, compared: &mut ComparedOptions) -> Option<&KnownStage> {
        let name = (stage.spec.kind.clone(), SharedText::from(stage.hints.label.as_str()));
        let all = self.by_name.get(&name)?;
        // In a sweep every cell has such a stage; that of the same cell is most likely the one before a change.
        let own = self.by_cell.get(&(name.0, name.1, stage.hints.cell.clone()));
        let candidates: Vec<&KnownStage> = match own {
            Some(own) => own.iter().filter_map(|index| all.get(*index)).take(COMPARED).collect(),
            None => all.iter().take(COMPARED).collect(),
        };
        let differences = |other: &&KnownStage| {
            let options = compared.changes(&stage.spec.params, &other.spec.params).len();
            options + stage.spec.input_changes(&other.spec).len()
        };
        candidates.into_iter().filter(|other| other.key != stage.key).min_by_key(differences)
    }
}

fn read(store: &Store, kind: &SharedText, key: &StageKey) -> Option<(SharedText, KnownStage)> {
    let place = StageRef { kind: kind.clone(), key: key.clone() };
    // Cheaper than reading the stage.
    let published = store.published(&place)?;
    let bytes = std::fs::read(store.specification(&place)).ok()?;
    let RecordedStage { spec, hints } = serde_json::from_slice(&bytes).ok()?;
    let whole = spec.key() == *key;
    whole.then_some((hints.label, KnownStage { spec, key: place.key, cell: hints.cell, published }))
}
