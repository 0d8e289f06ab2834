//! `camlab ls` over many reports: `cargo bench --bench listing`. The number of reports is an argument (10000), and so is the
//! folder that they are kept in for another measurement (a temporary one).
//!
//! Two small experiments run once; every report is one of them with frames of its own: other values, configurations,
//! experiments and times. Written are the frames that a list reads.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use camlab::base::date::utc;
use camlab::base::random::stream;
use camlab::frame::{CellRow, RunRow, SummaryRow, TitleRow, read, write};
use rand::RngExt as _;

/// Runs of a command, of which the median counts.
const REPETITIONS: usize = 5;

const EXPERIMENT: &str = r#"
name = "base"
seeds = [0, 1]
[backbone.resnet]
stem = "small-stride-2"
block = "basic"
depths = [1, 1]
widths = [8, 16]
[data]
train = { synthetic = { split = "train", images = 48, size = 32, classes = 3 } }
test = { synthetic = { split = "test", images = 20, size = 32, classes = 3 } }
input = { size = 32, normalise = "imagenet" }
[[init]]
name = "kaiming"
scheme = "kaiming-normal"
[[init]]
name = "orthogonal"
scheme = "orthogonal"
[training]
epochs = 2
batch = 16
lr = 0.05
[[maps]]
methods = ["cam", "grad-cam"]
layers = ["layer2"]
[evaluation]
bootstrap = 50
"#;

/// The frames that a list reads.
struct BaseReport {
    run: Vec<RunRow>,
    cells: Vec<CellRow>,
    summary: Vec<SummaryRow>,
    titles: Vec<TitleRow>,
}

fn main() {
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let count: usize = arguments.first().map_or(10_000, |count| count.parse().expect("a number of reports"));
    let temporary = tempfile::tempdir().expect("a temporary folder");
    let folder = arguments.get(1).map_or_else(|| temporary.path().to_owned(), PathBuf::from);
    let reports = folder.join("reports");
    if !reports.exists() {
        let bases =
            ["", "[sweep]\n\"training.lr\" = [0.1, 0.05, 0.01]\n"].map(|sweep| base(temporary.path(), sweep));
        for number in 0..count {
            let group = format!("group-{:02}/run-{number:05}", number % 100);
            derived(&bases[number % bases.len()], number, &reports.join(group));
        }
        // Stamps of files that were written just now prove nothing.
        std::thread::sleep(std::time::Duration::from_secs(3));
    }
    println!("| `camlab ls` over {count} reports | median of {REPETITIONS} |\n|---|---|");
    let rebuilt = timed(&folder, 1, &["ls", "--rebuild", "--limit", "20"]);
    println!("| index made anew (`--rebuild`, once) | {rebuilt:.2} s |");
    let index = folder.join(".camlab/store/index/reports.jsonl");
    let size = std::fs::metadata(index).map_or(0, |found| found.len());
    println!("| size of the index | {:.1} MB |", size as f64 / 1e6);
    for (words, arguments) in [
        ("the latest 20 runs", &["ls", "--limit", "20"][..]),
        (
            "a metric: `MaxBoxAccV2 > 30`",
            &["ls", "MaxBoxAccV2 > 30", "--sort", "MaxBoxAccV2", "--limit", "20"],
        ),
        ("a key that is not swept: `training.epochs == 2`", &["ls", "training.epochs == 2", "--limit", "20"]),
        ("every run as a table", &["ls"]),
        ("every row as JSON", &["ls", "--all", "--json"]),
    ] {
        println!("| {words} | {:.2} s |", timed(&folder, REPETITIONS, arguments));
    }
    let changed = reports.join("group-00/run-00000");
    let run: Vec<RunRow> = read(&changed).expect("a frame");
    write(&changed, &run).expect("a frame");
    println!(
        "| the latest 20 runs, one report changed | {:.2} s |",
        timed(&folder, 1, &["ls", "--limit", "20"])
    );
}

/// Runs an experiment.
fn base(folder: &Path, sweep: &str) -> BaseReport {
    let folder = folder.join(if sweep.is_empty() { "plain" } else { "swept" });
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("base.toml"), format!("{EXPERIMENT}{sweep}")).expect("a file");
    let mut command = Command::new(env!("CARGO_BIN_EXE_camlab"));
    let status = command.args(["run", "base.toml", "--quiet"]).current_dir(&folder).status();
    assert!(status.is_ok_and(|status| status.success()), "the experiment does not run");
    let report = folder.join("reports/base");
    let frames = "a frame of the report";
    BaseReport {
        run: read(&report).expect(frames),
        cells: read(&report).expect(frames),
        summary: read(&report).expect(frames),
        titles: read(&report).expect(frames),
    }
}

/// Writes a report with other content.
fn derived(base: &BaseReport, number: usize, folder: &Path) {
    std::fs::create_dir_all(folder).expect("a folder");
    let mut draws = stream(number as u64, "listing");
    let BaseReport { mut run, cells, mut summary, titles } = BaseReport {
        run: base.run.clone(),
        cells: base.cells.clone(),
        summary: base.summary.clone(),
        titles: base.titles.clone(),
    };
    let name = format!("experiment-{}", number % 37);
    let begun = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_790_000_000 + 60 * number as u64);
    for row in &mut run {
        match row.key.as_str() {
            RunRow::EXPERIMENT => row.value.clone_from(&name),
            RunRow::BEGUN => row.value = utc(begun),
            RunRow::TOML => {
                row.value = row.value.replace("epochs = 2", &format!("epochs = {}", 2 + number % 9))
            }
            _ => {}
        }
    }
    for row in &mut summary {
        row.experiment.clone_from(&name);
        row.value *= draws.random_range(0.5..1.5);
    }
    write(folder, &summary).expect("a frame");
    write(folder, &cells).expect("a frame");
    write(folder, &titles).expect("a frame");
    write(folder, &run).expect("a frame");
}

/// Seconds of a command, the median.
fn timed(folder: &Path, repetitions: usize, arguments: &[&str]) -> f64 {
    let mut times: Vec<f64> = (0..repetitions)
        .map(|_| {
            let start = Instant::now();
            let mut command = Command::new(env!("CARGO_BIN_EXE_camlab"));
            let status = command.args(arguments).current_dir(folder).stdout(Stdio::null()).status();
            assert!(status.is_ok_and(|status| status.success()), "{arguments:?} fails");
            start.elapsed().as_secs_f64()
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
