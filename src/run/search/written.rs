//! The frames of a search in a report.

use std::path::Path;

use camlab_config::ObjectiveSplit;
use camlab_frame::{
    self as frame, EstimateKind, ImportanceRow, SearchEstimateRow, SearchRow, TrialKeyRow, TrialRow,
};
use camlab_plan::FOUND;

use super::estimates;
use super::objective::ObjectiveSample;
use super::record::SearchRecord;
use crate::artefacts::Artefacts;

/// Writes the frames of a search; empty ones without one.
pub(crate) fn write(
    record: Option<&SearchRecord>,
    artefacts: &Artefacts<'_>,
    out: &Path,
) -> anyhow::Result<()> {
    let Some(frames) = record.and_then(|record| record.frames.as_ref()) else {
        frame::write::<SearchRow>(out, &[])?;
        frame::write::<TrialRow>(out, &[])?;
        frame::write::<TrialKeyRow>(out, &[])?;
        frame::write::<ImportanceRow>(out, &[])?;
        return Ok(frame::write::<SearchEstimateRow>(out, &[])?);
    };
    frame::write(out, std::slice::from_ref(&frames.about))?;
    frame::write(out, &frames.trials)?;
    frame::write(out, &frames.keys)?;
    frame::write(out, &frames.importance)?;
    let mut estimates = frames.estimates.clone();
    // With the test split as objective they are the images that chose the point.
    let held_out = frames.search.split() != ObjectiveSplit::Test;
    let cells = &artefacts.plan.cells;
    for (found, kind) in [(true, EstimateKind::HeldOut), (false, EstimateKind::Reference)] {
        if found && !held_out {
            continue;
        }
        let wanted = |cell: usize| cells[cell].id.starts_with(FOUND) == found;
        let sample = ObjectiveSample::of(artefacts, &frames.search, &wanted)?;
        estimates.extend(estimates::row(kind, ObjectiveSplit::Test.name(), &sample));
    }
    Ok(frame::write(out, &estimates)?)
}
