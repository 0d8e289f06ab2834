use std::fs;
use std::path::Path;

use camlab_graph::{Hints, Inputs, Stage, StageInput, StageOptions, StageSpec};

use super::*;
use crate::process::ProcessIdentity;
use crate::{Cost, Holder, Locked};

const DAY: Duration = Duration::from_secs(86_400);

/// A stage that is told apart by a text.
pub(crate) fn stage(text: &str) -> Stage {
    reading(text, &[])
}

fn reading(text: &str, inputs: &[&Stage]) -> Stage {
    let mut all = Inputs::new();
    inputs.iter().for_each(|input| all.push("maps", StageInput::Stage(input.place())));
    let params = StageOptions::new(&serde_json::json!({ "text": text }));
    let spec = StageSpec { kind: "map".into(), version: 1, params, inputs: all, instructions: None };
    Stage::new(spec, Hints { label: text.into(), ..Default::default() })
}

struct Fixture {
    folder: tempfile::TempDir,
    store: Store,
    now: SystemTime,
}

impl Fixture {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path().join("store"));
        Self { folder, store, now: SystemTime::now() }
    }

    /// Makes an artefact with a file of 1000 bytes, published some days ago.
    fn made(&self, text: &str, days: u32) -> Stage {
        let stage = stage(text);
        self.make(&stage, days);
        stage
    }

    fn make(&self, stage: &Stage, days: u32) {
        self.store.record([stage].into_iter()).unwrap();
        let draft = self.store.draft(stage).unwrap();
        fs::write(draft.path("file"), [7; 1000]).unwrap();
        let folder = draft.finish(&Cost::default()).unwrap();
        self.dated(&folder.join("manifest.json"), days);
        // What is kept for the next draft counts for the size of the store.
        crate::tidy();
    }

    fn dated(&self, path: &Path, days: u32) {
        fs::File::open(path).unwrap().set_modified(self.now - days * DAY).unwrap();
    }

    /// Writes down that a report needs stages, and makes the report if `exists`. The process of its run is dead.
    fn report(&self, name: &str, stages: &[&Stage], exists: bool) {
        let report = self.folder.path().join(name);
        let places: Vec<StageRef> = stages.iter().map(|stage| stage.place()).collect();
        self.store.keep(&report, Path::new("experiment.toml"), places.iter()).unwrap();
        if exists {
            fs::create_dir(&report).unwrap();
            fs::write(report.join("run.parquet"), "").unwrap();
        }
    }

    /// Changes the files of all reports as if their runs had been made by another process, some days ago.
    fn rerun(&self, days: u64, change: impl Fn(&mut ProcessIdentity)) {
        for mut report in self.store.reports().unwrap() {
            change(&mut report.holder.process);
            report.time -= days * 86_400;
            let name =
                format!("{}.json", blake3::hash(report.report.as_os_str().as_encoded_bytes()).to_hex());
            let path = self.store.report_files().join(name);
            fs::write(path, serde_json::to_vec(&report).unwrap()).unwrap();
        }
    }

    fn collect(&self, rules: &Retention) -> Vec<String> {
        let dry = self.store.collect_at(rules, true, self.now).unwrap();
        let done = self.store.collect_at(rules, false, self.now).unwrap();
        assert!(done.failed.is_empty(), "{:?}", done.failed);
        assert_eq!((&dry.removed, dry.left), (&done.removed, done.left));
        assert!(done.removed.iter().all(|removal| !removal.path.exists()));
        let again = self.store.inventory_at(self.now).unwrap();
        assert_eq!(again.bytes(), done.left);
        done.removed.iter().filter(|removal| removal.kind.is_none()).map(|r| label(&r.path)).collect()
    }

    fn holds(&self, stages: &[&Stage]) -> Vec<bool> {
        stages.iter().map(|stage| self.store.holds(&stage.place())).collect()
    }
}

fn label(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().chars().take(10).collect()
}

fn days(days: u32) -> Retention {
    Retention { keep: Some(days * DAY), ..Default::default() }
}

fn dead(process: &mut ProcessIdentity) {
    process.start = process.start.map(|start| start - 1);
}

fn other_host(process: &mut ProcessIdentity) {
    (process.host, process.machine, process.boot) = ("other".into(), "other".into(), "other".into());
}

#[test]
fn old_artefacts_go_with_what_belongs_to_them_and_needed_ones_stay() {
    let fixture = Fixture::new();
    let [young, old, needed, lost] = [("young", 3), ("old", 10), ("needed", 100), ("lost", 100)]
        .map(|(text, days)| fixture.made(text, days));
    let log = fixture.store.root().join("logs/map").join(format!("{}.log", old.key));
    fs::create_dir_all(log.parent().unwrap()).unwrap();
    fs::write(&log, "a line").unwrap();
    fixture.report("there", &[&needed], true);
    fixture.report("removed", &[&lost], false);
    // As long as the run lives its artefacts stay.
    assert_eq!(fixture.collect(&days(200)), Vec::<String>::new());
    let inventory = fixture.store.inventory().unwrap();
    assert_eq!(inventory.artefacts.iter().map(|artefact| artefact.reports).sum::<usize>(), 2);
    fixture.rerun(50, dead);
    // A run of 50 days ago is a use.
    assert_eq!(fixture.collect(&days(60)), Vec::<String>::new());
    assert_eq!(fixture.store.reports().unwrap().len(), 2);
    let removable = fixture.store.inventory().unwrap().removable(&fixture.store);
    let gone = fixture.collect(&days(10));
    assert_eq!(gone.len(), 2);
    assert_eq!(fixture.holds(&[&young, &old, &needed, &lost]), [true, false, true, false]);
    assert!(!log.exists() && fixture.store.recorded_stage(&old.place()).is_none());
    assert!(fixture.store.recorded_stage(&young.place()).is_some());
    // The report that was removed is forgotten.
    assert_eq!(fixture.store.reports().unwrap().len(), 1);
    assert!(removable > 3000);
    // Needed or not.
    let all = Retention { even_needed: true, ..days(0) };
    assert_eq!(fixture.collect(&all).len(), 2);
    assert_eq!(fixture.store.inventory().unwrap().artefacts, []);
}

#[test]
fn the_oldest_go_until_the_store_has_the_size() {
    let fixture = Fixture::new();
    let stages = [5, 1, 9, 3].map(|days| fixture.made(&format!("{days} days"), days));
    fixture.report("there", &[&stages[2]], true);
    fixture.rerun(0, dead);
    let bytes = fixture.store.inventory().unwrap().bytes();
    let limit = |max: u64| Retention { max_bytes: Some(max), ..Default::default() };
    assert_eq!(fixture.collect(&limit(bytes)), Vec::<String>::new());
    // One is enough, and it is the oldest that no report needs.
    assert_eq!(fixture.collect(&limit(bytes - 1)).len(), 1);
    let places = [&stages[0], &stages[1], &stages[2], &stages[3]];
    assert_eq!(fixture.holds(&places), [false, true, true, true]);
    fixture.collect(&limit(0));
    assert_eq!(fixture.holds(&places), [false, false, true, false]);
}

#[test]
fn what_is_locked_and_what_it_reads_stays() {
    let fixture = Fixture::new();
    let input = fixture.made("input", 100);
    let locked = reading("locked", &[&input]);
    fixture.make(&locked, 100);
    let working = fixture.store.working(&locked.place());
    working.write("state", b"s").unwrap();
    let all = Retention { even_needed: true, ..days(0) };
    let Locked::Held(lock) = fixture.store.lock(&locked.place()).unwrap() else { panic!("not held") };
    assert_eq!(fixture.store.locked().len(), 1);
    assert_eq!(fixture.collect(&days(0)), Vec::<String>::new());
    assert_eq!(fixture.collect(&all).len(), 1);
    assert_eq!(fixture.holds(&[&input, &locked]), [false, true]);
    assert!(working.read("state").unwrap().is_some());
    // The lock of a process that has ended does not count, and is removed.
    let mut holder = fixture.store.holder(&locked.place()).unwrap();
    dead(&mut holder.process);
    let folder = fixture.store.root().join("locks/map").join(format!("{}.0", locked.key));
    holder.write(&folder).unwrap();
    assert_eq!(fixture.collect(&days(0)).len(), 1);
    assert!(!folder.exists());
    drop(lock);
}

#[test]
fn leftovers_of_dead_processes_go_and_those_of_live_ones_stay() {
    let fixture = Fixture::new();
    let made = fixture.made("made", 0);
    let draft = fixture.store.draft(&stage("draft")).unwrap();
    let kind = fixture.store.root().join("map");
    let leave = |name: &str, change: &dyn Fn(&mut ProcessIdentity)| {
        let folder = kind.join(name);
        fs::create_dir(&folder).unwrap();
        let mut holder = Holder::new(ProcessIdentity::own());
        change(&mut holder.process);
        holder.write(&folder).unwrap();
        folder
    };
    let (ended, foreign) = (leave(".draft-a", &dead), leave(".draft-b", &other_host));
    let half = leave(".removed-c", &|_| {});
    let foreign_old = leave(".draft-d", &other_host);
    fs::write(fixture.store.root().join("known-sums"), "").unwrap_or_default();
    for path in [foreign_old.join("holder.json"), foreign_old.clone()] {
        fixture.dated(&path, 2);
    }
    // Not named by a key, so nothing of camlab's.
    fs::create_dir_all(kind.join("photographs")).unwrap();
    let rules = Retention { max_bytes: Some(u64::MAX), ..Default::default() };
    fixture.collect(&rules);
    let there = [&ended, &foreign, &half, &foreign_old].map(|path| path.exists());
    assert_eq!(there, [false, true, false, false]);
    assert!(draft.folder().is_dir() && kind.join("photographs").is_dir());
    assert!(fixture.store.holds(&made.place()));
    // Unfinished states and runs by age alone.
    let unfinished = fixture.store.working(&stage("unfinished").place());
    unfinished.write("state", b"s").unwrap();
    let run = fixture.store.root().join("runs/1");
    fs::create_dir_all(&run).unwrap();
    let later = Fixture { now: fixture.now + 5 * DAY, ..fixture };
    later.collect(&rules);
    assert!(run.is_dir() && unfinished.read("state").unwrap().is_some());
    later.collect(&days(6));
    assert!(run.is_dir() && unfinished.read("state").unwrap().is_some());
    later.collect(&days(4));
    assert!(!run.exists() && unfinished.read("state").unwrap().is_none());
}

#[test]
fn reports_of_other_hosts_count_unless_they_are_known_to_be_gone() {
    let fixture = Fixture::new();
    let made = fixture.made("made", 100);
    fixture.report("report", &[&made], false);
    let counts = || fixture.store.reports().unwrap().iter().map(KeptReport::counts).collect::<Vec<_>>();
    assert_eq!(counts(), [true]);
    fixture.rerun(0, other_host);
    // Its heartbeat is young.
    assert_eq!(counts(), [true]);
    for entry in fs::read_dir(fixture.store.report_files()).unwrap() {
        fixture.dated(&entry.unwrap().path(), 2);
    }
    // The folder above is here, the report is not.
    assert_eq!(counts(), [false]);
    // A folder that this machine does not have.
    let path = fs::read_dir(fixture.store.report_files()).unwrap().flatten().map(|entry| entry.path());
    let path = path.into_iter().find(|path| path.extension().is_some_and(|e| e == "json")).unwrap();
    let mut report = fixture.store.reports().unwrap().remove(0);
    report.report = "/nowhere/at/all/report".into();
    fs::write(&path, serde_json::to_vec(&report).unwrap()).unwrap();
    assert_eq!(counts(), [true]);
    fs::write(&path, "{").unwrap();
    let error = fixture.store.collect(&days(0), false).unwrap_err().to_string();
    assert!(error.contains("is damaged") && error.contains("delete it"), "{error}");
    assert!(fixture.store.holds(&made.place()));
}

#[test]
fn nothing_is_removed_from_a_folder_that_is_no_store() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["pictures/2020", "runs/1", "logs"] {
        fs::create_dir_all(folder.path().join(name)).unwrap();
    }
    for path in [folder.path().to_owned(), folder.path().join("none")] {
        let error = Store::new(&path).collect(&days(0), false).unwrap_err();
        assert!(matches!(error, crate::StoreError::NoStore { .. }), "{error}");
        assert!(!path.join("locks").exists());
    }
    assert!(folder.path().join("runs/1").is_dir());
}

#[test]
fn one_process_at_a_time_removes_artefacts() {
    let fixture = Fixture::new();
    fixture.made("made", 1);
    let Locked::Held(lock) = fixture.store.whole().lock(crate::reports::REMOVING).unwrap() else {
        panic!("not held")
    };
    let error = fixture.store.collect(&days(0), false).unwrap_err();
    assert!(matches!(error, crate::StoreError::Removing { .. }), "{error}");
    fixture.store.collect(&days(0), true).unwrap();
    drop(lock);
    assert_eq!(fixture.collect(&days(0)).len(), 1);
}

#[test]
fn damage_is_found_in_every_artefact() {
    let fixture = Fixture::new();
    let stages = ["a", "b", "c"].map(|text| fixture.made(text, 1));
    let file = |index: usize, name: &str| fixture.store.folder(&stages[index].place()).join(name);
    fs::write(file(0, "file"), [8; 1000]).unwrap();
    fs::remove_file(file(2, "manifest.json")).unwrap();
    let places: Vec<StageRef> =
        fixture.store.inventory().unwrap().artefacts.into_iter().map(|artefact| artefact.place).collect();
    let count = std::sync::atomic::AtomicUsize::new(0);
    let counted = || {
        count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    };
    let damaged: BTreeSet<StageRef> =
        fixture.store.verify(&places, &counted).into_iter().map(|(place, _)| place).collect();
    assert_eq!(damaged, [stages[0].place(), stages[2].place()].into_iter().collect());
    assert_eq!(count.into_inner(), 3);
}
