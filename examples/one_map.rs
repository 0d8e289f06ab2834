//! One Grad-CAM map of one image, without an experiment file: `cargo run --release --example one_map`.
//!
//! The network has random weights and the image is a gradient, so the map means nothing; with
//! `camlab::nn::checkpoint::Checkpoint` and `camlab::data::decode` it is a map of your network and photograph.

use camlab::config::FromToml;
use camlab::engine::Precision;
use camlab::explain::CamExtractor;
use camlab::nn::{Images, Network};
use camlab::parts::backbone::BackboneSpec;
use camlab::parts::cam::{CamSpec, GradCam};
use camlab::parts::init::InitSpec;

fn main() -> anyhow::Result<()> {
    let classes = 10;
    let backbone =
        BackboneSpec::from_toml("{ resnet = { stem = 'small', depths = [1, 1], widths = [16, 32] } }")?;
    let mut network = Network::new(backbone.build(classes)?);
    InitSpec::KaimingNormal(Default::default()).apply(&mut network, 0)?;

    // [n, height, width, 3], normalised as the network expects.
    let (height, width) = (32, 32);
    let pixels: Vec<f32> = (0..height * width * 3).map(|at| at as f32 / 3072.0 - 0.5).collect();
    let images = Images { pixels: pixels.into(), count: 1, height, width };

    let method = CamSpec::GradCam(GradCam::default());
    let extractor = CamExtractor::new(&network, &method, "layer2", Precision::F32, [height, width], 1)?;
    for output in extractor.maps(&images, None)? {
        let map = output.map;
        println!(
            "class {}, map of {}x{}, {} forward pass",
            output.target, map.height, map.width, output.forwards
        );
        for row in map.data.chunks(map.width) {
            println!("{}", row.iter().map(|value| format!("{value:7.3}")).collect::<String>());
        }
    }
    Ok(())
}
