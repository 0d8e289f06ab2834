use super::FusionJob;
use camlab_frame::{FusionRow, PathRow};
use camlab_nn::Network;
use camlab_nn::train::HeldOutResult;

/// Result rows of a fusion: loss and accuracy after every step.
pub(super) struct Ledger {
    /// One row per member and step.
    pub rows: Vec<FusionRow>,
    /// Rows of the path between the first two members.
    pub path: Vec<PathRow>,
}

/// One step.
pub(super) struct LedgerStep<'a> {
    /// Name of the step.
    pub name: &'a str,
    /// Name of the members' alignment.
    pub align: &'a str,
    /// Source of the batch norms' running statistics.
    pub statistics: &'a str,
    /// Mean cosine similarity between the averaged weights.
    pub similarity: Option<f64>,
    /// `true` if the network of this step is, or is part of, the result.
    pub kept: bool,
}

impl Ledger {
    /// Starts with one row per member; also returns each member's loss and accuracy, if there are images to evaluate
    /// on.
    pub fn of_members(task: &FusionJob<'_>) -> anyhow::Result<(Self, Vec<Option<HeldOutResult>>)> {
        let mut ledger = Self { rows: Vec::new(), path: Vec::new() };
        let mut evaluated = Vec::new();
        for (at, network) in task.members.iter().enumerate() {
            let name = member_name(at);
            let step =
                LedgerStep { name: &name, align: "none", statistics: "own", similarity: None, kept: false };
            evaluated.push(ledger.note(task, network, step)?);
            if let Some(row) = ledger.rows.last_mut() {
                row.member = true;
            }
        }
        Ok((ledger, evaluated))
    }

    /// Evaluates a network and appends a row.
    pub fn note(
        &mut self,
        task: &FusionJob<'_>,
        network: &Network,
        step: LedgerStep<'_>,
    ) -> anyhow::Result<Option<HeldOutResult>> {
        let held_out = task.held_out.as_ref();
        let evaluated = held_out.map(|held_out| held_out.evaluate(network)).transpose()?;
        self.rows.push(FusionRow {
            cell: String::new(),
            seed: 0,
            fusion: String::new(),
            method: task.fuse.method.name().to_owned(),
            step: step.name.to_owned(),
            member: false,
            kept: step.kept,
            align: step.align.to_owned(),
            statistics: step.statistics.to_owned(),
            similarity: step.similarity,
            loss: evaluated.map(|evaluated| evaluated.loss),
            accuracy: evaluated.map(|evaluated| 100.0 * evaluated.accuracy),
            images: held_out.map_or(0, |held_out| held_out.count() as u32),
            judged_on: held_out.map_or("", |held_out| held_out.name()).to_owned(),
        });
        Ok(evaluated)
    }
}

/// The word for a member in an artefact, since its name may change.
pub fn member_name(at: usize) -> String {
    format!("{{member {at}}}")
}

/// A step's name with the members' names in it.
pub fn with_members(step: &str, members: &[String]) -> String {
    let mut text = step.to_owned();
    for (at, name) in members.iter().enumerate() {
        text = text.replace(&member_name(at), name);
    }
    text
}
