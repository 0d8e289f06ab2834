use anyhow::Context as _;

use super::FusionJob;
use super::rows::{Ledger, LedgerStep};
use crate::network;
use crate::teacher::Teacher;
use crate::train::TrainingJob;
use camlab_base::random::derive;
use camlab_data::InputSize;
use camlab_frame as frame;
use camlab_parts::fusion::DistillOptions;

/// Trains a student on the members' logits; resumes an interrupted run.
pub(super) fn run(task: &FusionJob<'_>, options: &DistillOptions) -> anyhow::Result<()> {
    let experiment = &task.cell.experiment;
    let training =
        experiment.training.as_ref().context("[training] is missing; distillation trains a student")?;
    let training = options.training(training).resolved();
    let InputSize { height, width } = experiment.data.input.size;
    let teacher = Teacher::new(&task.networks(), options, [height, width])?;
    let name = task.spec.name.as_str();
    let mut student = network::empty(task.plan, task.facts, task.stage)?;
    let seed = derive(task.cell.seed, &format!("init/{name}"));
    options.student.apply_from(&mut student, seed, task.facts.checkpoint_file(&options.student))?;
    let job = TrainingJob {
        cell: task.cell,
        spec: &task.stage.spec,
        name,
        options: &training,
        network: student,
        teacher: Some(teacher),
    };
    let trained = job.learn(task.facts, task.store, task.progress)?;
    let (mut ledger, _) = Ledger::of_members(task)?;
    let shares = options.shares(task.members.len());
    ledger.rows.iter_mut().zip(shares).for_each(|(row, share)| row.kept = share > 0.0);
    let step = LedgerStep { name: "student", align: "none", statistics: "own", similarity: None, kept: true };
    ledger.note(task, &trained.network, step)?;
    let draft = task.store.draft(&task.stage.spec)?;
    trained.write(&draft, task.cell, name)?;
    frame::write(&draft.path(""), &ledger.rows)?;
    draft.finish()?;
    Ok(task.store.working(&task.stage.spec).clear()?)
}
