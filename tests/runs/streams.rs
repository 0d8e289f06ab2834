//! Standard streams that are closed or full, plain terminals, file modes, and places that cannot be written.
#![cfg(target_os = "linux")]

use std::fs::File;
use std::io::Read as _;
use std::process::{Command, Stdio};

use crate::experiment::{Experiment, camlab, stderr, stdout};

fn full() -> Stdio {
    Stdio::from(File::options().write(true).open("/dev/full").expect("/dev/full"))
}

/// A pipe whose reader has gone.
fn closed() -> Stdio {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    Stdio::from(writer)
}

fn command(experiment: &Experiment, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_camlab"));
    command.args(arguments).current_dir(experiment.path("")).env_remove("CAMLAB_STORE");
    command
}

#[test]
fn progress_that_nobody_reads_stops_no_work() {
    for broken in [full as fn() -> Stdio, closed] {
        let experiment = Experiment::tiny();
        let output = command(&experiment, &["run", "tiny.toml"]).stderr(broken()).output().expect("a run");
        assert!(output.status.success(), "{output:?}");
        assert!(experiment.report().join("index.html").is_file());
    }
}

#[test]
fn a_reader_who_has_gone_is_no_error_and_a_full_disk_is_one() {
    let experiment = Experiment::tiny();
    experiment.run().success();
    let each: [&[&str]; 7] = [
        &["run", "tiny.toml"],
        &["plan", "tiny.toml"],
        &["check", "tiny.toml"],
        &["report", "tiny"],
        &["list"],
        &["export", "tiny.toml", "--network", "kaiming", "--out", "weights.safetensors"],
        &["--help"],
    ];
    for arguments in each {
        let gone = command(&experiment, arguments).stdout(closed()).output().expect("a command");
        assert!(gone.status.success() && gone.stderr.is_empty(), "{arguments:?}: {gone:?}");
        let output = command(&experiment, arguments).stdout(full()).output().expect("a command");
        let text = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {text}");
        assert!(
            text.starts_with("error: cannot write to standard output: No space left"),
            "{arguments:?}: {text}"
        );
    }
}

/// Output of `camlab check` for a broken experiment, run on a pseudo-terminal.
fn on_a_terminal(variables: &[(&str, &str)]) -> String {
    let experiment = Experiment::with("name = \"tiny\"\nunknown = 1\n");
    let mut script = Command::new("script");
    script.args(["--quiet", "--command"]).arg(format!("{} check tiny.toml", env!("CARGO_BIN_EXE_camlab")));
    script.arg("/dev/null").current_dir(experiment.path("")).env("TERM", "xterm").env_remove("NO_COLOR");
    script.envs(variables.iter().copied()).stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child = script.spawn().expect("util-linux's script");
    let mut text = String::new();
    child.stdout.take().expect("a pipe").read_to_string(&mut text).expect("text");
    child.wait().expect("an end");
    assert!(text.contains("unknown field `unknown`"), "{text}");
    text
}

#[test]
fn colours_are_for_terminals_that_want_them() {
    assert!(on_a_terminal(&[]).contains('\u{1b}'));
    assert!(on_a_terminal(&[("NO_COLOR", "")]).contains('\u{1b}'), "an empty NO_COLOR asks for nothing");
    for variable in [("NO_COLOR", "1"), ("TERM", "dumb")] {
        assert!(!on_a_terminal(&[variable]).contains('\u{1b}'), "{variable:?}");
    }
}

/// A colleague who shares the store reads what the umask lets them read.
#[test]
fn every_file_has_the_mode_that_the_umask_gives() {
    use std::os::unix::fs::PermissionsExt as _;
    let experiment = Experiment::tiny();
    std::fs::copy("fixtures/images/rgb.png", experiment.path("photo.png")).expect("a photograph");
    let all = "umask 027 && $CAMLAB run tiny.toml && $CAMLAB export tiny.toml --network kaiming --out w.safetensors \
        && $CAMLAB cam --experiment tiny.toml --image photo.png --method cam --layer layer2 --network kaiming \
           --out map.npy --overlay map.png \
        && $CAMLAB bench --network resnet18 --input 32 --batch 1 --seconds 0 --output out.npy";
    let mut shell = Command::new("sh");
    shell.args(["-c", all]).env("CAMLAB", env!("CARGO_BIN_EXE_camlab")).env_remove("CAMLAB_STORE");
    let output = shell.current_dir(experiment.path("")).output().expect("a shell");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut seen = 0;
    for entry in walkdir::WalkDir::new(experiment.path("")).min_depth(1) {
        let entry = entry.expect("an entry");
        let (kind, mode) =
            (entry.file_type(), entry.metadata().expect("a mode").permissions().mode() & 0o777);
        let given = ["tiny.toml", "photo.png"].iter().any(|name| entry.path().ends_with(name));
        if !given && (kind.is_file() || kind.is_dir()) {
            let wanted = if kind.is_dir() { 0o750 } else { 0o640 };
            assert_eq!(mode, wanted, "{} has mode {mode:o}", entry.path().display());
            seen += 1;
        }
    }
    assert!(seen > 40, "only {seen} files and folders");
}

#[test]
fn places_that_cannot_be_written_are_refused_before_anything_runs() {
    for (option, place) in [
        ("--out", "tiny.toml"),
        ("--out", "tiny.toml/inside"),
        ("--out", "/proc/camlab"),
        ("--store", "tiny.toml"),
        ("--store", "tiny.toml/inside"),
        ("--store", "/proc/camlab"),
    ] {
        let experiment = Experiment::tiny();
        let refused = experiment.camlab("run", &[option, place]).code(1);
        let text = stderr(&refused);
        assert!(text.starts_with("error: cannot write the ") && text.contains(place), "{text}");
        assert!(text.contains(&format!("name another folder with {option}")), "{text}");
        assert!(!text.contains("train") && !experiment.path(".camlab").exists(), "something ran: {text}");
    }
}

#[test]
fn names_too_long_for_a_file_are_refused() {
    let long = "n".repeat(300);
    for (key, text) in [
        ("name", format!("name = \"{long}\"")),
        ("init.0.name", format!("name = \"tiny\"\n[[init]]\nname = \"{long}\"\nscheme = \"orthogonal\"")),
    ] {
        let base = "[backbone.resnet]\ndepths = [1]\nwidths = [8]\n[data]\ntest = { synthetic = {} }\ninput = { size = 32, normalise = \"imagenet\" }\n[[maps]]\nmethods = [\"cam\"]\nlayers = [\"layer1\"]\n";
        let text = match key {
            "name" => format!("{text}\n{base}[[init]]\nname = \"a\"\nscheme = \"orthogonal\"\n"),
            _ => format!("{text}\n{base}"),
        };
        let refused = Experiment::with(&text).camlab("check", &[]).code(2);
        assert!(stderr(&refused).contains("use 1 to 100 letters"), "{key}: {}", stderr(&refused));
    }
}

#[test]
fn a_cause_is_printed_once() {
    let experiment = Experiment::tiny();
    experiment.run().success();
    // Where a folder should be: every layer of the failing stage has something to say about it.
    let maps = experiment.path(".camlab/store/map");
    std::fs::remove_dir_all(&maps).expect("maps");
    std::fs::write(&maps, "").expect("a file");
    let text = stderr(&experiment.camlab("run", &["--set", "target=\"predicted\""]).code(1));
    assert_eq!(text.matches("os error").count(), 1, "{text}");
    let missing = stderr(&camlab(&experiment.path("")).args(["run", "none.toml"]).assert().code(1));
    assert_eq!(missing.matches("os error").count(), 1, "{missing}");
}

#[test]
fn help_is_a_command_too() {
    let experiment = Experiment::tiny();
    let (flag, word) = (
        camlab(&experiment.path("")).args(["run", "--help"]).assert().success(),
        camlab(&experiment.path("")).args(["help", "run"]).assert().success(),
    );
    assert_eq!(stdout(&flag), stdout(&word));
    let front = stdout(&camlab(&experiment.path("")).arg("help").assert().success());
    assert!(front.contains("Usage: camlab"), "{front}");
}

#[test]
fn files_that_cannot_be_written_are_refused_before_any_work() {
    let experiment = Experiment::tiny();
    let export: &[&str] = &["export", "tiny.toml", "--network", "kaiming", "--out"];
    let cam: &[&str] = &[
        "cam",
        "--experiment",
        "tiny.toml",
        "--image",
        "none.png",
        "--method",
        "cam",
        "--layer",
        "layer2",
        "--out",
    ];
    let bench: &[&str] =
        &["bench", "--network", "resnet18", "--input", "32", "--batch", "1", "--seconds", "0", "--output"];
    for arguments in [export, cam, bench] {
        for (place, why) in
            [(".", "is a folder"), ("none/file", "does not exist"), ("/proc/file", "cannot write")]
        {
            let mut command = camlab(&experiment.path(""));
            let text = stderr(&command.args(arguments).arg(place).assert().code(1));
            assert!(
                text.contains(why) && text.contains(arguments[arguments.len() - 1]),
                "{arguments:?} {place}: {text}"
            );
        }
    }
}

#[test]
fn an_experiment_that_is_no_text_is_told_so() {
    let experiment = Experiment::tiny();
    std::fs::write(experiment.path("tiny.toml"), [0xff, 0xfe, b'n', 0]).expect("a file");
    let text = stderr(&experiment.camlab("check", &[]).code(1));
    assert!(text.contains("not UTF-8") && !text.contains("camlab new"), "{text}");
}
