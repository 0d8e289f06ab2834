//! Networks of another experiment as initial weights.

use serde_json::Value;

use crate::experiment::{Experiment, camlab, stderr, stdout};
use camlab::frame::{self, FRAMES, RunRow, TrainingRow};
use camlab::run::Provenance;

const REFERRING: &str = r#"
[[init]]
name = "tuned"
scheme = { pretrained = { experiment = "before/source.toml", network = "kaiming", fresh-head = true } }

[[init]]
name = "as-it-is"
scheme = { pretrained = { experiment = "before/source.toml", network = "mean", leave-out = ["fc.*"] } }
train = false
"#;

/// The tiny experiment, with two networks of `before/source.toml`, which has more classes and other images.
fn referring() -> Experiment {
    let experiment = Experiment::tiny();
    std::fs::create_dir_all(experiment.path("before/parts")).unwrap();
    let text = std::fs::read_to_string(experiment.path("tiny.toml")).unwrap();
    let base =
        text.replace("classes = 3", "classes = 4, seed = 5").replace("name = \"tiny\"", "name = \"source\"");
    std::fs::write(experiment.path("before/parts/base.toml"), base).unwrap();
    let source = "extends = \"parts/base.toml\"\nseeds = [4, 6]\n[[fusion]]\nname = \"mean\"\nmethod = \"weight-average\"\n";
    std::fs::write(experiment.path("before/source.toml"), source).unwrap();
    experiment.and(REFERRING)
}

fn planned(experiment: &Experiment, file: &str) -> Value {
    let assert = camlab(&experiment.path(".")).args(["plan", file, "--json"]).assert().success();
    serde_json::from_str(&stdout(&assert)).unwrap()
}

/// Label and state of the stages of some kind, in the order of the plan.
fn stages(plan: &Value, kind: &str) -> Vec<(String, String)> {
    let all = plan["stages"].as_array().unwrap().iter().filter(|stage| stage["kind"] == kind);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    all.map(|stage| (text(&stage["label"]), text(&stage["state"]))).collect()
}

fn key<'p>(plan: &'p Value, kind: &str, label: &str) -> &'p Value {
    let mut all = plan["stages"].as_array().unwrap().iter();
    let found = all.find(|stage| stage["kind"] == kind && stage["label"] == label);
    &found.unwrap_or_else(|| panic!("no {kind} {label} in {plan}"))["key"]
}

#[test]
fn the_stages_of_the_other_experiment_are_shared_with_its_own_run() {
    let experiment = referring();
    let plan = planned(&experiment, "tiny.toml");
    let mut trained = stages(&plan, "train");
    trained.sort();
    let run = |label: &str| (label.to_owned(), "run".to_owned());
    let (other, waits) = ("s4 of before/source.toml", ("tuned".to_owned(), "waiting".to_owned()));
    let all = [
        run("kaiming"),
        run(&format!("kaiming ({other})")),
        run("orthogonal"),
        run(&format!("orthogonal ({other})")),
        waits,
    ];
    assert_eq!(trained, all);
    assert_eq!(stages(&plan, "fuse").len(), 1);
    assert_eq!(
        plan["cells"].as_array().unwrap().len(),
        1,
        "the other experiment's cells are not this report's"
    );

    experiment.run().success();
    // The report has the networks of its own file alone.
    let rows: Vec<TrainingRow> = frame::read(&experiment.report()).unwrap();
    let mut networks: Vec<&str> = rows.iter().map(|row| row.network.as_str()).collect();
    networks.dedup();
    assert_eq!(networks, ["kaiming", "orthogonal", "tuned"]);
    let about: Vec<RunRow> = frame::read(&experiment.report()).unwrap();
    assert!(format!("{about:?}").contains("before/source.toml, blake3"), "{about:?}");

    let source = planned(&experiment, "before/source.toml");
    let cached = |label: &str| stages(&source, "train").into_iter().filter(|(name, _)| name == label).count();
    assert_eq!((cached("kaiming"), cached("orthogonal")), (2, 2), "two seeds");
    let states: Vec<String> = stages(&source, "train").into_iter().map(|(_, state)| state).collect();
    assert_eq!(
        states.iter().filter(|state| *state == "cached").count(),
        2,
        "those of the first seed: {states:?}"
    );
    assert_eq!(key(&source, "train", "kaiming"), key(&plan, "train", &format!("kaiming ({other})")));
    camlab(&experiment.path(".")).args(["run", "before/source.toml"]).assert().success();
    assert!(stdout(&experiment.run().success()).contains("everything was cached"));
    // Another seed of it, whose network that run has made.
    let set = "init.tuned.scheme.pretrained.seed=6";
    let ran = stdout(&experiment.camlab("plan", &["--set", set, "--json"]).success());
    let plan: Value = serde_json::from_str(&ran).unwrap();
    let trained = stages(&plan, "train");
    assert!(trained.contains(&("kaiming (s6 of before/source.toml)".into(), "cached".into())), "{trained:?}");
    assert!(trained.contains(&run("tuned")), "{trained:?}");
}

#[test]
fn a_change_of_the_other_experiment_is_a_cause() {
    let experiment = referring();
    experiment.run().success();
    let path = experiment.path("before/parts/base.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("epochs = 2", "epochs = 3")).unwrap();
    let line = 1 + text.lines().position(|line| line == "epochs = 2").unwrap();
    let told = stdout(&experiment.camlab("plan", &[]).success());
    let cause = format!("training.epochs: 2 -> 3 (before/parts/base.toml:{line})");
    assert!(told.contains(&cause), "{told}");
    assert!(told.contains("train kaiming (s4 of before/source.toml)"), "{told}");
    let tuned = told.lines().find(|line| line.starts_with("  train ") && line.contains(" tuned ")).unwrap();
    assert!(tuned.contains("because train kaiming (s4 of before/source.toml) runs again"), "{tuned}");
    let own = told.lines().filter(|line| line.starts_with("  train ") && line.ends_with("cached"));
    assert_eq!(own.count(), 2, "{told}");
    let told = stdout(&experiment.run().success());
    assert!(!told.contains("everything was cached"), "{told}");
}

#[test]
fn a_report_with_such_networks_is_reproduced_without_the_files() {
    let experiment = referring();
    experiment.run().success();
    let record = Provenance::read(&experiment.report()).unwrap().experiment;
    let copies: Vec<&str> = record.sources.iter().map(|source| source.copy.as_str()).collect();
    assert_eq!(copies, ["01-tiny.toml", "02-source.toml", "03-base.toml"]);
    let entries: Vec<(&str, &str)> =
        record.extends.iter().map(|entry| (entry.written.as_str(), entry.folder.as_str())).collect();
    assert_eq!(entries, [("before/source.toml", ""), ("parts/base.toml", "before")]);
    std::fs::remove_dir_all(experiment.path("before")).unwrap();
    let again = camlab(&experiment.path(".")).args(["reproduce", "tiny"]).assert().success();
    assert!(stdout(&again).contains(&format!("all {} frames are identical", FRAMES.len())));
}

#[test]
fn networks_that_do_not_fit_are_refused_at_their_places() {
    let experiment = referring();
    let refused = |set: &[&str]| {
        let set: Vec<&str> = set.iter().flat_map(|one| ["--set", *one]).collect();
        stderr(&experiment.camlab("run", &set).failure().code(2))
    };
    let classes = refused(&["init.tuned.scheme.pretrained.fresh-head=false"]);
    assert!(
        classes.contains("the head `fc` of `kaiming of before/source.toml` has 4 classes and the network 3")
            && classes.contains("fresh-head = true")
            && classes.contains("tiny.toml:"),
        "{classes}"
    );
    let shape = refused(&["backbone.resnet.widths=[8, 24]"]);
    assert!(shape.contains("`kaiming of before/source.toml` does not fit the network"), "{shape}");
    assert!(shape.contains("layer2.0.conv1.weight"), "{shape}");
    let pattern = refused(&["init.as-it-is.scheme.pretrained.leave-out=[\"cf.*\"]"]);
    assert!(pattern.contains("leave-out = \"cf.*\" matches no parameter"), "{pattern}");
    // Images that the network has seen.
    let seen = refused(&[
        "data.test={ synthetic = { split = \"train\", images = 20, size = 32, classes = 4, seed = 5 } }",
    ]);
    assert!(
        seen.contains("20 of the 48 training images of `before/source.toml` are in `data.test`"),
        "{seen}"
    );

    // The other file's mistakes against its data stand in that file.
    let path = experiment.path("before/parts/base.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let broken = text.replace(
        "train = { synthetic = { split = \"train\", images = 48, size = 32, classes = 4",
        "train = { synthetic = { split = \"train\", images = 48, size = 32, classes = 5",
    );
    std::fs::write(&path, broken).unwrap();
    let told = refused(&[]);
    assert!(
        told.contains("before/parts/base.toml:") && told.contains("has 5 classes and `data.test` 4"),
        "{told}"
    );
    // `camlab check` reads it as well.
    std::fs::write(&path, text.replace("epochs = 2", "epoch = 2")).unwrap();
    let told = stderr(&experiment.camlab("check", &[]).failure().code(2));
    assert!(told.contains("`before/source.toml` has 1 mistake"), "{told}");
    assert!(
        told.matches("unknown field `epoch`").count() == 1 && told.contains("before/parts/base.toml:"),
        "{told}"
    );
}

#[test]
fn a_network_as_it_is_shares_its_maps_with_the_other_experiment() {
    let experiment = referring();
    let source = std::fs::read_to_string(experiment.path("before/source.toml")).unwrap();
    let own = "extends = \"before/source.toml\"\nremove = [\"init\", \"fusion\", \"training\", \"seeds\"]\nname = \"tiny\"\n\
               [[init]]\nname = \"same\"\ntrain = false\n\
               scheme = { pretrained = { experiment = \"before/source.toml\", network = \"mean\" } }\n";
    std::fs::write(experiment.path("before/source.toml"), source.replace("[4, 6]", "[4]")).unwrap();
    std::fs::write(experiment.path("tiny.toml"), own).unwrap();
    camlab(&experiment.path(".")).args(["run", "before/source.toml"]).assert().success();
    let plan = planned(&experiment, "tiny.toml");
    let maps = stages(&plan, "map");
    assert!(maps.len() == 2 && maps.iter().all(|(_, state)| state == "cached"), "{maps:?}");
    experiment.run().success();
}
