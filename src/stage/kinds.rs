use super::work::{self, Job, Work};
use super::{KINDS, PassKey, passes};
use camlab_frame::Assembly;
use camlab_graph::Stage;
use camlab_store::Effort;

/// The work of a stage, given the numbers of images of data sets by their digests.
type EffortOf = fn(&Stage, &dyn Fn(&str) -> Option<usize>) -> Effort;

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
    effort: EffortOf,
}

/// Declares [`super::KINDS`].
macro_rules! kinds {
    ($($work:path,)*) => {
        /// Every kind, in the order in which those that could run next are taken.
        pub const KINDS: &[Kind] = &[$(Kind::new::<$work>()),*];
    };
}

pub(super) use kinds;

impl Kind {
    pub(super) const fn new<W: Work>() -> Self {
        Self {
            name: W::KIND,
            durable: W::DURABLE,
            frames: W::FRAMES,
            run: work::run::<W>,
            effort: work::effort::<W>,
            pass: |stage| work::work_of::<W>(stage).ok()?.pass(stage),
        }
    }

    /// The kind of a stage; `None` for one of another version of camlab.
    pub fn of(stage: &Stage) -> Option<&'static Self> {
        KINDS.iter().find(|kind| *kind.name == *stage.spec.kind)
    }

    /// Place of a stage's kind among all kinds.
    pub fn rank(stage: &Stage) -> usize {
        KINDS.iter().position(|kind| *kind.name == *stage.spec.kind).unwrap_or(KINDS.len())
    }

    /// The passes that a stage of this kind can share with others.
    pub fn pass(&self, stage: &Stage) -> Option<PassKey> {
        (self.pass)(stage)
    }

    /// The work that a stage takes, from which its time is estimated. `images` gives the number of images of the data
    /// set with a digest, if it is known.
    pub fn effort(stage: &Stage, images: &dyn Fn(&str) -> Option<usize>) -> Effort {
        Self::of(stage)
            .map_or_else(|| Effort::new(&stage.spec.kind, 1.0), |kind| (kind.effort)(stage, images))
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
