use anyhow::Context as _;

use super::FusionJob;
use super::rows::{Ledger, LedgerStep};
use crate::teacher::Teacher;
use crate::train::TrainingJob;
use camlab_data::InputSize;
use camlab_frame as frame;
use camlab_parts::fusion::DistillOptions;
use camlab_store::{Cost, Draft};

/// Trains a student on the members' logits; resumes an interrupted run.
pub(super) fn run(task: &FusionJob<'_>, options: &DistillOptions, draft: &Draft) -> anyhow::Result<Cost> {
    let student =
        task.fuse.student.as_ref().context("[training] is missing; distillation trains a student")?;
    let images = task.fuse.images.as_ref().context("data.train is missing")?;
    let training = student.training.resolved();
    let InputSize { height, width } = images.set.input.size;
    let teacher = Teacher::new(&task.networks(), options, [height, width])?;
    let mut network = task.fuse.architecture.network()?;
    student.initial.apply(&mut network, &task.job, "checkpoint")?;
    let run = TrainingJob {
        images: &images.set,
        options: &training,
        seed: student.seed,
        network,
        teacher: Some(teacher),
        pause: None,
    };
    let trained = run.learn(&task.job)?;
    let (mut ledger, _) = Ledger::of_members(task)?;
    let shares = options.shares(task.members.len());
    ledger.rows.iter_mut().zip(shares).for_each(|(row, share)| row.kept = share > 0.0);
    let step = LedgerStep { name: "student", align: "none", statistics: "own", similarity: None, kept: true };
    ledger.note(task, &trained.network, step)?;
    let cost = trained.write(draft)?;
    frame::write_artefact(draft.folder(), &ledger.rows)?;
    Ok(cost)
}
