//! Cells, overrides and stage keys, without touching any data.

use std::path::Path;

use camlab::config::Document;
use camlab::plan::{self, Cell, CheckpointFacts, DatasetFacts, EvaluationSource, Facts, MapOrigin, Plan};

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
            let digest = blake3::hash(Facts::name(spec).as_bytes()).to_hex().to_string();
            let known = DatasetFacts { digest, classes: vec!["x".into(), "y".into()], images: 10 };
            facts.datasets.insert(Facts::name(spec), known);
        }
        let file = "w.safetensors";
        let known = CheckpointFacts { sha256: "0123".into(), file: file.into(), download: None };
        facts.checkpoints.insert(file.into(), known);
    }
    Plan::new(cells, &facts).unwrap()
}

fn trained(plan: &Plan) -> Vec<String> {
    plan.networks.iter().map(|network| network.key.0.clone()).collect()
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
    let name = |experiment: camlab::config::Experiment| serde_json::to_value(experiment.backbone).unwrap();
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
        let digest = blake3::hash(Facts::name(spec).as_bytes()).to_hex().to_string();
        let known = DatasetFacts { digest, classes: vec!["x".into(), "y".into()], images: 10 };
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
    assert_eq!((plan.cells.len(), plan.networks.len(), plan.maps.len()), (3, 2, 2 * 2 * 2));
    assert_eq!(plan.evaluations.len(), 3 * (2 * 2 * 2 + 2));
}

#[test]
fn a_layer_sweep_trains_once_and_metrics_are_no_part_of_any_network() {
    let plan = planned("[sweep]\n\"maps.layers\" = [[\"layer1\"], [\"layer2\"], [\"layer3\"]]\n", &[]);
    assert_eq!((plan.networks.len(), plan.maps.len()), (2, 2 * 2 * 3));
    let same = |set: &[&str]| trained(&planned("", set)) == trained(&planned("", &[]));
    assert!(same(&["evaluation.metrics=[\"kl\"]"]) && same(&["target=predicted"]) && same(&["data.batch=3"]));
    assert!(!same(&["training.lr=0.7"]) && !same(&["seeds=[1]"]) && !same(&["data.augment.flip=true"]));
}

#[test]
fn two_initialisations_of_one_scheme_are_two_networks() {
    let plan = planned("", &[]);
    assert_eq!(plan.networks.len(), 2);
    assert_ne!(plan.networks[0].key, plan.networks[1].key);
}

#[test]
fn baselines_are_there_without_being_asked_for_and_settable() {
    let methods = |plan: &Plan| -> Vec<String> {
        plan.uses[0]
            .iter()
            .filter(|u| u.network == "baseline")
            .map(|u| plan.evaluations[u.evaluation].method.clone())
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
    assert_eq!(plan.networks.len(), 4);
    assert_eq!(plan.evaluations.iter().filter(|e| e.method == "random").count(), 2);
    assert_eq!(plan.evaluations.iter().filter(|e| e.method == "center-gaussian").count(), 1);
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
    let networks = |plan: &Plan| plan.networks.len() - 1;
    let plain = planned("", false);
    assert_eq!(networks(&plain), 1);
    assert_eq!(plain.network_of(0, "a").unwrap().key, plain.network_of(0, "b").unwrap().key);
    let fresh = planned(", fresh-head = true", false);
    assert_eq!(networks(&fresh), 2);
    assert_ne!(fresh.network_of(0, "a").unwrap().key, plain.network_of(0, "a").unwrap().key);
    assert_eq!(networks(&planned("", true)), 2);
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
    assert_eq!(plan.networks.len(), 2 * 4);
    for (index, stage) in plan.networks.iter().enumerate() {
        assert!(stage.members().iter().all(|member| *member < index));
    }
    // Four networks and two ensembles, two methods, two layers.
    assert_eq!(plan.maps.len(), 2 * 6 * 4);
    for (index, stage) in plan.maps.iter().enumerate() {
        if let MapOrigin::Ensemble { maps, predictions, .. } = &stage.origin {
            assert!(maps.iter().all(|map| *map < index) && maps.len() == 2 && predictions.len() == 2);
            assert!(maps.iter().all(|map| plan.maps[*map].layer == stage.layer));
        }
    }
    // Class scores only of whom an ensemble asks, once each.
    let asked: Vec<&str> = plan.predictions.iter().map(|stage| stage.spec.label.as_str()).collect();
    assert_eq!(asked, ["a", "mean", "b", "a", "mean", "b"]);
    assert!(plan.network_of(0, "mean").is_some() && plan.network_of(0, "side-by-side").is_none());
}

#[test]
fn a_fusion_changes_with_its_members_and_its_own_options_alone() {
    let key = |set: &[&str], name: &str| planned(FUSIONS, set).network_of(0, name).unwrap().key.clone();
    let same = |set: &[&str], name: &str| key(set, name) == key(&[], name);
    assert!(!same(&["init.a.scheme=orthogonal"], "mean") && !same(&["init.a.scheme=orthogonal"], "student"));
    assert!(same(&["fusion.student.method={ distill = { temperature = 2 } }"], "mean"));
    assert!(!same(&["fusion.student.method={ distill = { temperature = 2 } }"], "student"));
    assert!(same(&["evaluation.metrics=[\"kl\"]", "maps.layers=[\"layer2\"]"], "student"));
    assert!(!same(&["fusion.mean.method={ weight-average = { weights = [1, 2] } }"], "mean"));
    // A student's training is that of the others unless it says otherwise.
    assert!(!same(&["training.lr=0.7"], "student"));
}

#[test]
fn without_a_network_there_is_nothing_that_is_made_of_it() {
    let plan = planned(FUSIONS, &[]);
    let index = |name: &str| plan.networks.iter().position(|stage| stage.spec.label == name).unwrap();
    let left = |name: &str| -> Vec<String> {
        let rest = plan.without(&[index(name)]);
        let mut names: Vec<String> = rest.uses[0].iter().map(|used| used.network.clone()).collect();
        for used in &rest.uses[0] {
            // Whatever is left points at what is left.
            if let EvaluationSource::Maps(map) = rest.evaluations[used.evaluation].source
                && let MapOrigin::Ensemble { maps, predictions, .. } = &rest.maps[map].origin
            {
                assert!(maps.iter().all(|map| *map < rest.maps.len()));
                assert!(predictions.iter().all(|stage| *stage < rest.predictions.len()));
                let label = format!("{} · ", used.network);
                assert!(rest.maps[map].spec.label.starts_with(&label));
            }
        }
        names.dedup();
        names
    };
    assert_eq!(left("student"), ["a", "b", "mean", "side-by-side", "others", "baseline"]);
    assert_eq!(left("mean"), ["a", "b", "baseline"]);
    assert_eq!(left("a"), ["b", "baseline"]);
}
