use std::path::PathBuf;
use std::time::SystemTime;

use serde_json::Value;

use super::Origin;
use camlab_base::date;
use camlab_graph::brief_change;

/// One cause for which a stage has to run.
#[derive(Debug, Clone, PartialEq)]
pub enum Cause {
    /// No stage of this kind and label has an artefact that it could be compared with.
    New,
    /// A run recorded the stage, but there is no artefact.
    NoArtefact,
    /// Another version of camlab computes other results.
    Version {
        /// Kind of the stage.
        kind: String,
        /// The version before.
        old: u32,
        /// The version now.
        new: u32,
    },
    /// The kernels compute with another instruction set.
    Instructions {
        /// The set before; `none` for a stage without kernels.
        old: String,
        /// The set now.
        new: String,
    },
    /// An option has another value.
    Option {
        /// Dotted name of the stage's option.
        option: String,
        /// The value before; `null` if there was none.
        old: Value,
        /// The value now; `null` if there is none.
        new: Value,
        /// The place that the value comes from; `None` where it is computed from others.
        origin: Option<Origin>,
    },
    /// The content of a data set is another.
    Data {
        /// Key of the data set: `data.train`.
        key: String,
        /// Name of its reader.
        name: String,
        /// Its folder, as written; `None` for a set without one.
        root: Option<String>,
        /// Digest before, shortened.
        old: String,
        /// Digest now, shortened.
        new: String,
        /// The first of its files that is newer than the artefact, and their number.
        newer: Option<(PathBuf, usize)>,
    },
    /// The content of a checkpoint is another.
    File {
        /// Role of the input.
        role: String,
        /// The file.
        path: PathBuf,
        /// sha256 before, shortened; empty if another kind of input was there.
        old: String,
        /// sha256 now, shortened.
        new: String,
        /// The place that names the file.
        origin: Option<Origin>,
    },
    /// It reads other artefacts than before, which exist.
    Inputs {
        /// Role of the inputs.
        role: String,
    },
    /// Stages that it reads run again.
    Upstream {
        /// Their indices in the plan.
        stages: Vec<usize>,
    },
}

/// The reason why a stage has to run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reason {
    /// The causes; those of the stage itself before those upstream.
    pub causes: Vec<Cause>,
    /// Time at which the artefact was published that the stage is compared with.
    pub since: Option<SystemTime>,
}

impl Cause {
    /// Name of the sort of cause in JSON.
    pub fn name(&self) -> &'static str {
        match self {
            Self::New => "new",
            Self::NoArtefact => "no-artefact",
            Self::Version { .. } => "version",
            Self::Instructions { .. } => "instructions",
            Self::Option { .. } => "option",
            Self::Data { .. } => "data",
            Self::File { .. } => "file",
            Self::Inputs { .. } => "inputs",
            Self::Upstream { .. } => "upstream",
        }
    }

    /// The cause in words, without its origin; `named` gives the words for a stage of the plan.
    pub fn words(&self, named: &dyn Fn(usize) -> String) -> String {
        match self {
            Self::New => "new".into(),
            Self::NoArtefact => "its artefact was removed or never finished".into(),
            Self::Version { kind, old, new } => {
                format!("another version of camlab, version of the {kind} stage: {old} -> {new}")
            }
            Self::Instructions { old, new } => format!("instruction set: {old} -> {new}"),
            Self::Option { option, old, new, origin } => {
                let key = origin.as_ref().map_or(option.as_str(), Origin::key);
                format!("{key}: {}", brief_change(old, new))
            }
            Self::Data { key, name, root, old, new, newer } => {
                let root = root.as_ref().map_or_else(String::new, |root| format!(" {root}"));
                let newer = newer.as_ref().map_or_else(String::new, |(first, count)| match count {
                    1 => format!(", {} is newer", first.display()),
                    count => format!(", {count} files are newer, the first {}", first.display()),
                });
                format!("{key}: content of {name}{root}: {old} -> {new}{newer}")
            }
            Self::File { role, path, old, new, .. } if old.is_empty() => {
                format!("{role}: now {} ({new})", path.display())
            }
            Self::File { path, old, new, .. } => format!("content of {}: {old} -> {new}", path.display()),
            Self::Inputs { role } => format!("{role}: other artefacts than before"),
            Self::Upstream { stages } => match &stages[..] {
                [] => "stages before it run again".into(),
                [only] => format!("because {} runs again", named(*only)),
                [first, others @ ..] => {
                    format!("because {} and {} more run again", named(*first), others.len())
                }
            },
        }
    }

    /// The place that the cause comes from.
    pub fn origin(&self) -> Option<&Origin> {
        match self {
            Self::Option { origin, .. } | Self::File { origin, .. } => origin.as_ref(),
            _ => None,
        }
    }

    /// The cause in words with its origin: `training.lr: 0.05 -> 0.1 (x.toml:23)`.
    pub fn line(&self, named: &dyn Fn(usize) -> String) -> String {
        let words = self.words(named);
        self.origin().map_or_else(|| words.clone(), |origin| format!("{words} ({origin})"))
    }

    /// `true` for another item of a registry, such as another initialisation, which default streams are named by.
    pub(super) fn renames_streams(&self) -> bool {
        matches!(self, Self::Option { option, .. } if option.ends_with("scheme") || option == "method")
    }

    /// `true` for another name of a random stream that the file does not give.
    pub(super) fn is_default_stream(&self) -> bool {
        let unwritten = |origin: &Option<Origin>| matches!(origin, Some(Origin::Default { .. }));
        matches!(self, Self::Option { option, origin, .. } if option.ends_with(".stream") && unwritten(origin))
    }
}

impl Reason {
    /// The only cause of a stage that nothing is known about.
    pub fn new(cause: Cause) -> Self {
        Self { causes: vec![cause], since: None }
    }

    /// All causes in words, with their origins.
    pub fn line(&self, named: &dyn Fn(usize) -> String) -> String {
        self.causes.iter().map(|cause| cause.line(named)).collect::<Vec<_>>().join("; ")
    }

    /// Time since which the stage is out of date: `2026-11-28 14:03`.
    pub fn since(&self) -> Option<String> {
        let seconds = |time: SystemTime| time.duration_since(SystemTime::UNIX_EPOCH).ok();
        self.since.and_then(seconds).map(|since| date::utc_minutes(since.as_secs()))
    }
}
