use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde_json::Value;

use super::{
    CellRecord, CheckpointRecord, DatasetRecord, ExperimentRecord, FORMAT, Provenance, ReferenceRecord,
    SourceRecord,
};
use crate::job::Runner;
use crate::machine::MachineRecord;
use crate::report_owner;
use crate::repository::RepositoryRecord;
use camlab_base::date::utc;
use camlab_config::{FileReference, SourceFile};
use camlab_data::path::DataPath;
use camlab_plan::Facts;

/// The provenance of a report that is about to be written.
pub(crate) fn gather(runner: &Runner<'_>, begun: SystemTime, seconds: f64) -> Provenance {
    let (plan, facts) = (runner.plan, runner.facts);
    let cell = |cell: &camlab_plan::Cell| CellRecord { cell: cell.id.clone(), seed: cell.seed };
    let checkpoint = |(written, known): (&String, &camlab_plan::CheckpointFacts)| CheckpointRecord {
        written: written.clone(),
        file: known.file.display().to_string(),
        sha256: known.sha256.clone(),
    };
    Provenance {
        format: FORMAT,
        build: runner.build.clone(),
        command_line: runner.command_line.to_vec(),
        experiment: experiment(runner),
        machine: MachineRecord { bf16: facts.instructions.bf16.is_some(), ..MachineRecord::current() },
        cells: plan.cells.iter().map(cell).collect(),
        datasets: datasets(facts),
        checkpoints: facts.checkpoints.iter().map(checkpoint).collect(),
        plan: runner.plan_key(),
        begun: utc(begun),
        ended: utc(SystemTime::now()),
        seconds,
    }
}

fn experiment(runner: &Runner<'_>) -> ExperimentRecord {
    let read = sources(runner);
    let file = report_owner::of(runner.file);
    let places: Vec<PathBuf> = read.iter().map(|source| absolute(source.identity)).collect();
    let of_place = |(number, (source, place)): (usize, (SourceFile<'_>, &PathBuf))| {
        let name = source.path.file_name().unwrap_or_default().to_string_lossy();
        SourceRecord {
            copy: format!("{:02}-{name}", number + 1),
            path: source.path.display().to_string(),
            file: place.display().to_string(),
            blake3: blake3::hash(source.text.as_bytes()).to_hex().to_string(),
        }
    };
    let reference = |entry: &FileReference| ReferenceRecord {
        written: entry.written.clone(),
        folder: entry.folder.display().to_string(),
        file: absolute(&entry.identity).display().to_string(),
    };
    let above = file.parent().unwrap_or(Path::new("."));
    ExperimentRecord {
        name: runner.plan.cells.first().map(|cell| cell.experiment.name.clone()).unwrap_or_default(),
        folder: runner.facts.folder.display().to_string(),
        overrides: runner.document.sources.overrides().map(str::to_owned).collect(),
        sources: read.into_iter().zip(&places).enumerate().map(of_place).collect(),
        extends: references(runner).iter().map(reference).collect(),
        repository: RepositoryRecord::of(above, places.iter().map(PathBuf::as_path)),
        file: absolute(&file).display().to_string(),
    }
}

/// The files of the experiment and of those that it refers to, the experiment file first, each once.
pub(super) fn sources<'a>(runner: &Runner<'a>) -> Vec<SourceFile<'a>> {
    let mut files: Vec<SourceFile<'_>> = runner.document.sources.files().collect();
    for source in runner.plan.others().into_iter().flat_map(|other| other.document.sources.files()) {
        if !files.iter().any(|known| known.identity == source.identity) {
            files.push(source);
        }
    }
    files
}

/// The entries of `extends` in these files, and the paths of the experiments that are referred to.
fn references(runner: &Runner<'_>) -> Vec<FileReference> {
    let mut found = runner.document.sources.references().to_vec();
    let own = runner.plan.cells.iter().map(|cell| &cell.experiment);
    let others = runner.plan.others();
    for experiment in own.chain(others.iter().map(|other| &other.experiment)) {
        for (path, other) in experiment.others.iter() {
            let identity = other.document.identity().to_path_buf();
            found.push(FileReference { written: path.to_owned(), folder: PathBuf::new(), identity });
        }
    }
    for other in others {
        found.extend_from_slice(other.document.sources.references());
    }
    let mut kept: Vec<FileReference> = Vec::new();
    for entry in found {
        if !kept.contains(&entry) {
            kept.push(entry);
        }
    }
    kept
}

/// The data sets by their serialised specification.
fn datasets(facts: &Facts) -> Vec<DatasetRecord> {
    let record = |(name, known): (&String, &camlab_plan::DatasetFacts)| {
        let options = options(name);
        DatasetRecord {
            reader: known.spec.name().to_owned(),
            root: root(&options),
            options,
            images: known.images,
            digest: known.digest.as_str().to_owned(),
        }
    };
    facts.datasets.iter().map(record).collect()
}

/// The options of a data set, from its name among the facts.
pub(crate) fn options(name: &str) -> Value {
    serde_json::from_str(name).unwrap_or_default()
}

/// The folder that the options of a data set name, those of the set that a part is drawn from among them.
fn root(options: &Value) -> Option<String> {
    let table = options.as_object()?;
    if let Some(Value::String(written)) = table.get("root") {
        let place = DataPath::new(written.as_str()).resolve(Path::new(""));
        return Some(place.map_or_else(|_| written.clone(), |place| place.display().to_string()));
    }
    table.values().find_map(root)
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_has_the_folder_of_its_whole() {
        let part =
            serde_json::json!({ "part": { "fraction": 0.5, "of": { "folder": { "root": "/data/x" } } } });
        assert_eq!(root(&part).as_deref(), Some("/data/x"));
        assert_eq!(root(&serde_json::json!({ "synthetic": { "size": 32 } })), None);
    }
}
