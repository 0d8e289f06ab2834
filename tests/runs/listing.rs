//! `camlab ls`, `tag` and `note`: reports on disk found, filtered and labelled, and an index that is never stale.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use assert_cmd::assert::Assert;
use camlab::frame::{RunRow, SummaryRow, read, write};
use serde_json::Value;
use walkdir::WalkDir;

use crate::experiment::{Experiment, camlab, stderr, stdout};

/// An experiment that has run, with a sweep and two seeds; tests copy its report.
static RUN: LazyLock<Experiment> = LazyLock::new(|| {
    let sweep = "[sweep]\n\"training.lr\" = [0.05, 0.01]\n";
    let experiment = Experiment::tiny().and(sweep).argument("--set").argument("seeds=[0, 1]");
    experiment.run().success();
    experiment
});

struct Folder(tempfile::TempDir);

impl Folder {
    /// A working directory with copies of the report.
    fn with(reports: &[&str]) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        reports.iter().for_each(|name| copy(&RUN.report(), &folder.path(name)));
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn camlab(&self, arguments: &[&str]) -> Assert {
        camlab(self.0.path()).args(arguments).assert()
    }

    /// The objects of `camlab ls --json ARGUMENTS...`.
    fn rows(&self, arguments: &[&str]) -> Vec<Value> {
        let printed = stdout(&self.camlab(&[&["ls", "--json"], arguments].concat()).success());
        printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The folders that are listed.
    fn runs(&self, arguments: &[&str]) -> Vec<String> {
        let mut runs: Vec<String> =
            self.rows(arguments).iter().map(|row| row["run"].as_str().unwrap().to_owned()).collect();
        runs.sort();
        runs
    }

    /// The number of reports whose frames were read.
    fn read(&self) -> String {
        let printed = stderr(&self.camlab(&["ls", "--verbose"]).success());
        printed.split(", ").nth(1).unwrap().split(' ').next().unwrap().to_owned()
    }

    fn index(&self) -> PathBuf {
        self.path(".camlab/store/index/reports.jsonl")
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in WalkDir::new(from) {
        let entry = entry.unwrap();
        let target = to.join(entry.path().strip_prefix(from).unwrap());
        match entry.file_type().is_dir() {
            true => std::fs::create_dir_all(target).unwrap(),
            false => drop(std::fs::copy(entry.path(), target).unwrap()),
        }
    }
}

/// Makes files so old that their stamps prove something: a stamp is of no use in the first seconds.
fn wait_until_stamps_count() {
    std::thread::sleep(std::time::Duration::from_millis(2_100));
}

/// Sets a value of the frame about the run, as another run does.
fn set_fact(report: &Path, key: &str, value: &str) {
    let mut rows: Vec<RunRow> = read(report).unwrap();
    rows.iter_mut().filter(|row| row.key == key).for_each(|row| row.value = value.to_owned());
    write(report, &rows).unwrap();
}

#[test]
fn reports_are_found_at_any_depth_with_means_over_seeds() {
    let folder = Folder::with(&["reports/one", "reports/2026/11/two", "reports/.hidden", "elsewhere/three"]);
    assert_eq!(folder.runs(&[]), ["reports/2026/11/two", "reports/one"]);
    assert_eq!(folder.runs(&["--in", "elsewhere", "--in", "."]).len(), 3);
    let missing = folder.camlab(&["ls", "--in", "nowhere"]).failure();
    assert!(stderr(&missing).contains("there is no folder nowhere (--in)"), "{}", stderr(&missing));

    // The summary as text, averaged here.
    let mut means: BTreeMap<[String; 5], Vec<f64>> = BTreeMap::new();
    let mut csv = csv::Reader::from_path(folder.path("reports/one/summary.csv")).unwrap();
    let names = csv.headers().unwrap().clone();
    for record in csv.records() {
        let record = record.unwrap();
        let field = |name: &str| record[names.iter().position(|known| known == name).unwrap()].to_owned();
        let configuration = field("cell").split('-').next().unwrap().to_owned();
        let key = [configuration, field("network"), field("method"), field("layer"), field("metric")];
        means.entry(key).or_default().extend(field("value").parse::<f64>().ok());
    }
    let rows = folder.rows(&["--all", "run == reports/one"]);
    let configurations: BTreeMap<&str, f64> = [("c00", 0.05), ("c01", 0.01)].into();
    let mut compared = 0;
    for ([configuration, network, method, layer, metric], values) in &means {
        let rate = configurations[configuration.as_str()];
        let same = |row: &&Value| {
            let is = |name: &str, text: &str| row[name] == text;
            is("network", network) && is("method", method) && is("layer", layer) && row["training.lr"] == rate
        };
        let row = rows.iter().find(same).unwrap_or_else(|| panic!("{network} {method} {layer} {rate}"));
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let found = row.get(metric).and_then(Value::as_f64);
        assert!(found.is_some_and(|found| (found - mean).abs() < 1e-9), "{metric}: {found:?} and {mean}");
        assert_eq!((row["seeds"].as_u64(), row["images"].as_u64()), (Some(2), Some(20)));
        compared += 1;
    }
    assert!(compared > 20);

    // The best row of a run is no baseline, and none is better.
    let best = &folder.rows(&["run == reports/one"])[0];
    let metric = "max-box-acc-v2";
    let values =
        rows.iter().filter(|row| row["network"] != "baseline").map(|row| row[metric].as_f64().unwrap());
    assert_eq!(best[metric].as_f64(), values.max_by(f64::total_cmp));
    assert_eq!((&best["state"], &best["backbone"]), (&Value::from("finished"), &Value::from("resnet")));
}

#[test]
fn expressions_select_and_sort_rows() {
    let folder = Folder::with(&["reports/one", "reports/two"]);
    set_fact(&folder.path("reports/two"), RunRow::BEGUN, "2020-01-01T00:00:00.000Z");
    let count = |expression: &str| folder.rows(&["--all", expression]).len();
    let all = folder.rows(&["--all"]).len();
    assert_eq!(count("method == cam") * 2, count("method in [cam, 'grad-cam']"));
    assert_eq!(count("network == resnet"), count("network != baseline"));
    assert_eq!(count("network == resnet") + count("network == baseline"), all);
    assert_eq!(count("training.lr < 0.02 and training.epochs == 2") * 2, all);
    assert_eq!(count("data.input.size == 32 and not started >= 2021-01-01") * 2, all);
    assert_eq!(count("has(Max-Box-Acc-V2)"), all);
    assert_eq!(folder.runs(&["started", "<", "2021-01-01"]), ["reports/two"]);

    let first = |arguments: &[&str]| folder.rows(arguments)[0]["run"].as_str().unwrap().to_owned();
    assert_eq!(first(&["--limit", "1"]), "reports/one");
    assert_eq!(first(&["--reverse"]), "reports/two");
    let sorted = folder.rows(&["--all", "--sort", "MaxBoxAccV2", "--columns", "max_box_acc_v2,run"]);
    let values: Vec<f64> = sorted.iter().map(|row| row["max-box-acc-v2"].as_f64().unwrap()).collect();
    assert!(values.windows(2).all(|pair| pair[0] >= pair[1]), "{values:?}");
    assert_eq!(sorted[0].as_object().unwrap().len(), 2);

    let csv = stdout(&folder.camlab(&["ls", "--csv", "--columns", "run,training.lr,images"]).success());
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!((lines[0], lines.len()), ("run,training.lr,images", 3));
    assert!(lines[1].starts_with("reports/one,0.0") && lines[1].ends_with(",20"), "{csv}");
    let table = stdout(&folder.camlab(&["ls"]).success());
    assert!(table.starts_with("run ") && table.contains("MaxBoxAccV2  "), "{table}");
    assert!(table.lines().nth(1).unwrap().starts_with("reports/one"), "{table}");
}

#[test]
fn mistakes_point_at_their_place() {
    let folder = Folder::with(&["reports/one"]);
    let failed = |arguments: &[&str]| stderr(&folder.camlab(arguments).failure());
    let unknown = stderr(&folder.camlab(&["ls", "networt == resnet"]).failure().code(2));
    assert!(unknown.contains("no column is named `networt`") && unknown.contains("did you mean `network`?"));
    assert!(unknown.contains("networt == resnet\n  | ^^^^^^^"), "{unknown}");
    assert!(failed(&["ls", "lr > 1"]).contains("did you mean `training.lr`?"));
    assert!(failed(&["ls", "reports"]).contains("--in reports"));
    let column = failed(&["ls", "--columns", "run,methot"]);
    assert!(column.contains("no column is named `methot` (--columns); did you mean `method`?"), "{column}");
    assert!(failed(&["ls", "--sort", "zzzz"]).contains("(--sort); docs/listing.md"));
}

#[test]
fn without_runs_a_sentence_tells_where_it_looked() {
    let folder = Folder::with(&[]);
    let none = stdout(&folder.camlab(&["ls"]).success());
    assert!(none.contains("no reports below reports") && none.contains("`camlab run FILE`"), "{none}");
    // Nothing is made by looking.
    assert_eq!(std::fs::read_dir(folder.0.path()).unwrap().count(), 0);
    let json = folder.camlab(&["ls", "--json"]).success();
    assert_eq!((stdout(&json).as_str(), stderr(&json).starts_with("no reports")), ("", true));
    let folder = Folder::with(&["reports/one"]);
    let unmatched = stdout(&folder.camlab(&["ls", "method == none-such"]).success());
    assert_eq!(unmatched, "no row of 1 run matches the expression\n");
}

#[test]
fn tags_and_notes_stay_with_the_report() {
    let folder = Folder::with(&["reports/one", "reports/two"]);
    folder.camlab(&["tag", "one", "best", "paper"]).success();
    folder.camlab(&["tag", "reports/one", "new", "--remove", "paper"]).success();
    assert_eq!(stdout(&folder.camlab(&["tag", "one"]).success()), "best\nnew\n");
    folder.camlab(&["note", "one", "the \"first\" of two\nruns"]).success();
    assert_eq!(stdout(&folder.camlab(&["note", "one"]).success()), "the \"first\" of two\nruns\n");
    assert_eq!(folder.runs(&["tag == best and note contains first"]), ["reports/one"]);
    assert_eq!(folder.runs(&["not has(tag)"]), ["reports/two"]);
    assert_eq!(folder.rows(&["has(tag)"])[0]["tags"], serde_json::json!(["best", "new"]));
    let table = stdout(&folder.camlab(&["ls"]).success());
    assert!(table.contains("best new") && table.contains("the \"first\" of two runs"), "{table}");
    let refused = stderr(&folder.camlab(&["tag", "one", "two words"]).failure());
    assert!(refused.contains("`two words` is no tag"), "{refused}");
    folder.camlab(&["tag", "three", "best"]).failure();
    std::fs::create_dir(folder.path("reports/none")).unwrap();
    assert!(stderr(&folder.camlab(&["note", "none", "x"]).failure()).contains("holds no report"));

    // Of several processes none loses the tag of another.
    let mut children: Vec<_> = (0..6)
        .map(|number| {
            let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_camlab"));
            command
                .current_dir(folder.0.path())
                .args(["tag", "two"])
                .arg(format!("t{number}"))
                .spawn()
                .unwrap()
        })
        .collect();
    assert!(children.iter_mut().all(|child| child.wait().unwrap().success()));
    assert_eq!(stdout(&folder.camlab(&["tag", "two"]).success()).lines().count(), 6);
    let left: Vec<String> = std::fs::read_dir(folder.path("reports/two"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| name.starts_with('.'))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_run_of_the_experiment_keeps_its_labels() {
    let experiment = Experiment::tiny();
    experiment.run().success();
    let folder = experiment.path("");
    camlab(&folder).args(["tag", "tiny", "best"]).assert().success();
    camlab(&folder).args(["note", "tiny", "mine"]).assert().success();
    let rate = || {
        let printed =
            stdout(&camlab(&folder).args(["ls", "--json", "--columns", "training.lr,tag,note"]).assert());
        serde_json::from_str::<Value>(&printed).unwrap()
    };
    let row = |rate: f64| serde_json::json!({ "training.lr": rate, "tags": ["best"], "note": "mine" });
    assert_eq!(rate(), row(0.05));
    // At once after the first: the stamps of the new frames must differ.
    experiment.camlab("run", &["--set", "training.lr=0.01"]).success();
    assert_eq!(rate(), row(0.01));
}

#[test]
fn reports_that_the_store_has_recorded_are_listed_wherever_they_are() {
    let experiment = Experiment::tiny().argument("--out").argument("elsewhere/mine");
    experiment.run().success();
    let run = || {
        let printed = stdout(&camlab(&experiment.path("")).args(["ls", "--json"]).assert().success());
        printed
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap()["run"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(run(), ["elsewhere/mine"]);
    wait_until_stamps_count();
    // Once from its frames and once from the index.
    assert_eq!((run(), run()), (vec![Value::from("elsewhere/mine")], vec![Value::from("elsewhere/mine")]));
    std::fs::remove_dir_all(experiment.path("elsewhere")).unwrap();
    assert!(run().is_empty());
}

#[test]
fn the_index_is_used_and_never_stale() {
    let folder = Folder::with(&["reports/one", "reports/two"]);
    wait_until_stamps_count();
    assert_eq!((folder.read(), folder.read()), ("2".into(), "0".into()));
    // A report that is replaced twice within a second.
    for name in ["first", "second"] {
        set_fact(&folder.path("reports/one"), RunRow::EXPERIMENT, name);
        let rows = folder.rows(&["run == reports/one"]);
        assert_eq!(rows[0]["experiment"], name);
    }
    let mut rows: Vec<SummaryRow> = read(&folder.path("reports/two")).unwrap();
    rows.iter_mut().for_each(|row| row.value = 12.5);
    write(&folder.path("reports/two"), &rows).unwrap();
    assert_eq!(folder.rows(&["run == reports/two"])[0]["max-box-acc-v2"], 12.5);
    // Labels alone do not make the frames be read again.
    wait_until_stamps_count();
    assert_eq!((folder.read(), folder.read()), ("2".into(), "0".into()));
    folder.camlab(&["tag", "one", "best"]).success();
    assert_eq!((folder.read(), folder.runs(&["tag == best"])), ("0".into(), vec!["reports/one".into()]));
    folder.camlab(&["tag", "one", "--remove", "best"]).success();
    assert!(folder.runs(&["tag == best"]).is_empty());
    // Others below another folder stay in it.
    copy(&RUN.report(), &folder.path("other/three"));
    assert_eq!(folder.runs(&["--in", "other"]), ["other/three"]);
    assert_eq!(folder.read(), "0");
    std::fs::remove_dir_all(folder.path("reports/two")).unwrap();
    assert_eq!(folder.runs(&[]), ["reports/one"]);
    assert!(!std::fs::read_to_string(folder.index()).unwrap().contains("reports/two"));
}

#[test]
fn a_damaged_index_is_made_anew() {
    let folder = Folder::with(&["reports/one"]);
    wait_until_stamps_count();
    folder.camlab(&["ls"]).success();
    let whole = std::fs::read(folder.index()).unwrap();
    let mut changed = whole.clone();
    let middle = changed.len() / 2;
    changed[middle] ^= 1;
    for damaged in [&changed[..], &whole[..middle], b"", b"{}\n"] {
        std::fs::write(folder.index(), damaged).unwrap();
        let listed = folder.camlab(&["ls"]).success();
        assert!(stderr(&listed).contains("is damaged") && stderr(&listed).contains("made anew"));
        assert_eq!(std::fs::read(folder.index()).unwrap(), whole);
    }
    let quiet = folder.camlab(&["ls", "--rebuild"]).success();
    assert_eq!(stderr(&quiet), "");
    // Of another version.
    let text = String::from_utf8(whole.clone()).unwrap();
    std::fs::write(folder.index(), text.replacen("\"version\":1", "\"version\":0", 1)).unwrap();
    assert_eq!((folder.read().as_str(), std::fs::read(folder.index()).unwrap() == whole), ("1", true));
    // A store that cannot be written; not by permissions, which do not hold for root.
    std::fs::remove_dir_all(folder.path(".camlab")).unwrap();
    std::fs::write(folder.path(".camlab"), "").unwrap();
    let listed = folder.camlab(&["ls"]).success();
    assert_eq!(stderr(&listed), "");
    assert!(stdout(&listed).contains("reports/one"));
}

#[test]
fn several_lists_at_once_leave_an_index_that_is_whole() {
    let folder = Folder::with(&["reports/a", "reports/b", "reports/c"]);
    wait_until_stamps_count();
    for _ in 0..3 {
        let _ = std::fs::remove_file(folder.index());
        let mut children: Vec<_> = (0..4)
            .map(|_| {
                let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_camlab"));
                command.current_dir(folder.0.path()).args(["ls", "--json"]);
                command.stdout(std::process::Stdio::null()).spawn().unwrap()
            })
            .collect();
        assert!(children.iter_mut().all(|child| child.wait().unwrap().success()));
        assert_eq!(folder.read(), "0");
    }
}

#[test]
fn a_report_that_cannot_be_read_is_listed_and_told() {
    let folder = Folder::with(&["reports/one", "reports/two"]);
    std::fs::write(folder.path("reports/one/summary.parquet"), "damaged").unwrap();
    let listed = folder.camlab(&["ls", "--json", "state == unreadable"]).success();
    let row: Value = serde_json::from_str(&stdout(&listed)).unwrap();
    assert_eq!((&row["run"], &row["method"]), (&Value::from("reports/one"), &Value::Null));
    assert!(stderr(&listed).contains("summary.parquet"), "{}", stderr(&listed));
    assert_eq!(folder.runs(&[]).len(), 2);
    std::fs::write(folder.path("reports/two/labels.toml"), "tags = 3").unwrap();
    let listed = folder.camlab(&["ls"]).success();
    assert!(stderr(&listed).contains("labels.toml is damaged"), "{}", stderr(&listed));
}

const PAGE: &str = include_str!("../../docs/listing.md");

#[test]
fn the_page_describes_every_column_and_its_examples_run() {
    for (_, name, about) in camlab::index::RunColumn::ALL {
        assert!(PAGE.contains(&format!("| `{name}` | {about} |")), "docs/listing.md lacks `{name}`: {about}");
    }
    let folder = Folder::with(&["reports/tiny"]);
    folder.camlab(&["tag", "tiny", "paper"]).success();
    let binary = Path::new(env!("CARGO_BIN_EXE_camlab"));
    let path = format!("{}:{}", binary.parent().unwrap().display(), std::env::var("PATH").unwrap());
    let examples: Vec<&str> = PAGE.lines().filter(|line| line.starts_with("camlab ")).collect();
    assert!(examples.len() >= 8, "{examples:?}");
    for example in examples {
        let mut shell = std::process::Command::new("sh");
        let ran =
            shell.args(["-c", example]).current_dir(folder.0.path()).env("PATH", &path).output().unwrap();
        assert!(ran.status.success(), "{example}: {}", String::from_utf8_lossy(&ran.stderr));
    }
}
