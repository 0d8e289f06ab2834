use std::collections::HashMap;
use std::path::PathBuf;
use std::time::SystemTime;

use camlab_config::{Document, Experiment};
use camlab_data::{self as data, DatasetSpec};
use camlab_graph::{OptionChange, SharedText, Stage, StageInput, StageRef};
use camlab_plan::{Cell, Plan};
use camlab_stage::chain::stacks::LABELLED;
use camlab_store::{KnownStage, Store};
use serde_json::{Value, json};

use super::keys::{StageOfCell, TomlPath};
use super::{Cause, Origin};

/// Characters of a digest that are shown.
const SHOWN: usize = 10;

/// Inputs that changed. Keeps what takes long to find.
pub(super) struct ChangedInputs<'a> {
    plan: &'a Plan,
    store: &'a Store,
    missing: &'a [bool],
    /// The files of a data set, by its digest, with the times at which they were written.
    files: HashMap<SharedText, Vec<(PathBuf, SystemTime)>>,
    /// Data sets of recorded stages, by their digests.
    before: HashMap<SharedText, Option<DatasetSpec>>,
}

impl<'a> ChangedInputs<'a> {
    pub fn new(plan: &'a Plan, store: &'a Store, missing: &'a [bool]) -> Self {
        Self { plan, store, missing, files: HashMap::new(), before: HashMap::new() }
    }

    /// The causes in the inputs of a role, `[before, now]`, and the stages among them that have to run.
    pub fn causes(
        &mut self,
        stage: &Stage,
        other: &KnownStage,
        role: &str,
        [old, new]: [&[StageInput]; 2],
        place: Option<(&Document, &Cell)>,
    ) -> (Vec<Cause>, Vec<usize>) {
        let (mut causes, mut upstream) = (Vec::new(), Vec::new());
        let mut moved = old.len() != new.len();
        for (at, input) in new.iter().enumerate().filter(|(at, input)| old.get(*at) != Some(input)) {
            match input {
                StageInput::Stage(read) => match self.plan.stages.find(&read.key) {
                    Some(index) if self.missing.get(index).copied().unwrap_or(true) => upstream.push(index),
                    _ => moved = true,
                },
                StageInput::Content(digest) => {
                    let before = old.get(at).and_then(|input| match input {
                        StageInput::Content(digest) => Some(digest),
                        StageInput::Stage(_) => None,
                    });
                    causes.extend(self.content(stage, other, role, (before, digest), place));
                }
            }
        }
        if moved && causes.is_empty() && upstream.is_empty() {
            causes.push(Cause::Inputs { role: role.to_owned() });
        }
        (causes, upstream)
    }

    /// The causes in a content from outside: a data set, or a file.
    fn content(
        &mut self,
        stage: &Stage,
        other: &KnownStage,
        role: &str,
        (old, new): (Option<&SharedText>, &SharedText),
        place: Option<(&Document, &Cell)>,
    ) -> Vec<Cause> {
        if let Some(path) = stage.hints.files.get(new) {
            let origin = place.and_then(|(document, cell)| checkpoint(stage, role, document, cell));
            let (old, new) = (old.map_or_else(String::new, |old| short(old)), short(new));
            return vec![Cause::File { role: role.to_owned(), path: path.clone(), old, new, origin }];
        }
        let Some(set) = stage.hints.datasets.get(new) else {
            return vec![Cause::Inputs { role: role.to_owned() }];
        };
        let key = key_of(&set.0, role, place.map(|(_, cell)| &*cell.experiment));
        let traced = |steps: &[&str], option: String, old: Value, new: Value| {
            let steps: Vec<&str> = key.split('.').chain(steps.iter().copied()).collect();
            let paths = [TomlPath::computed(&steps)];
            let origin = place.and_then(|(document, _)| Origin::of(document, &paths, &new));
            Cause::Option { option, old, new, origin }
        };
        let Some(old) = old else {
            return vec![traced(&[], key.clone(), Value::Null, json!(set.0.name()))];
        };
        if let Some(before) = self.before(other, old).filter(|before| **before != *set.0) {
            let changes = OptionChange::all(&json!(before), &json!(*set.0));
            let cause = |change: OptionChange| {
                let steps: Vec<&str> = change.path.iter().map(String::as_str).collect();
                let option = format!("{key}.{}", change.name());
                traced(
                    &steps,
                    option.trim_end_matches('.').to_owned(),
                    change.old.clone(),
                    change.new.clone(),
                )
            };
            return changes.into_iter().map(cause).collect();
        }
        let newer = self.newer(&set.0, new, other.published);
        let (name, root) = (set.0.name().to_owned(), root(&set.0));
        vec![Cause::Data { key, name, root, old: short(old), new: short(new), newer }]
    }

    /// The data set of a digest, as a recorded stage names it.
    fn before(&mut self, other: &KnownStage, digest: &SharedText) -> Option<&DatasetSpec> {
        let store = self.store;
        let read = || {
            let place = StageRef { kind: other.spec.kind.clone(), key: other.key.clone() };
            let recorded = store.recorded_stage(&place)?;
            recorded.hints.datasets.get(digest).map(|set| DatasetSpec::clone(&set.0))
        };
        self.before.entry(digest.clone()).or_insert_with(read).as_ref()
    }

    /// The first file of a data set that was written after a time, and the number of all of them.
    fn newer(
        &mut self,
        spec: &DatasetSpec,
        digest: &SharedText,
        since: SystemTime,
    ) -> Option<(PathBuf, usize)> {
        let read = || {
            let files = data::open(spec).map(|set| set.files()).unwrap_or_default();
            let time = |path: PathBuf| {
                let modified = std::fs::metadata(&path).and_then(|file| file.modified()).ok()?;
                Some((path, modified))
            };
            files.into_iter().filter_map(time).collect()
        };
        let files = self.files.entry(digest.clone()).or_insert_with(read);
        let mut newer = files.iter().filter(|(_, modified)| *modified > since);
        let (first, _) = newer.next()?;
        Some((first.clone(), 1 + newer.count()))
    }
}

/// Key of a data set in a cell's experiment; from the role where several cells have several.
fn key_of(spec: &DatasetSpec, role: &str, experiment: Option<&Experiment>) -> String {
    let named = experiment.and_then(|experiment| {
        // Labelled images are drawn from a split.
        let whole = match spec {
            DatasetSpec::ClassSample(sample) if role == LABELLED.images || role == "images" => &*sample.of,
            spec => spec,
        };
        let all = || experiment.data.sets();
        let found =
            all().find(|(_, known)| *known == spec).or_else(|| all().find(|(_, known)| *known == whole));
        found.map(|(key, _)| key)
    });
    let usual = match role {
        "data" => "data.train",
        "validation" => "data.val",
        role if role == LABELLED.images => "data.train",
        _ => "data.test",
    };
    named.unwrap_or(usual).to_owned()
}

/// The folder or file that a data set's options name first, as written.
fn root(spec: &DatasetSpec) -> Option<String> {
    fn find(value: &Value) -> Option<String> {
        let table = value.as_object()?;
        let own = ["root", "images", "metadata"].iter().find_map(|key| table.get(*key)?.as_str());
        own.map(str::to_owned).or_else(|| table.values().find_map(find))
    }
    find(&json!(spec))
}

/// The place that names a checkpoint.
fn checkpoint(stage: &Stage, role: &str, document: &Document, cell: &Cell) -> Option<Origin> {
    let own = StageOfCell::new(stage, &cell.experiment);
    let option = ["scheme", "pretrained", "checkpoint"];
    let paths = match role.strip_prefix("member-") {
        Some(place) => own.paths(&[&["members", place, "weights"], &option[..]].concat()),
        None if own.fusion().is_some() => own.paths(&[&["student", "initial"], &option[..]].concat()),
        None => own.paths(&[&["initial"], &option[..]].concat()),
    };
    let paths: Vec<TomlPath> = paths.into_iter().map(|path| TomlPath { derived: true, ..path }).collect();
    Origin::of(document, &paths, &Value::Null)
}

fn short(digest: &str) -> String {
    digest.chars().take(SHOWN).collect()
}
