//! Fusions from the outside: members, every method, the store, the report.

use crate::experiment::{Experiment, stderr, stdout};
use camlab::frame::{self, FusionRow, ImageRow, PathRow, RunRow, SummaryRow, TrainingRow};

const FUSIONS: &str = r#"
[[fusion]]
name = "naive"
method = "weight-average"

[[fusion]]
name = "aligned"
method = { weight-average = { align = "weight-matching", recalibrate-bn = { images = 24, batch = 8, repair = true }, path = 3 } }
members = ["kaiming", "orthogonal"]

[[fusion]]
name = "soup"
method = { greedy-soup = { align = { weight-matching = { many = "merge-many" } }, recalibrate-bn = { images = 24, batch = 8 } } }
members = ["kaiming", "orthogonal", "aligned"]

[[fusion]]
name = "by-activations"
method = { weight-average = { align = { activation-matching = { images = 20, batch = 7 } } } }

[[fusion]]
name = "logits"
method = { logit-ensemble = { weights = [2, 1] } }

[[fusion]]
name = "maps"
method = { map-ensemble = { join = "max" } }
members = ["orthogonal", "soup"]

[[fusion]]
name = "student"
method = { distill = { temperature = 2, stage = [{ name = "all", epochs = 3 }] } }
"#;

/// The tiny experiment with `validation`, and every fusion.
fn fused() -> Experiment {
    Experiment::tiny()
        .and(FUSIONS)
        .argument("--set")
        .argument("training.validation={ fraction = 0.25 }")
        .argument("--set")
        .argument("training.checkpoint-every={ steps = 1 }")
}

fn images(experiment: &Experiment) -> Vec<ImageRow> {
    let mut images: Vec<ImageRow> = frame::read(&experiment.report()).unwrap();
    images.iter_mut().for_each(|row| row.seconds = 0.0);
    images
}

#[test]
fn every_fusion_stands_beside_its_members_and_a_second_run_is_cached() {
    let experiment = fused();
    experiment.run().success();
    let all = images(&experiment);
    // 20 images x (9 networks and ensembles x 2 methods + 2 baselines).
    assert_eq!(all.len(), 20 * (9 * 2 + 2));

    // The ensemble's map of an image is what its members' maps and scores make it: probabilities in order.
    let of = |network: &str| -> Vec<&ImageRow> {
        all.iter().filter(|row| row.network == network && row.method == "cam").collect()
    };
    let summary: Vec<SummaryRow> = frame::read(&experiment.report()).unwrap();
    assert!(summary.iter().any(|row| row.network == "logits" && row.metric == "top1-acc"));
    assert_eq!(of("logits").len(), 20);
    for ((both, a), b) in of("maps").iter().zip(of("orthogonal")).zip(of("soup")) {
        let mean = (a.label_probability.unwrap() + b.label_probability.unwrap()) / 2.0;
        assert!((both.label_probability.unwrap() - mean).abs() < 1e-5);
        assert_eq!((both.image.as_str(), both.target), (a.image.as_str(), a.target));
    }

    let steps: Vec<FusionRow> = frame::read(&experiment.report()).unwrap();
    let named = |fusion: &str| -> Vec<String> {
        let rows = steps.iter().filter(|row| row.fusion == fusion && !row.member);
        rows.map(|row| row.step.clone()).collect()
    };
    assert_eq!(named("naive"), ["naive"]);
    let ladder =
        ["naive", "recalibrated", "repaired", "aligned", "aligned, recalibrated", "aligned, repaired"];
    assert_eq!(named("aligned"), ladder);
    assert_eq!(named("soup").last().unwrap(), "soup");
    assert_eq!(named("student"), ["student"]);
    assert_eq!(named("by-activations"), ["naive", "aligned"]);
    assert!(named("logits").is_empty());
    assert!(steps.iter().all(|row| row.images == 12 && row.judged_on == "held back"));
    let cosine = |step: &str| steps.iter().find(|row| row.step == step).unwrap().similarity.unwrap();
    assert!(cosine("aligned") > cosine("naive"));
    // The soup is no worse than the best of its members.
    let soup: Vec<&FusionRow> = steps.iter().filter(|row| row.fusion == "soup").collect();
    let best = soup.iter().filter(|row| row.member).filter_map(|row| row.accuracy).fold(0.0, f64::max);
    assert!(soup.last().unwrap().accuracy.unwrap() >= best);

    // The line between the two, as they are and aligned, statistics averaged and repaired; its ends are the members.
    let path: Vec<PathRow> = frame::read(&experiment.report()).unwrap();
    assert_eq!(path.len(), 2 * 2 * 3);
    let ends = path.iter().filter(|row| row.share == 0.0 && row.statistics == "averaged");
    let first = steps.iter().find(|row| row.member && row.step == "kaiming").unwrap();
    assert!(ends.into_iter().all(|row| Some(row.accuracy) == first.accuracy));

    let training: Vec<TrainingRow> = frame::read(&experiment.report()).unwrap();
    assert_eq!(training.iter().filter(|row| row.network == "student").count(), 3);
    let html = std::fs::read_to_string(experiment.report().join("index.html")).unwrap();
    assert!(html.contains("id=\"networks\"") && html.contains("aligned, recalibrated"));
    assert!(experiment.report().join("figures/fusion.svg").is_file());

    let again = experiment.run().success();
    assert!(stdout(&again).contains("everything was cached"), "{}", stdout(&again));
}

#[test]
fn threads_change_no_fusion() {
    let read = |jobs: &str| {
        let experiment = fused().argument("--jobs").argument(jobs);
        experiment.run().success();
        let steps: Vec<FusionRow> = frame::read(&experiment.report()).unwrap();
        (format!("{:?}", images(&experiment)), steps)
    };
    let (one, two) = (read("1"), read("2"));
    assert!(one == two, "1 and 2 threads disagree");
}

/// A fused network is one file that loads as any other checkpoint, and is then the same network.
#[test]
fn a_fused_network_is_exported_and_loads_as_a_checkpoint() {
    let experiment = fused();
    experiment.run().success();
    let export = |more: &[&str]| experiment.camlab("export", more);
    export(&["--network", "soup", "--out", "soup.safetensors"]).success();
    let refused = stderr(&export(&["--network", "logits", "--out", "x.safetensors"]).failure().code(1));
    assert!(
        refused.contains("no network `logits`; use --network with one of kaiming, orthogonal, naive"),
        "{refused}"
    );
    assert!(!experiment.path("x.safetensors").exists());
    let of = |network: &str| -> Vec<(f32, f32)> {
        let rows = images(&experiment).into_iter().filter(|row| row.network == network);
        rows.map(|row| (row.label_probability.unwrap(), row.largest_iou)).collect()
    };
    let wanted = of("soup");
    let loaded = "init.kaiming={ name = \"kaiming\", train = false, scheme = { pretrained = { checkpoint = \"soup.safetensors\" } } }";
    experiment.camlab("run", &["--set", loaded]).success();
    assert_eq!(of("kaiming"), wanted);
}

#[test]
fn what_would_be_fused_from_a_network_that_fails_is_left_out() {
    let experiment = fused().and("\n[sweep]\n\"training.lr\" = [0.05, 1e30]\n");
    let said = stderr(&experiment.run().failure().code(1));
    assert!(said.contains("train of `kaiming` failed in cell c01-s0: the loss became "), "{said}");
    let about: Vec<RunRow> = frame::read(&experiment.report()).unwrap();
    let told = "fuse of `naive` needs the train of `kaiming`";
    assert!(about.iter().any(|row| row.key == "missing" && row.value == told), "{about:?}");
    let all = images(&experiment);
    let of = |cell: &str| all.iter().filter(|row| row.cell == cell).count();
    assert_eq!((of("c00-s0"), of("c01-s0")), (20 * (9 * 2 + 2), 20 * 2));
}

#[test]
fn a_fusion_is_made_anew_when_a_member_is_and_not_otherwise() {
    let experiment = fused();
    experiment.run().success();
    let plan = |set: &str| stdout(&experiment.camlab("plan", &["--set", set]).success());
    for line in plan("evaluation.interpolation=bilinear").lines() {
        let mut words = line.split_whitespace();
        if ["train", "fuse", "predict"].contains(&words.next().unwrap_or_default()) {
            assert!(line.ends_with("cached"), "{line}");
        }
    }
    let changed = plan("init.orthogonal.scheme=xavier-normal");
    let line = |start: &str| {
        let found = changed.lines().find(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            words.first().copied() == start.split(' ').next()
                && words.get(2).copied() == start.split(' ').nth(1)
        });
        found.unwrap_or_else(|| panic!("no {start} in {changed}")).to_owned()
    };
    assert!(line("train kaiming").ends_with("cached"));
    let told = "waits: because train orthogonal runs again";
    assert!(line("fuse naive").ends_with(told), "{}", line("fuse naive"));
}
