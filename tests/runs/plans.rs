//! `camlab plan`: the reasons for which stages run, where they come from, and for how long.

use std::time::Duration;

use serde_json::Value;

use camlab::nn::Network;
use camlab::nn::checkpoint::encode;
use camlab::parts::init::InitSpec;

use crate::experiment::{Experiment, stderr, stdout};
use crate::support::backbone;

/// The plan as its JSON document.
fn planned(experiment: &Experiment, more: &[&str]) -> Value {
    let text = stdout(&experiment.camlab("plan", &[&["--json"], more].concat()).success());
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error} in {text}"))
}

/// The stages of a kind whose labels begin with a text.
fn stages<'p>(plan: &'p Value, kind: &str, label: &str) -> Vec<&'p Value> {
    let all = plan["stages"].as_array().unwrap().iter();
    let of = |stage: &&Value| stage["kind"] == kind && stage["label"].as_str().unwrap().starts_with(label);
    all.filter(of).collect()
}

fn stage<'p>(plan: &'p Value, kind: &str, label: &str) -> &'p Value {
    stages(plan, kind, label).first().unwrap_or_else(|| panic!("no {kind} {label} in {plan}"))
}

/// Line of a file that contains a text, from 1.
fn line_of(experiment: &Experiment, file: &str, text: &str) -> usize {
    let all = std::fs::read_to_string(experiment.path(file)).unwrap();
    1 + all.lines().position(|line| line.contains(text)).unwrap_or_else(|| panic!("no {text} in {all}"))
}

fn replace(experiment: &Experiment, old: &str, new: &str) {
    let path = experiment.path("tiny.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(old), "{text}");
    std::fs::write(path, text.replace(old, new)).unwrap();
}

/// The only reason of a stage, as `[option, old, new, file, line, key]`.
fn reason(stage: &Value) -> [String; 6] {
    let all = stage["reasons"].as_array().unwrap();
    assert_eq!(all.len(), 1, "{stage}");
    let (own, origin) = (&all[0], &all[0]["origin"]);
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    [&own["option"], &own["old"], &own["new"], &origin["file"], &origin["line"], &origin["key"]].map(text)
}

#[test]
fn a_changed_key_is_named_with_its_line_and_its_consequences() {
    let experiment = Experiment::tiny();
    experiment.run().success();
    replace(&experiment, "lr = 0.05", "lr = 0.01");
    let line = line_of(&experiment, "tiny.toml", "lr = 0.01");
    let plan = planned(&experiment, &[]);
    let train = stage(&plan, "train", "kaiming");
    assert_eq!(
        reason(train),
        ["training.lr", "0.05", "0.01", "tiny.toml", line.to_string().as_str(), "training.lr"]
    );
    assert_eq!(train["state"], "run");
    let since = train["reasons"][0]["since"].as_str().unwrap();
    assert!(since.len() == "2026-11-28 14:03".len() && since.starts_with("20"), "{since}");

    // What follows names the stage in which the cause lies.
    let evaluate = stage(&plan, "evaluate", "kaiming · cam");
    assert_eq!(
        (&evaluate["state"], &evaluate["reasons"][0]["kind"]),
        (&"waiting".into(), &"upstream".into())
    );
    assert_eq!(evaluate["reasons"][0]["because"], serde_json::json!([train["key"]]));
    assert_eq!(evaluate["reasons"][0]["text"], "because train kaiming runs again");

    let text = stdout(&experiment.camlab("plan", &[]).success());
    let told = format!(
        "1. training.lr: 0.05 -> 0.01 (tiny.toml:{line}), since {since}\n     in train kaiming, train orthogonal; and "
    );
    assert!(text.contains(&told), "{text}");
    let totals = &plan["totals"];
    let downstream = totals["waiting"].as_u64().unwrap();
    assert!(text.contains(&format!("; and {downstream} stages downstream of them\n")), "{text}");
    assert_eq!(totals["run"], 2);
    // A run says the same.
    let run = experiment.camlab("run", &["-v"]).success();
    let told = format!("  train kaiming: training.lr: 0.05 -> 0.01 (tiny.toml:{line})");
    assert!(stderr(&run).contains(&told), "{}", stderr(&run));
}

#[test]
fn origins_are_set_defaults_extended_files_and_schemes() {
    let experiment = Experiment::tiny();
    experiment.run().success();
    let plan = planned(&experiment, &["--set", "training.lr=0.01"]);
    let own = &stage(&plan, "train", "kaiming")["reasons"][0];
    assert_eq!((&own["origin"]["from"], &own["origin"]["key"]), (&"set".into(), &"training.lr".into()));

    let plan = planned(&experiment, &["--set", "init.orthogonal.scheme=xavier-normal"]);
    let own = stage(&plan, "train", "orthogonal");
    assert_eq!(reason(own)[0], "initial.scheme");
    assert_eq!(own["reasons"][0]["text"], "init.orthogonal.scheme: orthogonal -> xavier-normal");
    assert_eq!(own["reasons"][0]["origin"]["from"], "set");
    assert_eq!(stage(&plan, "train", "kaiming")["state"], "cached");

    replace(&experiment, "scheme = \"orthogonal\"", "scheme = { orthogonal = { gain = 2.0 } }");
    let plan = planned(&experiment, &[]);
    let line = line_of(&experiment, "tiny.toml", "gain").to_string();
    let found = reason(stage(&plan, "train", "orthogonal"));
    assert_eq!(found[0], "initial.scheme.orthogonal.gain");
    assert_eq!(found[3..], ["tiny.toml", &line, "init.orthogonal.scheme.orthogonal.gain"]);

    // A key that is taken away has its default again.
    let experiment = Experiment::tiny().and("");
    replace(&experiment, "lr = 0.05", "lr = 0.07");
    experiment.run().success();
    replace(&experiment, "lr = 0.07", "");
    let plan = planned(&experiment, &[]);
    let own = &stage(&plan, "train", "kaiming")["reasons"][0];
    assert_eq!((&own["origin"]["from"], &own["origin"]["key"]), (&"default".into(), &"training.lr".into()));

    // Of an extended file, its name.
    let text = std::fs::read_to_string(experiment.path("tiny.toml")).unwrap();
    std::fs::write(experiment.path("base.toml"), text.replace("batch = 16", "batch = 16\nlr = 0.02"))
        .unwrap();
    std::fs::write(experiment.path("tiny.toml"), "extends = [\"base.toml\"]\n").unwrap();
    let plan = planned(&experiment, &[]);
    let line = line_of(&experiment, "base.toml", "lr = 0.02").to_string();
    let found = reason(stage(&plan, "train", "kaiming"));
    assert_eq!(found, ["training.lr", "0.07", "0.02", "base.toml", line.as_str(), "training.lr"]);
}

#[test]
fn in_a_sweep_the_line_is_that_of_the_cell() {
    let sweep = "\n[sweep]\n\"evaluation.interpolation\" = [\n  \"nearest\",\n  \"bilinear\",\n]\n";
    let experiment = Experiment::tiny().and(sweep);
    experiment.run().success();
    replace(&experiment, "\"bilinear\"", "\"bicubic\"");
    let plan = planned(&experiment, &[]);
    let line = line_of(&experiment, "tiny.toml", "\"bicubic\"").to_string();
    let waits: Vec<_> = stages(&plan, "evaluate", "kaiming · cam")
        .into_iter()
        .filter(|stage| stage["state"] != "cached")
        .collect();
    assert_eq!(waits.len(), 1);
    let found = reason(waits[0]);
    assert_eq!(found[0], "preparation.interpolation");
    assert_eq!(found[1..], ["bilinear", "bicubic", "tiny.toml", &line, "evaluation.interpolation"]);
    let cells = plan["cells"].as_array().unwrap();
    assert_eq!((cells.len(), &cells[1]["overrides"]["evaluation.interpolation"]), (2, &"\"bicubic\"".into()));
    // Stages that both cells need are told once.
    assert_eq!(stage(&plan, "train", "kaiming")["cells"], 2);
    let text = stdout(&experiment.camlab("plan", &[]).success());
    let trains: Vec<&str> = text.lines().filter(|line| line.starts_with("  train ")).collect();
    assert!(trains.len() == 2 && trains.iter().all(|line| line.contains("in 2 cells")), "{text}");
}

#[test]
fn another_seed_or_stream_is_one_cause() {
    let experiment = Experiment::tiny();
    experiment.run().success();
    let plan = planned(&experiment, &["--set", "seeds=[3]"]);
    let found = reason(stage(&plan, "train", "kaiming"));
    assert_eq!(found[..3], ["seeds", "0", "3"]);
    replace(&experiment, "scheme = \"orthogonal\"", "scheme = \"orthogonal\"\nstream = \"mine\"");
    let plan = planned(&experiment, &[]);
    let found = reason(stage(&plan, "train", "orthogonal"));
    let line = line_of(&experiment, "tiny.toml", "stream").to_string();
    assert_eq!(found[1..], ["orthogonal/0", "mine", "tiny.toml", &line, "init.orthogonal.stream"]);
}

#[test]
fn a_data_set_that_changed_is_named_by_its_options_or_its_files() {
    let experiment = Experiment::tiny();
    experiment.run().success();
    let plan = planned(&experiment, &["--set", "data.test.synthetic.images=24"]);
    let found = reason(stage(&plan, "evaluate", "baseline"));
    assert_eq!(found[..3], ["data.test.synthetic.images", "20", "24"]);
    assert_eq!(stage(&plan, "train", "kaiming")["state"], "cached");

    let folder = photographs();
    folder.run().success();
    // Longer than the resolution of any file system's clock.
    std::thread::sleep(Duration::from_millis(50));
    let changed = folder.path("photos/b/1.png");
    image::RgbImage::from_pixel(32, 32, image::Rgb([9, 9, 9])).save(&changed).unwrap();
    let plan = planned(&folder, &[]);
    let own = &stage(&plan, "map", "net")["reasons"][0];
    assert_eq!((&own["kind"], &own["option"]), (&"data".into(), &"data.test".into()));
    let text = own["text"].as_str().unwrap();
    assert!(text.starts_with("data.test: content of folder photos: "), "{text}");
    assert!(text.ends_with("photos/b/1.png is newer"), "{text}");
}

/// An experiment on a folder of photographs and a checkpoint.
fn photographs() -> Experiment {
    let experiment = Experiment::with(
        r#"
name = "tiny"
[backbone.resnet]
stem = "small-stride-2"
block = "basic"
depths = [1, 1]
widths = [8, 16]
[data]
test = { folder = { root = "photos", boxes = "boxes.csv" } }
input = { size = 32, normalise = "imagenet" }
[[init]]
name = "net"
scheme = { pretrained = { checkpoint = "net.safetensors" } }
[[maps]]
methods = ["cam"]
layers = ["layer2"]
[evaluation]
bootstrap = 20
"#,
    );
    let mut boxes = String::from("image,x0,y0,x1,y1\n");
    for class in ["a", "b"] {
        let folder = experiment.path("photos").join(class);
        std::fs::create_dir_all(&folder).unwrap();
        for number in 0..3u8 {
            let pixel = image::Rgb([number * 60, 100, class.as_bytes()[0]]);
            image::RgbImage::from_pixel(32, 32, pixel).save(folder.join(format!("{number}.png"))).unwrap();
            boxes += &format!("{class}/{number}.png,2,2,20,20\n");
        }
    }
    std::fs::write(experiment.path("photos/boxes.csv"), boxes).unwrap();
    checkpoint(&experiment, 1);
    experiment
}

fn checkpoint(experiment: &Experiment, seed: u64) {
    let toml =
        "{ resnet = { stem = \"small-stride-2\", block = \"basic\", depths = [1, 1], widths = [8, 16] } }";
    let mut network = Network::new(backbone(toml).build(2).unwrap());
    InitSpec::KaimingNormal(Default::default()).apply(&mut network, seed).unwrap();
    std::fs::write(experiment.path("net.safetensors"), encode(&network).unwrap()).unwrap();
}

#[test]
fn a_checkpoint_that_changed_is_named_with_both_sums() {
    let experiment = photographs();
    experiment.run().success();
    checkpoint(&experiment, 2);
    let plan = planned(&experiment, &[]);
    let own = &stage(&plan, "map", "net")["reasons"][0];
    let text = own["text"].as_str().unwrap();
    assert!(
        own["kind"] == "file" && text.contains("content of ") && text.contains("net.safetensors: "),
        "{own}"
    );
    assert_eq!(own["new"].as_str().unwrap().len(), 10);
    assert_eq!(own["origin"]["key"], "init.net.scheme.pretrained.checkpoint");
    assert_eq!(own["origin"]["line"], line_of(&experiment, "tiny.toml", "checkpoint = "));
}

#[test]
fn a_removed_artefact_and_a_new_stage_are_no_change() {
    let experiment = Experiment::tiny();
    let plan = planned(&experiment, &[]);
    let kinds = |plan: &Value| -> Vec<String> {
        let all = plan["stages"].as_array().unwrap().iter();
        let missing = all.filter(|stage| stage["state"] != "cached");
        missing.map(|stage| stage["reasons"][0]["kind"].as_str().unwrap().to_owned()).collect()
    };
    assert!(kinds(&plan).iter().all(|kind| kind == "new") && !kinds(&plan).is_empty());
    assert_eq!(plan["totals"]["unknown"], plan["totals"]["stages"]);
    assert!(
        stdout(&experiment.camlab("plan", &[]).success())
            .contains("1. new\n     in 4 stages: 2 train, 2 evaluate; and ")
    );
    experiment.run().success();
    let all = planned(&experiment, &[]);
    let key = stage(&all, "map", "kaiming · cam")["key"].as_str().unwrap().to_owned();
    std::fs::remove_dir_all(experiment.path(".camlab/store/map").join(key)).unwrap();
    let plan = planned(&experiment, &[]);
    assert_eq!(kinds(&plan), ["no-artefact"]);
    let text = stdout(&experiment.camlab("plan", &[]).success());
    assert!(text.contains("run: its artefact was removed or never finished\n"), "{text}");
}

#[test]
fn times_are_estimated_from_earlier_runs_on_the_machine() {
    let experiment = Experiment::tiny();
    experiment.run().success();
    let totals = |more: &[&str]| planned(&experiment, more)["totals"].clone();
    assert_eq!((&totals(&[])["seconds"], &totals(&[])["unknown"]), (&0.0.into(), &0.into()));
    // Another learning rate takes as long: all stages are like those that ran.
    let other = totals(&["--set", "training.lr=0.01"]);
    let missing = other["run"].as_u64().unwrap() + other["waiting"].as_u64().unwrap();
    assert_eq!((&other["measured"], &other["unknown"]), (&missing.into(), &0.into()));
    assert!(other["seconds"].as_f64().unwrap() > 0.0);
    // Time is counted by images and epochs.
    let seconds = |more: &[&str]| {
        let plan = planned(&experiment, &[more, &["--set", "training.lr=0.01"]].concat());
        stage(&plan, "train", "kaiming")["estimate"]["seconds"].as_f64().unwrap()
    };
    let (one, three) = (seconds(&[]), seconds(&["--set", "training.epochs=6"]));
    assert!((three / one - 3.0).abs() < 1e-6, "{one} {three}");
    let plan = planned(&experiment, &["--set", "training.lr=0.01"]);
    let basis = &stage(&plan, "train", "kaiming")["estimate"]["basis"];
    assert_eq!(basis, "the median of 2 train stages of the same size on the same data");
    let text = stdout(&experiment.camlab("plan", &["--set", "training.lr=0.01"]).success());
    assert!(text.contains(&format!("({missing} stages as measured earlier on this machine)\n")), "{text}");
}

#[test]
fn a_graph_has_every_stage_and_its_inputs() {
    let experiment = Experiment::tiny();
    let plan = planned(&experiment, &[]);
    let dot = stdout(&experiment.camlab("plan", &["--dot"]).success());
    assert!(dot.contains("label=\"train\\nkaiming\", fillcolor=\"#ffe6a8\", tooltip=\"run "), "{dot}");
    let all = plan["stages"].as_array().unwrap();
    let nodes = dot.lines().filter(|line| line.contains("[label=")).count();
    let read = all.iter().flat_map(|stage| stage["inputs"].as_array().unwrap());
    let edges = dot.lines().filter(|line| line.contains(" -> ") && !line.starts_with("//")).count();
    assert_eq!((nodes, edges), (all.len(), read.filter(|input| input["key"].is_string()).count()));
    let both = experiment.camlab("plan", &["--json", "--dot"]).failure();
    assert!(stderr(&both).contains("cannot be used with"), "{}", stderr(&both));
}
