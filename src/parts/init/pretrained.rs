use std::cell::RefCell;
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
use camlab_nn::checkpoint::Checkpoint;
use camlab_nn::graph::Graph;

/// Options of `pretrained`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PretrainedOptions {
    /// Checkpoint with torchvision's parameter names: safetensors or PyTorch (`.pth`, zip or legacy), detected by
    /// content. A file path, or a URL, which needs `sha256`.
    #[serde(skip_serializing_if = "DataPath::is_empty")]
    pub checkpoint: DataPath,
    /// Expected sha256 of the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Sha256>,
    /// Initialise the head by torch's default for `nn.Linear` instead of loading it, to train on other classes.
    #[serde(default)]
    pub fresh_head: bool,
    /// Patterns of parameter names (`fc.*`) that are not loaded: the network's are initialised by torch's defaults,
    /// the file's are ignored.
    #[serde(default)]
    pub leave_out: Vec<String>,
    /// `true` if the checkpoint is of the same network without batch norm, such as VGG-16's for `vgg16_bn`. Batch norms
    /// start neutral (scale 1, shift 0, mean 0, variance 1), so that the network begins as the checkpoint's, up to
    /// `bn-eps`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub without_batch_norm: bool,
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
            None if self.checkpoint.is_url() => Err(InitError::NotDownloaded(self.checkpoint.to_string())),
            None => self.load(network, seed, &self.checkpoint.resolve(Path::new(""))?),
        }
    }

    fn checkpoint(&self) -> Option<&PretrainedOptions> {
        Some(self)
    }
}

impl PretrainedOptions {
    /// Checks that need no file access.
    fn check_place(&self) -> Result<(), SchemeFault> {
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
        let mut of_no_use: Vec<&String> = self.leave_out.iter().collect();
        let seen = RefCell::new(Vec::new());
        let left_out = |name: &str| self.leave_out.iter().any(|pattern| glob::matches(pattern, name));
        let mut checkpoint = Checkpoint::read_where(file, &|name| {
            seen.borrow_mut().push(name.to_owned());
            !left_out(name)
        })?;
        if self.without_batch_norm {
            if let Some(name) = checkpoint.tensors().keys().find(|name| name.ends_with("running_mean")) {
                return Err(InitError::BatchNorm { path: file.display().to_string(), name: name.clone() });
            }
            checkpoint.rename(&names_without(network.specs()));
        }
        let graph = network.graph().clone();
        let names = || network.specs().iter().map(|spec| &spec.name);
        let seen = seen.into_inner();
        of_no_use.retain(|pattern| !names().chain(&seen).any(|name| glob::matches(pattern, name)));
        if let Some(pattern) = of_no_use.first() {
            let nearest = closest(pattern, names().map(String::as_str)).map(str::to_owned);
            return Err(InitError::LeaveOut { pattern: (*pattern).clone(), nearest });
        }
        for spec in network.specs() {
            let is_norm = spec.kind.is_affine() || spec.kind.is_buffer();
            if left_out(&spec.name)
                || (self.fresh_head && Some(spec.node) == graph.head_node())
                || (self.without_batch_norm && is_norm)
            {
                checkpoint.insert(&spec.name, spec.shape.clone(), torch_default(&graph, spec, seed));
            }
        }
        Ok(checkpoint.load_into(network)?)
    }
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
