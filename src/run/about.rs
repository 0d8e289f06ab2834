//! The report's rows about the run and its cells.

use super::job::Runner;
use super::provenance::{self, Provenance};
use super::{annotation_budget, choices, report_owner, steps};
use camlab_base::counted;
use camlab_base::registry::toml_text;
use camlab_config::{Labels, Target};
use camlab_frame::{CellRow, RunRow};
use camlab_plan::{Cell, DatasetFacts, Plan};
use camlab_stage::passes::{MapPasses, SKIPPED};
use camlab_stage::{StageError, Work as _};

/// The keys set by every cell.
pub(super) fn cells(plan: &Plan) -> Vec<CellRow> {
    let row = |cell: &Cell, key: Option<String>, value: Option<String>| CellRow {
        cell: cell.id.clone(),
        seed: cell.seed as i64,
        configuration: cell.configuration(),
        key,
        value,
    };
    let of_cell = |cell: &Cell| -> Vec<CellRow> {
        if cell.overrides.is_empty() {
            return vec![row(cell, None, None)];
        }
        cell.overrides.iter().map(|o| row(cell, Some(o.key.to_string()), Some(o.value.to_string()))).collect()
    };
    plan.cells.iter().flat_map(of_cell).collect()
}

/// The rows about the run: experiment, plan, machine, data and skipped images.
pub(super) fn about(runner: &Runner<'_>, provenance: &Provenance) -> anyhow::Result<Vec<RunRow>> {
    let plan = runner.plan;
    let experiment = &plan.cells[0].experiment;
    let mut rows = vec![
        RunRow::new(RunRow::EXPERIMENT, &experiment.name),
        RunRow::new(RunRow::QUESTION, experiment.question.as_deref().unwrap_or_default()),
        RunRow::new(RunRow::EXPERIMENT_FILE, report_owner::of(runner.file).display()),
        RunRow::new(RunRow::TOML, toml_text(&**experiment)?),
        RunRow::new(RunRow::AS_WRITTEN, runner.document.as_written()),
        RunRow::new(RunRow::PLAN, &provenance.plan),
        RunRow::new("target of the maps", target_words(&experiment.target)),
        RunRow::new("labels of the test images", labels_words(experiment.data.labels)),
    ];
    rows.extend(choices::rows(plan, experiment, runner.search));
    rows.extend(annotation_budget::rows(runner)?);
    rows.extend(steps::rows(&plan.cells));
    rows.push(RunRow::new("precision of inference", precisions(runner)));
    rows.extend(provenance::rows(provenance));
    for facts in runner.facts.datasets.values() {
        rows.push(RunRow::new("data", format!("{}, blake3 {}", images_words(facts), &facts.digest[..16])));
        rows.extend(facts.remarks.iter().map(|remark| RunRow::new("remark on the data", remark)));
    }
    if let Some(test) = runner.facts.dataset(&experiment.data.test)
        && !test.boxes
    {
        rows.push(RunRow::new("remark on the data", unlocalised_words(test)));
    }
    if let Some(test) = runner.facts.dataset(&experiment.data.test)
        && test.several.is_some()
    {
        let sampled = experiment.data.sample.as_ref().map(|sample| sample.count);
        rows.push(RunRow::new(RunRow::SEVERAL, sampled.unwrap_or(test.distinct())));
    }
    for shared in runner.facts.overlaps.values().filter(|shared| shared.count > 0) {
        let names: Vec<String> = shared.first.iter().map(|(one, other)| format!("{one} = {other}")).collect();
        rows.push(RunRow::new(
            "images in two splits",
            format!("{}, such as {}", shared.count, names.join(", ")),
        ));
    }
    for (path, facts) in &runner.facts.checkpoints {
        rows.push(RunRow::new("checkpoint", format!("{path}, sha256 {}", facts.sha256)));
    }
    for other in plan.others() {
        let digest = blake3::hash(other.document.as_written().as_bytes()).to_hex();
        let words = format!("{}, blake3 {}", other.file().display(), &digest[..16]);
        rows.push(RunRow::new("experiment of initial weights", words));
    }
    for external in &experiment.external {
        let Some(facts) = runner.facts.external(external, &experiment.data.test) else { continue };
        let all = facts.found + facts.missing.len();
        let mut words =
            format!("{}: {} of {all} images of the data set have one", external.name, facts.found);
        words += &format!(", blake3 {}", &facts.digest[..16]);
        if facts.surplus > 0 {
            words += &format!("; of no image: {}", counted(facts.surplus, "file"));
        }
        rows.push(RunRow::new("external maps", words));
    }
    let mut skipped: Vec<String> = Vec::new();
    for stage in plan.stages.iter().filter(|stage| stage.spec.kind == MapPasses::KIND) {
        if runner.store.holds(&stage.place()) {
            let path = runner.store.open(&stage.place())?.join(SKIPPED);
            let text = std::fs::read_to_string(&path).map_err(StageError::io("read", &path))?;
            skipped.extend(text.lines().map(str::to_string));
        }
    }
    skipped.sort();
    skipped.dedup();
    rows.push(RunRow::new("bad images skipped", skipped.len()));
    rows.extend(skipped.into_iter().map(|line| RunRow::new("skipped", line)));
    rows.push(RunRow::new(RunRow::SECONDS, format!("{:.1}", provenance.seconds)));
    Ok(rows)
}

/// The part of localisation that test images without boxes leave out.
fn unlocalised_words(test: &DatasetFacts) -> &'static str {
    match test.masks {
        true => {
            "the test images have no boxes: box metrics are not evaluated, pixel metrics are, by the masks"
        }
        false => "the test images have neither boxes nor masks: localisation is not evaluated",
    }
}

/// Numbers of images, and of rows where images have several labels.
fn images_words(facts: &DatasetFacts) -> String {
    match facts.several {
        None => format!("{} images", facts.images),
        Some(_) => format!("{} images, {} image-class pairs", facts.distinct(), facts.images),
    }
}

/// The number formats of maps and logits, with a note where they differ from the file.
fn precisions(runner: &Runner<'_>) -> String {
    let mut words: Vec<String> = Vec::new();
    for cell in &runner.plan.cells {
        let wanted = cell.experiment.precision;
        let had = runner.facts.precision(wanted);
        let word = match wanted == had {
            true => had.name().to_owned(),
            false => format!("{} ({} asked for: this machine lacks it)", had.name(), wanted.name()),
        };
        if !words.contains(&word) {
            words.push(word);
        }
    }
    words.join(", ")
}

fn labels_words(labels: Labels) -> &'static str {
    match labels {
        Labels::Known => "known",
        Labels::Unknown => "unknown to everything but the evaluation",
    }
}

fn target_words(target: &Target) -> String {
    target.choice().description()
}
