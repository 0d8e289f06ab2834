//! Identities that hold behind the last ReLU of any network that ends in global average pooling and a linear layer
//! (every gradient is `w_k / (h w)` there), on a random one, by the whole way from image to map.

use crate::support::small::{CLASSES, SIZE, images, network};
use crate::support::{method, relative_error};
use camlab::engine::Precision;
use camlab::explain::CamExtractor;
use camlab::nn::Network;
use camlab::parts::cam::{Cam, EigenCam, Features, KpcaCam};
use camlab::raster::Map;

fn map(network: &Network, toml: &str, class: usize) -> Map {
    let extractor =
        CamExtractor::new(network, &method(toml), "last", Precision::F32, SIZE, 1).expect("a layer");
    extractor.maps(&images(1), Some(class)).expect("maps").remove(0).map
}

/// `sum_k weight(k, sum A_k) A_k` of the last layer.
fn weighted(network: &Network, weight: impl Fn(usize, f64) -> f64) -> Vec<f32> {
    let node = network.graph().tap("last").expect("a layer");
    let seen = network.infer(&images(1), &[node]).expect("a pass").taps.remove(0);
    let sums: Vec<f64> = (0..seen.channels)
        .map(|k| seen.data.iter().skip(k).step_by(seen.channels).map(|a| f64::from(*a)).sum())
        .collect();
    let position =
        |a: &[f32]| -> f64 { a.iter().enumerate().map(|(k, a)| weight(k, sums[k]) * f64::from(*a)).sum() };
    seen.data.chunks(seen.channels).map(|a| position(a) as f32).collect()
}

fn cut(map: Vec<f32>) -> Vec<f32> {
    map.into_iter().map(|value| value.max(0.0)).collect()
}

#[test]
fn behind_the_last_relu_methods_are_sums_with_the_classifiers_weights() {
    let network = network();
    let rows = network.get("fc.weight").expect("the classifier").clone();
    let channels = rows.len() / CLASSES;
    for class in 0..CLASSES {
        let w = |k: usize| f64::from(rows[class * channels + k]);
        let cam = map(&network, "'cam'", class);
        let pixels = (cam.height * cam.width) as f64;
        let score = network.infer(&images(1), &[]).expect("a pass").logits[class];
        let mean = |sum: f64| sum / pixels;
        let g = |k: usize| w(k) / pixels;
        let plain = weighted(&network, |k, _| g(k));
        for (toml, wanted) in [
            ("'cam'", weighted(&network, |k, _| w(k))),
            ("{ grad-cam = { relu = false } }", plain.clone()),
            ("{ hires-cam = { relu = false } }", plain.clone()),
            // The channel that is 0 everywhere has no weighted mean, and nothing to weigh.
            ("{ xgrad-cam = { relu = false } }", plain.clone()),
            ("{ shapley-cam = { utility = 'logit', relu = false } }", plain.clone()),
            ("{ finer-cam = { alpha = 0.0, relu = false } }", plain.clone()),
            ("'grad-cam'", cut(plain.clone())),
            ("'layer-cam'", weighted(&network, |k, _| g(k).max(0.0))),
            ("'element-wise-grad-cam'", weighted(&network, |k, _| g(k).max(0.0))),
            ("'grad-cam++'", weighted(&network, |k, sum| pixels * g(k).max(0.0) / (2.0 + g(k) * sum))),
            ("'ablation-cam'", cut(weighted(&network, |k, sum| w(k) * mean(sum) / f64::from(score)))),
            (
                "{ ablation-cam = { scale = 'magnitude' } }",
                cut(weighted(&network, |k, sum| w(k) * mean(sum) / f64::from(score.abs()))),
            ),
            // mean(g A) + 1 is w mean(A) / (h w) + 1.
            ("{ bag-cam = { of = 'score', guided = false } }", bag(&network, |k, sum| (g(k), mean(sum)))),
            ("{ bag-cam = { of = 'score' } }", bag(&network, |k, sum| (g(k), mean(sum)))),
        ] {
            let found = map(&network, toml, class).data;
            if wanted.iter().all(|value| *value == 0.0) {
                assert!(found.iter().all(|value| value.abs() < 1e-6), "{toml}, class {class}");
                continue;
            }
            let error = relative_error(&found, &wanted);
            assert!(error < 2e-4, "{toml}, class {class}: {error}");
        }
    }
}

/// `sum_k ReLU((mean(g A_k) + 1) g A_k)`.
fn bag(network: &Network, of: impl Fn(usize, f64) -> (f64, f64)) -> Vec<f32> {
    weighted(network, |k, sum| {
        let (g, mean) = of(k, sum);
        ((g * mean + 1.0) * g).max(0.0)
    })
}

/// Peak memory of this process, bytes; where the system tells.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kilobytes| 1024 * kilobytes)
}

/// Set in a process that runs one test.
const ALONE: &str = "CAMLAB_TEST_ALONE";

/// A matrix of all pairs of 112 x 112 positions would take 1.2 GB.
#[test]
fn eigen_methods_build_no_matrix_of_all_positions() {
    // The peak is that of a process: other tests must not run in it.
    if std::env::var_os(ALONE).is_none() {
        let name = "network_identities::eigen_methods_build_no_matrix_of_all_positions";
        let program = std::env::current_exe().expect("the test program");
        let child = std::process::Command::new(program).args(["--exact", name]).env(ALONE, "1").output();
        let child = child.expect("a process");
        assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stdout));
        return;
    }
    let (side, channels) = (112, 32);
    let value = |at: usize| {
        let (position, k) = (at / channels, at % channels);
        let (y, x) = ((position / side) as f32, (position % side) as f32);
        ((y - 40.0 - k as f32).powi(2) + (x - 60.0).powi(2)).mul_add(-1e-3, 1.0).max(0.0)
            + (at as u32).wrapping_mul(2_654_435_761) as f32 / 4e10
    };
    let activations: Vec<f32> = (0..side * side * channels).map(value).collect();
    let features = Features {
        activations: &activations,
        gradients: &[],
        classifier: &[],
        weights: &[],
        image: [224; 2],
        channels,
        height: side,
        width: side,
    };
    let before = peak();
    let eigen = EigenCam::default().map(features);
    let kernel = KpcaCam { landmarks: 256, ..KpcaCam::default() }.map(features);
    if let (Some(before), Some(after)) = (before, peak()) {
        let grown = after - before;
        assert!(grown < 200 << 20, "{} MB more", grown >> 20);
    }
    // Both show the bump, whichever way the channels are ordered: the sign is a rule.
    let mut turned = activations.clone();
    turned.chunks_mut(channels).for_each(<[f32]>::reverse);
    let again = EigenCam::default().map(Features { activations: &turned, ..features });
    assert!(relative_error(&again.data, &eigen.data) < 1e-3);
    for map in [&eigen, &kernel] {
        let most = map.data.iter().copied().fold(0.0f32, f32::max);
        assert!(map.data[55 * side + 60] > 0.5 * most && map.data[0] < 0.2 * most);
    }
}
