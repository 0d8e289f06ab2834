//! Fusion of several networks into one.

mod average;
mod distill;
mod held_out;
mod rows;
mod soup;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::network::{Architecture, InitialWeights, NetworkSource, WEIGHTS};
use super::training_set::TrainingSet;
use super::work::{remove, version_of};
use super::{Job, StageError, Work};
use camlab_base::random::stream;
use camlab_frame::{self as frame, Assembly, PathRow, StepRow, TrainingRow};
use camlab_nn::train::{DataError, LossSpec};
use camlab_nn::{Images, Network, checkpoint};
use camlab_parts::fusion::{AlignSpec, FusionSpec, Recipe};
use camlab_parts::training::TrainingSpec;
use camlab_store::{Cost, Draft};

use held_out::HeldOutData;
pub use rows::{member_name, with_members};

/// Fusion of networks into one: its weights, and loss and accuracy after every step.
///
/// Inputs: `member-0`, `member-1` ... for members whose weights are artefacts or files, `data` for training images,
/// `validation` for images to evaluate on,
/// `checkpoint` for a student's weights from a file or from another network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Fuse {
    /// The method.
    pub method: FusionSpec,
    /// The layers of the result.
    pub architecture: Architecture,
    /// The members, in the order of the experiment file.
    pub members: Vec<NetworkSource>,
    /// Seed of the fusion's random streams.
    pub seed: u64,
    /// Training images, on which every step is evaluated; `None` without any.
    pub images: Option<FusionImages>,
    /// The student that a distillation trains.
    pub student: Option<Student>,
}

/// Training images of a fusion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct FusionImages {
    /// The images.
    pub set: TrainingSet,
    /// Images per batch; changes no result.
    pub batch: usize,
    /// Share of the images that the members were not trained on; `None`: they were trained on all.
    pub held_out: Option<f64>,
    /// The loss that the networks are evaluated by.
    #[serde(default, skip_serializing_if = "LossSpec::is_cross_entropy")]
    pub loss: LossSpec,
}

/// A student before its training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Student {
    /// Its weights before training.
    pub initial: InitialWeights,
    /// Schedule, optimiser and validation.
    pub training: TrainingSpec,
    /// Seed of the image order and the augmentation.
    pub seed: u64,
}

impl Work for Fuse {
    const KIND: &'static str = "fuse";
    const DURABLE: bool = true;
    const FRAMES: &'static [Assembly] =
        &[Assembly::of::<TrainingRow>(), Assembly::of::<StepRow>(), Assembly::of::<PathRow>()];

    fn version(&self) -> u32 {
        version_of(2, self.method.version())
    }

    fn counted(&self) -> Option<serde_json::Value> {
        let mut counted = json!(self);
        remove(&mut counted["images"], &["batch"]);
        match &self.student {
            Some(student) => counted["student"]["training"] = student.training.numbers(),
            // Only a student sees augmented images.
            None if self.images.is_some() => {
                remove(&mut counted["images"]["set"], &["augment", "stage-augment"]);
            }
            None => {}
        }
        Some(counted)
    }

    fn runs_kernels(&self) -> bool {
        true
    }

    fn units(&self, images: &dyn Fn(&str) -> Option<usize>) -> f64 {
        let epochs = self.student.as_ref().map_or(1, |student| student.training.all_epochs());
        (epochs * images("data").unwrap_or(1)) as f64
    }

    fn size(&self) -> Option<serde_json::Value> {
        Some(json!({
            "method": self.method.name(),
            "architecture": self.architecture,
            "members": self.members.len(),
            "input": self.images.as_ref().map(|images| &images.set.input.size),
        }))
    }

    fn run(&self, job: &Job<'_>, draft: &mut Draft) -> anyhow::Result<Cost> {
        let members = self.members.iter().enumerate();
        let members = members.map(|(at, member)| member.load(job, &member_role(at)));
        let members = members.collect::<anyhow::Result<_>>()?;
        let held_out = HeldOutData::new(self, job)?;
        let task = FusionJob { fuse: self, job: *job, members, held_out };
        let (network, ledger) = match self.method.implementation().recipe() {
            Recipe::Average(options) => average::run(&task, options)?,
            Recipe::Soup(options) => soup::run(&task, options)?,
            Recipe::Distillation(options) => return distill::run(&task, options, draft),
            Recipe::Ensemble(_) => {
                let message = format!("`{}` is an ensemble, which makes no network", job.label());
                return Err(StageError::Input(message).into());
            }
        };
        checkpoint::write(&draft.path(WEIGHTS), &network)?;
        frame::write_artefact(draft.folder(), &ledger.rows)?;
        frame::write_artefact(draft.folder(), &ledger.path)?;
        Ok(Cost::default())
    }
}

/// Role of a member's weights among the inputs.
pub fn member_role(at: usize) -> String {
    format!("member-{at}")
}

/// One fusion.
struct FusionJob<'a> {
    fuse: &'a Fuse,
    job: Job<'a>,
    /// The members, in the order of the experiment file.
    members: Vec<Network>,
    /// Training images to evaluate candidates and to estimate statistics on, if the experiment names any.
    held_out: Option<HeldOutData>,
}

impl FusionJob<'_> {
    fn networks(&self) -> Vec<Network> {
        self.members.clone()
    }

    fn label(&self) -> &str {
        self.job.label()
    }

    fn held_out(&self) -> anyhow::Result<&HeldOutData> {
        let needed = || format!("`{}` needs training images; set data.train", self.label());
        self.held_out.as_ref().with_context(needed)
    }

    /// The networks with their channels aligned.
    fn aligned(&self, align: &AlignSpec, networks: &[Network]) -> anyhow::Result<Vec<Network>> {
        type Source = Box<dyn Iterator<Item = Result<Images, DataError>>>;
        let photographs = |count: usize, batch: usize| -> Result<Source, DataError> {
            let held_out = self.held_out.as_ref().ok_or("data.train is missing")?;
            Ok(Box::new(held_out.photographs(count, batch, "align")))
        };
        Ok(align.align(networks, &mut stream(self.fuse.seed, "align"), &photographs)?)
    }
}
