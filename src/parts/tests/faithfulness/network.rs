//! The tiny network of the golden numbers, frozen, and the pictures that it classifies.

use camlab_engine::{Engine, EngineOptions, Precision};
use camlab_nn::graph::{GraphBuilder, Window};
use camlab_nn::{ClassProbabilities, Network};
use camlab_parts::metric::{Measured, Metric, TargetScore};
use camlab_raster::Map;
use serde_json::Value;

use crate::support::golden::{floats, golden, interleaved, list, near, number, size};
use crate::support::scene::{Scene, measurement};

/// Convolution, ReLU, mean over the pixels, linear, for images of `extent`, `[height, width]`.
pub fn engine(golden: &Value, extent: [usize; 2]) -> Engine {
    let (mut graph, image) = GraphBuilder::new(3, 1e-5, 0.1);
    let conv = graph.conv_with_bias("conv", image, 4, Window::same(3));
    let relu = graph.relu("relu", conv);
    let pooled = graph.global_avg_pool("pool", relu);
    let output = graph.linear("fc", pooled, 5);
    let mut network = Network::new(graph.finish(output));
    for name in ["conv.weight", "conv.bias", "fc.weight", "fc.bias"] {
        network.set(name, floats(&golden["network"][name]["values"])).expect("a value that fits");
    }
    let options = EngineOptions { precision: Precision::F32, size: extent, batch: 8, keep: Vec::new() };
    Engine::freeze(&network, options).expect("an engine")
}

/// The golden pictures with their maps and classes.
pub fn scenes(golden: &Value) -> Vec<Scene> {
    let golden = &golden["pictures"];
    let [height, width] = ["height", "width"].map(|side| size(&golden[side]));
    let each = list(&golden["values"]).iter().zip(list(&golden["classes"])).zip(list(&golden["maps"]));
    let read = |(at, ((values, class), map)): (usize, ((&Value, &Value), &Value))| Scene {
        id: format!("picture {at}"),
        target: size(class),
        pixels: interleaved(&floats(values), 3),
        ..Scene::of(Map::new(height, width, floats(map)))
    };
    each.enumerate().map(read).collect()
}

/// The values of an image, whose changed versions the network classifies; empty where they are not defined.
pub fn passed(metric: &dyn Metric, scene: &Scene, engine: &Engine) -> Vec<Measured> {
    let seen = scene.seen();
    let Some(changed) = measurement(metric).changed(&seen) else { return Vec::new() };
    let mut scores = Vec::new();
    let extent = [scene.map.height, scene.map.width];
    engine
        .each(
            extent,
            changed.count(),
            5,
            |at, pixels| changed.write(at, pixels),
            |_, logits| scores.push(TargetScore::of(logits, scene.target, ClassProbabilities::Softmax)),
        )
        .expect("passes");
    changed.measured(&scores)
}

/// Every version of an image, `[height, width, channels]` each; none where the metric is not defined.
pub fn versions(metric: &dyn Metric, scene: &Scene) -> Vec<Vec<f32>> {
    let seen = scene.seen();
    let Some(changed) = measurement(metric).changed(&seen) else { return Vec::new() };
    let version = |at: usize| {
        let mut pixels = vec![f32::NAN; scene.pixels.len()];
        changed.write(at, &mut pixels);
        pixels
    };
    (0..changed.count()).map(version).collect()
}

#[test]
fn the_network_is_the_golden_one() {
    let golden = golden();
    let scenes = scenes(&golden);
    let extent = [scenes[0].map.height, scenes[0].map.width];
    let engine = engine(&golden, extent);
    let known = list(&golden["pictures"]["logits"]).iter().zip(list(&golden["pictures"]["probabilities"]));
    for (scene, (logits, probabilities)) in scenes.iter().zip(known) {
        let mut found = Vec::new();
        let write = |_: usize, pixels: &mut [f32]| pixels.copy_from_slice(&scene.pixels);
        engine.each(extent, 1, 1, write, |_, logits| found.extend_from_slice(logits)).expect("a pass");
        for (class, (logit, probability)) in list(logits).iter().zip(list(probabilities)).enumerate() {
            let score = TargetScore::of(&found, class, ClassProbabilities::Softmax);
            // Both compute in f32, with sums in another order: some units in the last place of logits up to 4.4.
            near(f64::from(score.logit), number(logit), 2e-6);
            near(f64::from(score.probability), number(probability), 1e-6);
        }
    }
}
