use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::fresh::torch_default;
use super::without_batch_norm::names_without;
use super::{InitError, InitScheme, SchemeFault, Sha256};
use camlab_base::glob;
use camlab_base::registry::closest;
use camlab_data::path::DataPath;
use camlab_nn::Network;
use camlab_nn::checkpoint::{Checkpoint, CheckpointError, TensorSelection};
use camlab_nn::graph::Graph;

/// Options of `pretrained`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PretrainedOptions {
    /// Checkpoint with torchvision's parameter names: safetensors, their index (`*.safetensors.index.json`) or PyTorch
    /// (`.pth`, zip or legacy), detected by content; `camlab inspect` lists one. A file path, or a URL, which needs
    /// `sha256`. Either this or `experiment`.
    #[serde(default, skip_serializing_if = "DataPath::is_empty")]
    pub checkpoint: DataPath,
    /// Key of the state dict in a PyTorch file that holds several (`state_dict_ema`, `teacher`), with dots where
    /// dictionaries are nested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state_dict: Option<String>,
    /// Beginning of the names that are loaded, which is removed from them (`backbone.`, `ema_model.`); the file's other
    /// tensors are ignored. Default: all names, without what wrappers add to all of them (`module.`, `_orig_mod.`,
    /// `model.`, `network.`, `net.`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// Beginnings of names in the file, without `prefix`, and what they become: `{ "backbone." = "", "head." = "fc." }`.
    /// The longest that fits counts.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub rename: BTreeMap<String, String>,
    /// Expected sha256 of the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Sha256>,
    /// Experiment file whose `network` the parameters come from: its stages are made by the same run, once for all
    /// experiments that need them. Either this or `checkpoint`.
    #[serde(default, skip_serializing_if = "DataPath::is_empty")]
    pub experiment: DataPath,
    /// Name of a trained `[[init]]`, or of a `[[fusion]]` into one network, of `experiment`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<String>,
    /// One of the seeds of `experiment`; default: its first one, for all cells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Initialise the head by torch's default for `nn.Linear` instead of loading it, to train on other classes.
    #[serde(default)]
    pub fresh_head: bool,
    /// Patterns of parameter names (`fc.*`) that are not loaded: the network's are initialised by torch's defaults,
    /// the file's are ignored, under the names that they have in it or become.
    #[serde(default)]
    pub leave_out: Vec<String>,
    /// `true` if the checkpoint is of the same network without batch norm, such as VGG-16's for `vgg16_bn`. Batch norms
    /// start neutral (scale 1, shift 0, mean 0, variance 1), so that the network begins as the checkpoint's, up to
    /// `bn-eps`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub without_batch_norm: bool,
}

/// A network of another experiment, as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReferredNetwork<'a> {
    /// The experiment's file.
    pub experiment: &'a DataPath,
    /// Name of the network.
    pub network: &'a str,
    /// One of the experiment's seeds; `None`: its first.
    pub seed: Option<u64>,
}

impl InitScheme for PretrainedOptions {
    fn check(&self, graph: &Graph) -> Result<(), SchemeFault> {
        let norms = || graph.parameters().iter().any(|spec| spec.kind.is_affine());
        if self.without_batch_norm && !norms() {
            let message = "the backbone has no batch norm either".into();
            return Err(("without-batch-norm", message, "remove without-batch-norm"));
        }
        self.check_place()
    }

    fn apply(&self, network: &mut Network, seed: u64, file: Option<&Path>) -> Result<(), InitError> {
        match file {
            Some(file) => self.load(network, seed, file),
            None if !self.experiment.is_empty() => Err(InitError::NotTrained(self.experiment.to_string())),
            None if self.checkpoint.is_url() => Err(InitError::NotDownloaded(self.checkpoint.to_string())),
            None => self.load(network, seed, &self.checkpoint.resolve(Path::new(""))?),
        }
    }

    fn checkpoint(&self) -> Option<&PretrainedOptions> {
        Some(self)
    }
}

impl PretrainedOptions {
    /// The network of another experiment that the parameters come from; `None` for a checkpoint.
    pub fn reference(&self) -> Option<ReferredNetwork<'_>> {
        let network = self.network.as_deref().unwrap_or_default();
        let Self { experiment, seed, .. } = self;
        (!experiment.is_empty()).then_some(ReferredNetwork { experiment, network, seed: *seed })
    }

    /// Checks that the parameters of another network can be loaded into `network`, whose values are replaced. `source`
    /// describes the other network in errors.
    ///
    /// # Errors
    /// Parameters that do not fit, a pattern of `leave-out` that matches nothing.
    pub fn try_network(&self, network: &mut Network, other: &Network, source: &str) -> Result<(), InitError> {
        let mut checkpoint = Checkpoint::new(source);
        let mut names = Vec::new();
        for spec in other.specs() {
            names.push(spec.name.clone());
            if !self.leaves_out(&spec.name) {
                let values = vec![0.0; spec.shape.iter().product()];
                checkpoint.insert(&spec.name, spec.shape.clone(), values);
            }
        }
        self.fill(network, 0, checkpoint, &names)
    }

    /// True if the parameters are the weights of an ONNX file.
    pub fn is_onnx(&self) -> bool {
        is_onnx(Path::new(self.checkpoint.as_str()))
    }

    pub(super) fn leaves_out(&self, name: &str) -> bool {
        self.leave_out.iter().any(|pattern| glob::matches(pattern, name))
    }

    /// Checks of the source of the parameters that need no file access.
    fn check_source(&self) -> Result<(), SchemeFault> {
        let reference = !self.experiment.is_empty();
        let both = "remove one of them: the parameters have one source";
        match () {
            () if reference && !self.checkpoint.is_empty() => {
                Err(("experiment", "`pretrained` has `checkpoint` and `experiment`".into(), both))
            }
            () if reference && self.sha256.is_some() => {
                let message = "`sha256` is that of a checkpoint file, and `experiment` names none".into();
                Err(("sha256", message, "remove sha256"))
            }
            () if reference && self.experiment.is_url() => {
                let message = "`experiment` is a URL, and experiments are read from files".into();
                Err(("experiment", message, "download the file, and write its path"))
            }
            () if reference && self.network.as_deref().is_none_or(str::is_empty) => {
                let message = "`experiment` is given without one of its networks".into();
                Err((
                    "experiment",
                    message,
                    "add network = \"NAME\", the name of an [[init]] or [[fusion]] of that file",
                ))
            }
            () if !reference && self.network.is_some() => {
                let message = "`network` is one of another experiment, which is not named".into();
                Err(("network", message, "add experiment = \"FILE.toml\", or remove network"))
            }
            () if !reference && self.seed.is_some() => {
                let message = "`seed` is that of another experiment, which is not named".into();
                Err(("seed", message, "add experiment = \"FILE.toml\", or remove seed"))
            }
            () if !reference && self.checkpoint.is_empty() => {
                let message = "`pretrained` names no source of the parameters".into();
                let remedy =
                    "add checkpoint = \"FILE\", or experiment = \"FILE.toml\" and network = \"NAME\"";
                Err(("checkpoint", message, remedy))
            }
            () => Ok(()),
        }
    }

    /// Checks of the options that select tensors of a file by their names.
    fn check_names(&self) -> Result<(), SchemeFault> {
        let options = [
            ("state-dict", self.state_dict.is_some()),
            ("prefix", self.prefix.is_some()),
            ("rename", !self.rename.is_empty()),
        ];
        let Some((key, _)) = options.into_iter().find(|(_, given)| *given) else { return Ok(()) };
        let message = |of: &str| format!("`{key}` selects tensors of a checkpoint, and {of}");
        match () {
            () if !self.experiment.is_empty() => {
                Err((key, message("`experiment` names a network of camlab"), "remove it"))
            }
            () if self.is_onnx() => {
                Err((key, message("the names of an ONNX file are those of its network"), "remove it"))
            }
            () if self.state_dict.as_deref() == Some("") => {
                Err(("state-dict", "`state-dict` is empty".into(), "write the key, or remove it"))
            }
            () if self.rename.keys().any(String::is_empty) => Err((
                "rename",
                "`rename` has an empty beginning, which all names have".into(),
                "write one, such as \"head.\"",
            )),
            () => Ok(()),
        }
    }

    /// Checks that need no file access.
    fn check_place(&self) -> Result<(), SchemeFault> {
        self.check_source()?;
        self.check_names()?;
        let digits = self.checkpoint.is_url().then(|| hub_digits(self.checkpoint.as_str())).flatten();
        match (&self.sha256, digits) {
            (None, _) if self.checkpoint.is_url() => {
                let known = digits.map_or(String::new(), |digits| {
                    format!(" (it begins with {digits} according to the file name)")
                });
                let message = format!("a checkpoint given by URL needs its sha256{known}");
                let remedy =
                    "add sha256 = \"...\", the 64 digits that `sha256sum` prints for a file you trust";
                return Err(("checkpoint", message, remedy));
            }
            (Some(sum), Some(digits)) if !sum.as_str().starts_with(digits) => {
                let begins = &sum.as_str()[..digits.len()];
                let message =
                    format!("the sha256 begins with {begins}, but with {digits} according to the file name");
                return Err(("sha256", message, "correct sha256 or checkpoint"));
            }
            _ => {}
        }
        match self.leave_out.iter().any(String::is_empty) {
            true => {
                Err(("leave-out", "a pattern is empty".into(), "remove it, or write one such as \"fc.*\""))
            }
            false => Ok(()),
        }
    }

    /// Loads `file`: the resolved `checkpoint`, or the file it was downloaded to.
    fn load(&self, network: &mut Network, seed: u64, file: &Path) -> Result<(), InitError> {
        if is_onnx(file) {
            return self.load_onnx(network, seed, file);
        }
        let mut seen = Vec::new();
        let checkpoint = self.read(file, &mut |name| seen.push(name.to_owned()))?;
        self.fill(network, seed, checkpoint, &seen)
    }

    /// Reads the tensors of a checkpoint that are not left out, under the names that they become; `seen` is told all names.
    pub(super) fn read(
        &self,
        file: &Path,
        seen: &mut dyn FnMut(&str),
    ) -> Result<Checkpoint, CheckpointError> {
        let seen = RefCell::new(seen);
        let wanted = |name: &str| {
            (seen.borrow_mut())(name);
            // Patterns name the network's parameters, which may have other names in the file.
            self.without_batch_norm || !self.leaves_out(name)
        };
        let rename: Vec<(String, String)> = self.rename.clone().into_iter().collect();
        let selection = TensorSelection {
            state_dict: self.state_dict.as_deref(),
            prefix: self.prefix.as_deref(),
            rename: &rename,
            wanted: &wanted,
        };
        Checkpoint::read_selected(file, selection)
    }

    /// Loads the weights of an ONNX file, for the network that was imported from it.
    fn load_onnx(&self, network: &mut Network, seed: u64, file: &Path) -> Result<(), InitError> {
        let names: Vec<&str> = network.specs().iter().map(|spec| spec.name.as_str()).collect();
        let values =
            camlab_onnx::values_for(file, &names).map_err(|error| InitError::Onnx(error.to_string()))?;
        let mut checkpoint = Checkpoint::new(file.display().to_string());
        let names: Vec<String> = values.iter().map(|(name, _)| name.clone()).collect();
        for (name, values) in values {
            let spec = network.specs().iter().find(|spec| spec.name == name);
            // A parameter of another shape, such as a head for other classes, has a length that does not fit.
            let shape = spec.filter(|spec| spec.elements() == values.len()).map(|spec| spec.shape.clone());
            if !self.leaves_out(&name) {
                checkpoint.insert(&name, shape.unwrap_or_else(|| vec![values.len()]), values);
            }
        }
        self.fill(network, seed, checkpoint, &names)
    }

    /// Sets the parameters from a checkpoint without those that are left out; `names` are all of its names.
    fn fill(
        &self,
        network: &mut Network,
        seed: u64,
        mut checkpoint: Checkpoint,
        names: &[String],
    ) -> Result<(), InitError> {
        if self.without_batch_norm {
            if let Some(name) = checkpoint.tensors().keys().find(|name| name.ends_with("running_mean")) {
                return Err(InitError::BatchNorm(name.clone()));
            }
            checkpoint.rename(&names_without(network.specs()));
            checkpoint.retain(|name| !self.leaves_out(name));
        }
        let graph = network.graph().clone();
        let own = || network.specs().iter().map(|spec| &spec.name);
        let matches = |pattern: &&String| own().chain(names).any(|name| glob::matches(pattern, name));
        if let Some(pattern) = self.leave_out.iter().find(|pattern| !matches(pattern)) {
            let nearest = closest(pattern, own().map(String::as_str)).map(str::to_owned);
            return Err(InitError::LeaveOut { pattern: pattern.clone(), nearest });
        }
        for spec in network.specs() {
            let is_norm = spec.kind.is_affine() || spec.kind.is_buffer();
            if self.leaves_out(&spec.name)
                || (self.fresh_head && Some(spec.node) == graph.head_node())
                || (self.without_batch_norm && is_norm)
            {
                checkpoint.insert(&spec.name, spec.shape.clone(), torch_default(&graph, spec, seed));
            }
        }
        Ok(checkpoint.load_into(network)?)
    }
}

fn is_onnx(file: &Path) -> bool {
    file.extension().is_some_and(|end| end.eq_ignore_ascii_case("onnx"))
}

/// The first eight sha256 digits that hub file names end in: `resnet50-0676ba61.pth`.
fn hub_digits(url: &str) -> Option<&str> {
    let path = url.split(['?', '#']).next()?;
    let stem = path.rsplit('/').next()?.rsplit_once('.')?.0;
    let digits = stem.rsplit_once('-')?.1;
    let hexadecimal = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    (digits.len() == 8 && digits.bytes().all(hexadecimal)).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::hub_digits;

    #[test]
    fn names_of_the_hub_carry_digits() {
        assert_eq!(hub_digits("https://a.org/models/resnet50-0676ba61.pth"), Some("0676ba61"));
        assert_eq!(hub_digits("https://a.org/resnet50-0676ba61.pth?download=1"), Some("0676ba61"));
        for other in [
            "https://a.org/resnet50.pth",
            "https://a.org/resnet50-imagenet.pth",
            "https://a.org/r-0676BA61.pth",
        ] {
            assert_eq!(hub_digits(other), None, "{other}");
        }
    }
}
