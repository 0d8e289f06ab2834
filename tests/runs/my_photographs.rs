//! Photographs that nobody has labelled: a report of their maps, and `camlab cam`.

use std::path::Path;

use image::{GrayImage, Luma, Rgb, RgbImage};

const BACKBONE: &str = "{ resnet = { stem = 'small-stride-2', block = 'basic', depths = [1, 1, 1, 1], widths = [8, 8, 16, 16] } }";

/// A folder with three photographs, a file of four class names, and an experiment.
fn folder(data: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::create_dir(at("mine")).unwrap();
    for (name, rate) in [("boat", 3), ("car", 5)] {
        let photo =
            RgbImage::from_fn(50, 40, |x, y| Rgb([(x * rate) as u8, (y * rate) as u8, (x * y / 8) as u8]));
        photo.save(at(&format!("mine/{name}.png"))).unwrap();
    }
    GrayImage::from_fn(40, 40, |x, y| Luma([(x * 5 + y) as u8])).save(at("mine/grey.png")).unwrap();
    std::fs::write(
        at("names.txt"),
        "n00000001 boat\nn00000002 car, auto\nn00000003 house\nn00000004 tree\n\n",
    )
    .unwrap();
    let text = format!(
        "name = 'mine'\nbackbone = {BACKBONE}\n{data}\ninput = {{ size = 32 }}\non-bad-image = 'convert'\n\
         [[init]]\nname = 'a'\nscheme = 'kaiming-normal'\ntrain = false\n\
         [[maps]]\nmethods = ['cam', 'grad-cam']\nlayers = ['layer4']\n"
    );
    std::fs::write(at("mine.toml"), text).unwrap();
    folder
}

const UNKNOWN: &str = "target = 'predicted'\n[data]\nlabels = 'unknown'\n\
                       test = { folder = { root = 'mine', classes = '../names.txt' } }";

fn camlab(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = assert_cmd::Command::cargo_bin("camlab").expect("the binary is built");
    let output = command.current_dir(folder).args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn photographs_without_labels_get_a_report_of_their_maps() {
    let folder = folder(UNKNOWN);
    let (code, _, err) = camlab(folder.path(), &["run", "mine.toml"]);
    assert_eq!(code, Some(0), "{err}");
    let html = std::fs::read_to_string(folder.path().join("reports/mine/index.html")).unwrap();
    assert!(html.contains("The images have no true boxes, so no localisation accuracy can be measured"));
    assert!(html.contains("in the order of the data set"));
    for name in ["boat.png", "car.png", "grey.png"] {
        assert!(html.contains(name), "{name}");
    }
    let summary = std::fs::read_to_string(folder.path().join("reports/mine/summary.csv")).unwrap();
    for metric in ["MaxBoxAcc", "Loc", "acc", "FPR", "TPR"] {
        assert!(!summary.contains(metric), "{metric}: {summary}");
    }
}

#[test]
fn a_run_that_reads_labels_says_which_line_to_change() {
    let known = UNKNOWN.replace("labels = 'unknown'\n", "");
    let (code, _, err) = camlab(folder(&known).path(), &["run", "mine.toml"]);
    assert_eq!(code, Some(2), "{err}");
    assert!(err.contains("the images of `data.test` have no labels"), "{err}");
    assert!(err.contains("write labels = \"unknown\" in [data]"), "{err}");
}

#[test]
fn cam_overlays_several_photographs() {
    let folder = folder(UNKNOWN);
    let (code, out, err) = camlab(folder.path(), &["export", "mine.toml", "--out", "weights.safetensors"]);
    assert_eq!(code, Some(0), "{out}{err}");
    std::fs::write(folder.path().join("mine/broken.jpg"), "no image").unwrap();
    let network = ["--weights", "weights.safetensors", "--backbone", BACKBONE, "--input", "32"];
    let photos = ["cam", "mine/boat.png", "mine/broken.jpg", "mine/grey.png"];
    let named = ["--classes", "names.txt", "--class", "auto", "--out", "maps"];
    let all = |more: &[&str]| camlab(folder.path(), &[&photos[..], &network[..], more].concat());
    let (code, _, err) = all(&named);
    assert_eq!(code, Some(1));
    assert!(err.contains("no class `auto`"), "{err}");
    let (code, out, err) = all(&["--classes", "names.txt", "--class", "car", "--out", "maps"]);
    assert_eq!(code, Some(1));
    assert!(err.contains("broken.jpg: is not a JPEG or PNG image"), "{err}");
    assert!(err.ends_with("error: 1 of 3 photographs have no map (causes above)\n"), "{err}");
    assert_eq!(out.lines().count(), 4, "{out}");
    assert!(out.contains("\n  map of car: maps/boat.png\n"), "{out}");
    let overlay = image::open(folder.path().join("maps/grey.png")).unwrap();
    assert_eq!((overlay.width(), overlay.height()), (40, 40));
    // Without a file of names, the number of classes must be the checkpoint's.
    let (code, _, err) = all(&[]);
    assert_eq!(code, Some(1));
    assert!(err.contains("with 1000 classes (--classes)"), "{err}");
    // The network of an experiment, without a word about classes.
    let of_experiment = ["cam", "mine/car.png", "--experiment", "mine.toml", "--layer", "layer3"];
    let (code, out, err) = camlab(folder.path(), &of_experiment);
    assert_eq!(code, Some(0), "{err}");
    assert!(out.contains("cams/car.png"), "{out}");
}
