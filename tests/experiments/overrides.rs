//! Arguments of `--set`: those that are refused, and what a person is told; those that are accepted.

use std::path::Path;

use camlab::config::{Experiment, Invalid};
use camlab::{plan, run};

fn set(arguments: &[&str]) -> Result<Vec<plan::Cell>, Invalid> {
    let mut document = run::open(Path::new("fixtures/invalid/bases/whole.toml")).unwrap();
    for argument in arguments {
        document.set(argument)?;
    }
    plan::cells(&document)
}

fn experiment(arguments: &[&str]) -> Experiment {
    let cells = set(arguments).unwrap_or_else(|invalid| panic!("{arguments:?}: {invalid}"));
    Experiment::clone(&cells[0].experiment)
}

#[test]
fn every_broken_override_is_explained() {
    let broken: &[&[&str]] = &[
        &["training.lr"],
        &["=0.1"],
        &["training.lr="],
        &["training.lr=fast"],
        &["training.lr=\"0.1\""],
        &["training.lr=1e999"],
        &["training.lr=0.1.2"],
        &["training.lr=[0.1, 0.2]"],
        &["training.lr={ start = 0.1 }"],
        &["training.epochs=-1"],
        &["training.epochs=2.5"],
        &["training.epochs=99999999999999999999"],
        &["training.epochs=2026-01-01"],
        &["training.Learning_Rate=0.1"],
        &["trainng.lr=0.1"],
        &["training..lr=0.1"],
        &["training.lr.start=0.1"],
        &["training=none"],
        &["name=my study"],
        &["name=2024"],
        &["seeds=3"],
        &["seeds=[0, 0]"],
        &["backbone=resnet5"],
        &["backbone.resnet.depths=3"],
        &["init.nobody.scheme=orthogonal"],
        &["init.5.scheme=orthogonal"],
        &["init.xavier.scheme=Xavier_Uniform"],
        &["maps.layers=layer3"],
        &["maps.layers=[\"LAYER_3\"]"],
        &["maps.methods=[grad-cam]"],
        &["maps.methods.0={ grad-cam = {}, cam = {} }"],
        &["maps.methods.layer-cam.relu=true"],
        &["evaluation.metrics=[\"max_box_acc\", \"max-box-acc-v3\"]"],
        &["data.val={ of = \"test\" }"],
        &["extends=other.toml"],
        &["sweep.\"training.lr\"=0.1"],
        &["sweep.\"training.lr\"=[0.1]", "training.lr=0.2"],
        &["training.batch=0", "training.batch=-3", "seeds=[]"],
    ];
    let mut told = String::new();
    for arguments in broken {
        let shown: Vec<String> = arguments.iter().map(|argument| format!("--set '{argument}'")).collect();
        let invalid = set(arguments).map(drop).expect_err(&format!("{arguments:?} should be refused"));
        told += &format!("{}\n\n{}\n\n\n", shown.join(" "), invalid.render(false));
    }
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("overrides", told);
    });
}

#[test]
fn an_override_reaches_any_key_of_any_type() {
    let training = |argument: &str| experiment(&[argument]).training.expect("training");
    assert_eq!(training("training.lr=1").lr, 1.0);
    assert_eq!(training("training.lr = 5e-3").lr, 5e-3);
    assert_eq!(training("training.lr-multiplier.\"layer3.*\"=10").lr_multiplier["layer3.*"], 10.0);
    assert_eq!(training("training.'lr'=0.2").lr, 0.2);
    assert_eq!(experiment(&["name=other"]).name, "other");
    assert_eq!(experiment(&["name=\"2024\""]).name, "2024");
    assert_eq!(experiment(&["init.xavier.name=first", "init.first.train=false"]).init[1].train, Some(false));
    assert_eq!(experiment(&["maps.methods.0=layer-cam"]).maps[0].methods[0].name(), "layer-cam");
    assert_eq!(experiment(&["backbone=resnet18", "maps.layers=[\"layer4\"]"]).backbone.name(), "resnet18");
    assert_eq!(experiment(&["data.batch=${training.batch}"]).data.batch, 16);
    let swept = set(&["sweep.\"training.lr\"=[0.1, 0.2]", "training.epochs=7"]).unwrap();
    assert_eq!(
        swept.iter().map(|cell| cell.experiment.training.as_ref().unwrap().epochs).collect::<Vec<_>>(),
        [7, 7]
    );
}
