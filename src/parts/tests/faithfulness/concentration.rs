//! Sparseness, complexity and L1 complexity.

use camlab_parts::metric::{Complexity, L1Complexity, Metric, MetricSpec, Sparseness};
use camlab_raster::Map;

use crate::support::golden::{floats, golden, list, near, number, size};
use crate::support::scene::{Scene, columns, estimator, value};

/// Image by image and as means, against Quantus and NumPy. The maps of the golden numbers are finite and not constant.
#[test]
fn numbers_are_those_of_quantus() {
    let golden = &golden()["localisation"];
    let [height, width] = ["height", "width"].map(|side| size(&golden[side]));
    let cases = list(&golden["cases"]);
    let scene = |case: &serde_json::Value| Scene::of(Map::new(height, width, floats(&case["map"])));
    let scenes: Vec<Scene> = cases.iter().map(scene).collect();
    let specs = [
        ("sparseness", 1.0, MetricSpec::Sparseness(Sparseness {})),
        ("complexity", 1.0, MetricSpec::Complexity(Complexity {})),
        ("mean_magnitude", 100.0, MetricSpec::L1Complexity(L1Complexity {})),
    ];
    for (name, scale, spec) in specs {
        let rows = columns(std::slice::from_ref(&spec), &scenes);
        let metric: &dyn Metric = spec.metric();
        let images = estimator(metric, &rows).images().swap_remove(0);
        let wanted: Vec<f64> = cases.iter().map(|case| scale * number(&case[name])).collect();
        for (found, wanted) in images.iter().zip(&wanted) {
            near(found.expect("a value"), *wanted, 1e-9 * scale);
        }
        let mean = wanted.iter().sum::<f64>() / wanted.len() as f64;
        near(value(metric, &rows).expect("a mean"), mean, 1e-9 * scale);
    }
}
