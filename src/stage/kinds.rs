use super::work::{self, Job, Work};
use super::{PassKey, passes};
use camlab_frame::Assembly;
use camlab_graph::Stage;

/// A kind of stage, as executors and reports see it.
pub struct Kind {
    /// Its name: [`Work::KIND`].
    pub name: &'static str,
    /// `true` for results of hours: [`Work::DURABLE`].
    pub durable: bool,
    /// The frames of a report that its rows make up as they are.
    pub frames: &'static [Assembly],
    run: fn(&Job<'_>) -> anyhow::Result<()>,
    pass: fn(&Stage) -> Option<PassKey>,
}

macro_rules! kinds {
    ($($work:path,)*) => {
        /// Every kind, in the order in which those that could run next are taken.
        pub const KINDS: &[Kind] = &[$(Kind {
            name: <$work as Work>::KIND,
            durable: <$work as Work>::DURABLE,
            frames: <$work as Work>::FRAMES,
            run: work::run::<$work>,
            pass: |stage| work::work_of::<$work>(stage).ok()?.pass(stage),
        }),*];
    };
}

kinds! {
    super::train::Train,
    super::fuse::Fuse,
    passes::Predict,
    passes::MapPasses,
    super::ensemble::EnsembleMaps,
    super::chain::polynomial::PolynomialMaps,
    super::chain::cluster::Cluster,
    super::chain::merge::MergedMaps,
    super::evaluate::Evaluate,
    super::measure::MeasuredQuantities,
    super::threshold::Threshold,
    super::boxes::PredictedBoxes,
    super::chain::agreement::ClusterTruth,
    super::intuitive::IntuitiveSimilarity,
    super::analyse::Analyse,
    super::pairwise_divergence::PairwiseDivergence,
    super::reference_agreement::ReferenceAgreement,
    super::sanity::Randomise,
}

impl Kind {
    /// The kind of a stage; `None` for one of another version of camlab.
    pub fn of(stage: &Stage) -> Option<&'static Self> {
        KINDS.iter().find(|kind| kind.name == stage.spec.kind)
    }

    /// Place of a stage's kind among all kinds.
    pub fn rank(stage: &Stage) -> usize {
        KINDS.iter().position(|kind| kind.name == stage.spec.kind).unwrap_or(KINDS.len())
    }

    /// The passes that a stage of this kind can share with others.
    pub fn pass(&self, stage: &Stage) -> Option<PassKey> {
        (self.pass)(stage)
    }
}

/// Runs stages and publishes their artefacts: one, or several with equal [`PassKey`]s.
///
/// # Errors
/// An unknown kind, an input that is missing or cannot be used.
pub fn run(jobs: &[Job<'_>]) -> anyhow::Result<()> {
    let Some(first) = jobs.first() else { return Ok(()) };
    let Some(kind) = Kind::of(first.stage) else {
        let name = &first.stage.spec.kind;
        anyhow::bail!("no kind of stage `{name}`; it was planned by another version of camlab");
    };
    match jobs.len() {
        1 => (kind.run)(first),
        _ => passes::together(jobs),
    }
}
