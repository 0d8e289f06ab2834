use camlab::base::random;
use camlab::data::path::DataPath;
use camlab::kernel::to_channels_last;
use camlab::nn::{Images, Network};
use camlab::parts::backbone::BackboneSpec;
use camlab::parts::init::{InitSpec, PretrainedOptions};
use rand::RngExt as _;

use crate::cli::BenchArgs;
use crate::command::npy::read_npy;
use crate::command::part;

/// Seed of random weights and images, fixed so that every run does the same work.
const SEED: u64 = 0;

/// The network and images of a measurement.
pub struct Subject {
    /// Name of the backbone in the registry.
    pub name: &'static str,
    /// The network, with its weights.
    pub network: Network,
    /// One batch of preprocessed images.
    pub images: Images,
}

impl Subject {
    /// Builds the network, loads or draws its weights, and reads or draws the images.
    pub fn new(arguments: &BenchArgs) -> anyhow::Result<Self> {
        let backbone: BackboneSpec = part::parse("--network", &arguments.network)?;
        let mut network = Network::new(backbone.build(arguments.classes as usize)?);
        let init = match &arguments.weights {
            Some(file) => InitSpec::Pretrained(PretrainedOptions {
                checkpoint: DataPath::new(file.display().to_string()),
                ..Default::default()
            }),
            None => InitSpec::KaimingNormal(Default::default()),
        };
        init.apply(&mut network, SEED)?;
        let images = images(arguments)?;
        network.graph().shapes(images.height, images.width)?;
        Ok(Self { name: backbone.name(), network, images })
    }
}

fn images(arguments: &BenchArgs) -> anyhow::Result<Images> {
    let Some(file) = &arguments.inputs else {
        let (count, side) = (usize::from(arguments.batch), usize::from(arguments.input));
        let mut stream = random::stream(SEED, "bench images");
        let pixels: Vec<f32> = (0..count * 3 * side * side).map(|_| stream.random_range(-2.0..2.0)).collect();
        return Ok(Images { pixels: pixels.into(), count, height: side, width: side });
    };
    let (shape, pixels) = read_npy(file)?;
    let [count, 3, height, width] = shape[..] else {
        anyhow::bail!(
            "--inputs {} has shape {shape:?}; give an array of shape [n, 3, height, width]",
            file.display()
        );
    };
    anyhow::ensure!(count > 0, "--inputs {} contains no images; give at least one", file.display());
    let mut ours = vec![0.0; pixels.len()];
    to_channels_last(height * width, 3, &pixels, &mut ours)?;
    Ok(Images { pixels: ours.into(), count, height, width })
}
