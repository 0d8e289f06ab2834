//! Fifteen complaints about experiment frameworks, from their public trackers, each with a test that camlab has no share
//! in it. What each names in detail is tested beside the code; these are the complaints as their authors met them.

use std::path::Path;

use camlab::frame::{CellRow, RunRow, SummaryRow, read};

use crate::experiment::{Experiment, camlab, stderr, stdout};
use crate::survival::{same_frames, start};

fn summary(report: &Path) -> Vec<SummaryRow> {
    read(report).expect("a summary")
}

/// One small network.
fn single() -> Experiment {
    let experiment = Experiment::tiny();
    let path = experiment.path("tiny.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let second = "[[init]]\nname = \"orthogonal\"\nscheme = \"orthogonal\"\n";
    std::fs::write(&path, text.replace(second, "")).unwrap();
    experiment
}

/// hydra#1918, #2625, #2851: no zipped or concatenated sweeps, only the full product.
#[test]
fn complaint_01_sweeps_are_zipped_and_concatenated() {
    let experiment = single()
        .and("\n[[sweep]]\nzip = [[\"training.lr\", \"training.batch\"]]\n\"training.lr\" = [0.1, 0.2]\n\"training.batch\" = [8, 16]\n")
        .and("\n[[sweep]]\n\"training.epochs\" = [1]\n");
    let told = stdout(&experiment.camlab("plan", &[]).success());
    for cell in ["lr = 0.1, batch = 8", "lr = 0.2, batch = 16", "epochs = 1"] {
        assert!(told.contains(cell), "{told}");
    }
    assert!(told.starts_with("3 cells"), "{told}");
}

/// hydra#3328, #1407: an interrupted sweep cannot be resumed.
#[test]
fn complaint_02_an_interrupted_sweep_goes_on() {
    let sweep = "\n[sweep]\n\"training.lr\" = [0.02, 0.05, 0.1]\n";
    let (wanted, experiment) = (single().and(sweep), single().and(sweep));
    wanted.run().success();
    let mut runner = start(&experiment, &[]);
    let train = experiment.path(".camlab/store/train");
    while std::fs::read_dir(&train)
        .map_or(0, |entries| entries.flatten().filter(|e| e.path().join("manifest.json").is_file()).count())
        == 0
    {
        std::thread::sleep(std::time::Duration::from_millis(5));
        if runner.try_wait().unwrap().is_some() {
            break;
        }
    }
    let _ = runner.kill();
    let _ = runner.wait();
    let before = std::fs::read_dir(&train).unwrap().count();
    assert!(before > 0);
    experiment.run().success();
    same_frames(&wanted.report(), &experiment.report());
}

/// hydra#1462, #2824: wants retries and a limit on failures, or an end at the first one.
#[test]
fn complaint_03_retries_and_fail_fast() {
    let sweep = "\n[sweep]\n\"training.lr\" = [1e12, 0.05]\n";
    let whole = stderr(&single().and(sweep).run().failure());
    assert!(whole.contains("1 stage failed") || whole.contains("diverged"), "{whole}");
    let fast = single().and(sweep);
    fast.camlab("run", &["--fail-fast"]).failure();
    assert!(
        std::fs::read_dir(fast.path(".camlab/store/evaluate")).map_or(0, |entries| entries
            .flatten()
            .filter(|e| e.path().join("manifest.json").is_file())
            .count())
            == 0,
        "nothing after the first failure"
    );
    let retried = single().and("\n[run]\nworkers = 1\n[run.retries]\nkilled = 1\nio = 2\n");
    retried.run().success();
}

/// hydra#1817, #2925, #1607: simultaneous runs share one output directory and overwrite it.
#[test]
fn complaint_04_simultaneous_runs_share_no_half_written_report() {
    let (wanted, shared) = (single(), single());
    wanted.run().success();
    let runners: Vec<_> = (0..3).map(|_| start(&shared, &[])).collect();
    for runner in runners {
        assert!(runner.wait_with_output().unwrap().status.success());
    }
    same_frames(&wanted.report(), &shared.report());
    // Another experiment does not replace the report.
    std::fs::copy(shared.path("tiny.toml"), shared.path("other.toml")).unwrap();
    let refused = camlab(&shared.path(".")).args(["run", "other.toml"]).assert().failure();
    assert!(stderr(&refused).contains("--overwrite"), "{}", stderr(&refused));
}

/// wandb#1487, ray#28646, hydra#2433: conditional search spaces are not declarative.
#[test]
fn complaint_05_conditional_search_spaces_are_declared() {
    let sweep = "\n[sweep]\n\"training.optimiser\" = [\"sgd\", \"adam\"]\n\"training.momentum\" = { values = [0.5, 0.9], when = { \"training.optimiser\" = \"sgd\" } }\n";
    assert!(stdout(&single().and(sweep).camlab("plan", &[]).success()).starts_with("3 cells"));
    let search = "\n[search]\nmethod = \"tpe\"\nmax-cells = 8\nobjective = { metric = \"max-box-acc-v2\", split = \"test\", allow-test = true }\n[search.space]\n\"training.optimiser\" = [\"sgd\", \"adam\"]\n\"training.momentum\" = { uniform = [0.0, 0.9], when = { \"training.optimiser\" = \"sgd\" } }\n";
    assert!(
        stdout(&single().and(search).camlab("check", &[]).success()).contains("search by tpe over 2 keys")
    );
}

/// wandb#6594, #1879: failed grid cells do not rerun reliably.
#[test]
fn complaint_06_failed_cells_run_again_and_no_others() {
    let sweep = "\n[sweep]\n\"training.lr\" = [1e12, 0.05]\n";
    let experiment = single().and(sweep);
    experiment.run().failure();
    let path = experiment.path("tiny.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("1e12", "0.1")).unwrap();
    let told = stderr(&experiment.run().success());
    assert_eq!(told.matches("  train ").count(), 1, "one training is left to do: {told}");
    let cells: Vec<CellRow> = read(&experiment.report()).unwrap();
    assert_eq!(cells.len(), 2);
}

/// mlflow#3762, #4277, clearml#499, wandb#5634: no mean and deviation across seeds in tables.
#[test]
fn complaint_07_tables_have_means_and_deviations_over_seeds() {
    let experiment = single();
    let path = experiment.path("tiny.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("seeds = [0, 1, 2]\n{text}")).unwrap();
    experiment.run().success();
    let page = std::fs::read_to_string(experiment.report().join("report.md")).unwrap();
    assert!(page.contains('±') && page.contains("one standard deviation over seeds"), "{page}");
}

/// wandb#1657: a table of models by data sets that can be exported as LaTeX or CSV.
#[test]
fn complaint_08_tables_are_files() {
    let experiment = single();
    experiment.run().success();
    let text = std::fs::read_to_string(experiment.report().join("summary.csv")).unwrap();
    let header = text.lines().next().unwrap();
    assert!(header.starts_with("experiment,cell,seed,network,method,layer,metric,value"), "{header}");
    let measured = summary(&experiment.report()).iter().filter(|row| row.contrast == "none").count();
    assert_eq!(text.lines().count(), measured + 1);
    let listed = camlab(&experiment.path(".")).args(["ls", "--csv", "--all"]).assert().success();
    assert!(stdout(&listed).lines().count() > 1, "runs by methods as CSV");
}

/// nextflow#844, #4894: no dry run, and no reason for a cache miss.
#[test]
fn complaint_09_a_dry_run_names_the_key_that_changed() {
    let experiment = single();
    experiment.run().success();
    let told = stdout(&experiment.camlab("plan", &["--set", "training.lr=0.07"]).success());
    assert!(told.contains("training.lr") && told.contains("0.07"), "{told}");
    assert!(stdout(&experiment.camlab("plan", &[]).success()).contains("0 to run"));
}

/// snakemake#1694, #4134: surprising reruns, by times of files instead of contents.
#[test]
fn complaint_10_times_of_files_cause_no_rerun() {
    let experiment = single();
    experiment.run().success();
    let path = experiment.path("tiny.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, &text).unwrap();
    assert!(stdout(&experiment.run().success()).contains("everything was cached"));
    // Another text of the same values runs no stage either.
    std::fs::write(&path, format!("# a comment\n{text}")).unwrap();
    assert!(stdout(&experiment.run().success()).contains("0 stages ran"));
}

/// dvc#10673, #10779: runs in a queue or in parallel fail without logs.
#[test]
fn complaint_11_a_stage_that_fails_in_a_worker_has_a_log() {
    let experiment = single().and("\n[run]\nworkers = 2\n");
    experiment.camlab("run", &["--set", "training.lr=1e12"]).failure();
    let store = camlab::store::Store::new(experiment.path(".camlab/store"));
    let logs = store.logs("").unwrap();
    let failed =
        logs.iter().filter_map(|log| std::fs::read_to_string(log).ok()).find(|text| text.contains("failed:"));
    assert!(failed.is_some_and(|text| text.contains("attempt 1")), "{logs:?}");
}

/// sacred#90, hydra#1457, ludwig#1828: typing errors and whole sections are silently ignored.
#[test]
fn complaint_12_typing_errors_are_errors() {
    let key = stderr(&single().and("\n[evaluations]\nbootstrap = 10\n").camlab("check", &[]).failure());
    assert!(key.contains("unknown") && key.contains("did you mean `evaluation`"), "{key}");
    let set = stderr(&single().camlab("check", &["--set", "training.momentun=0.5"]).failure());
    assert!(set.contains("did you mean `momentum`"), "{set}");
}

/// toml#589, #535: places are lost under serde's `flatten` and tagged enums.
#[test]
fn complaint_13_mistakes_in_options_have_line_and_column() {
    let experiment = single();
    let path = experiment.path("tiny.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("\"grad-cam\"]", "{ grad-cam = { relv = true } }]")).unwrap();
    let line =
        std::fs::read_to_string(&path).unwrap().lines().position(|line| line.contains("relv")).unwrap() + 1;
    let told = stderr(&experiment.camlab("check", &[]).failure());
    assert!(told.contains(&format!("tiny.toml:{line}:")) && told.contains("`relv`"), "{told}");
}

/// mlflow#1912, #7017: a changed tree is recorded as a clean commit.
#[test]
fn complaint_14_uncommitted_changes_are_recorded() {
    let experiment = single();
    let git = |arguments: &[&str]| {
        let mut command = std::process::Command::new("git");
        command.current_dir(experiment.path(".")).args(arguments);
        assert!(
            command.env("GIT_CONFIG_GLOBAL", "/dev/null").output().unwrap().status.success(),
            "{arguments:?}"
        );
    };
    git(&["init", "-q"]);
    git(&["add", "tiny.toml"]);
    git(&["-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-qm", "first"]);
    let path = experiment.path("tiny.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("lr = 0.05", "lr = 0.06")).unwrap();
    experiment.run().success();
    let rows: Vec<RunRow> = read(&experiment.report()).unwrap();
    let commit = RunRow::find(&rows, RunRow::COMMIT);
    assert!(
        commit.contains("uncommitted") || commit.contains("dirty") || commit.contains("changes"),
        "{commit}"
    );
    let difference =
        std::fs::read_to_string(experiment.report().join("provenance/uncommitted.diff")).unwrap();
    assert!(difference.contains("+lr = 0.06"), "{difference}");
}

/// optuna#3056, #4412, #820, aim#2869: a parallel search is not reproducible, and concurrent runs lock or damage the store.
#[test]
fn complaint_15_parallel_searches_propose_the_same_points_and_share_a_store() {
    let search = "\n[search]\nmethod = { tpe = { startup = 2 } }\nbatch = 2\nmax-cells = 4\nobjective = { metric = \"max-box-acc-v2\", split = \"test\", allow-test = true }\n[search.space]\n\"training.lr\" = { log = [1e-3, 0.5] }\n";
    let (wanted, shared) = (single().and(search), single().and(search));
    wanted.run().success();
    let runners: Vec<_> = ["0", "2", "4"].map(|workers| start(&shared, &["--workers", workers])).into();
    for runner in runners {
        let output = runner.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    same_frames(&wanted.report(), &shared.report());
    camlab(&shared.path(".")).args(["store", "verify"]).assert().success();
}
