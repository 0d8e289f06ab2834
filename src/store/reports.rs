use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use camlab_graph::{StageKey, StageRef};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::holder::{Holder, now, start_beating};
use super::process::{ProcessIdentity, ProcessState};
use super::{Store, StoreError, owned};
use camlab_base::file;

/// Folder of the reports that are made from a store.
const REPORTS: &str = "reports";
/// File that every report has.
const RUN_FRAME: &str = "run.parquet";
/// Name of the lock that is held while artefacts are removed.
pub(super) const REMOVING: &str = "gc";
/// Time between two looks at that lock.
const PAUSE: Duration = Duration::from_millis(50);
/// Time after which the process of another host whose counter file was not written counts as dead.
pub(super) const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A report made from the artefacts of a store, which `camlab store gc` keeps for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptReport {
    /// Folder of the report, absolute.
    pub report: PathBuf,
    /// The experiment file.
    pub experiment: PathBuf,
    /// Time of the last run of it, seconds since 1970.
    pub time: u64,
    /// The process of that run.
    pub holder: Holder,
    /// All stages of its plan; written as pairs of kind and key.
    #[serde(with = "pairs")]
    pub stages: Vec<StageRef>,
    /// `true` while the report exists, or while it cannot be told from this machine.
    #[serde(skip)]
    pub exists: bool,
    /// `true` while the process of the run may be alive.
    #[serde(skip)]
    pub running: bool,
}

impl KeptReport {
    /// `true` if its artefacts are needed.
    pub fn counts(&self) -> bool {
        self.exists || self.running
    }
}

impl Store {
    /// Records that a report is made from these stages: their artefacts are kept as long as this process lives or the
    /// report exists. If artefacts are being removed just now, waits for the end of it; so an artefact that exists after
    /// this call stays.
    ///
    /// # Errors
    /// [`StoreError::Io`] if the store cannot be written.
    pub fn keep<'a>(
        &self,
        report: &Path,
        experiment: &Path,
        stages: impl Iterator<Item = &'a StageRef>,
    ) -> Result<(), StoreError> {
        let absolute =
            |path: &Path| std::path::absolute(path).map_err(StoreError::io("find the folder of", path));
        let report = absolute(report)?;
        let stages: BTreeSet<&StageRef> = stages.collect();
        let kept = KeptReport {
            experiment: absolute(experiment)?,
            time: now(),
            holder: Holder::new(ProcessIdentity::own()),
            stages: stages.into_iter().cloned().collect(),
            exists: true,
            running: true,
            report,
        };
        let folder = self.report_files();
        fs::create_dir_all(&folder).map_err(StoreError::io("create", &folder))?;
        let path = folder.join(file_name(&kept.report));
        let counter = counter(&path);
        let text = match serde_json::to_vec(&kept) {
            Ok(text) => text,
            Err(error) => return Err(StoreError::io("write", &path)(error.into())),
        };
        let mut is_written = false;
        // Either the process that removes artefacts finds these files, or its lock is found here. It may have removed the
        // files of an earlier run of this report just now.
        while !(path.is_file() && counter.is_file() && is_written) {
            start_beating(&counter).map_err(StoreError::io("write", &counter))?;
            file::replace(&path, &text).map_err(StoreError::io("write", &path))?;
            is_written = true;
            while self.whole().holder(REMOVING).is_some() {
                std::thread::sleep(PAUSE);
            }
        }
        owned::add_counter(&counter).map_err(StoreError::io("start the heartbeat of", &counter))
    }

    /// All reports that were recorded, sorted by folder, those that no longer exist included.
    ///
    /// # Errors
    /// [`StoreError::Io`] if a file cannot be read, [`StoreError::DamagedReport`] for unexpected content.
    pub fn reports(&self) -> Result<Vec<KeptReport>, StoreError> {
        let folder = self.report_files();
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(StoreError::io("read", &folder)(error)),
        };
        let mut reports = Vec::new();
        for entry in entries {
            let path = entry.map_err(StoreError::io("read", &folder))?.path();
            if path.extension().is_some_and(|extension| extension == "json") {
                reports.extend(self.read_report(&path)?);
            }
        }
        reports.sort_by(|one, other| one.report.cmp(&other.report));
        Ok(reports)
    }

    /// The folders of all recorded reports, absolute and sorted; they may no longer exist. Files of reports in `known` are
    /// told by their names and not read.
    ///
    /// # Errors
    /// As [`Store::reports`].
    pub fn report_folders<'a>(
        &self,
        known: impl Iterator<Item = &'a Path>,
    ) -> Result<Vec<PathBuf>, StoreError> {
        let folder = self.report_files();
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return Ok(Vec::new());
            }
            Err(error) => return Err(StoreError::io("read", &folder)(error)),
        };
        let known: BTreeMap<String, &Path> = known.map(|report| (file_name(report), report)).collect();
        let mut folders = Vec::new();
        for entry in entries {
            let entry = entry.map_err(StoreError::io("read", &folder))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            match known.get(&name) {
                Some(report) => folders.push((*report).to_owned()),
                None if name.ends_with(".json") => folders.extend(folder_of(&entry.path())?),
                None => {}
            }
        }
        folders.sort();
        Ok(folders)
    }

    /// The folder of the reports' files.
    pub(super) fn report_files(&self) -> PathBuf {
        self.root().join(REPORTS)
    }

    fn read_report(&self, path: &Path) -> Result<Option<KeptReport>, StoreError> {
        let bytes = match fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(StoreError::io("read", path)(error)),
        };
        let mut report: KeptReport = serde_json::from_slice(&bytes)
            .map_err(|error| StoreError::DamagedReport { path: path.to_owned(), why: error.to_string() })?;
        report.exists = exists(&report);
        report.running = match report.holder.process.state(&self.observer().own) {
            ProcessState::Running => true,
            ProcessState::Gone => false,
            // A single look cannot tell that a heartbeat has stopped; the file's time tells it roughly.
            ProcessState::Unknown => {
                let counter = counter(path);
                let beating = self.observer().is_alive(Some(&report.holder), &counter, Instant::now());
                let unchanged = age(&counter, SystemTime::now());
                beating && unchanged.is_some_and(|unchanged| unchanged < DAY)
            }
        };
        Ok(Some(report))
    }
}

/// Time since a file was written; zero for a time in the future. `None` if there is no such file.
pub(super) fn age(path: &Path, now: SystemTime) -> Option<Duration> {
    let modified = fs::symlink_metadata(path).ok()?.modified().ok()?;
    Some(now.duration_since(modified).unwrap_or_default())
}

/// `false` only if it is certain that the report was removed.
fn exists(kept: &KeptReport) -> bool {
    let absent = |path: &Path| {
        let found = fs::metadata(path);
        found.is_err_and(|error| matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory))
    };
    if !absent(&kept.report.join(RUN_FRAME)) {
        return true;
    }
    // On another machine the folder may be one that this machine does not have; it does if the one above exists.
    let own = ProcessIdentity::own();
    let here = kept.holder.process.host == own.host && kept.holder.process.machine == own.machine;
    !here && kept.report.parent().is_none_or(absent)
}

/// The folder that the file of a report names; `None` if it is gone meanwhile.
fn folder_of(path: &Path) -> Result<Option<PathBuf>, StoreError> {
    #[derive(Deserialize)]
    struct RecordedFolder {
        report: PathBuf,
    }
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(StoreError::io("read", path)(error)),
    };
    let found: RecordedFolder = serde_json::from_slice(&bytes)
        .map_err(|error| StoreError::DamagedReport { path: path.to_owned(), why: error.to_string() })?;
    Ok(Some(found.report))
}

/// Name of the file of a report; that of its counter has the same stem.
pub(super) fn file_name(report: &Path) -> String {
    format!("{}.json", blake3::hash(report.as_os_str().as_encoded_bytes()).to_hex())
}

fn counter(path: &Path) -> PathBuf {
    path.with_extension("heartbeat")
}

/// Stages as pairs of kind and key.
mod pairs {
    use super::{Deserialize, Deserializer, Serializer, StageKey, StageRef};

    pub fn serialize<S: Serializer>(stages: &[StageRef], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(stages.iter().map(|stage| (&stage.kind, &stage.key)))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<StageRef>, D::Error> {
        let pairs = Vec::<(String, StageKey)>::deserialize(deserializer)?;
        Ok(pairs.into_iter().map(|(kind, key)| StageRef { kind: kind.into(), key }).collect())
    }
}
