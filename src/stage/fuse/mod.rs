//! Fusion of several networks into one.

mod average;
mod distill;
mod held_out;
mod rows;
mod soup;

use anyhow::Context as _;

use super::StageError;
use super::network::{self, WEIGHTS};
use super::progress::Progress;
use camlab_base::random::{derive, stream};
use camlab_config::Fusion;
use camlab_frame as frame;
use camlab_nn::train::DataError;
use camlab_nn::{Images, Network, checkpoint};
use camlab_parts::fusion::{AlignSpec, FusionSpec};
use camlab_plan::{Cell, Facts, NetworkStage, Plan};
use camlab_store::Store;

use held_out::HeldOutData;
use rows::Ledger;

/// Inputs of one fusion.
struct FusionJob<'a> {
    plan: &'a Plan,
    facts: &'a Facts,
    store: &'a Store,
    stage: &'a NetworkStage,
    cell: &'a Cell,
    spec: &'a Fusion,
    /// The members with their names, in the order of the experiment file.
    members: Vec<(&'a str, Network)>,
    /// Training images to evaluate candidates and to estimate statistics on, if the experiment names any.
    held_out: Option<HeldOutData>,
    progress: Progress,
}

/// Fuses the members of a stage into one network; writes its weights and loss and accuracy after every step.
///
/// # Errors
/// A method that makes no network, missing training images, members that do not fit.
pub fn run(
    plan: &Plan,
    facts: &Facts,
    store: &Store,
    stage: &NetworkStage,
    progress: Progress,
) -> anyhow::Result<()> {
    let cell = &plan.cells[stage.cell];
    let spec = plan.fusion(stage).context("the fusion of this stage is not in the experiment")?;
    let names = spec.members(&cell.experiment.init);
    let networks = stage.members().iter().map(|member| {
        let member = &plan.networks[*member];
        network::finished(plan, facts, store, member)
    });
    let members = names.into_iter().zip(networks).map(|(name, network)| Ok((name, network?)));
    let members = members.collect::<anyhow::Result<_>>()?;
    let held_out = HeldOutData::new(cell, spec)?;
    let task = FusionJob { plan, facts, store, stage, cell, spec, members, held_out, progress };
    match &spec.method {
        FusionSpec::WeightAverage(options) => {
            let (network, ledger) = average::run(&task, options)?;
            publish(&task, &network, &ledger)
        }
        FusionSpec::GreedySoup(options) => {
            let (network, ledger) = soup::run(&task, options)?;
            publish(&task, &network, &ledger)
        }
        FusionSpec::Distill(options) => distill::run(&task, options),
        FusionSpec::LogitEnsemble(_) | FusionSpec::MapEnsemble(_) => {
            let message = format!("`{}` is an ensemble, which makes no network", spec.name);
            Err(StageError::Input(message).into())
        }
    }
}

fn publish(task: &FusionJob<'_>, network: &Network, ledger: &Ledger) -> anyhow::Result<()> {
    let draft = task.store.draft(&task.stage.spec)?;
    checkpoint::write(&draft.path(WEIGHTS), network)?;
    frame::write(&draft.path(""), &ledger.rows)?;
    frame::write(&draft.path(""), &ledger.path)?;
    draft.finish()?;
    Ok(())
}

impl FusionJob<'_> {
    fn networks(&self) -> Vec<Network> {
        self.members.iter().map(|(_, network)| network.clone()).collect()
    }

    fn held_out(&self) -> anyhow::Result<&HeldOutData> {
        let needed = || format!("`{}` needs training images; set data.train", self.spec.name);
        self.held_out.as_ref().with_context(needed)
    }

    /// The networks with their channels aligned.
    fn aligned(&self, align: &AlignSpec, networks: &[Network]) -> anyhow::Result<Vec<Network>> {
        type Source = Box<dyn Iterator<Item = Result<Images, DataError>>>;
        let photographs = |count: usize, batch: usize| -> Result<Source, DataError> {
            let held_out = self.held_out.as_ref().ok_or("data.train is missing")?;
            Ok(Box::new(held_out.photographs(count, batch, "align")))
        };
        Ok(align.align(networks, &mut stream(self.seed(), "align"), &photographs)?)
    }

    /// Seed of the fusion's random streams.
    fn seed(&self) -> u64 {
        derive(self.cell.seed, &format!("fuse/{}", self.spec.name))
    }
}
