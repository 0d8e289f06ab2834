//! The command line from the outside: what a person types, what lies on the disk afterwards.

use crate::experiment::{Experiment, camlab, stderr, stdout};
use camlab::frame::{self, ImageRow, RunRow, SummaryRow, TrainingRow};

#[test]
fn a_run_leaves_a_report_and_a_second_run_finds_everything_cached() {
    let experiment = Experiment::tiny();
    experiment.run().success();
    for file in ["index.html", "report.md", "summary.csv", "images.parquet", "training.parquet"] {
        assert!(experiment.report().join(file).is_file(), "{file}");
    }
    let images: Vec<ImageRow> = frame::read(&experiment.report()).unwrap();
    // 20 images x (2 networks x 2 methods + 2 baselines).
    assert_eq!(images.len(), 20 * 6);
    let again = experiment.run().success();
    assert!(stdout(&again).contains("everything was cached"), "{}", stdout(&again));
}

#[test]
fn the_number_of_threads_changes_nothing_but_the_clock() {
    let read = |jobs: &str| {
        let experiment = Experiment::tiny().argument("--jobs").argument(jobs);
        experiment.run().success();
        let mut images: Vec<ImageRow> = frame::read(&experiment.report()).unwrap();
        images.iter_mut().for_each(|row| row.seconds = 0.0);
        let mut training: Vec<TrainingRow> = frame::read(&experiment.report()).unwrap();
        training.iter_mut().for_each(|row| (row.seconds, row.images_per_second) = (0.0, 0.0));
        // NaN is not equal to itself; its text is.
        (format!("{images:?}"), format!("{training:?}"))
    };
    assert!(read("1") == read("2"), "1 and 2 threads disagree");
}

#[test]
fn what_is_judged_can_change_without_training_or_mapping_again() {
    let experiment = Experiment::tiny();
    experiment.run().success();
    let plan = stdout(&experiment.camlab("plan", &["--set", "evaluation.interpolation=bilinear"]).success());
    for line in plan.lines() {
        let stage = line.split_whitespace().next().unwrap_or_default();
        match stage {
            "train" | "map" => assert!(line.ends_with("cached"), "{line}"),
            "evaluate" => assert!(line.contains("interpolation: bicubic -> bilinear"), "{line}"),
            _ => {}
        }
    }
}

#[test]
fn a_plan_says_which_key_changed() {
    let experiment = Experiment::tiny();
    experiment.run().success();
    let plan = stdout(&experiment.camlab("plan", &["--set", "training.lr=0.01"]).success());
    let train: Vec<_> = plan.lines().filter(|line| line.trim_start().starts_with("train")).collect();
    assert_eq!(train.len(), 2);
    for line in train {
        assert!(line.contains("training.lr: 0.05"), "{line}");
        assert!(line.contains("-> 0.01"), "{line}");
    }
}

#[test]
fn cells_share_what_they_can() {
    let experiment = Experiment::tiny().and(
        "\n[sweep]\n\"evaluation.interpolation\" = [\"nearest\", \"bilinear\"]\n\"maps.layers\" = [[\"layer2\"], [\"layer2.0\"]]\n",
    );
    let experiment = experiment
        .argument("--set")
        .argument("seeds=[0, 1]")
        .argument("--set")
        .argument("maps.methods=[\"grad-cam\"]");
    let run = experiment.run().success();
    let said = stderr(&run);
    let trained = said.lines().filter(|line| line.trim_start().starts_with("train ")).count();
    assert_eq!(trained, 4, "two networks, two seeds:\n{said}");
    let summary: Vec<SummaryRow> = frame::read(&experiment.report()).unwrap();
    let mut cells: Vec<_> = summary.iter().map(|row| row.cell.clone()).collect();
    cells.sort();
    cells.dedup();
    assert_eq!(cells.len(), 8, "{cells:?}");
}

#[test]
fn a_report_is_rebuilt_from_parquet_alone() {
    let experiment = Experiment::tiny();
    experiment.run().success();
    let html = std::fs::read_to_string(experiment.report().join("index.html")).unwrap();
    for file in ["index.html", "report.md", "summary.csv", "tiny.toml"] {
        let _ = std::fs::remove_file(experiment.report().join(file));
    }
    std::fs::remove_dir_all(experiment.path(".camlab")).unwrap();
    std::fs::remove_file(experiment.path("tiny.toml")).unwrap();
    camlab(&experiment.path("")).args(["report", "tiny"]).assert().success();
    assert_eq!(std::fs::read_to_string(experiment.report().join("index.html")).unwrap(), html);
}

#[test]
fn a_mistake_is_shown_with_its_place_and_an_exit_code_of_its_own() {
    let experiment = Experiment::tiny().and("\n[report]\nbets = 3\n");
    let check = experiment.camlab("check", &[]).failure().code(2);
    let said = stderr(&check);
    assert!(said.contains("tiny.toml:"), "{said}");
    assert!(said.contains("did you mean `best`?"), "{said}");
}

#[test]
fn an_override_is_typed_like_the_file_and_its_mistakes_point_at_it() {
    let experiment = Experiment::tiny();
    let check = experiment.camlab("check", &["--set", "training.epochs=many"]).failure().code(2);
    assert!(stderr(&check).contains("--set:1:17"), "{}", stderr(&check));
    let resolved = stdout(&experiment.camlab("show", &["--set", "training.epochs=7"]).success());
    assert!(resolved.contains("epochs = 7"), "{resolved}");
}

#[test]
fn a_new_experiment_is_whole_and_never_overwrites() {
    let folder = tempfile::tempdir().unwrap();
    let written = stdout(&camlab(folder.path()).args(["new", "mine.toml"]).assert().success());
    assert!(written.contains("wrote camlab.schema.json"), "{written}");
    let schema = folder.path().join("camlab.schema.json");
    assert_eq!(std::fs::read_to_string(&schema).unwrap(), include_str!("../../docs/camlab.schema.json"));
    assert_eq!(
        stdout(&camlab(folder.path()).arg("schema").assert().success()),
        include_str!("../../docs/camlab.schema.json")
    );
    std::fs::write(&schema, "kept").unwrap();
    let second = stdout(&camlab(folder.path()).args(["new", "second.toml"]).assert().success());
    assert!(!second.contains("schema") && std::fs::read_to_string(&schema).unwrap() == "kept", "{second}");
    camlab(folder.path()).args(["check", "mine.toml"]).assert().success();
    let again = camlab(folder.path()).args(["new", "mine.toml"]).assert().failure();
    assert!(stderr(&again).contains("never overwritten"));
}

#[test]
fn the_lists_name_every_part() {
    let folder = tempfile::tempdir().unwrap();
    let list = stdout(&camlab(folder.path()).arg("list").assert().success());
    for name in [
        "resnet50",
        "affine",
        "hide-and-seek",
        "kaiming-normal",
        "wsol-metadata",
        "layer-cam",
        "center-gaussian",
        "max-box-acc-v2",
    ] {
        assert!(list.contains(name), "{name} is not listed");
    }
    let experiment = Experiment::tiny();
    let layers = camlab(&experiment.path("")).args(["list", "layers", "tiny.toml"]).assert().success();
    assert!(
        stdout(&layers).lines().any(|line| line.trim().starts_with("layer2 ") && line.contains("16x8x8"))
    );
}

#[test]
fn one_map_of_one_image() {
    let experiment = Experiment::tiny();
    experiment.run().success();
    let photo = experiment.path("photo.png");
    image::RgbImage::from_fn(32, 32, |x, y| image::Rgb([x as u8 * 8, y as u8 * 8, 90])).save(&photo).unwrap();
    let cam = |more: &[&str]| {
        let mut command = camlab(&experiment.path(""));
        command.args(["cam", "--experiment", "tiny.toml", "--image", "photo.png", "--method", "grad-cam"]);
        command
            .args(["--layer", "layer2", "--network", "orthogonal", "--out", "map.npy"])
            .args(more)
            .assert()
            .success();
        let npy = npyz::NpyFile::new(std::fs::File::open(experiment.path("map.npy")).unwrap()).unwrap();
        (npy.shape().to_vec(), npy.into_vec::<f32>().unwrap())
    };
    let (shape, map) = cam(&["--overlay", "overlay.png"]);
    assert_eq!(shape, [32, 32]);
    assert!(map.iter().all(|value| value.is_finite()));
    assert!(image::open(experiment.path("overlay.png")).unwrap().width() >= 32);
    let (shape, native) = cam(&["--native", "--target", "1"]);
    assert_eq!(shape, [8, 8]);
    assert!(native.iter().all(|value| *value >= 0.0), "Grad-CAM ends in a ReLU");
}

/// Three photographs with a box each, one of them cut off in the middle.
const BAD_IMAGE: &str = r#"
name = "tiny"
backbone = { resnet = { stem = "small-stride-2", depths = [1, 1], widths = [4, 8], block = "basic" } }
[data]
test = { folder = { root = "photos", boxes = "boxes.csv" } }
input = { size = 32 }
[[init]]
name = "untrained"
scheme = "kaiming-normal"
train = false
[[maps]]
methods = ["grad-cam"]
layers = ["layer1", "layer2"]
combine = "mean"
"#;

fn with_bad_image(policy: &str) -> Experiment {
    let experiment = Experiment::with(BAD_IMAGE).argument("--set").argument(policy);
    for (class, name) in [("cat", "a"), ("cat", "b"), ("dog", "c")] {
        let folder = experiment.path("photos").join(class);
        std::fs::create_dir_all(&folder).unwrap();
        let shade = name.as_bytes()[0];
        let photo = image::RgbImage::from_fn(40, 30, |x, y| image::Rgb([x as u8 * 5, y as u8 * 7, shade]));
        photo.save(folder.join(format!("{name}.png"))).unwrap();
    }
    let broken = experiment.path("photos/cat/b.png");
    let bytes = std::fs::read(&broken).unwrap();
    std::fs::write(&broken, &bytes[..bytes.len() / 2]).unwrap();
    let boxes = "image,x0,y0,x1,y1\ncat/a.png,2,3,20,25\ncat/b.png,0,0,9,9\ndog/c.png,10,5,30,20\n";
    std::fs::write(experiment.path("photos/boxes.csv"), boxes).unwrap();
    experiment
}

#[test]
fn a_bad_image_stops_the_run_by_name_or_is_skipped_and_counted() {
    let strict = with_bad_image("data.on-bad-image=error").run().failure().code(1);
    assert!(stderr(&strict).contains("b.png"), "{}", stderr(&strict));
    assert!(stderr(&strict).contains("map of `untrained"), "{}", stderr(&strict));

    let experiment = with_bad_image("data.on-bad-image=skip");
    let run = experiment.run().success();
    assert!(stderr(&run).contains("b.png"), "{}", stderr(&run));
    let images: Vec<ImageRow> = frame::read(&experiment.report()).unwrap();
    // Two sound photographs, for one joined map and two baselines each.
    assert_eq!(images.len(), 2 * 3);
    assert!(images.iter().any(|row| row.layer == "layer1+layer2"));
    // One image a batch: a batch may then consist of nothing but the bad one.
    experiment.camlab("run", &["--set", "data.batch=1", "--store", "another"]).success();
    let about: Vec<camlab::frame::RunRow> = frame::read(&experiment.report()).unwrap();
    assert_eq!(camlab::frame::RunRow::find(&about, "bad images skipped"), "1");
}

#[test]
fn a_diverging_network_stops_alone_and_says_where() {
    let experiment = Experiment::tiny().and("[sweep]\n\"training.lr\" = [0.05, 1e30]\n");
    let run = experiment.run().failure().code(1);
    let told = stderr(&run);
    let wanted = "2 stages failed, and 18 stages that need the result did not run; the report on the others is \
                  reports/tiny/index.html";
    assert!(told.contains(wanted), "{told}");
    assert!(told.contains("train of `kaiming` failed in cell c01-s0: the loss became "), "{told}");
    assert!(told.contains(" in stage `training`, epoch 1, batch 2, at learning rate "), "{told}");
    let images: Vec<ImageRow> = frame::read(&experiment.report()).unwrap();
    // The other cell is whole; of this one, the baselines stand.
    let of = |cell: &str| images.iter().filter(|row| row.cell == cell).count();
    assert_eq!((of("c00-s0"), of("c01-s0")), (20 * 6, 20 * 2));
    let run: Vec<RunRow> = frame::read(&experiment.report()).unwrap();
    assert_eq!(run.iter().filter(|row| row.key == "failed").count(), 2);
    let text = std::fs::read_to_string(experiment.report().join("report.md")).unwrap();
    assert!(
        text.contains("> Incomplete: 2 stages failed, and 18 stages that need the result did not run."),
        "{text}"
    );
    // Whoever runs it again is told again.
    experiment.run().failure().code(1);
}

#[test]
fn a_failed_stage_says_where_and_keeps_what_was_finished() {
    let experiment = Experiment::tiny();
    let run = experiment.camlab("run", &["--set", "training.lr=1e9"]).failure().code(1);
    let said = stderr(&run);
    assert!(said.contains("train of `kaiming` failed in cell s0"), "{said}");
    assert!(said.contains("training.lr"), "{said}");
}

#[test]
fn a_report_names_methods_and_metrics_as_papers_do_and_frames_as_toml_does() {
    let experiment = Experiment::tiny().and("contrast = [\"histogram-stretch\"]\n");
    experiment.run().success();
    let report = std::fs::read_to_string(experiment.report().join("report.md")).unwrap();
    for title in [
        "| Grad-CAM |",
        "MaxBoxAccV2 (IoU 0.3)",
        "GT-known Loc",
        "the strongest baseline",
        "### What the columns mean",
    ] {
        assert!(report.contains(title), "{title}");
    }
    let contrasts = report.split("## Contrasts").nth(1).expect("a section of contrasts");
    for title in ["Histogram stretch", "Pixel ROC-AUC", "TPR (0.5)", "KL divergence"] {
        assert!(contrasts.contains(title), "{title}");
    }
    let summary: Vec<SummaryRow> = frame::read(&experiment.report()).unwrap();
    assert!(summary.iter().any(|row| row.method == "grad-cam" && row.metric == "max-box-acc-v2@30"));
}
