//! Cells, overrides and stage keys, without touching any data.

use std::path::Path;

use camlab::config::Document;
use camlab::graph::{Stage, StageInput};
use camlab::plan::{self, Cell, CheckpointFacts, DatasetFacts, Facts, Plan};

const BASE: &str = r#"
name = "p"
backbone = "resnet18"
[data]
train = { synthetic = { split = "train" } }
test = { synthetic = { split = "test" } }
input = { size = 64 }
[[init]]
name = "a"
scheme = "kaiming-normal"
[[init]]
name = "b"
scheme = "kaiming-normal"
[training]
epochs = 1
[[maps]]
methods = ["grad-cam", "layer-cam"]
layers = ["layer3", "layer4"]
"#;

fn cells(more: &str, set: &[&str]) -> Vec<Cell> {
    let text = format!("{BASE}{more}");
    let mut document = Document::parse(Path::new("p.toml"), &text).unwrap();
    set.iter().for_each(|argument| document.set(argument).unwrap());
    plan::cells(&document).unwrap()
}

fn planned(more: &str, set: &[&str]) -> Plan {
    let cells = cells(more, set);
    let mut facts = Facts::default();
    for cell in &cells {
        for spec in [&cell.experiment.data.test, cell.experiment.data.train.as_ref().unwrap()] {
            let digest = blake3::hash(Facts::name(spec).as_bytes()).to_hex().as_str().into();
            let known = DatasetFacts {
                several: None,
                written: spec.clone().into(),
                spec: spec.clone().into(),
                digest,
                classes: vec!["x".into(), "y".into()],
                images: 10,
                boxes: true,
                masks: true,
                remarks: Vec::new(),
                labels: true,
            };
            facts.datasets.insert(Facts::name(spec), known);
        }
        let file = "w.safetensors";
        let known = CheckpointFacts { sha256: "0123".into(), file: file.into(), download: None };
        facts.checkpoints.insert(file.into(), known);
    }
    Plan::new(cells, &facts).unwrap()
}

fn trained(plan: &Plan) -> Vec<String> {
    of_kind(plan, "train").iter().map(|stage| stage.key.to_string()).collect()
}

fn of_kind<'p>(plan: &'p Plan, kind: &str) -> Vec<&'p Stage> {
    plan.stages.iter().filter(|stage| stage.spec.kind == kind).collect()
}

fn count(plan: &Plan, kind: &str) -> usize {
    of_kind(plan, kind).len()
}

/// Everything that determines the weights of a cell's network.
fn weights(plan: &Plan, name: &str) -> String {
    let network = plan.network(0, name).unwrap();
    serde_json::json!([*network.source, network.reader.spec.inputs]).to_string()
}

#[test]
fn a_sweep_is_the_product_of_its_lists_and_the_seeds() {
    let cells =
        cells("[sweep]\n\"training.lr\" = [0.1, 0.2, 0.3]\n\"data.batch\" = [4, 8]\n", &["seeds=[3, 5]"]);
    assert_eq!(cells.len(), 3 * 2 * 2);
    let labels: Vec<_> = cells.iter().map(|cell| format!("{} {}", cell.id, cell.configuration())).collect();
    assert_eq!(labels[0], "c00-s3 lr = 0.1, batch = 4");
    assert_eq!(labels[1], "c00-s5 lr = 0.1, batch = 4");
    assert_eq!(labels[2], "c01-s3 lr = 0.1, batch = 8");
    assert_eq!(labels[11], "c05-s5 lr = 0.3, batch = 8");
    assert_eq!(cells[11].experiment.training.as_ref().unwrap().lr, 0.3);
    assert_eq!(cells[11].experiment.data.batch, 8);
}

#[test]
fn paths_reach_named_tables_items_picked_by_name_and_lists() {
    let set = |argument: &str| cells("", &[argument]).remove(0).experiment;
    assert_eq!(set("maps.layers=[\"layer2\"]").maps[0].layers, ["layer2"]);
    assert_eq!(set("maps.0.layers.1=\"layer1\"").maps[0].layers, ["layer3", "layer1"]);
    assert_eq!(set("init.b.name=c").init[1].name, "c");
    let name = |experiment: std::sync::Arc<camlab::config::Experiment>| {
        serde_json::to_value(&experiment.backbone).unwrap()
    };
    assert_eq!(name(set("backbone.resnet18.output-stride=16"))["resnet18"]["output-stride"], 16);
    assert_eq!(name(set("backbone=resnet34")).as_object().unwrap().keys().next().unwrap(), "resnet34");
}

#[test]
fn one_more_initialisation_changes_no_other() {
    let before = trained(&planned("", &[]));
    let more = "[[init]]\nname = \"c\"\nscheme = \"orthogonal\"\n";
    let text = BASE.replacen("[[init]]", &format!("{more}[[init]]"), 1);
    let document = Document::parse(Path::new("p.toml"), &text).unwrap();
    let cells = plan::cells(&document).unwrap();
    let mut facts = Facts::default();
    for spec in [&cells[0].experiment.data.test, cells[0].experiment.data.train.as_ref().unwrap()] {
        let digest = blake3::hash(Facts::name(spec).as_bytes()).to_hex().as_str().into();
        let known = DatasetFacts {
            several: None,
            written: spec.clone().into(),
            spec: spec.clone().into(),
            digest,
            classes: vec!["x".into(), "y".into()],
            images: 10,
            boxes: true,
            masks: true,
            remarks: Vec::new(),
            labels: true,
        };
        facts.datasets.insert(Facts::name(spec), known);
    }
    let after = trained(&Plan::new(cells, &facts).unwrap());
    assert_eq!(before, after[1..], "in front of the others, and yet they stay");
    assert_ne!(before[0], before[1], "two of one scheme differ by their names");
}

#[test]
fn cells_that_differ_in_judging_alone_share_networks_and_maps() {
    let plan =
        planned("[sweep]\n\"evaluation.interpolation\" = [\"nearest\", \"bilinear\", \"bicubic\"]\n", &[]);
    assert_eq!((plan.cells.len(), count(&plan, "train"), count(&plan, "map")), (3, 2, 2 * 2 * 2));
    assert_eq!(count(&plan, "evaluate"), 3 * (2 * 2 * 2 + 2));
}

#[test]
fn a_layer_sweep_trains_once_and_metrics_are_no_part_of_any_network() {
    let plan = planned("[sweep]\n\"maps.layers\" = [[\"layer1\"], [\"layer2\"], [\"layer3\"]]\n", &[]);
    assert_eq!((count(&plan, "train"), count(&plan, "map")), (2, 2 * 2 * 3));
    let same = |set: &[&str]| trained(&planned("", set)) == trained(&planned("", &[]));
    assert!(same(&["evaluation.metrics=[\"kl\"]"]) && same(&["target=predicted"]) && same(&["data.batch=3"]));
    assert!(!same(&["training.lr=0.7"]) && !same(&["seeds=[1]"]) && !same(&["data.augment.flip=true"]));
}

#[test]
fn two_initialisations_of_one_scheme_are_two_networks() {
    let plan = planned("", &[]);
    let keys = trained(&plan);
    assert_eq!(keys.len(), 2);
    assert_ne!(keys[0], keys[1]);
}

#[test]
fn baselines_are_there_without_being_asked_for_and_settable() {
    let methods = |plan: &Plan| -> Vec<String> {
        plan.shown_of("evaluate")
            .filter(|shown| shown.names.text("network") == "baseline")
            .map(|shown| shown.names.text("method").to_owned())
            .collect()
    };
    assert_eq!(methods(&planned("", &[])), ["center-gaussian", "random"]);
    let set = planned("", &["baselines=[{ center-gaussian = { sigma = 0.3 } }]"]);
    assert_eq!(methods(&set), ["center-gaussian", "random"]);
}

#[test]
fn a_seed_changes_what_is_drawn_and_nothing_else() {
    let plan = planned("", &["seeds=[0, 1]"]);
    // Two networks and the random baseline per seed; the centre Gaussian once.
    assert_eq!(count(&plan, "train"), 4);
    let of = |method: &str| {
        let own = plan.shown_of("evaluate").filter(|shown| shown.names.text("method") == method);
        own.map(|shown| shown.stage).collect::<std::collections::BTreeSet<_>>().len()
    };
    assert_eq!((of("random"), of("center-gaussian")), (2, 1));
}

/// Two networks from one checkpoint are one, until anything is drawn for them: a head, or the order of training.
#[test]
fn a_checkpoint_is_one_network_unless_something_is_drawn() {
    let scheme = |options: &str| format!("{{ pretrained = {{ checkpoint = \"w.safetensors\"{options} }} }}");
    let planned = |options: &str, train: bool| {
        let scheme = scheme(options);
        let set: Vec<String> = ["a", "b"]
            .iter()
            .flat_map(|name| [format!("init.{name}.scheme={scheme}"), format!("init.{name}.train={train}")])
            .chain(["training.epochs=1".to_string()])
            .collect();
        planned(
            "\n[[init]]\nname = \"c\"\nscheme = \"orthogonal\"\n",
            &set.iter().map(String::as_str).collect::<Vec<_>>(),
        )
    };
    let plain = planned("", false);
    assert_eq!((count(&plain, "train"), count(&plain, "map")), (1, 2 * 2 * 2), "a and b are the same");
    assert_eq!(weights(&plain, "a"), weights(&plain, "b"));
    let fresh = planned(", fresh-head = true", false);
    assert_ne!(weights(&fresh, "a"), weights(&fresh, "b"));
    assert_ne!(weights(&fresh, "a"), weights(&plain, "a"));
    assert_eq!(count(&planned("", true), "train"), 3);
}

const FUSIONS: &str = r#"
[[fusion]]
name = "mean"
method = "weight-average"
[[fusion]]
name = "student"
method = "distill"
members = ["b", "mean"]
[[fusion]]
name = "side-by-side"
method = "logit-ensemble"
members = ["a", "mean"]
[[fusion]]
name = "others"
method = "map-ensemble"
members = ["mean", "b"]
"#;

#[test]
fn networks_stand_behind_their_members_and_ensembles_behind_their_maps() {
    let plan = planned(FUSIONS, &["seeds=[0, 1]"]);
    // Two initialisations and two fused networks per seed; ensembles are none.
    assert_eq!((count(&plan, "train"), count(&plan, "fuse")), (2 * 2, 2 * 2));
    // Four networks and two ensembles, two methods, two layers.
    assert_eq!((count(&plan, "map"), count(&plan, "ensemble")), (2 * 4 * 4, 2 * 2 * 4));
    for (index, stage) in plan.stages.iter().enumerate() {
        assert!(plan.stages.inputs(index).iter().all(|input| *input < index));
        if stage.spec.kind == "ensemble" {
            let layer = |stage: &Stage| stage.hints.label.rsplit(" · ").next().unwrap().to_owned();
            let made = |role: &str| -> Vec<&Stage> {
                let keys = stage.spec.inputs.get(role).map(|input| match input {
                    StageInput::Stage(place) => plan.stages.get(plan.stages.find(&place.key).unwrap()),
                    StageInput::Content(_) => panic!("a stage"),
                });
                keys.collect()
            };
            assert_eq!((made("maps").len(), made("predictions").len()), (2, 2));
            assert!(made("maps").iter().all(|map| layer(map) == layer(stage)));
        }
    }
    // Class scores only of whom an ensemble asks, once each.
    let asked: Vec<&str> = of_kind(&plan, "predict").iter().map(|stage| stage.hints.label.as_str()).collect();
    assert_eq!(asked, ["a", "mean", "b", "a", "mean", "b"]);
    assert!(plan.network(0, "mean").is_some() && plan.network(0, "side-by-side").is_none());
}

#[test]
fn a_fusion_changes_with_its_members_and_its_own_options_alone() {
    let key = |set: &[&str], name: &str| weights(&planned(FUSIONS, set), name);
    let same = |set: &[&str], name: &str| key(set, name) == key(&[], name);
    assert!(!same(&["init.a.scheme=orthogonal"], "mean") && !same(&["init.a.scheme=orthogonal"], "student"));
    assert!(same(&["fusion.student.method={ distill = { temperature = 2 } }"], "mean"));
    assert!(!same(&["fusion.student.method={ distill = { temperature = 2 } }"], "student"));
    assert!(same(&["evaluation.metrics=[\"kl\"]", "maps.layers=[\"layer2\"]"], "student"));
    assert!(!same(&["fusion.mean.method={ weight-average = { weights = [1, 2] } }"], "mean"));
    // A student's training is that of the others unless it says otherwise.
    assert!(!same(&["training.lr=0.7"], "student"));
}
