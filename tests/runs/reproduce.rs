//! Provenance of a report, and the experiment run again from it.

use std::path::Path;
use std::process::Command;

use assert_cmd::assert::Assert;
use serde_json::Value;

use crate::experiment::{Experiment, camlab, stderr, stdout};
use crate::stages::everything;
use camlab::frame::{self, FRAMES, ImageRow, RunRow, SummaryRow};
use camlab::run::Provenance;

/// `camlab reproduce tiny MORE...` in the experiment's folder.
fn reproduce(experiment: &Experiment, more: &[&str]) -> Assert {
    camlab(&experiment.path(".")).args(["reproduce", "tiny"]).args(more).assert()
}

fn is_identical(assert: Assert) {
    let told = stdout(&assert.success());
    assert!(told.contains(&format!("all {} frames are identical", FRAMES.len())), "{told}");
}

fn provenance(experiment: &Experiment) -> Provenance {
    Provenance::read(&experiment.report()).expect("the record of a run")
}

#[test]
fn a_run_is_reproduced_and_its_file_and_folder_do_not_matter() {
    let experiment = Experiment::tiny();
    experiment.run().success();
    let told = stdout(&reproduce(&experiment, &[]).success());
    for info in FRAMES {
        let line = told.lines().find(|line| line.starts_with(&format!("{} ", info.file)));
        assert!(line.is_some_and(|line| line.ends_with("identical")), "{}: {told}", info.file);
    }
    // From anywhere, by the folder, with the experiment gone and a report that stays.
    std::fs::write(experiment.path("tiny.toml"), "name = 3").unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let again = |more: &[&str]| {
        let mut command = camlab(elsewhere.path());
        command.arg("reproduce").arg(experiment.report()).args(more).assert()
    };
    let kept = stdout(&again(&["--out", "kept", "--store", "store"]).success());
    assert!(kept.contains("kept/index.html"), "{kept}");
    assert!(elsewhere.path().join("kept/index.html").is_file());
    assert!(elsewhere.path().join("store/train").is_dir());
    for (option, folder) in [("--out", "kept"), ("--store", "store")] {
        let refused = stderr(&again(&[option, folder]).failure().code(1));
        assert!(refused.contains(&format!("{option} {folder} is not an empty folder")), "{refused}");
    }
    std::fs::remove_file(experiment.path("tiny.toml")).unwrap();
    is_identical(again(&[]));
}

#[test]
fn a_report_of_stages_that_several_runs_made_is_reproduced_by_one() {
    let experiment = everything();
    experiment.camlab("run", &["--jobs", "1", "--set", "evaluation.bootstrap=20"]).success();
    let more = ["--set", "maps.0.methods=[\"grad-cam\", \"cam\"]", "--set", "data.batch=7"];
    let told = stdout(&experiment.camlab("run", &more).success());
    assert!(!told.contains(" 0 were cached"), "{told}");
    is_identical(reproduce(&experiment, &[]));
}

#[test]
fn a_frame_with_another_value_is_named_with_its_row() {
    let experiment = Experiment::tiny();
    experiment.run().success();
    let mut rows: Vec<SummaryRow> = frame::read(&experiment.report()).unwrap();
    let true_value = rows[2].value;
    rows[2].value += 1.0;
    frame::write(&experiment.report(), &rows).unwrap();
    let mut images: Vec<ImageRow> = frame::read(&experiment.report()).unwrap();
    images[5].seconds = 1e6;
    frame::write(&experiment.report(), &images).unwrap();
    let assert = reproduce(&experiment, &[]).failure().code(1);
    let (told, error) = (stdout(&assert), stderr(&assert));
    let difference = format!("column value: recorded {:?}, new {true_value:?}", true_value + 1.0);
    let line = told.lines().find(|line| line.contains(&difference)).unwrap_or_else(|| panic!("{told}"));
    assert!(line.starts_with("  row 2 (experiment = tiny, cell = s0, seed = 0, network = "), "{line}");
    assert!(error.contains(&format!("1 of {} frames differ", FRAMES.len())), "{error}");
    assert!(error.contains("--out DIR keeps the new report"), "{error}");
}

#[test]
fn extended_files_overrides_and_sweeps_are_part_of_the_record() {
    let base = Experiment::tiny();
    std::fs::create_dir_all(base.path("shared/more")).unwrap();
    std::fs::rename(base.path("tiny.toml"), base.path("shared/base.toml")).unwrap();
    std::fs::write(base.path("shared/more/seeds.toml"), "extends = \"../base.toml\"\nseeds = [3, 4]\n")
        .unwrap();
    let own = "extends = [\"shared/base.toml\", \"shared/more/seeds.toml\"]\n\
               [sweep]\n\"evaluation.interpolation\" = [\"nearest\", \"bilinear\"]\n";
    std::fs::write(base.path("tiny.toml"), own).unwrap();
    let set = ["--set", "training.epochs=1", "--set", "maps.0.methods=[\"cam\"]"];
    base.camlab("run", &set).success();

    let record = provenance(&base);
    let experiment = &record.experiment;
    let copies: Vec<&str> = experiment.sources.iter().map(|source| source.copy.as_str()).collect();
    assert_eq!(copies, ["01-tiny.toml", "02-base.toml", "03-seeds.toml"]);
    assert_eq!(experiment.sources[1].path, "shared/base.toml");
    assert!(Path::new(&experiment.sources[2].file).is_absolute());
    assert_eq!(experiment.extends.len(), 3);
    assert_eq!(experiment.overrides, ["training.epochs=1", "maps.0.methods=[\"cam\"]"]);
    let seeds: Vec<u64> = record.cells.iter().map(|cell| cell.seed).collect();
    assert_eq!(seeds, [3, 4, 3, 4]);
    let folder = base.report().join("provenance");
    let text = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    assert_eq!(text("sources/01-tiny.toml"), own);
    assert_eq!(text("experiment.toml"), stdout(&base.camlab("show", &set).success()));
    let origins: Vec<&str> = [&set[..], &["--origin"]].concat();
    assert_eq!(text("origins.txt"), stdout(&base.camlab("show", &origins).success()));
    let plan = stdout(&base.camlab("plan", &set).success());
    assert_eq!(text("cells.txt").lines().count(), 4);
    assert!(text("cells.txt").lines().all(|line| plan.lines().any(|listed| listed.trim() == line)), "{plan}");

    for name in ["tiny.toml", "shared/base.toml", "shared/more/seeds.toml"] {
        std::fs::write(base.path(name), "name = 3\n").unwrap();
    }
    is_identical(reproduce(&base, &[]));
    // A copy that was edited would be another experiment.
    std::fs::write(folder.join("sources/02-base.toml"), "name = \"other\"\n").unwrap();
    let refused = stderr(&reproduce(&base, &[]).failure().code(1));
    assert!(refused.contains("02-base.toml was changed after the run"), "{refused}");
}

#[test]
fn nothing_of_an_earlier_run_stays_in_the_folder() {
    let experiment = Experiment::tiny();
    std::fs::rename(experiment.path("tiny.toml"), experiment.path("base.toml")).unwrap();
    let swept = "extends = \"base.toml\"\n[sweep]\n\"evaluation.bootstrap\" = [10, 20]\n";
    std::fs::write(experiment.path("tiny.toml"), swept).unwrap();
    experiment.run().success();
    let folder = experiment.report().join("provenance");
    assert!(folder.join("cells.txt").is_file() && folder.join("sources/02-base.toml").is_file());
    std::fs::copy(experiment.path("base.toml"), experiment.path("tiny.toml")).unwrap();
    experiment.run().success();
    assert!(!folder.join("cells.txt").exists() && !folder.join("sources/02-base.toml").exists());
    is_identical(reproduce(&experiment, &[]));
    // A report whose record is gone is written again.
    assert!(stdout(&experiment.run().success()).contains("everything was cached"));
    std::fs::remove_dir_all(&folder).unwrap();
    let refused = stderr(&reproduce(&experiment, &[]).failure().code(1));
    assert!(
        refused.contains("has no provenance/provenance.json") && refused.contains("camlab run"),
        "{refused}"
    );
    assert!(!stdout(&experiment.run().success()).contains("everything was cached"));
    assert!(folder.join("provenance.json").is_file());
}

/// An experiment on photographs in a folder beside its file, the network's weights in a file.
fn on_files() -> Experiment {
    let experiment = Experiment::tiny();
    let path = experiment.path("tiny.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once("train = ").unwrap();
    let (_, rest) = rest.split_once("input = ").unwrap();
    let (inits, rest) = rest.split_once("[[init]]").unwrap();
    let (_, maps) = rest.split_once("[[maps]]").unwrap();
    let changed = format!(
        "{before}test = {{ folder = {{ root = \"photographs\" }} }}\ninput = {inits}[[init]]\nname = \"given\"\n\
         scheme = {{ pretrained = {{ checkpoint = \"given.safetensors\" }} }}\n[[maps]]{maps}"
    );
    // The weights of a network of this backbone with as many classes as there are folders.
    let source = text.replace("classes = 3", "classes = 2").replace("name = \"tiny\"", "name = \"source\"");
    std::fs::write(experiment.path("source.toml"), source).unwrap();
    let folder = experiment.path(".");
    camlab(&folder).args(["run", "source.toml", "--out", "source"]).assert().success();
    let export = ["export", "source.toml", "--network", "kaiming", "--out", "given.safetensors"];
    camlab(&folder).args(export).assert().success();
    for (class, level) in [("cat", 40), ("dog", 200)] {
        let folder = experiment.path(&format!("photographs/{class}"));
        std::fs::create_dir_all(&folder).unwrap();
        for number in 0..4u8 {
            let photo = image::RgbImage::from_fn(32, 32, |x, y| {
                image::Rgb([level, (x * 8) as u8, (y as u8) ^ number])
            });
            photo.save(folder.join(format!("{number}.png"))).unwrap();
        }
    }
    // The maps of photographs without boxes have no localisation metrics.
    std::fs::write(experiment.path("photographs/boxes.csv"), boxes()).unwrap();
    let changed = changed.replace("root = \"photographs\"", "root = \"photographs\", boxes = \"boxes.csv\"");
    std::fs::write(path, changed).unwrap();
    experiment
}

fn boxes() -> String {
    let rows = ["cat", "dog"]
        .into_iter()
        .flat_map(|class| (0..4).map(move |number| format!("{class}/{number}.png,4,4,20,20\n")));
    format!("image,x0,y0,x1,y1\n{}", rows.collect::<String>())
}

#[test]
fn data_and_checkpoints_that_changed_are_refused_by_name() {
    let experiment = on_files();
    experiment.run().success();
    let record = provenance(&experiment);
    assert_eq!((record.datasets.len(), record.checkpoints.len()), (1, 1));
    let data = &record.datasets[0];
    assert_eq!((data.reader.as_str(), data.images), ("folder", 8));
    assert!(data.root.as_ref().is_some_and(|root| root.ends_with("photographs")), "{data:?}");
    // Relative paths start where they started, wherever the command is given.
    let elsewhere = tempfile::tempdir().unwrap();
    is_identical(camlab(elsewhere.path()).arg("reproduce").arg(experiment.report()).assert());

    let (photo, weights) = (experiment.path("photographs/cat/1.png"), experiment.path("given.safetensors"));
    let sound = [&photo, &weights].map(|path| std::fs::read(path).unwrap());
    std::fs::copy(experiment.path("photographs/dog/1.png"), &photo).unwrap();
    let refused = stderr(&reproduce(&experiment, &[]).failure().code(1));
    assert!(refused.contains("the data set `folder` in /") && refused.contains("has changed"), "{refused}");
    assert!(refused.contains(&data.digest) && !refused.contains("checkpoint"), "{refused}");
    std::fs::write(&photo, &sound[0]).unwrap();
    let mut bytes = sound[1].clone();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&weights, bytes).unwrap();
    let refused = stderr(&reproduce(&experiment, &[]).failure().code(1));
    assert!(refused.contains("given.safetensors has changed") && !refused.contains("data set"), "{refused}");
    std::fs::write(&weights, &sound[1]).unwrap();
    is_identical(reproduce(&experiment, &[]));
}

#[test]
fn the_recorded_instruction_set_is_used_again() {
    let experiment = Experiment::tiny();
    let folder = experiment.path(".");
    camlab(&folder).args(["run", "tiny.toml"]).env("CAMLAB_ISA", "portable").assert().success();
    assert_eq!(provenance(&experiment).machine.instructions, "portable");
    is_identical(reproduce(&experiment, &["--out", "again"]));
    assert_eq!(Provenance::read(&experiment.path("again")).unwrap().machine.instructions, "portable");

    let path = experiment.report().join("provenance/provenance.json");
    let text = std::fs::read_to_string(&path).unwrap();
    let with = |change: &dyn Fn(&mut Value)| {
        let mut value: Value = serde_json::from_str(&text).unwrap();
        change(&mut value);
        std::fs::write(&path, value.to_string()).unwrap();
        reproduce(&experiment, &[])
    };
    let refused = with(&|record| record["machine"]["instructions"] = "avx9000".into());
    assert!(stderr(&refused.failure().code(1)).contains("`avx9000`, which this camlab lacks"));
    let refused = with(&|record| record["format"] = 99.into());
    assert!(stderr(&refused.failure().code(1)).contains("version 99"));
    let warned = with(&|record| record["build"]["version"] = "0.0.1".into());
    let told = stderr(&warned);
    assert!(
        told.contains("warning: camlab 0.0.1 (commit ") && told.contains("may differ on purpose"),
        "{told}"
    );
    is_identical(warned);
}

fn git(folder: &Path, arguments: &[&str]) {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder).args(["-c", "user.name=camlab", "-c", "user.email=camlab@localhost"]);
    for variable in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
        command.env_remove(variable);
    }
    let output = command.args(arguments).output().expect("git");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_dirty_tree_is_recorded_with_its_difference() {
    let experiment = Experiment::tiny().argument("--set").argument("maps.0.methods=[\"cam\"]");
    let folder = experiment.path(".");
    let difference = experiment.report().join("provenance/uncommitted.diff");
    let repository = || provenance(&experiment).experiment.repository.expect("a repository");
    let row =
        || RunRow::find(&frame::read::<RunRow>(&experiment.report()).unwrap(), RunRow::COMMIT).to_owned();
    git(&folder, &["init", "--quiet"]);

    // No commit holds the file.
    experiment.run().success();
    assert!(repository().commit.is_none() && repository().dirty && !difference.exists());

    std::fs::write(experiment.path("notes.txt"), "one\n").unwrap();
    git(&folder, &["add", "notes.txt"]);
    git(&folder, &["commit", "--quiet", "-m", "Notes"]);
    experiment.camlab("run", &["--set", "evaluation.bootstrap=40"]).success();
    let found = repository();
    assert!(found.dirty && found.commit.is_some());
    assert!(matches!(&found.untracked[..], [file] if file.ends_with("tiny.toml")), "{found:?}");
    assert!(!difference.exists());

    // The report and the store are not tracked, which is no difference.
    git(&folder, &["add", "tiny.toml"]);
    git(&folder, &["commit", "--quiet", "-m", "Experiment"]);
    experiment.camlab("run", &["--set", "evaluation.bootstrap=41"]).success();
    assert!(!repository().dirty && repository().untracked.is_empty(), "{:?}", repository());
    assert!(!row().contains("uncommitted") && !difference.exists());

    std::fs::write(experiment.path("notes.txt"), "two\n").unwrap();
    experiment.camlab("run", &["--set", "evaluation.bootstrap=42"]).success();
    assert!(repository().dirty && row().ends_with(" with uncommitted changes"), "{}", row());
    let text = std::fs::read_to_string(&difference).unwrap();
    assert!(text.contains("-one\n+two\n"), "{text}");

    // A large difference is not kept, and that is said.
    std::fs::write(experiment.path("notes.txt"), "a line of text\n".repeat(100_000)).unwrap();
    experiment.camlab("run", &["--set", "evaluation.bootstrap=43"]).success();
    let text = std::fs::read_to_string(&difference).unwrap();
    assert!(text.len() < 200 && text.contains("larger than 1048576 bytes"), "{text}");

    git(&folder, &["checkout", "--quiet", "notes.txt"]);
    experiment.camlab("run", &["--set", "evaluation.bootstrap=44"]).success();
    assert!(!repository().dirty && !difference.exists());
}

#[test]
fn the_record_and_the_page_say_which_program_ran_where() {
    let experiment = Experiment::tiny();
    experiment.camlab("run", &["--jobs", "1", "--set", "seeds=[7]"]).success();
    let record = provenance(&experiment);
    assert_eq!(record.build.version, env!("CARGO_PKG_VERSION"));
    assert_eq!(record.build.lock, blake3::hash(include_bytes!("../../Cargo.lock")).to_hex().as_str());
    assert!(record.build.rustc.starts_with("rustc "), "{:?}", record.build);
    assert_eq!(record.command_line[1..], ["run", "tiny.toml", "--jobs", "1", "--set", "seeds=[7]"]);
    assert_eq!((record.machine.threads, record.cells[0].seed), (1, 7));
    assert!(record.begun <= record.ended && record.begun.ends_with('Z'), "{}", record.begun);
    let file = std::fs::canonicalize(experiment.path("tiny.toml")).unwrap();
    assert_eq!(Path::new(&record.experiment.file), file);
    let page = std::fs::read_to_string(experiment.report().join("report.md")).unwrap();
    for word in ["command line", "host", "Cargo.lock", "build", &record.build.commit, &record.machine.host] {
        assert!(page.contains(word), "{word}");
    }
    let version = stdout(&camlab(&experiment.path(".")).arg("--version").assert().success());
    assert!(version.contains(&record.build.commit) && version.contains("sources: "), "{version}");
    let short = stdout(&camlab(&experiment.path(".")).arg("-V").assert().success());
    assert_eq!(short.trim(), format!("camlab {}", record.build.version));
}
