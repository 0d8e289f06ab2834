//! Checkpoints as training scripts leave them (`fixtures/golden/checkpoints`): every network in them is reached by
//! options, none is passed over silently, and what is no checkpoint of weights is refused in words of its format.

use std::path::{Path, PathBuf};

use camlab::data::path::DataPath;
use camlab::nn::Network;
use camlab::nn::checkpoint::{Checkpoint, TensorSelection};
use camlab::parts::init::{InitSpec, PretrainedOptions};

use crate::support::{backbone, shared, tensors_by_file};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/golden/checkpoints")
}

fn read(file: &str, selection: TensorSelection<'_>) -> Result<Checkpoint, String> {
    Checkpoint::read_selected(&folder().join(file), selection).map_err(|error| error.to_string())
}

#[test]
fn every_network_is_reached_by_options() {
    let without_loss = |name: &str| !name.starts_with("criterion.");
    let rename = [("backbone.".to_owned(), String::new()), ("head.".to_owned(), "fc.".to_owned())];
    // Names of files, with the option that chooses among several networks in one.
    let all = tensors_by_file(&folder().join("tensors.safetensors"));
    assert_eq!(all.len(), 13, "a file is missing");
    for (name, tensors) in &all {
        let (file, option) = name.split_once(' ').unwrap_or((name, ""));
        let mut selection = TensorSelection::ALL;
        match file {
            "lightning.pth" => selection.wanted = &without_loss,
            "backbone-head.pth" => selection.rename = &rename,
            "both.pth" => selection.prefix = Some(option),
            "teacher.pth" => {
                selection.state_dict = Some(option);
                selection.prefix = Some("backbone.");
            }
            _ if !option.is_empty() => selection.state_dict = Some(option),
            _ => {}
        }
        let found = read(file, selection).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(found.tensors(), tensors, "{name}");
    }
    // The prefix of a network of Lightning reaches it as well.
    let selection = TensorSelection { prefix: Some("model."), ..TensorSelection::ALL };
    assert_eq!(read("lightning.pth", selection).expect("a network").tensors(), &all["lightning.pth"]);
}

#[test]
fn of_several_networks_none_is_chosen_silently() {
    for (file, wanted) in [
        ("ema.pth", "`state_dict` (8 tensors), `state_dict_ema` (8 tensors)"),
        ("teacher.pth", "`student` (8 tensors), `teacher` (8 tensors)"),
        ("callback.pth", "`callbacks.EMA.ema_weights` (8 tensors), `state_dict` (8 tensors)"),
    ] {
        let error = read(file, TensorSelection::ALL).expect_err("two networks");
        assert!(
            error.contains("write state-dict = \"KEY\" to choose one") && error.ends_with(wanted),
            "{error}"
        );
        let selection = TensorSelection { state_dict: Some("ema"), ..TensorSelection::ALL };
        let error = read(file, selection).expect_err("no such key");
        assert!(error.contains("state-dict = \"ema\" is not in it") && error.ends_with(wanted), "{error}");
    }
    let selection = TensorSelection { state_dict: Some("model"), ..TensorSelection::ALL };
    let error = read("module.safetensors", selection).expect_err("no dictionaries");
    assert!(error.contains("write prefix instead"), "{error}");
}

#[test]
fn the_error_names_the_option_that_reaches_the_network() {
    let small = || {
        let text = "{ resnet = { depths = [1], widths = [4], stem = \"small\" } }";
        Network::new(backbone(text).build(3).expect("a backbone"))
    };
    let mut saved = small();
    InitSpec::KaimingNormal(Default::default()).apply(&mut saved, 1).expect("an initialisation");
    let under = |prefixes: &[&str]| {
        let mut checkpoint = Checkpoint::new("FILE");
        for (spec, value) in saved.specs().iter().zip(saved.values()) {
            for prefix in prefixes {
                checkpoint.insert(&format!("{prefix}{}", spec.name), spec.shape.clone(), value.to_vec());
            }
        }
        checkpoint.load_into(&mut small()).expect_err("other names").to_string()
    };
    let error = under(&["backbone."]);
    assert!(error.ends_with("begin with `backbone.` there: write prefix = \"backbone.\""), "{error}");
    let error = under(&["model.", "model_ema.module."]);
    let wanted = "several copies of the network: choose one by prefix = \"model.\" or \"model_ema.module.\"";
    assert!(error.ends_with(wanted), "{error}");
}

#[test]
fn what_is_no_checkpoint_of_weights_is_called_by_its_name() {
    let mut told = String::new();
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder().join("refused"))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.sort();
    for file in files {
        let error = Checkpoint::read(&file).expect_err("refused").to_string();
        let error = error.replace(&folder().display().to_string(), "FOLDER");
        told.push_str(&format!("{error}\n"));
        assert!(!error.contains("asks to load and call"), "{error}");
    }
    insta::assert_snapshot!(told);
}

#[test]
fn the_index_of_shards_is_checked() {
    let place = tempfile::tempdir().expect("a folder");
    let index = place.path().join("model.safetensors.index.json");
    let fails = |text: &str| {
        std::fs::write(&index, text).expect("a file");
        Checkpoint::read(&index).expect_err("a broken index").to_string()
    };
    let error = fails("{ \"weight_map\": { \"a\": \"../secret.safetensors\" } }");
    assert!(error.ends_with("its shard `../secret.safetensors` is not a file beside it"), "{error}");
    assert!(fails("{ \"weights\": 3 }").contains("the index of shards, with `weight_map`"));
    assert!(fails("{ \"weight_map\": { \"a\": \"none.safetensors\" } }").contains("none.safetensors"));
    let shard = "model-00001-of-00002.safetensors";
    std::fs::copy(folder().join(shard), place.path().join(shard)).expect("a copy");
    let error = fails(&format!("{{ \"weight_map\": {{ \"module.zzz\": \"{shard}\" }} }}"));
    assert!(error.contains("lack the tensor `zzz`"), "{error}");
}

#[test]
fn prefixes_of_wrappers_are_removed_from_safetensors() {
    let Some(shared) = shared() else { return };
    let plain = Checkpoint::read(&shared.join("faults/checkpoints/plain.safetensors")).expect("a checkpoint");
    for name in ["module", "model", "orig"] {
        let file = shared.join(format!("faults/checkpoints/{name}.safetensors"));
        let found = Checkpoint::read(&file).expect("a checkpoint");
        assert_eq!(found.tensors(), plain.tensors(), "{name}");
    }
}

#[test]
fn options_of_an_experiment_reach_a_network() {
    let options = PretrainedOptions {
        checkpoint: DataPath::new(folder().join("lightning.pth").to_string_lossy()),
        leave_out: vec!["criterion.*".into(), "fc.*".into()],
        ..PretrainedOptions::default()
    };
    let mut network = Network::new(
        backbone("{ resnet = { depths = [1], widths = [2], stem = \"small\" } }")
            .build(3)
            .expect("a backbone"),
    );
    let error =
        InitSpec::Pretrained(options).apply(&mut network, 1).expect_err("another network").to_string();
    // The loss and the prefix are gone; what is left are layers of another network.
    assert!(error.contains("missing `layer1.0.conv1.weight`") && !error.contains("criterion"), "{error}");
    assert!(!error.contains("model."), "{error}");
}
