//! Frames of the chains' sub-maps and of the final maps of classes. The pixels are kept only for the images of the
//! gallery.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use super::artefacts::Artefacts;
use camlab_data::{self as data, Dataset, DatasetSpec};
use camlab_frame::{ClassMapRow, Frame, FrameWriter, GalleryRow, Row, SubMapRow};
use camlab_plan::Shown;
use camlab_stage::Work as _;
use camlab_stage::chain::merge::MergedMaps;

/// Writes both frames into `out`; without chains they are empty.
pub(super) fn write(artefacts: &Artefacts<'_>, gallery: &[GalleryRow], out: &Path) -> anyhow::Result<()> {
    let drawn = gallery.iter().map(|row| (row.cell.as_str(), row.image.as_str())).collect();
    write_rows::<SubMapRow>(artefacts, &drawn, out, |_, _| Ok(()))?;
    let mut truth = Truth::default();
    write_rows::<ClassMapRow>(artefacts, &drawn, out, |shown, rows| {
        let set = truth.of(&artefacts.plan.cells[shown.cell].experiment.data.test)?;
        rows.iter_mut().for_each(|row| row.is_true = is_true(set, row));
        Ok(())
    })
}

/// Rows with a map each.
trait RowWithMap: Row {
    /// The cell, the image and the map.
    fn place(&mut self) -> (&str, &str, &mut Vec<f32>);
}

impl RowWithMap for SubMapRow {
    fn place(&mut self) -> (&str, &str, &mut Vec<f32>) {
        (&self.cell, &self.image, &mut self.map)
    }
}

impl RowWithMap for ClassMapRow {
    fn place(&mut self) -> (&str, &str, &mut Vec<f32>) {
        (&self.cell, &self.image, &mut self.map)
    }
}

/// Writes the frame of rows `R`, a row group after the other; `complete` adds what an artefact lacks and no cell names.
fn write_rows<R: RowWithMap>(
    artefacts: &Artefacts<'_>,
    drawn: &HashSet<(&str, &str)>,
    out: &Path,
    mut complete: impl FnMut(&Shown, &mut [R]) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let cells: HashSet<&str> = drawn.iter().map(|(cell, _)| *cell).collect();
    let mut writer = FrameWriter::new::<R>(out)?;
    let mut uses: HashMap<usize, usize> = HashMap::new();
    for shown in artefacts.shown(MergedMaps::KIND) {
        *uses.entry(shown.stage).or_default() += 1;
    }
    // The rows without maps of a stage that further cells show, so that its maps are read once.
    let mut light: HashMap<usize, Frame> = HashMap::new();
    for shown in artefacts.shown(MergedMaps::KIND) {
        let further = uses.get_mut(&shown.stage).is_some_and(|uses| {
            *uses -= 1;
            *uses > 0
        });
        let known = match further {
            true => light.get(&shown.stage).cloned(),
            false => light.remove(&shown.stage),
        };
        if let Some(rows) = known
            && !cells.contains(artefacts.plan.cells[shown.cell].id.as_str())
        {
            writer.push(&rows.named::<R>(&shown.names)?)?;
            continue;
        }
        let mut without: Vec<R> = Vec::new();
        artefacts.source(shown)?.frames::<R, anyhow::Error>(|frame| {
            let mut rows: Vec<R> = frame.named::<R>(&shown.names)?.rows()?;
            complete(shown, &mut rows)?;
            for row in &mut rows {
                let (cell, image, map) = row.place();
                if !drawn.contains(&(cell, image)) {
                    *map = Vec::new();
                }
            }
            writer.rows(&rows)?;
            if further {
                without.extend(rows.into_iter().map(|mut row| {
                    *row.place().2 = Vec::new();
                    row
                }));
            }
            Ok(())
        })?;
        if further {
            light.insert(shown.stage, Frame::of(&without)?);
        }
    }
    Ok(writer.finish()?)
}

/// The data set that was opened last: most cells have the same.
#[derive(Default)]
struct Truth(Option<(DatasetSpec, Box<dyn Dataset>)>);

impl Truth {
    fn of(&mut self, spec: &DatasetSpec) -> anyhow::Result<&dyn Dataset> {
        let opened = match self.0.take() {
            Some(opened) if opened.0 == *spec => opened,
            _ => (spec.clone(), data::open(spec)?),
        };
        Ok(self.0.insert(opened).1.as_ref())
    }
}

/// `true` if the row's class is a true class of its image; `None` without labels.
fn is_true(set: &dyn Dataset, row: &ClassMapRow) -> Option<bool> {
    let labels = set.has_labels().then(|| set.labels(row.index as usize))?;
    Some(labels.iter().any(|label| set.classes().get(*label) == Some(&row.class)))
}
