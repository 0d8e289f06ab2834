use std::path::PathBuf;

use clap::Args;

/// Arguments of `camlab inspect`.
#[derive(Debug, Args)]
pub struct InspectArgs {
    /// Checkpoint (safetensors, an index of shards, PyTorch) or ONNX file
    pub file: PathBuf,
    /// Backbone that the file is compared with, by name or with options as TOML (default: all that have a name)
    #[arg(long, value_name = "NAME")]
    pub backbone: Option<String>,
    /// State dict of a PyTorch file, as in `pretrained`
    #[arg(long, value_name = "KEY")]
    pub state_dict: Option<String>,
    /// Beginning of the names, as in `pretrained`
    #[arg(long, value_name = "PREFIX")]
    pub prefix: Option<String>,
    /// List every tensor; without it, those of a long list are cut
    #[arg(long)]
    pub all: bool,
}
