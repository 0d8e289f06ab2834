//! The folder of a report belongs to one experiment file; `camlab show`.

use crate::experiment::{Experiment, camlab, stderr, stdout};

#[test]
fn a_report_is_replaced_by_its_own_file_alone() {
    let experiment = Experiment::tiny();
    let text = std::fs::read_to_string(experiment.path("tiny.toml")).unwrap();
    let other = text.replace("[evaluation]", "[evaluation]\ncontrast = [\"histogram-stretch\"]");
    std::fs::write(experiment.path("other.toml"), other).unwrap();
    let run = |arguments: &[&str]| {
        camlab(experiment.path("tiny.toml").parent().unwrap()).arg("run").args(arguments).assert()
    };
    run(&["other.toml"]).success();
    let contrasts = experiment.report().join("contrasts.csv");
    assert!(contrasts.is_file());
    let kept = std::fs::read(experiment.report().join("index.html")).unwrap();

    let refused = stderr(&run(&["tiny.toml"]).failure().code(1));
    for word in ["other.toml", "--out", "--overwrite", "`name`"] {
        assert!(refused.contains(word), "{refused}");
    }
    assert_eq!(std::fs::read(experiment.report().join("index.html")).unwrap(), kept);
    run(&["tiny.toml", "--out", "elsewhere"]).success();

    // Overwritten when asked for, and nothing of the other report stays.
    run(&["tiny.toml", "--overwrite"]).success();
    assert!(!contrasts.exists());
    run(&["other.toml"]).failure();
    // A file that was moved takes its report along.
    std::fs::create_dir(experiment.path("moved")).unwrap();
    std::fs::rename(experiment.path("tiny.toml"), experiment.path("moved/tiny.toml")).unwrap();
    run(&["moved/tiny.toml"]).success();
}

#[test]
fn show_prints_values_origins_and_differences() {
    let base = Experiment::tiny();
    let own = "extends = \"tiny.toml\"\nname = \"own\"\n[training]\nepochs = \"${training.batch}\"\n\
               [sweep]\n\"training.lr\" = [0.1, 0.2]\n\"maps.layers\" = [[\"layer1\"], [\"layer2\"]]\nexclude = [{ \"training.lr\" = 0.1, \"maps.layers\" = [\"layer1\"] }]\n";
    std::fs::write(base.path("own.toml"), own).unwrap();
    let show = |arguments: &[&str]| {
        let folder = base.path("own.toml");
        let mut command = camlab(folder.parent().unwrap());
        command
            .args([
                "show",
                "own.toml",
                "--set",
                "training.weight-decay=0.5",
                "--set",
                "maps.methods=[\"grad-cam\"]",
            ])
            .args(arguments)
            .assert()
    };
    let whole = stdout(&show(&[]).success());
    assert!(whole.starts_with("# cell c00-s0 of 3: lr = 0.1, layers = [\"layer2\"]\n"), "{whole}");
    // What is printed is an experiment again, without references and defaults.
    std::fs::write(base.path("again.toml"), &whole).unwrap();
    camlab(base.path("again.toml").parent().unwrap()).args(["check", "again.toml"]).assert().success();

    let origins = stdout(&show(&["--origin", "--cell", "c01"]).success());
    let origin = |key: &str| {
        let line =
            origins.lines().find(|line| line.starts_with(key)).unwrap_or_else(|| panic!("{key}: {origins}"));
        line.rsplit("  # ").next().unwrap().to_owned()
    };
    assert_eq!(origin("name = \"own\""), "own.toml:2");
    assert_eq!(origin("training.epochs = 16"), "own.toml:4 \"${training.batch}\"");
    assert_eq!(origin("training.batch = 16"), "tiny.toml:26");
    assert_eq!(origin("training.momentum = 0.9"), "default");
    assert_eq!(origin("training.lr = 0.2"), "own.toml:6");
    assert_eq!(origin("training.weight-decay = 0.5"), "--set");

    let difference = stdout(&show(&["--diff", "c00", "c02"]).success());
    assert_eq!(difference, "training.lr: 0.1 -> 0.2\n");
    let difference = stdout(&show(&["--diff", "c00", "tiny.toml"]).success());
    for line in ["name: \"own\" -> \"tiny\"", "training.epochs: 16 -> 2", "training.lr: 0.1 -> 0.05"] {
        assert!(difference.lines().any(|found| found == line), "{difference}");
    }
    let unknown = stderr(&show(&["--cell", "c09"]).failure());
    assert!(unknown.contains("no cell `c09`"), "{unknown}");
}
