use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context as _;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{InstructionNames, PassKey, Progress, StageError, TestImages};
use camlab_data::{self as data, Dataset};
use camlab_engine::Precision;
use camlab_frame::Assembly;
use camlab_graph::{Hints, Inputs, SharedText, Stage, StageInput, StageOptions, StageRef, StageSpec};
use camlab_store::{Cost, Draft, Effort, Likeness, Store, Working};

/// A kind of stage: its options are the value, and running it makes an artefact of them and the inputs alone.
pub trait Work: Serialize + DeserializeOwned {
    /// Name of the kind: a folder of the store.
    const KIND: &'static str;
    /// `true` for results of hours, which are on the disk before the run goes on.
    const DURABLE: bool = false;
    /// The frames of a report that the kind's rows make up as they are.
    const FRAMES: &'static [Assembly] = &[];

    /// Incremented whenever results change: those of the kind, or of the method that it applies.
    fn version(&self) -> u32;

    /// The options that the result depends on; `None`: all of them.
    fn counted(&self) -> Option<Value> {
        None
    }

    /// `true` if the numbers come from kernels, whose roundings depend on the instruction set.
    fn runs_kernels(&self) -> bool {
        false
    }

    /// The passes that the stage can share with others.
    fn pass(&self, _: &Stage) -> Option<PassKey> {
        None
    }

    /// The test images that the stage goes through; `None` if it goes through none.
    fn test_images(&self) -> Option<&TestImages> {
        None
    }

    /// Number of units of work whose time is estimated from that of other stages: by default the test images, or 1.
    /// `images` gives the number of images of the data set that is the input of a role, if it is known.
    fn units(&self, images: &dyn Fn(&str) -> Option<usize>) -> f64 {
        let count = self.test_images().zip(images("images")).map(|(chosen, all)| chosen.count(all));
        count.unwrap_or(1) as f64
    }

    /// Number of forward passes of changed images; `None` for stages that are not made of these.
    fn passes(&self, _images: &dyn Fn(&str) -> Option<usize>) -> Option<u64> {
        None
    }

    /// The options that decide how long a unit takes, such as network, size of the input and method; `None` if no other
    /// stages than those with the same options take as long.
    fn size(&self) -> Option<Value> {
        None
    }

    /// Makes the artefact; the time of the whole stage is added to the returned cost.
    ///
    /// # Errors
    /// An input that is missing or cannot be used.
    fn run(&self, job: &Job<'_>, draft: &mut Draft) -> anyhow::Result<Cost>;
}

/// The options of some work as text: the same for all stages of a plan that differ in their inputs alone.
#[derive(Debug, Clone)]
pub struct WorkOptions {
    version: u32,
    runs_kernels: bool,
    /// `true` if it infers in bf16.
    bf16: bool,
    params: StageOptions,
    /// All options, where some of them change no result.
    all: Option<StageOptions>,
}

impl WorkOptions {
    /// The options of some work.
    pub fn of<W: Work>(work: &W) -> Self {
        let (params, all) = match work.counted() {
            Some(counted) => (counted, Some(StageOptions::of(work))),
            None => (json!(work), None),
        };
        let (version, runs_kernels) = (work.version(), work.runs_kernels());
        let bf16 = infers_in_bf16(&params);
        Self { version, runs_kernels, bf16, params: StageOptions::new(&params), all }
    }

    /// The stage of the work with its inputs, in a run whose kernels use some instructions.
    pub fn stage<W: Work>(&self, inputs: Inputs, mut hints: Hints, instructions: &InstructionNames) -> Stage {
        hints.options.clone_from(&self.all);
        let (kind, version, params) = (SharedText::of_static(W::KIND), self.version, self.params.clone());
        let of_numbers = instructions.bf16.as_ref().filter(|_| self.bf16).unwrap_or(&instructions.f32);
        let instructions = self.runs_kernels.then(|| of_numbers.clone());
        Stage::new(StageSpec { kind, version, params, inputs, instructions }, hints)
    }
}

/// True if the options of some work, or a table among them, say `precision = "bf16"`.
fn infers_in_bf16(options: &Value) -> bool {
    match options {
        Value::Object(table) => {
            table.get("precision").is_some_and(|precision| precision == Precision::Bf16.name())
                || table.values().any(infers_in_bf16)
        }
        Value::Array(items) => items.iter().any(infers_in_bf16),
        _ => false,
    }
}

/// The work that a stage describes.
///
/// # Errors
/// A stage that was recorded by another version of camlab.
pub fn work_of<W: Work>(stage: &Stage) -> anyhow::Result<W> {
    let work: Option<W> = stage.options().read();
    let counted = |work: &W| work.counted().unwrap_or_else(|| json!(work));
    let same = |work: &W| StageOptions::new(&counted(work)) == stage.spec.params;
    let known = work.filter(|work| work.version() == stage.spec.version && same(work));
    known.with_context(|| {
        format!(
            "the stage {} {} is of another version of camlab; run the experiment again",
            W::KIND,
            stage.key
        )
    })
}

/// The options of some work without those named.
pub(super) fn without(work: &impl Serialize, options: &[&str]) -> Value {
    let mut counted = json!(work);
    remove(&mut counted, options);
    counted
}

/// Removes options from a table, if it is one.
pub(super) fn remove(table: &mut Value, options: &[&str]) {
    if let Some(table) = table.as_object_mut() {
        options.iter().for_each(|option| {
            table.remove(*option);
        });
    }
}

/// Version of results that depend on a kind's own code and on that of the method that it applies.
pub(super) const fn version_of(kind: u32, method: u32) -> u32 {
    1000 * kind + method
}

/// Runs one stage and publishes its artefact.
pub(super) fn run<W: Work>(job: &Job<'_>) -> anyhow::Result<()> {
    let work: W = work_of(job.stage)?;
    let started = Instant::now();
    let mut draft = job.store.draft(job.stage)?;
    if W::DURABLE {
        draft.make_durable();
    }
    let cost = work.run(job, &mut draft)?;
    draft.finish(&Cost {
        seconds: started.elapsed().as_secs_f64(),
        peak_bytes: job.peak_memory(),
        ..cost
    })?;
    Ok(())
}

/// The work that a stage takes, from which its time is estimated. `images` gives the number of images of the data set
/// with a digest, if it is known.
pub(super) fn effort<W: Work>(stage: &Stage, images: &dyn Fn(&str) -> Option<usize>) -> Effort {
    let Some(work) = stage.options().read::<W>() else { return Effort::new(W::KIND, 1.0) };
    let inputs = &stage.spec.inputs;
    let of_role = |role: &str| {
        inputs.get(role).find_map(|input| match input {
            StageInput::Content(digest) => images(digest),
            StageInput::Stage(_) => None,
        })
    };
    let mut options = stage.spec.params.value();
    without_seeds(&mut options);
    let data: Vec<&str> = stage.hints.datasets.iter().map(|(digest, _)| digest.as_str()).collect();
    // Stages of one kind can compare any number of maps.
    let (count, data) = (inputs.iter().count(), data.join(" "));
    let like = format!("{options} {} {count} {data}", stage.spec.version);
    let passes = work.passes(&of_role);
    let mut effort = match passes {
        // A pass takes longer than anything else that the kind does with an image.
        Some(_) => Effort::new(&format!("{} with passes", W::KIND), work.units(&of_role)),
        None => Effort::new(W::KIND, work.units(&of_role)),
    };
    effort.passes = passes;
    let effort = effort.like(Likeness::Options, &like);
    match work.size() {
        Some(size) => effort
            .like(Likeness::Data, &format!("{size} {count} {data}"))
            .like(Likeness::Size, &format!("{size} {count}")),
        None => effort,
    }
}

/// Removes all seeds: what is drawn changes no time.
fn without_seeds(value: &mut Value) {
    match value {
        Value::Object(table) => {
            table.retain(|name, _| name != "seed" && name != "split-seed");
            table.values_mut().for_each(without_seeds);
        }
        Value::Array(items) => items.iter_mut().for_each(without_seeds),
        _ => {}
    }
}

/// A stage about to run: access to its inputs, and to nothing else of the experiment.
#[derive(Clone, Copy)]
pub struct Job<'a> {
    /// The stage.
    pub stage: &'a Stage,
    /// The store with the artefacts of its inputs.
    pub store: &'a Store,
    /// Output on standard error.
    pub progress: Progress<'a>,
    /// `true` if this process runs nothing else, so that its peak memory is that of the stage.
    pub own_process: bool,
}

impl<'a> Job<'a> {
    /// Largest resident memory of the process, bytes; `None` where stages share a process.
    pub(super) fn peak_memory(&self) -> Option<u64> {
        self.own_process.then(camlab_base::peak_memory).flatten()
    }

    /// Network, method and layer, for progress lines.
    pub fn label(&self) -> &'a str {
        &self.stage.hints.label
    }

    /// `true` if there is an input of this role.
    pub fn has(&self, role: &str) -> bool {
        self.stage.spec.inputs.contains(role)
    }

    /// Folders of the artefacts of a role, in order.
    ///
    /// # Errors
    /// An artefact that is missing or damaged.
    pub fn folders(&self, role: &str) -> anyhow::Result<Vec<PathBuf>> {
        self.artefacts(role).map(|place| Ok(self.store.open(place)?)).collect()
    }

    /// Folder of the only artefact of a role.
    ///
    /// # Errors
    /// No such input, an artefact that is missing or damaged.
    pub fn folder(&self, role: &str) -> anyhow::Result<PathBuf> {
        let place = self.artefacts(role).next().with_context(|| self.lacks(role))?;
        Ok(self.store.open(place)?)
    }

    /// The data set of a role.
    ///
    /// # Errors
    /// No such input, a data set that cannot be opened.
    pub fn dataset(&self, role: &str) -> anyhow::Result<Arc<dyn Dataset>> {
        let hints = &self.stage.hints.datasets;
        let spec =
            self.content(role).and_then(|digest| hints.get(digest)).with_context(|| self.lacks(role))?;
        Ok(data::open(&spec.0)?.into())
    }

    /// The file of a role.
    ///
    /// # Errors
    /// No such input.
    pub fn file(&self, role: &str) -> Result<PathBuf, StageError> {
        let found = self.content(role).and_then(|digest| self.stage.hints.files.get(digest));
        found.cloned().ok_or_else(|| StageError::Input(self.lacks(role)))
    }

    fn content(&self, role: &str) -> Option<&'a str> {
        self.stage.spec.inputs.get(role).find_map(|input| match input {
            StageInput::Content(digest) => Some(digest.as_str()),
            StageInput::Stage(_) => None,
        })
    }

    /// Folder for its unfinished state.
    pub fn working(&self) -> Working {
        self.store.working(&self.stage.place())
    }

    fn artefacts<'r>(&self, role: &'r str) -> impl Iterator<Item = &'a StageRef> + use<'a, 'r> {
        let inputs = self.stage.spec.inputs.get(role);
        inputs.filter_map(|input| match input {
            StageInput::Stage(place) => Some(place),
            StageInput::Content(_) => None,
        })
    }

    fn lacks(&self, role: &str) -> String {
        format!("the {} stage `{}` has no input `{role}`", self.stage.spec.kind, self.label())
    }
}
