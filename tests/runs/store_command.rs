//! `camlab store`: artefacts listed, measured, checked and removed by what reports on disk need.

use std::path::PathBuf;

use assert_cmd::assert::Assert;
use camlab::graph::{StageKey, StageRef};
use camlab::store::{Locked, Store};

use crate::experiment::{Experiment, camlab, stderr, stdout};

struct Fixture {
    experiment: Experiment,
}

impl Fixture {
    /// An experiment that has run.
    fn new() -> Self {
        let experiment = Experiment::tiny();
        experiment.run().success();
        Self { experiment }
    }

    /// `camlab store ARGUMENTS...` in the folder of the experiment.
    fn store(&self, arguments: &[&str]) -> Assert {
        camlab(&self.experiment.path("")).arg("store").args(arguments).assert()
    }

    fn json(&self, arguments: &[&str]) -> serde_json::Value {
        serde_json::from_str(&stdout(&self.store(arguments).success())).unwrap()
    }

    /// The artefacts as `ls` lists them.
    fn artefacts(&self) -> Vec<serde_json::Value> {
        self.json(&["ls", "--json"]).as_array().unwrap().clone()
    }

    /// The store as this process sees it.
    fn opened(&self) -> Store {
        Store::new(self.experiment.path(".camlab/store"))
    }

    fn folder(&self, artefact: &serde_json::Value) -> PathBuf {
        let text = |key: &str| artefact[key].as_str().unwrap().to_owned();
        self.experiment.path(".camlab/store").join(text("kind")).join(text("key"))
    }
}

fn place(artefact: &serde_json::Value) -> StageRef {
    let text = |key: &str| artefact[key].as_str().unwrap();
    StageRef { kind: text("kind").into(), key: StageKey(text("key").into()) }
}

#[test]
fn artefacts_stay_as_long_as_the_report_exists() {
    let fixture = Fixture::new();
    let artefacts = fixture.artefacts();
    assert!(artefacts.iter().all(|artefact| artefact["reports"] == 1 && artefact["locked"] == false));
    let listed = stdout(&fixture.store(&["ls"]).success());
    assert_eq!(listed.lines().count(), artefacts.len());
    let trained = stdout(&fixture.store(&["ls", "--kind", "train"]).success());
    assert_eq!(trained.lines().count(), 2, "{trained}");
    assert!(trained.lines().all(|line| line.starts_with("train ") && line.contains("1 report")), "{trained}");
    assert!(trained.contains("kaiming") && trained.contains("orthogonal"), "{trained}");

    // A second report of some of them.
    let some: Vec<StageRef> = artefacts.iter().take(3).map(place).collect();
    let report = fixture.experiment.path("elsewhere");
    fixture.opened().keep(&report, &fixture.experiment.path("other.toml"), some.iter()).unwrap();
    assert_eq!(fixture.artefacts().iter().filter(|artefact| artefact["reports"] == 2).count(), 3);

    let kept = stdout(&fixture.store(&["gc", "--keep-days", "0"]).success());
    assert!(kept.contains("0 artefacts"), "{kept}");
    let again = stdout(&fixture.experiment.run().success());
    assert!(again.contains("everything was cached"), "{again}");

    // The report is removed: all but those of the other one, whose run goes on in this process.
    std::fs::remove_dir_all(fixture.experiment.report()).unwrap();
    let measured = fixture.json(&["du", "--json"]);
    let dry = fixture.json(&["gc", "--keep-days", "0", "--dry-run", "--json"]);
    assert_eq!((&measured["removable"], fixture.artefacts().len()), (&dry["freed"], artefacts.len()));
    assert_eq!(fixture.artefacts().len(), artefacts.len());
    let none = stdout(&fixture.store(&["gc", "--keep-days", "1"]).success());
    assert!(none.contains("0 artefacts"), "{none}");
    let removed = fixture.json(&["gc", "--keep-days", "0", "--json"]);
    assert_eq!(removed["removed"], dry["removed"]);
    let left: Vec<StageRef> = fixture.artefacts().iter().map(place).collect();
    assert_eq!((left.len(), some.len()), (3, 3));
    assert!(some.iter().all(|place| left.contains(place)));
    assert_eq!(fixture.json(&["du", "--json"])["bytes"], removed["left"]);

    // What was removed is made again, and is needed again.
    fixture.experiment.run().success();
    assert_eq!(fixture.artefacts().len(), artefacts.len());
    let table = stdout(&fixture.store(&["du"]).success());
    for word in ["train", "map", "recorded stages", "reports", "in all"] {
        assert!(table.contains(word), "{word}: {table}");
    }
}

#[test]
fn a_size_removes_the_oldest_and_a_lock_protects_from_everything() {
    let fixture = Fixture::new();
    let artefacts = fixture.artefacts();
    let Locked::Held(lock) = fixture.opened().lock(&place(&artefacts[0])).unwrap() else {
        panic!("not held")
    };
    assert_eq!(fixture.artefacts()[0]["locked"], true);
    let refused = fixture.store(&["gc", "--max-size", "1 kB"]).success();
    assert!(stderr(&refused).contains("--even-needed"), "{}", stderr(&refused));
    assert_eq!(fixture.artefacts().len(), artefacts.len());
    let emptied = stdout(&fixture.store(&["gc", "--max-size", "1kB", "--even-needed"]).success());
    assert!(emptied.lines().any(|line| line.starts_with("removed: map ")), "{emptied}");
    assert_eq!(fixture.artefacts().iter().map(place).collect::<Vec<_>>(), [place(&artefacts[0])]);
    drop(lock);
    fixture.store(&["gc", "--keep-days", "0", "--even-needed"]).success();
    assert!(fixture.artefacts().is_empty());
}

#[test]
fn damaged_artefacts_are_found_and_removed() {
    let fixture = Fixture::new();
    let artefacts = fixture.artefacts();
    let checked = stdout(&fixture.store(&["verify"]).success());
    assert_eq!(checked, format!("{} artefacts checked, 0 removed\n", artefacts.len()));
    let trained = artefacts.iter().find(|artefact| artefact["kind"] == "train").unwrap();
    let weights = fixture.folder(trained).join("network.safetensors");
    let mut bytes = std::fs::read(&weights).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(&weights, bytes).unwrap();
    let found = fixture.store(&["verify"]).failure().code(1);
    let line = stdout(&found);
    assert!(line.starts_with("damaged: train ") && line.contains("network.safetensors"), "{line}");
    assert!(stderr(&found).contains("--discard"), "{}", stderr(&found));
    let removed = stdout(&fixture.store(&["verify", "--discard"]).success());
    assert!(removed.starts_with("removed: train "), "{removed}");
    assert_eq!(fixture.artefacts().len(), artefacts.len() - 1);
    fixture.store(&["verify"]).success();
    let again = stdout(&fixture.experiment.run().success());
    assert!(again.starts_with("1 stages ran"), "{again}");
}

#[test]
fn a_store_that_cannot_be_written_serves_runs_that_only_read() {
    let fixture = Fixture::new();
    // Not by permissions, which do not hold for root.
    let reports = fixture.experiment.path(".camlab/store/reports");
    std::fs::remove_dir_all(&reports).unwrap();
    std::fs::write(&reports, "").unwrap();
    let again = stdout(&fixture.experiment.run().success());
    assert!(again.contains("everything was cached"), "{again}");
    let more = stderr(&fixture.experiment.camlab("run", &["--set", "training.lr=0.1"]).failure().code(1));
    assert!(more.contains("store/reports"), "{more}");
    // Nobody knows which artefacts are needed.
    let refused = stderr(&fixture.store(&["gc", "--keep-days", "0"]).failure().code(1));
    assert!(refused.contains("store/reports"), "{refused}");
    std::fs::remove_file(&reports).unwrap();
    assert!(!fixture.artefacts().is_empty());
}

#[test]
fn mistakes_are_told_with_the_option() {
    let experiment = Experiment::tiny();
    let store = |arguments: &[&str]| camlab(&experiment.path("")).arg("store").args(arguments).assert();
    for command in [&["ls"][..], &["du"], &["verify"], &["gc", "--keep-days", "1"]] {
        let absent = stderr(&store(command).failure().code(1));
        assert!(
            absent.contains("there is no store in .camlab/store") && absent.contains("--store"),
            "{absent}"
        );
    }
    assert!(!experiment.path(".camlab").exists());
    for neither in [&["gc"][..], &["gc", "--dry-run"], &["gc", "--even-needed", "--json"]] {
        let told = stderr(&store(neither).failure().code(2));
        assert!(told.contains("<--keep-days <N>|--max-size <SIZE>>"), "{told}");
    }
    let size = stderr(&store(&["gc", "--max-size", "much"]).failure().code(2));
    assert!(size.contains("much") && size.contains("10GB"), "{size}");
    experiment.run().success();
    let kind = stderr(&store(&["ls", "--kind", "trian"]).failure().code(1));
    assert!(kind.contains("did you mean `train`?"), "{kind}");
    // A folder of something else.
    std::fs::create_dir_all(experiment.path("photographs/2020")).unwrap();
    let other = stderr(&store(&["gc", "--store", "photographs", "--keep-days", "0"]).failure().code(1));
    assert!(other.contains("there is no store in photographs"), "{other}");
}
