use std::collections::BTreeMap;
use std::path::PathBuf;

use camlab_base::file;
use serde::{Deserialize, Serialize};

use super::{Effort, ProcessIdentity, Store, StoreError};
use crate::effort::Likeness;

/// Number of measurements that are kept of a class.
const KEPT: usize = 8;
/// Number of classes that are kept; those that were measured longest ago make room.
const MOST_CLASSES: usize = 4096;

/// The times that stages took on this machine, by classes of stages that take about as long for each unit of work.
///
/// A file per machine, since a store can be shared. Processes that save at the same time can lose measurements of each
/// other, which makes an estimate a little worse.
#[derive(Debug)]
pub struct Durations {
    path: PathBuf,
    record: DurationRecord,
    /// Number of worker threads of this process.
    threads: usize,
    changed: bool,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct DurationRecord {
    /// Number of measurements so far.
    measured: u64,
    classes: BTreeMap<String, MeasuredClass>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct MeasuredClass {
    /// Number of measurements of all classes at the last one of this class.
    last: u64,
    /// Seconds per unit of work and number of threads, the last at the end.
    seconds: Vec<(f64, usize)>,
}

/// The expected time of a stage.
#[derive(Debug, Clone, PartialEq)]
pub struct Estimate {
    /// Seconds.
    pub seconds: f64,
    /// Closeness of the measured stages to this one.
    pub likeness: Likeness,
    /// Number of measurements that it is the median of.
    pub measurements: usize,
}

impl Estimate {
    /// The basis in words: `4 train stages with the same options`.
    pub fn basis(&self, kind: &str) -> String {
        let Self { likeness, measurements, .. } = self;
        let plural = if *measurements == 1 { "" } else { "s" };
        let median = if *measurements == 1 { "" } else { "the median of " };
        format!("{median}{measurements} {kind} stage{plural}{}", likeness.words())
    }
}

impl Durations {
    /// The times recorded in a store for this machine. A record that cannot be read is empty.
    pub fn of(store: &Store) -> Self {
        let path = store.root().join("durations").join(format!("{}.json", host()));
        let bytes = std::fs::read(&path).unwrap_or_default();
        let record = serde_json::from_slice(&bytes).unwrap_or_default();
        Self { path, record, threads: rayon::current_num_threads(), changed: false }
    }

    /// For stages that run with another number of threads than this process, in workers.
    #[must_use]
    pub fn with_threads(self, threads: usize) -> Self {
        Self { threads, ..self }
    }

    /// `true` without any measurement: nothing can be estimated.
    pub fn is_empty(&self) -> bool {
        self.record.classes.is_empty()
    }

    /// The expected time of a stage: from the most similar stages that were measured, those with as many threads first.
    pub fn estimate(&self, effort: &Effort) -> Option<Estimate> {
        effort.classes.iter().find_map(|(likeness, class)| {
            let measured = &self.record.classes.get(class)?.seconds;
            let own = measured.iter().filter(|(_, threads)| *threads == self.threads);
            let mut seconds: Vec<f64> = own.map(|(seconds, _)| *seconds).collect();
            if seconds.is_empty() {
                seconds = measured.iter().map(|(seconds, _)| *seconds).collect();
            }
            let each = median(&mut seconds)?;
            let seconds_in_all = each * effort.units;
            Some(Estimate { seconds: seconds_in_all, likeness: *likeness, measurements: seconds.len() })
        })
    }

    /// Records the time that a stage took, in seconds. Times of nothing are left out.
    pub fn learn(&mut self, effort: &Effort, seconds: f64) {
        let each = seconds / effort.units;
        if !(each.is_finite() && each > 0.0) {
            return;
        }
        self.changed = true;
        self.record.measured += 1;
        for (_, class) in &effort.classes {
            let known = self.record.classes.entry(class.clone()).or_default();
            known.last = self.record.measured;
            known.seconds.push((each, self.threads));
            let more = known.seconds.len().saturating_sub(KEPT);
            known.seconds.drain(..more);
        }
    }

    /// Writes the record, if there is anything new.
    ///
    /// # Errors
    /// [`StoreError::Io`] if it cannot be written.
    pub fn save(&mut self) -> Result<(), StoreError> {
        if !self.changed {
            return Ok(());
        }
        let classes = &mut self.record.classes;
        if classes.len() > MOST_CLASSES {
            let mut last: Vec<u64> = classes.values().map(|class| class.last).collect();
            last.sort_unstable_by(|a, b| b.cmp(a));
            let oldest = last.get(MOST_CLASSES - 1).copied().unwrap_or_default();
            classes.retain(|_, class| class.last >= oldest);
        }
        let failed = StoreError::io("write", &self.path);
        let text = match serde_json::to_string(&self.record) {
            Ok(text) => text,
            Err(error) => return Err(failed(error.into())),
        };
        if let Some(folder) = self.path.parent() {
            std::fs::create_dir_all(folder).map_err(StoreError::io("create", folder))?;
        }
        file::replace(&self.path, text.as_bytes()).map_err(failed)?;
        self.changed = false;
        Ok(())
    }
}

/// The median; `None` of nothing.
fn median(values: &mut [f64]) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let upper = values.get(values.len() / 2)?;
    match values.len() % 2 {
        0 => values.get(values.len() / 2 - 1).map(|lower| (lower + upper) / 2.0),
        _ => Some(*upper),
    }
}

/// Name of this machine as a file name; `unknown` if the system does not tell.
fn host() -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' };
    let name: String = ProcessIdentity::own().host.trim_start_matches('.').chars().map(safe).collect();
    if name.is_empty() { "unknown".into() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn effort(options: &str, size: &str, units: f64) -> Effort {
        Effort::new("train", units).like(Likeness::Options, options).like(Likeness::Size, size)
    }

    #[test]
    fn the_most_similar_stages_give_the_estimate() {
        let folder = tempfile::tempdir().unwrap();
        let mut durations = Durations::of(&Store::new(folder.path()));
        assert!(durations.is_empty() && durations.estimate(&effort("a", "small", 10.0)).is_none());
        for seconds in [10.0, 30.0, 20.0] {
            durations.learn(&effort("a", "small", 10.0), seconds);
        }
        durations.learn(&effort("b", "large", 10.0), 1000.0);
        durations.save().unwrap();

        let durations = Durations::of(&Store::new(folder.path()));
        let of = |options: &str, size: &str| durations.estimate(&effort(options, size, 20.0)).unwrap();
        assert_eq!((of("a", "small").seconds, of("a", "small").likeness), (40.0, Likeness::Options));
        assert_eq!(of("a", "small").basis("train"), "the median of 3 train stages with the same options");
        assert_eq!((of("c", "large").seconds, of("c", "large").likeness), (2000.0, Likeness::Size));
        assert_eq!((of("c", "huge").seconds, of("c", "huge").measurements), (50.0, 4));
        assert_eq!(of("c", "huge").basis("train"), "the median of 4 train stages");
    }

    #[test]
    fn the_last_measurements_are_kept_and_a_damaged_record_is_empty() {
        let folder = tempfile::tempdir().unwrap();
        let mut durations = Durations::of(&Store::new(folder.path()));
        for seconds in 1..=20 {
            durations.learn(&effort("a", "small", 1.0), f64::from(seconds));
        }
        durations.learn(&effort("a", "small", 1.0), f64::NAN);
        assert_eq!(durations.estimate(&effort("a", "small", 1.0)).unwrap().seconds, 16.5);
        for at in 0..MOST_CLASSES + 10 {
            durations.learn(&effort(&at.to_string(), "small", 1.0), 1.0);
        }
        durations.save().unwrap();
        assert!(durations.record.classes.len() <= MOST_CLASSES);
        assert!(durations.estimate(&effort("0", "small", 1.0)).unwrap().likeness != Likeness::Options);
        std::fs::write(&durations.path, "{").unwrap();
        assert!(Durations::of(&Store::new(folder.path())).is_empty());
    }
}
