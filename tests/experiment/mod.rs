//! A fluent builder for end-to-end tests: an experiment in a folder of its own, and the binary run on it.
#![allow(dead_code, reason = "each test binary uses a part")]

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use assert_cmd::assert::Assert;

/// The smallest experiment that goes through every stage, in a second.
const TINY: &str = r#"
name = "tiny"
question = "Does everything fit together?"

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

pub struct Experiment {
    folder: tempfile::TempDir,
    arguments: Vec<String>,
}

impl Experiment {
    pub fn tiny() -> Self {
        Self::with(TINY)
    }

    pub fn with(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("tiny.toml"), text).unwrap();
        Self { folder, arguments: Vec::new() }
    }

    /// Appends to the experiment file.
    pub fn and(self, text: &str) -> Self {
        let path = self.path("tiny.toml");
        let all = std::fs::read_to_string(&path).unwrap() + text;
        std::fs::write(path, all).unwrap();
        self
    }

    /// Adds an argument to every command.
    pub fn argument(mut self, argument: &str) -> Self {
        self.arguments.push(argument.into());
        self
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn report(&self) -> PathBuf {
        self.path("reports/tiny")
    }

    /// Runs `camlab COMMAND tiny.toml MORE...` in the folder.
    pub fn camlab(&self, command: &str, more: &[&str]) -> Assert {
        camlab(self.folder.path()).arg(command).arg("tiny.toml").args(&self.arguments).args(more).assert()
    }

    pub fn run(&self) -> Assert {
        self.camlab("run", &[])
    }
}

/// The binary, in a folder.
pub fn camlab(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_camlab"));
    command.current_dir(folder).env_remove("CAMLAB_STORE").env_remove("CAMLAB_CACHE");
    command
}

/// Standard output of a command.
pub fn stdout(assert: &Assert) -> String {
    String::from_utf8_lossy(&assert.get_output().stdout).into_owned()
}

/// Standard error of a command.
pub fn stderr(assert: &Assert) -> String {
    String::from_utf8_lossy(&assert.get_output().stderr).into_owned()
}
