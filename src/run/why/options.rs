use std::collections::HashMap;

use camlab_config::{Document, Fusion, Init};
use camlab_graph::{OptionChange, Stage};
use camlab_parts::fusion::FusionSpec;
use camlab_parts::init::InitSpec;
use camlab_plan::Cell;
use serde_json::{Value, json};

use super::keys::{StageOfCell, TomlPath};
use super::seeds::{SeedChange, derived};
use super::{Cause, Origin};

/// A derived seed before, the cell's seed, the use and the stream.
type DerivedSeed = (u64, u64, &'static str, String);

/// Options that changed, traced to the keys of the experiment file. Keeps what takes long to find.
#[derive(Default)]
pub(super) struct TracedOptions {
    seeds: HashMap<DerivedSeed, Option<SeedChange>>,
}

impl TracedOptions {
    /// The cause that an option's change is, with its place in the document of the cell if that is known.
    pub fn cause(
        &mut self,
        stage: &Stage,
        change: &OptionChange,
        place: Option<(&Document, &Cell)>,
    ) -> Cause {
        let option: Vec<&str> = change.path.iter().map(String::as_str).collect();
        let (old, new) = (change.old.clone(), change.new.clone());
        if let (["version"] | [.., "version"], Some(old), Some(new)) = (&option[..], whole(&old), whole(&new))
        {
            return Cause::Version { kind: stage.spec.kind.to_string(), old, new };
        }
        let unknown = Cause::Option { option: change.name(), old, new, origin: None };
        let Some((document, cell)) = place else { return unknown };
        let own = StageOfCell::new(stage, &cell.experiment);
        if let Some(cause) = self.seed(stage, &option, change, document, cell) {
            return cause;
        }
        let paths = own.paths(&option);
        let origin = Origin::of(document, &paths, &change.new);
        match unknown {
            Cause::Option { option, old, new, .. } => Cause::Option { option, old, new, origin },
            other => other,
        }
    }

    /// The cause of another seed; `None` for other options, and for seeds whose origin is not found.
    fn seed(
        &mut self,
        stage: &Stage,
        option: &[&str],
        change: &OptionChange,
        document: &Document,
        cell: &Cell,
    ) -> Option<Cause> {
        let seeds = |old: u64| {
            let origin = Origin::of(document, &[TomlPath::computed(&["seeds"])], &Value::Null);
            Cause::Option { option: "seeds".into(), old: json!(old), new: json!(cell.seed), origin }
        };
        let kind = stage.spec.kind.as_str();
        let (used, table, stream) = match (kind, option) {
            // Seeds that the file gives, and those of a cell as they are.
            ("sanity", _) | (_, ["images", "sample", ..]) => return None,
            (_, [.., "split-seed"] | [.., "baseline", "seed"]) | ("analyse", ["seed"]) => {
                return change.old.as_u64().map(seeds);
            }
            (_, [.., "seed"]) => used(stage, option, cell)?,
            _ => return None,
        };
        let old = change.old.as_u64()?;
        let key = (old, cell.seed, used, stream.clone());
        let find = || {
            let entries = InitSpec::entries().into_iter().chain(FusionSpec::entries());
            let methods: Vec<&str> = entries.map(|entry| entry.name).collect();
            derived(old, cell.seed, used, &stream, &methods)
        };
        let found = self.seeds.entry(key).or_insert_with(find).clone();
        Some(match found? {
            SeedChange::Seed { old, .. } => seeds(old),
            SeedChange::Stream { old, new } => {
                let path = [&table[..], &["stream".to_owned()]].concat();
                let steps: Vec<&str> = path.iter().map(String::as_str).collect();
                let origin = Origin::of(document, &[TomlPath::computed(&steps)], &Value::Null);
                Cause::Option { option: path.join("."), old: json!(old), new: json!(new), origin }
            }
        })
    }
}

/// The use that a seed is derived for, the table with the key `stream`, and the name of the stream.
fn used(stage: &Stage, option: &[&str], cell: &Cell) -> Option<(&'static str, Vec<String>, String)> {
    let experiment = &cell.experiment;
    let own = StageOfCell::new(stage, experiment);
    let table = |list: &str, place: usize| vec![list.to_owned(), place.to_string()];
    let of_init = |used, place: usize| (used, table("init", place), Init::stream_of(&experiment.init, place));
    let of_fusion =
        |used, place: usize| (used, table("fusion", place), Fusion::stream_of(&experiment.fusion, place));
    match (stage.spec.kind.as_str(), option) {
        ("train", ["seed"]) => Some(of_init("train", own.init()?)),
        ("fuse", ["seed"]) => Some(of_fusion("fuse", own.fusion()?)),
        ("fuse", ["student", "seed"]) => Some(of_fusion("train", own.fusion()?)),
        ("fuse", ["student", "initial", "seed"]) => Some(of_fusion("init", own.fusion()?)),
        ("fuse", ["members", place, ..]) => Some(of_init("init", own.member(place)?)),
        ("cluster", ["seed"]) => {
            let place = own.chain()?;
            let stream = experiment.chain.get(place)?.stream.clone().unwrap_or_default();
            Some(("chain", table("chain", place), stream))
        }
        (_, [.., "initial" | "weights", "seed"]) => Some(of_init("init", own.init()?)),
        _ => None,
    }
}

fn whole(value: &Value) -> Option<u32> {
    value.as_u64().and_then(|value| u32::try_from(value).ok())
}
