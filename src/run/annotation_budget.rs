//! The annotation budget of supervised localisers: the images, boxes and masks that train a head or choose the thresholds
//! of its maps.

use super::job::Runner;
use camlab_base::counted;
use camlab_frame::{self as frame, AnnotationRow, RunRow};
use camlab_plan::Shown;
use camlab_stage::Work as _;
use camlab_stage::supervised::annotations::{AnnotationPurpose, CountAnnotations};

/// A row for each supervised localiser and budget.
pub(super) fn rows(runner: &Runner<'_>) -> anyhow::Result<Vec<RunRow>> {
    let counts: Vec<&Shown> = runner.plan.shown_of(CountAnnotations::KIND).collect();
    let mut rows: Vec<RunRow> = Vec::new();
    for (place, training) in counts.iter().enumerate() {
        let Some(taught) = read(runner, training)?.filter(|row| is_of(row, AnnotationPurpose::Training))
        else {
            continue;
        };
        let method = training.names.text("method");
        // Those that choose thresholds are shown after those that train.
        let next = counts.get(place + 1).filter(|next| next.cell == training.cell);
        let chosen = match next.filter(|next| next.names.text("method") == method) {
            Some(next) => read(runner, next)?.filter(|row| is_of(row, AnnotationPurpose::Thresholds)),
            None => None,
        };
        let experiment = &runner.plan.cells[training.cell].experiment;
        let own = experiment.supervised.iter().find(|supervised| supervised.name == method);
        let source = own.map_or("data.val", |supervised| supervised.source());
        let mut words = format!("{} of {source} {} it", described(&taught), verb(&taught, "train"));
        if let Some(chosen) = &chosen {
            let other = if source == "data.val" { "others of data.val" } else { "data.val" };
            words += &format!(", {} of {other} {} its thresholds", described(chosen), verb(chosen, "choose"));
        }
        let images = taught.images + chosen.map_or(0, |row| row.images);
        words += &format!("; annotation budget: {}", counted(images as usize, "image"));
        let row = RunRow::new(format!("{}{method}", RunRow::CHOICE), words);
        if !rows.iter().any(|known| known.key == row.key && known.value == row.value) {
            rows.push(row);
        }
    }
    Ok(rows)
}

fn read(runner: &Runner<'_>, shown: &Shown) -> anyhow::Result<Option<AnnotationRow>> {
    let place = runner.plan.stages.get(shown.stage).place();
    if !runner.store.holds(&place) {
        return Ok(None);
    }
    let rows: Vec<AnnotationRow> = frame::read_artefact(&runner.store.open(&place)?)?;
    Ok(rows.into_iter().next())
}

fn is_of(row: &AnnotationRow, purpose: AnnotationPurpose) -> bool {
    row.purpose == purpose.name()
}

/// `12 images with 14 boxes`.
fn described(row: &AnnotationRow) -> String {
    let AnnotationRow { images, boxes, masks, .. } = row;
    let kinds = [(*boxes, "box"), (*masks, "mask")].into_iter().filter(|(count, _)| *count > 0);
    let kinds: Vec<String> = kinds
        .map(|(count, noun)| match (count, noun) {
            (1, _) => format!("1 {noun}"),
            (count, "box") => format!("{count} boxes"),
            (count, _) => format!("{count} {noun}s"),
        })
        .collect();
    let with = if kinds.is_empty() { String::new() } else { format!(" with {}", kinds.join(" and ")) };
    counted(*images as usize, "image") + &with
}

fn verb(row: &AnnotationRow, verb: &str) -> String {
    if row.images == 1 { format!("{verb}s") } else { verb.to_owned() }
}
