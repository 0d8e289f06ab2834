//! Every kind of stage by itself: made again in another process, renamed around, damaged.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::experiment::{Experiment, camlab, stderr, stdout};
use camlab::stage::KINDS;

/// An experiment that has every kind of stage.
const EVERYTHING: &str = r#"
intuitive = { method = "grad-cam" }
metrics = ["max-box-acc-v2", "kl"]

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
"#;

/// Maps whose class scores come from one engine pass, which makes the same bits alone and beside others.
const SCORES: &str = r#"
[[fusion]]
name = "both"
method = "logit-ensemble"
"#;

fn everything() -> Experiment {
    Experiment::tiny().and(EVERYTHING).argument("--set").argument("maps.0.methods=[\"grad-cam\"]")
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

/// Every frame of a report as text, measured columns and the run's own rows aside.
fn frames(report: &Path) -> BTreeMap<String, Vec<u8>> {
    let names =
        ["images", "curves", "gallery", "between", "sanity", "predictions", "clusters", "submaps", "fusion"];
    let mut found = BTreeMap::new();
    for name in names {
        let path = report.join(format!("{name}.parquet"));
        if name != "images" {
            found.insert(name.to_owned(), std::fs::read(path).unwrap());
        }
    }
    let mut images: Vec<camlab::frame::ImageRow> = camlab::frame::read(report).unwrap();
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
        if kind.name == "predict" {
            // Made beside maps with gradients, class scores come from the differentiated network.
            assert!(before.keys().eq(after.keys()), "{key}");
            continue;
        }
        assert!(before == after, "{} {key}", kind.name);
    }
    let unknown = camlab(elsewhere.path()).args(["stage", "0000000", "--store"]).arg(&store).assert().code(1);
    assert!(stderr(&unknown).contains("`camlab run` records the stages"), "{}", stderr(&unknown));
    assert!(!stdout(&camlab(elsewhere.path()).arg("help").assert()).contains("stage KEY"));
}

#[test]
fn what_is_renamed_is_not_made_again_and_leaves_no_old_name() {
    let experiment = everything().and(SCORES);
    experiment.run().success();
    let before = frames(&experiment.report());
    let path = experiment.path("tiny.toml");
    let mut text = std::fs::read_to_string(&path).unwrap();
    let names = [
        ("name = \"tiny\"", "name = \"renamed\""),
        ("name = \"kaiming\"", "name = \"first-net\""),
        ("name = \"orthogonal\"", "name = \"second-net\""),
        ("name = \"assembled\"", "name = \"mixed-net\""),
        ("name = \"both\"", "name = \"side-by-side\""),
        ("name = \"mine\"", "name = \"my-chain\""),
        ("[[maps]]", "[[maps]]\nname = \"group\""),
    ];
    for (old, new) in names {
        assert!(text.contains(old), "{old}");
        text = text.replace(old, new);
    }
    std::fs::write(&path, text).unwrap();
    let told = stdout(&experiment.run().success());
    assert!(told.starts_with("0 stages ran"), "{told}");
    let report = experiment.path("reports/renamed");
    let old = ["assembled", "both", "mine", "tiny", "kaiming ", "orthogonal "];
    for file in walkdir::WalkDir::new(&report).into_iter().flatten().filter(|f| f.file_type().is_file()) {
        let bytes = std::fs::read(file.path()).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        for name in old {
            // The scheme, the method of fusion and words that contain a name are no names of the file.
            let text = text.replace("greedy-soup", "").replace("determine", "").replace("both axes", "");
            let found = text.match_indices(name).any(|(at, _)| {
                let before = text[..at].chars().next_back().is_none_or(|c| !c.is_alphanumeric() && c != '-');
                let after = text[at + name.len()..].chars().next();
                before && after.is_none_or(|c| !c.is_alphanumeric() && c != '-')
            });
            let prose = file.path().extension().is_some_and(|kind| kind == "html" || kind == "md");
            assert!(!found || prose, "`{name}` in {}", file.path().display());
        }
    }
    let images: Vec<camlab::frame::ImageRow> = camlab::frame::read(&report).unwrap();
    assert!(images.iter().any(|row| row.method == "my-chain · polynomial"));
    let wanted = String::from_utf8_lossy(&before["images"]).into_owned();
    let found = String::from_utf8_lossy(&frames(&report)["images"]).into_owned();
    let back = [
        ("first-net", "kaiming"),
        ("second-net", "orthogonal"),
        ("mixed-net", "assembled"),
        ("side-by-side", "both"),
        ("my-chain", "mine"),
    ];
    let found = back.iter().fold(found, |text, (new, old)| text.replace(new, old));
    assert!(found == wanted, "the same rows under other names");
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
    for (how, damage) in [("empty", empty), ("truncated", shorten), ("flipped", flip)] {
        let mut damaged = 0;
        for kind in KINDS {
            for file in ["manifest.json", "cost", "any"] {
                let mut artefacts = artefacts(&store, kind.name).into_iter();
                let Some(artefact) =
                    artefacts.nth(["manifest.json", "cost", "any"].iter().position(|f| *f == file).unwrap())
                else {
                    continue;
                };
                let name = match file {
                    "any" => content(&artefact).into_keys().find(|name| name != "manifest.json").unwrap(),
                    name => name.to_owned(),
                };
                let mut bytes = std::fs::read(artefact.join(&name)).unwrap();
                if bytes.is_empty() {
                    continue;
                }
                damage(&mut bytes);
                std::fs::write(artefact.join(&name), bytes).unwrap();
                damaged += 1;
            }
        }
        let run = experiment.run().success();
        let told = stderr(&run).lines().filter(|line| line.contains("made again: ")).count();
        assert_eq!(told, damaged, "{how}: {}", stderr(&run));
        assert!(frames(&experiment.report()) == before, "{how}");
    }
}
