//! Every kind of stage by itself: made again in another process, renamed around, damaged.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::experiment::{Experiment, camlab, stderr, stdout};
use crate::external_maps::wandering;
use camlab::frame;
use camlab::graph::{StageKey, StageRef};
use camlab::stage::KINDS;
use camlab::store::{Cost, Store};

/// An experiment that has every kind of stage.
const EVERYTHING: &str = r#"
intuitive = { method = "grad-cam" }
metrics = ["max-box-acc-v2", "kl", "energy-pointing-game", "average-drop", "coherency", { max-sensitivity = { samples = 2 } }]
thresholds = ["pseudo-boxes"]

[prediction]

[[agreement]]
reference = "grad-cam"

[sanity]
images = 4
methods = ["grad-cam"]

[[fusion]]
name = "assembled"
method = { greedy-soup = { fraction = 0.2 } }

[[chain]]
name = "mine"
layers = ["layer1", "layer2"]
polynomial = { degree = 3 }
cluster = { k-means = { k = 3 } }

[[external]]
name = "others"
root = "others-maps"

[[supervised]]
name = "taught"
layer = "layer1"
train = { synthetic = { split = "val", images = 9, size = 32, classes = 3 } }
steps = 5
"#;

/// Class scores that share the passes of maps.
const SCORES: &str = r#"
[[fusion]]
name = "both"
method = "logit-ensemble"
"#;

pub(super) fn everything() -> Experiment {
    let experiment = Experiment::tiny().and(EVERYTHING);
    wandering(&experiment.path("others-maps"), 0..20);
    experiment.argument("--set").argument("maps.0.methods=[\"grad-cam\"]")
}

/// Folders of the artefacts of a kind.
fn artefacts(store: &Path, kind: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(store.join(kind)).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> =
        entries.map(|entry| entry.path()).filter(|path| path.join("manifest.json").is_file()).collect();
    found.sort();
    found
}

/// Every file of an artefact that has to be the same, with its content.
fn content(artefact: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(artefact).unwrap().flatten();
    let files = entries.map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path()));
    files
        .filter(|(name, _)| name != "cost")
        .map(|(name, path)| (name, std::fs::read(path).unwrap()))
        .collect()
}

/// Frames of a report as bytes; the time of every image aside.
fn frames(report: &Path) -> BTreeMap<String, Vec<u8>> {
    let names = [
        "curves",
        "gallery",
        "between",
        "sanity",
        "predictions",
        "clusters",
        "submaps",
        "class-maps",
        "fusion",
    ];
    let mut found: BTreeMap<String, Vec<u8>> = names
        .iter()
        .map(|name| ((*name).to_owned(), std::fs::read(report.join(format!("{name}.parquet"))).unwrap()))
        .collect();
    let mut images: Vec<frame::ImageRow> = frame::read(report).unwrap();
    images.iter_mut().for_each(|row| row.seconds = 0.0);
    found.insert("images".to_owned(), format!("{images:?}").into_bytes());
    found
}

#[test]
fn another_process_in_another_folder_makes_the_same_artefact() {
    let experiment = everything().and(SCORES);
    experiment.run().success();
    let (store, elsewhere) = (experiment.path(".camlab/store"), tempfile::tempdir().unwrap());
    for kind in KINDS {
        let artefact = artefacts(&store, kind.name).into_iter().next();
        let artefact = artefact.unwrap_or_else(|| panic!("the experiment has no {} stage", kind.name));
        let before = content(&artefact);
        let kept = artefact.with_extension("kept");
        std::fs::rename(&artefact, &kept).unwrap();
        let key = artefact.file_name().unwrap().to_string_lossy().into_owned();
        let made =
            camlab(elsewhere.path()).args(["stage", &key[..16], "--store"]).arg(&store).assert().success();
        assert!(stdout(&made).starts_with("made: "), "{}", stdout(&made));
        let after = content(&artefact);
        std::fs::remove_dir_all(&artefact).unwrap();
        std::fs::rename(&kept, &artefact).unwrap();
        assert!(before == after, "{} {key}", kind.name);
    }
    let unknown = camlab(elsewhere.path()).args(["stage", "0000000", "--store"]).arg(&store).assert().code(1);
    assert!(stderr(&unknown).contains("`camlab run` records the stages"), "{}", stderr(&unknown));
    assert!(!stdout(&camlab(elsewhere.path()).arg("help").assert()).contains("stage KEY"));
}

#[test]
fn what_is_renamed_is_not_made_again_and_leaves_no_old_name() {
    let experiment = everything().and(SCORES);
    let path = experiment.path("tiny.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let names = ["tiny", "kaiming", "orthogonal", "assembled", "both", "mine", "others", "taught"];
    // Names that no other word of a report contains.
    let named = |prefix: &str| {
        let text = text.replace("[[maps]]", &format!("[[maps]]\nname = \"{prefix}-maps\""));
        names.iter().fold(text, |text, name| {
            let written = format!("name = \"{name}\"");
            assert!(text.contains(&written), "{name}");
            text.replace(&written, &format!("name = \"{prefix}-{name}\""))
        })
    };
    let images = |prefix: &str| {
        let report = experiment.path(&format!("reports/{prefix}-tiny"));
        String::from_utf8_lossy(&frames(&report)["images"]).into_owned()
    };
    std::fs::write(&path, named("qxold")).unwrap();
    experiment.run().success();
    std::fs::write(&path, named("qxnew")).unwrap();
    let told = stdout(&experiment.run().success());
    assert!(told.starts_with("0 stages ran"), "{told}");
    let report = experiment.path("reports/qxnew-tiny");
    for name in ["index.html", "report.md", "summary.csv"] {
        assert!(!std::fs::read_to_string(report.join(name)).unwrap().contains("qxold"), "{name}");
    }
    // Parquet is compressed: the rows tell, not the bytes.
    macro_rules! rows {
        ($($row:ident),*) => { [$((stringify!($row), format!("{:?}", frame::read::<frame::$row>(&report).unwrap()))),*] };
    }
    for (name, rows) in rows!(
        AgreementRow,
        AnnotationRow,
        BetweenRow,
        CellRow,
        ClassMapRow,
        ClusterRow,
        ClusteringRow,
        CorrectionRow,
        CurveRow,
        FusionRow,
        GalleryRow,
        HeadTrainingRow,
        ImageRow,
        IntuitiveRow,
        PathRow,
        PredictionRow,
        PredictionSummaryRow,
        RunRow,
        SanityRow,
        StepRow,
        SubMapRow,
        SummaryRow,
        TrainingRow
    ) {
        assert!(!rows.contains("qxold"), "{name}");
    }
    assert!(images("qxnew").contains("qxnew-mine · polynomial"));
    assert!(images("qxnew").replace("qxnew", "qxold") == images("qxold"), "the same rows under other names");
}

#[test]
fn what_is_damaged_is_found_made_again_and_told() {
    let experiment = everything();
    experiment.run().success();
    let (store, before) = (experiment.path(".camlab/store"), frames(&experiment.report()));
    let shorten: fn(&mut Vec<u8>) = |bytes| bytes.truncate(bytes.len() / 2);
    let empty: fn(&mut Vec<u8>) = Vec::clear;
    let flip: fn(&mut Vec<u8>) = |bytes| {
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
    };
    let damages = [empty, shorten, flip];
    // Every way in every kind of file of every kind of artefact is found by whoever opens it.
    for kind in KINDS {
        let Some(artefact) = artefacts(&store, kind.name).into_iter().next() else { continue };
        let key = StageKey(artefact.file_name().unwrap().to_string_lossy().into_owned().into());
        let place = StageRef { kind: kind.name.into(), key };
        for name in content(&artefact).into_keys().chain(["cost".to_owned()]) {
            let path = artefact.join(&name);
            let whole = std::fs::read(&path).unwrap();
            for damage in damages.iter().filter(|_| !whole.is_empty()) {
                let mut bytes = whole.clone();
                damage(&mut bytes);
                std::fs::write(&path, bytes).unwrap();
                let opened = Store::new(&store).open(&place).and_then(|folder| Cost::read(&folder));
                assert!(opened.is_err_and(|error| error.is_damage()), "{} {name}", kind.name);
            }
            std::fs::write(&path, whole).unwrap();
        }
        assert!(Store::new(&store).open(&place).is_ok(), "{}", kind.name);
    }
    let mut damaged = 0;
    for (kind_index, kind) in KINDS.iter().enumerate() {
        // Each in an artefact of its own, as far as there are several, and each way in one of three kinds.
        let files = ["manifest.json", "cost", "any"].into_iter().enumerate();
        for (artefact, (file_index, file)) in artefacts(&store, kind.name).iter().zip(files) {
            let name = match file {
                "any" => content(artefact).into_keys().find(|name| name != "manifest.json").unwrap(),
                name => name.to_owned(),
            };
            let mut bytes = std::fs::read(artefact.join(&name)).unwrap();
            if bytes.is_empty() {
                continue;
            }
            damages[(kind_index + file_index) % damages.len()](&mut bytes);
            std::fs::write(artefact.join(&name), bytes).unwrap();
            damaged += 1;
        }
    }
    let run = experiment.run().success();
    let told = stderr(&run).lines().filter(|line| line.contains("made again: ")).count();
    assert_eq!(told, damaged, "{}", stderr(&run));
    assert!(frames(&experiment.report()) == before);
}

#[test]
fn a_metric_more_measures_its_own_numbers_and_nothing_else() {
    let experiment = Experiment::tiny();
    experiment.run().success();
    let more = experiment.argument("--set").argument(
        "evaluation.metrics=[\"max-box-acc-v2\", \"tpr\", \"energy-pointing-game\", \"average-drop\"]",
    );
    let plan = stdout(&more.camlab("plan", &[]).success());
    let kinds: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
    let runs = |line: &&str| !line.ends_with("cached") && kinds.iter().any(|kind| line.starts_with(kind));
    let missing: Vec<&str> = plan.lines().map(str::trim).filter(runs).collect();
    // Two networks with two maps each, and two baselines, which have no network to drop a probability of.
    assert_eq!(missing.len(), 2 * 2 * 2 + 2, "{plan}");
    assert!(missing.iter().all(|line| line.starts_with("measure ")), "{plan}");
    more.run().success();
    let summary: Vec<frame::SummaryRow> = frame::read(&more.report()).unwrap();
    let measured = |metric: &str, baseline: bool| -> Vec<f64> {
        let rows = summary.iter().filter(|row| row.metric == metric);
        rows.filter(|row| (row.network == "baseline") == baseline).map(|row| row.value).collect()
    };
    for (metric, baseline, count) in [
        ("energy-pointing-game", false, 4),
        ("energy-pointing-game", true, 2),
        ("average-drop", false, 4),
        ("average-drop", true, 0),
    ] {
        let values = measured(metric, baseline);
        assert_eq!(values.len(), count, "{metric}");
        assert!(values.iter().all(|value| (0.0..=100.0).contains(value)), "{metric}: {values:?}");
    }
    assert!(stdout(&more.run().success()).contains("everything was cached"));
}

#[test]
fn cells_change_their_names_without_a_stage() {
    let sweep = |values: &str| format!("\n[sweep]\n\"evaluation.interpolation\" = {values}\n");
    let (first, second) = (sweep(r#"["nearest", "bilinear"]"#), sweep(r#"["bilinear", "nearest"]"#));
    let experiment = Experiment::tiny().and(&first);
    let of_cell = |cell: &str| -> Vec<frame::ImageRow> {
        let rows: Vec<frame::ImageRow> = frame::read(&experiment.report()).unwrap();
        let rows = rows.into_iter().filter(|row| row.cell == cell);
        rows.map(|row| frame::ImageRow { cell: String::new(), seconds: 0.0, ..row }).collect()
    };
    experiment.run().success();
    let before = [of_cell("c00-s0"), of_cell("c01-s0")];
    assert!(before.iter().all(|rows| !rows.is_empty()) && before[0] != before[1]);
    let path = experiment.path("tiny.toml");
    let text = std::fs::read_to_string(&path).unwrap().replace(&first, &second);
    std::fs::write(&path, text).unwrap();
    let told = stdout(&experiment.run().success());
    assert!(told.starts_with("0 stages ran"), "{told}");
    assert!([of_cell("c01-s0"), of_cell("c00-s0")] == before);
}
