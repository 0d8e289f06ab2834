use std::path::PathBuf;

use camlab::raster::Interpolation;
use clap::{ArgGroup, Args, ValueEnum};

use super::{Overrides, StoreArgs};

/// Long description of `camlab cam`.
pub const ABOUT: &str = "\
Compute CAMs of photographs.

With PHOTOs: writes every photograph overlaid with its map as PNG into the folder --out, and prints the five most \
probable classes of each. The network is that of an experiment file, or --backbone with the weights of a file:

  camlab cam cat.jpg dog.jpg --weights resnet50.safetensors --classes synset_words.txt

With --image: writes one unnormalised map as NPY into the file --out, and its overlay into --overlay.";

/// Arguments of `camlab cam`.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("source").required(true).args(["weights", "experiment"])))]
#[command(group(ArgGroup::new("pictures").required(true).args(["photos", "image"])))]
pub struct CamArgs {
    /// Image files (JPEG or PNG)
    #[arg(value_name = "PHOTO")]
    pub photos: Vec<PathBuf>,
    /// Weights of the network, a safetensors or PyTorch file with torchvision's names
    #[arg(long, value_name = "FILE")]
    pub weights: Option<PathBuf>,
    /// Backbone of --weights by name, or with options as TOML: 'resnet50', '{ resnet50 = { variant = "v1" } }'
    #[arg(long, value_name = "NAME", default_value = "resnet50", conflicts_with = "experiment")]
    pub backbone: String,
    /// Classes of --weights: a text file with a name or `wnid words` per line, or their number
    #[arg(long, value_name = "FILE|N", default_value = "1000", conflicts_with = "experiment")]
    pub classes: String,
    /// Rows and columns of the input of --weights, in pixels
    #[arg(long, value_name = "PIXELS", default_value = "224", value_parser = clap::value_parser!(u16).range(1..=8192), conflicts_with = "experiment")]
    pub input: u16,
    /// Normalisation of the input of --weights as in an experiment: 'imagenet' (torchvision), 'caffe',
    /// '{ mean = [123.68, 116.779, 103.939], scale = 255.0 }'
    #[arg(long, value_name = "NAME", default_value = "imagenet", conflicts_with = "experiment")]
    pub normalise: String,
    /// Experiment file that defines backbone, weights and preprocessing; its first cell is used
    #[arg(long, value_name = "FILE")]
    pub experiment: Option<PathBuf>,
    /// Image file of a single map as NPY
    #[arg(long, value_name = "PATH", conflicts_with = "weights", requires = "out")]
    pub image: Option<PathBuf>,
    /// CAM method by name, or with options as TOML: 'layer-cam', '{ cam = { relu = true } }'
    #[arg(long, value_name = "NAME", default_value = "grad-cam")]
    pub method: String,
    /// Layer of the backbone (default: the one that feeds the classifier); `camlab list layers FILE` shows them
    #[arg(long, value_name = "NAME")]
    pub layer: Option<String>,
    /// Target class, by name or index (default: the predicted class)
    #[arg(long, visible_alias = "class", value_name = "CLASS")]
    pub target: Option<String>,
    /// Name of an [[init]] or of a [[fusion]] into one network; required if an experiment has several networks
    #[arg(long, value_name = "NAME", conflicts_with = "weights")]
    pub network: Option<String>,
    /// Folder of the overlays, made if needed (default: cams); with --image, the file of the map: NPY, f32 [height, width],
    /// not normalised
    #[arg(long, value_name = "DIR|map.npy")]
    pub out: Option<PathBuf>,
    /// With --image: write the map on the layer's own grid instead of upsampling it to the input's size
    #[arg(long, requires = "image")]
    pub native: bool,
    /// Upsampling to the input's size; pytorch-grad-cam uses bilinear, reports use evaluation.interpolation
    #[arg(long, value_enum, default_value = "bilinear", conflicts_with = "native")]
    pub interpolation: Upsampling,
    /// With --image: also write the image overlaid with the map, as PNG
    #[arg(long, value_name = "out.png", requires = "image")]
    pub overlay: Option<PathBuf>,
    #[command(flatten)]
    pub overrides: Overrides,
    #[command(flatten)]
    pub store: StoreArgs,
}

/// Interpolation of `camlab cam --interpolation`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Upsampling {
    Nearest,
    Bilinear,
    Bicubic,
}

impl From<Upsampling> for Interpolation {
    fn from(choice: Upsampling) -> Self {
        match choice {
            Upsampling::Nearest => Self::Nearest,
            Upsampling::Bilinear => Self::Bilinear,
            Upsampling::Bicubic => Self::Bicubic,
        }
    }
}
