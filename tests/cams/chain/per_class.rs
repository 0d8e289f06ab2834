//! Steps A9 to A11 against `fixtures/golden/per-class-maps`, which numpy and scikit-learn made from the documentation: the
//! inputs go through every step, and every step is compared.

use super::golden::{labels, numbers, rows};
use camlab::engine::{Engine, EngineOptions, Precision, Variants};
use camlab::nn::graph::GraphBuilder;
use camlab::nn::{Images, Network};
use camlab::parts::cam::{MaskScaling, MemoryBudget};
use camlab::parts::cluster::{AssignmentRule, ClusterInput, Clusters, KMeans, Points, SubMaps};
use camlab::parts::merge::{Divided, DivisionState, Merge, Merged, Otherwise, SubMapJoin, confidences};
use camlab::parts::polynomial::{Layer, Polynomial, Ridge, Stack};
use serde_json::Value;

/// Tolerance, relative to the largest number of a comparison.
const WITHIN: f64 = 1e-5;

struct Golden(Value);

impl Golden {
    fn read() -> Self {
        let text = include_str!("../../../fixtures/golden/per-class-maps/golden.json");
        Self(serde_json::from_str(text).unwrap())
    }

    fn images(&self) -> &[Value] {
        self.0["images"].as_array().unwrap()
    }

    fn size(&self) -> [usize; 2] {
        let size = labels(&self.0["size"]);
        [size[0] as usize, size[1] as usize]
    }

    fn stack(&self, image: &Value) -> Stack {
        let (grids, channels) = (self.0["grids"].as_array().unwrap(), labels(&self.0["channels"]));
        let layers = grids.iter().zip(channels).zip(image["layers"].as_array().unwrap());
        let layer = |((grid, channels), values): ((&Value, u32), &Value)| {
            let grid = labels(grid);
            let [height, width, channels] = [grid[0], grid[1], channels].map(|number| number as usize);
            Layer { height, width, channels, data: floats(values) }
        };
        Stack::new(layers.map(layer).collect(), &Polynomial { degree: 10, ..Polynomial::default() })
    }

    fn engine(&self) -> Engine {
        let (mut graph, image) = GraphBuilder::new(3, 1e-5, 0.1);
        let pooled = graph.global_avg_pool("pool", image);
        let output = graph.linear("fc", pooled, self.classes());
        let mut network = Network::new(graph.finish(output));
        network.set("fc.weight", floats(&self.0["weights"])).unwrap();
        network.set("fc.bias", floats(&self.0["biases"])).unwrap();
        let options =
            EngineOptions { precision: Precision::F32, size: self.size(), batch: 8, keep: Vec::new() };
        Engine::freeze(&network, options).unwrap()
    }

    fn classes(&self) -> usize {
        self.0["classes"].as_u64().unwrap() as usize
    }

    /// The clusters of scikit-learn's centres.
    fn clusters(&self, dims: usize) -> Clusters {
        let centres = Points { dims, data: floats(&self.0["centres"]) };
        Clusters {
            reduce: None,
            spherical: false,
            labels: vec![None; centres.count()],
            rule: AssignmentRule::Centres(centres),
            spread: 0.0,
        }
    }
}

fn floats(value: &Value) -> Vec<f32> {
    numbers(value).into_iter().map(|number| number as f32).collect()
}

#[track_caller]
fn same(found: impl IntoIterator<Item = f64>, wanted: &Value) {
    let (found, wanted): (Vec<f64>, _) = (found.into_iter().collect(), numbers(wanted));
    assert_eq!(found.len(), wanted.len());
    let largest = wanted.iter().fold(0.0f64, |most, value| most.max(value.abs()));
    for (at, (found, wanted)) in found.iter().zip(&wanted).enumerate() {
        assert!((found - wanted).abs() <= WITHIN * largest, "{at}: {found} for {wanted}");
    }
}

fn wide(values: &[f32]) -> impl Iterator<Item = f64> + '_ {
    values.iter().map(|value| f64::from(*value))
}

#[test]
fn every_step_to_the_final_maps_is_that_of_numpy_and_scikit_learn() {
    let golden = Golden::read();
    let (engine, size) = (golden.engine(), golden.size());
    let images = golden.images();
    let stacks: Vec<Stack> = images.iter().map(|image| golden.stack(image)).collect();
    same(wide(&stacks[0].pixels.data), &golden.0["stack"]);

    // A9: coefficients of the logits that the network gives, and the class map of its answer.
    let means: Vec<Vec<f64>> = stacks.iter().map(Stack::mean).collect();
    same(means.concat(), &golden.0["means"]);
    let logits: Vec<Vec<f64>> = images
        .iter()
        .map(|image| {
            let [height, width] = size;
            let one = Images { pixels: floats(&image["pixels"]).into(), count: 1, height, width };
            wide(&engine.forward(&one, &[]).unwrap().logits).collect()
        })
        .collect();
    logits.iter().zip(images).for_each(|(logits, image)| same(logits.iter().copied(), &image["logits"]));
    let weights = Ridge { lambda: 1.0 }.fit(&means, &logits).unwrap();
    let coefficients: Vec<f64> = (0..golden.classes()).flat_map(|class| weights.of(class).to_vec()).collect();
    same(coefficients, &golden.0["coefficients"]);

    let clusters = golden.clusters(stacks[0].pixels.dims);
    for (image, stack) in images.iter().zip(&stacks) {
        let target = image["target"].as_u64().unwrap() as usize;
        let map = stack.class_map(weights.of(target));
        same(wide(&map.data), &image["class-map"]);

        // A10: the nearest centres divide it.
        let seen = clusters.seen(&stack.pixels);
        assert_eq!(clusters.nearest(&seen), labels(&image["clusters"]));
        let divided = Divided::new(&map, &clusters.memberships(&seen, &SubMaps::default()), clusters.count());
        same(wide(&divided.energies), &image["sub-maps"]);
        let present = labels(&image["present"]);
        let of_state = (0..divided.count).filter(|at| divided.states[*at] == DivisionState::Present);
        assert!(of_state.eq(present.iter().map(|at| *at as usize)));

        // A11: confidences of all classes for every sub-map, classes, ranks, and a map per class.
        let pixels = floats(&image["pixels"]);
        let variants = Variants::new(&engine, &pixels, size).unwrap();
        let known = confidences(&divided, variants, MaskScaling::default(), MemoryBudget::default()).unwrap();
        assert_eq!(known.iter().flatten().count(), present.len());
        for (known, wanted) in known.iter().flatten().zip(image["confidences"].as_array().unwrap()) {
            same(known.iter().copied(), wanted);
        }
        for join in [SubMapJoin::WeightedSum, SubMapJoin::Max, SubMapJoin::Union] {
            let merge = Merge { join, ..Merge::default() };
            for target in 0..golden.classes() {
                compare(&merge.apply(&divided, &known, target), image, join, target);
            }
        }
        undivided(&divided, &known, image);
    }
}

/// Compares the maps of all classes, `target` among them even if no sub-map has that class.
fn compare(merged: &Merged, image: &Value, join: SubMapJoin, target: usize) {
    let of_present = |values: &[Option<usize>]| -> Vec<u32> {
        values.iter().flatten().map(|value| *value as u32).collect()
    };
    assert_eq!(of_present(&merged.assigned), labels(&image["assigned"]));
    assert_eq!(of_present(&merged.ranks), labels(&image["sub-ranks"]));
    let finals = image["finals"].as_array().unwrap();
    let rank = |class: usize| finals[class]["rank"].as_u64().unwrap() as usize;
    let mut shown: Vec<usize> = (0..finals.len()).filter(|class| rank(*class) > 0).collect();
    shown.sort_by_key(|class| rank(*class));
    if rank(target) == 0 {
        shown.push(target);
    }
    let maps = merged.by_rank();
    assert_eq!(maps.iter().map(|map| map.class).collect::<Vec<_>>(), shown);
    assert_eq!((merged.target.class, merged.fell_back()), (target, rank(target) == 0));
    let name = match join {
        SubMapJoin::WeightedSum => "weighted-sum",
        SubMapJoin::Max => "max",
        SubMapJoin::Union => "union",
    };
    for map in maps {
        let wanted = &finals[map.class];
        assert_eq!(map.rank.unwrap_or(0), rank(map.class));
        assert!(map.joined.iter().map(|at| *at as u32).eq(labels(&wanted["joined"])));
        let confidence = wanted["confidence"].as_f64().unwrap();
        assert!((map.confidence.unwrap() - confidence).abs() <= WITHIN * confidence.max(0.1));
        same(wide(&map.map.data), &wanted[name]);
    }
}

/// A class without a sub-map may have the undivided class map in place of all sub-maps.
fn undivided(divided: &Divided, known: &[Option<Vec<f64>>], image: &Value) {
    let merge = Merge { otherwise: Otherwise::Stack, ..Merge::default() };
    let finals = image["finals"].as_array().unwrap();
    for target in (0..finals.len()).filter(|class| finals[*class]["rank"] == 0) {
        let merged = merge.apply(divided, known, target);
        assert!(merged.fell_back() && merged.target.joined.is_empty());
        let map = numbers(&image["class-map"]);
        let least = map.iter().copied().fold(f64::INFINITY, f64::min);
        let wanted: Vec<f64> = map.iter().map(|value| value - least).collect();
        same(wide(&merged.target.map.data), &Value::from(wanted));
    }
}

#[test]
fn clusters_of_the_stacks_are_as_tight_as_those_of_scikit_learn() {
    let golden = Golden::read();
    let stacks: Vec<Stack> = golden.images().iter().map(|image| golden.stack(image)).collect();
    let dims = stacks[0].pixels.dims;
    let data = stacks.iter().flat_map(|stack| stack.pixels.data.iter().copied()).collect();
    let points = Points { dims, data };
    let wanted = golden.0["inertia"].as_f64().unwrap();
    let centres = rows(&golden.0["centres"], dims);
    let squared = |row: &[f32], centre: &[f64]| -> f64 {
        row.iter().zip(centre).map(|(value, centre)| (f64::from(*value) - centre).powi(2)).sum()
    };
    let theirs: f64 = points
        .rows()
        .map(|row| centres.iter().map(|centre| squared(row, centre)).fold(f64::INFINITY, f64::min))
        .sum();
    assert!((theirs - wanted).abs() <= WITHIN * wanted, "{theirs} for {wanted}");
    let k_means = KMeans { restarts: 200, iterations: 300, ..KMeans::default() };
    let (fit, _) = k_means.fit(ClusterInput { points: &points, seeds: &[], seed: 0 }).unwrap();
    assert!(fit.inertia <= 1.01 * wanted, "{} for {wanted}", fit.inertia);
}
