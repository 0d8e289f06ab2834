//! Data sets: decoding, readers, the synthetic set, network inputs, batches.

mod agreement;
mod augment;
mod drawn;
mod images;
mod inputs;
mod jitter;
mod layouts;
mod loader;
mod masks;
mod readers;
mod readers_large;
mod shared;
mod synthetic;

use std::path::{Path, PathBuf};

use camlab::config::{FromToml, Invalid};
use camlab::data::{Dataset, DatasetError, DatasetSpec, open};

/// A file of `fixtures/`.
pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)
}

/// A data set as TOML would name it.
pub fn spec(toml: &str) -> Result<DatasetSpec, Invalid> {
    DatasetSpec::from_toml(toml)
}

pub fn opened(toml: &str) -> Result<Box<dyn Dataset>, DatasetError> {
    open(&spec(toml).expect("the test's TOML is valid"))
}

fn error(toml: &str) -> String {
    opened(toml).map(|_| ()).expect_err("opening must fail").to_string()
}
