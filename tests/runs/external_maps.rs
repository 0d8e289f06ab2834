//! Maps of other programs: brought in, evaluated like any method's, and written for others.

use std::path::Path;

use crate::experiment::{Experiment, stderr, stdout};
use camlab::frame::{self, ImageRow};
use camlab::mapfile::{MapFormat, NumberType, write_map};
use camlab::raster::Map;

/// Maps of the twenty test images of the tiny experiment, as another program would leave them: a blob that wanders.
pub(super) fn wandering(folder: &Path, images: impl IntoIterator<Item = usize>) {
    for index in images {
        let value = |at: usize| {
            let (x, y) = ((at % 8) as f32 - (index % 8) as f32, (at / 8) as f32 - 3.0);
            (-(x * x + y * y) / 8.0).exp()
        };
        let map = Map::new(8, 8, (0..64).map(value).collect());
        let path = folder.join(format!("test-{index:06}.npy"));
        write_map(&path, MapFormat::Npy, NumberType::F32, &map).unwrap();
    }
}

/// An external source of the tiny experiment with more keys.
fn with_maps(keys: &str) -> Experiment {
    let experiment =
        Experiment::tiny().and(&format!("\n[[external]]\nname = \"other\"\nroot = \"maps\"\n{keys}"));
    wandering(&experiment.path("maps"), 0..20);
    experiment
}

fn rows(report: &Path, method: &str) -> Vec<ImageRow> {
    let rows: Vec<ImageRow> = frame::read(report).unwrap();
    rows.into_iter().filter(|row| row.method == method).collect()
}

/// Maps that are written and brought in again get the same boxes, hit by hit, and the same numbers; as an image within
/// its quantisation.
#[test]
fn written_maps_come_back_as_they_were() {
    let experiment = Experiment::tiny().argument("--set").argument("maps.0.methods=[\"grad-cam\"]");
    experiment.run().success();
    let written = experiment.camlab("maps", &["--out", "written", "--network", "kaiming"]).success();
    assert_eq!(stdout(&written), "20 maps in written/kaiming/grad-cam/layer2\n");
    for format in ["npz", "png"] {
        let out = format!("written-{format}");
        experiment.camlab("maps", &["--out", &out, "--format", format, "--network", "kaiming"]).success();
    }
    let raw = ["--out", "raw", "--raw", "--dtype", "f32", "--network", "kaiming", "--method", "grad-cam"];
    experiment.camlab("maps", &raw).success();
    let sources = [
        ("as-npy", "written/kaiming/grad-cam/layer2", "range = [0, 1]"),
        ("as-npz", "written-npz/kaiming/grad-cam/layer2", "format = \"npz\"\nrange = [0, 1]"),
        ("as-png", "written-png/kaiming/grad-cam/layer2", "format = \"png\"\nrange = [0, 1]"),
        ("on-the-grid", "raw/kaiming/grad-cam/layer2", ""),
    ];
    let mut experiment = experiment;
    for (name, root, keys) in sources {
        let table =
            format!("\n[[external]]\nname = \"{name}\"\nroot = \"{root}\"\n{keys}\nnetwork = \"kaiming\"\n");
        experiment = experiment.and(&table);
    }
    experiment.run().success();
    let all: Vec<ImageRow> = frame::read(&experiment.report()).unwrap();
    let of = |method: &str| -> Vec<&ImageRow> {
        all.iter().filter(|row| row.method == method && row.network == "kaiming").collect()
    };
    let own = of("grad-cam");
    assert_eq!(own.len(), 20);
    for name in ["as-npy", "as-npz", "on-the-grid"] {
        for (own, other) in own.iter().zip(of(name)) {
            assert_eq!((&own.iou_any, &own.iou_largest), (&other.iou_any, &other.iou_largest), "{name}");
            assert_eq!((own.auc, own.kl, own.label_rank), (other.auc, other.kl, other.label_rank), "{name}");
            assert_eq!((own.predicted, own.target), (other.predicted, other.target), "{name}");
        }
    }
    for (own, other) in own.iter().zip(of("as-png")) {
        let apart = (own.auc.unwrap_or(0.0) - other.auc.unwrap_or(0.0)).abs();
        assert!(apart < 1e-3, "{apart}");
    }
}

/// A network gives external maps class predictions and passes; without one the metrics that need it have no value.
#[test]
fn external_maps_are_compared_like_any_method() {
    let experiment = with_maps("network = \"kaiming\"\n").and(
        "\n[[external]]\nname = \"alone\"\nroot = \"maps\"\n\n[[claim]]\nbetter = { method = \"grad-cam\", network = \"kaiming\" }\nthan = { method = \"other\" }\n",
    );
    let experiment = experiment
        .argument("--set")
        .argument("evaluation.metrics=[\"max-box-acc-v2\", \"top1-loc\", \"average-drop\", \"coherency\"]");
    experiment.run().success();
    let report = experiment.report();
    let summary: Vec<camlab::frame::SummaryRow> = frame::read(&report).unwrap();
    let has =
        |method: &str, metric: &str| summary.iter().any(|row| row.method == method && row.metric == metric);
    for metric in ["max-box-acc-v2", "top1-loc", "average-drop"] {
        assert!(has("other", metric), "{metric}");
    }
    assert!(has("alone", "max-box-acc-v2") && !has("alone", "top1-loc") && !has("alone", "average-drop"));
    // Nobody can make them again of changed images.
    assert!(has("grad-cam", "coherency") && !has("other", "coherency"));
    let (other, alone) = (rows(&report, "other"), rows(&report, "alone"));
    assert!(other.iter().all(|row| row.network == "kaiming" && row.predicted.is_some()));
    assert!(alone.iter().all(|row| row.network == "external" && row.predicted.is_none()));
    let page = std::fs::read_to_string(report.join("report.md")).unwrap();
    assert!(page.contains("other (kaiming)"), "the claim names the maps");
    assert!(stdout(&experiment.run().success()).contains("everything was cached"));
}

/// Images without a file are an error, or left out and told; files of no image are told.
#[test]
fn missing_and_surplus_files_are_told() {
    let experiment = with_maps("");
    std::fs::remove_file(experiment.path("maps/test-000003.npy")).unwrap();
    std::fs::copy(experiment.path("maps/test-000004.npy"), experiment.path("maps/stray.npy")).unwrap();
    let told = stderr(&experiment.run().code(2));
    let expected = "1 of 20 test images have no map of `other` under pattern = \"{id}.npy\": `test-000003`; of no image \
                    there: 1 file, such as `stray.npy`";
    assert!(told.contains(expected), "{told}");
    assert!(told.contains("missing = \"skip\""), "{told}");

    let experiment = experiment.and("missing = \"skip\"\n");
    let told = experiment.run().success();
    assert!(stderr(&told).contains("1 image without a map"), "{}", stderr(&told));
    assert!(stderr(&told).contains("of no image: 1 file, `stray.npy`"), "{}", stderr(&told));
    let page = std::fs::read_to_string(experiment.report().join("report.md")).unwrap();
    assert!(
        page.contains("other: 19 of 20 images of the data set have one")
            && page.contains("of no image: 1 file")
    );
    assert_eq!(rows(&experiment.report(), "other").len(), 19);
    assert_eq!(rows(&experiment.report(), "random").len(), 20);

    std::fs::remove_dir_all(experiment.path("maps")).unwrap();
    let told = stderr(&experiment.run().code(2));
    assert!(told.contains("no such folder of maps; check `root`") && told.contains("tiny.toml:"), "{told}");
}

/// Other contents of a file make the maps anew; a file that is none is told with its name.
#[test]
fn files_count_by_their_content() {
    let experiment = with_maps("");
    experiment.run().success();
    let path = experiment.path("maps/test-000005.npy");
    write_map(&path, MapFormat::Npy, NumberType::F64, &Map::new(4, 4, vec![0.5; 16])).unwrap();
    let ran = stdout(&experiment.run().success());
    assert!(!ran.contains("everything was cached") && !ran.starts_with("0 stages"), "{ran}");
    let flags: Vec<String> = rows(&experiment.report(), "other").into_iter().map(|row| row.flag).collect();
    assert_eq!(flags.iter().filter(|flag| *flag == "constant").count(), 1, "another size, and constant");
    std::fs::write(&path, "no array").unwrap();
    let told = stderr(&experiment.run().code(1));
    assert!(told.contains("test-000005.npy"), "{told}");
}
