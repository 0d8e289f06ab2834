//! Initialisations: bounds and moments of each law, orthogonality, streams.

use crate::support::backbone;
use camlab::config::FromToml;
use camlab::nn::Network;
use camlab::nn::graph::ParameterKind;
use camlab::parts::init::InitSpec;

const NETWORK: &str = "{ resnet = { depths = [1, 1], widths = [32, 64], stem = \"small\" } }";

fn init(toml: &str) -> InitSpec {
    InitSpec::from_toml(toml).expect("a valid initialisation")
}

fn fresh(toml: &str, seed: u64) -> Network {
    let mut network = Network::new(backbone(NETWORK).build(10).expect("a buildable backbone"));
    init(toml).apply(&mut network, seed).expect("an initialisation");
    network
}

/// Mean, standard deviation and largest magnitude.
fn moments(values: &[f32]) -> (f64, f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().map(|x| f64::from(*x)).sum::<f64>() / n;
    let variance = values.iter().map(|x| (f64::from(*x) - mean).powi(2)).sum::<f64>() / n;
    (mean, variance.sqrt(), values.iter().fold(0.0, |max, x| f64::from(x.abs()).max(max)))
}

/// `layer2.0.conv2` is 64 to 64 channels, 3x3: 36864 draws, both fans 576.
fn check(toml: &str, deviation: f64, bound: f64) {
    let network = fresh(toml, 1);
    let (mean, found, largest) = moments(network.get("layer2.0.conv2.weight").expect("a parameter"));
    // The standard error of the deviation is below deviation / sqrt(2 n), a 270th; five of them.
    assert!((found / deviation - 1.0).abs() < 0.02, "{toml}: deviation {found}, not {deviation}");
    assert!(mean.abs() < 5.0 * deviation / 192.0, "{toml}: mean {mean}");
    assert!(largest <= bound && largest > 0.95 * bound.min(4.0 * deviation), "{toml}: largest {largest}");
}

#[test]
fn laws_have_their_moments_and_bounds() {
    let kaiming = (2.0 / 576f64).sqrt();
    let xavier = (1.0 / 576f64).sqrt();
    let any = f64::INFINITY;
    check("\"kaiming-normal\"", kaiming, any);
    check("{ kaiming-normal = { mode = \"fan-in\" } }", kaiming, any);
    check("\"kaiming-uniform\"", kaiming, 3f64.sqrt() * kaiming * 1.000001);
    check("\"xavier-normal\"", xavier, any);
    check("\"xavier-uniform\"", xavier, 3f64.sqrt() * xavier * 1.000001);
    // A normal law cut at two deviations keeps 0.8796 of its deviation.
    check("{ truncated-normal = { std = 0.05 } }", 0.8796 * 0.05, 0.1000001);
}

/// The sample variance of `n` draws around a known mean of 0 has the standard deviation `sqrt((k - 1) / n)` of itself,
/// `k` being the law's kurtosis: for a normal law that is chi-square's. Five of them, in every layer.
#[test]
fn every_layer_has_the_variance_of_its_law() {
    // Variance and kurtosis of the standard normal law cut at two deviations.
    let (cut, cut_kurtosis) = (0.773_741, 2.365_5);
    type Variance = fn(f64, f64) -> f64;
    let laws: [(&str, Variance, f64); 9] = [
        ("\"kaiming-normal\"", |_, out| 2.0 / out, 3.0),
        ("{ kaiming-normal = { mode = \"fan-in\" } }", |fan, _| 2.0 / fan, 3.0),
        ("\"kaiming-uniform\"", |_, out| 2.0 / out, 1.8),
        ("{ kaiming-uniform = { mode = \"fan-in\" } }", |fan, _| 2.0 / fan, 1.8),
        ("\"xavier-normal\"", |fan, out| 2.0 / (fan + out), 3.0),
        ("\"xavier-uniform\"", |fan, out| 2.0 / (fan + out), 1.8),
        ("\"truncated-normal\"", |_, _| 0.02 * 0.02, 0.0),
        ("{ truncated-normal = { std = 0.3 } }", |_, _| 0.09, 0.0),
        ("{ xavier-normal = { zero-residual-gamma = true } }", |fan, out| 2.0 / (fan + out), 3.0),
    ];
    for (seed, (toml, variance, kurtosis)) in laws.into_iter().enumerate() {
        let truncated = toml.contains("truncated");
        let (factor, kurtosis) = if truncated { (cut, cut_kurtosis) } else { (1.0, kurtosis) };
        let network = fresh(toml, 20 + seed as u64);
        let mut layers = 0;
        for (spec, value) in network.specs().iter().zip(network.values()) {
            let kaimings_head = toml.contains("kaiming") && spec.kind == ParameterKind::LinearWeight;
            let drawn = [ParameterKind::ConvWeight, ParameterKind::LinearWeight].contains(&spec.kind);
            if !drawn || kaimings_head {
                continue;
            }
            let field: usize = spec.shape.iter().skip(2).product();
            let (fan_in, fan_out) = ((spec.shape[1] * field) as f64, (spec.shape[0] * field) as f64);
            let wanted = factor * variance(fan_in, fan_out);
            let n = value.len() as f64;
            let square = |sum: f64, x: &f32| sum + f64::from(*x).powi(2);
            let off = value.iter().fold(0.0, square) / n / wanted - 1.0;
            let bound = 5.0 * ((kurtosis - 1.0) / n).sqrt();
            assert!(off.abs() < bound, "{toml}: {} is off by {off}, more than {bound}", spec.name);
            let mean = value.iter().map(|x| f64::from(*x)).sum::<f64>() / n;
            assert!(mean.abs() < 5.0 * (wanted / n).sqrt(), "{toml}: the mean of {} is {mean}", spec.name);
            if truncated {
                let bound = 2.0 * variance(0.0, 0.0).sqrt() * 1.000_001;
                assert!(value.iter().all(|x| f64::from(x.abs()) <= bound), "{toml}: {}", spec.name);
            }
            layers += 1;
        }
        assert!(layers >= 6, "{toml}: {layers} layers");
    }
}

#[test]
fn fans_differ_where_channels_do() {
    // conv1 reads 3 and makes 32 channels, 3x3: fan in 27, fan out 288.
    let deviation = |toml: &str| moments(fresh(toml, 2).get("conv1.weight").expect("a parameter")).1;
    assert!((deviation("\"kaiming-normal\"") / (2f64 / 288.0).sqrt() - 1.0).abs() < 0.1);
    assert!(
        (deviation("{ kaiming-normal = { mode = \"fan-in\" } }") / (2f64 / 27.0).sqrt() - 1.0).abs() < 0.1
    );
    assert!((deviation("\"xavier-normal\"") / (2f64 / 315.0).sqrt() - 1.0).abs() < 0.1);
}

#[test]
fn the_rest_is_neutral_and_kaimings_head_is_torchs() {
    for (toml, torch_head) in [("\"kaiming-normal\"", true), ("\"xavier-uniform\"", false)] {
        let network = fresh(toml, 3);
        for (spec, value) in network.specs().iter().zip(network.values()) {
            let neutral = value.iter().all(|x| *x == spec.kind.neutral());
            let drawn = match spec.kind {
                ParameterKind::ConvWeight | ParameterKind::LinearWeight => true,
                ParameterKind::Bias => torch_head,
                _ => false,
            };
            assert_eq!(neutral, !drawn, "{toml}: {}", spec.name);
        }
    }
    // 64 features: torch's nn.Linear draws within 1 / 8.
    let (_, deviation, largest) = moments(fresh("\"kaiming-normal\"", 3).get("fc.weight").expect("a head"));
    assert!(largest <= 0.125 && (deviation / (0.125 / 3f64.sqrt()) - 1.0).abs() < 0.1);
}

#[test]
fn orthogonal_weights_are_orthogonal() {
    let network = fresh("{ orthogonal = { gain = 1.5 } }", 4);
    let mut seen = 0;
    for (spec, value) in network.specs().iter().zip(network.values()) {
        if !matches!(spec.kind, ParameterKind::ConvWeight | ParameterKind::LinearWeight) {
            continue;
        }
        let (rows, columns) = (spec.shape[0], value.len() / spec.shape[0]);
        let at = |vector: usize, index: usize| match rows <= columns {
            true => f64::from(value[vector * columns + index]),
            false => f64::from(value[index * columns + vector]),
        };
        for i in 0..rows.min(columns) {
            for j in 0..=i {
                let product: f64 = (0..rows.max(columns)).map(|k| at(i, k) * at(j, k)).sum();
                let wanted = if i == j { 2.25 } else { 0.0 };
                assert!((product - wanted).abs() < 1e-5, "{} {i} {j}: {product}", spec.name);
            }
        }
        seen += 1;
    }
    assert!(seen > 5);
}

#[test]
fn zero_residual_gamma_makes_blocks_identities() {
    let network = fresh("{ kaiming-normal = { zero-residual-gamma = true } }", 5);
    let zero = |name: &str| network.get(name).expect("a parameter").iter().all(|x| *x == 0.0);
    assert!(zero("layer1.0.bn2.weight") && zero("layer2.0.bn2.weight"));
    assert!(!zero("layer1.0.bn1.weight") && !zero("layer2.0.downsample.1.weight") && !zero("bn1.weight"));
}

#[test]
fn draws_depend_on_the_seed_and_the_name_only() {
    let (one, same, other) =
        (fresh("\"xavier-normal\"", 6), fresh("\"xavier-normal\"", 6), fresh("\"xavier-normal\"", 7));
    assert_eq!(one.values(), same.values());
    assert_ne!(one.get("conv1.weight"), other.get("conv1.weight"));
    // A deeper network: the stem's draw stays.
    let toml = "{ resnet = { depths = [3, 1], widths = [32, 64], stem = \"small\" } }";
    let mut deeper = Network::new(backbone(toml).build(10).expect("a buildable backbone"));
    init("\"xavier-normal\"").apply(&mut deeper, 6).expect("an initialisation");
    assert_eq!(one.get("conv1.weight"), deeper.get("conv1.weight"));
}

#[test]
fn scales_out_of_range_are_refused() {
    let mut network = Network::new(backbone(NETWORK).build(10).expect("a buildable backbone"));
    let error = init("{ truncated-normal = { std = 0.0 } }").apply(&mut network, 0).expect_err("no scale");
    assert_eq!(error.to_string(), "`std` = 0 is out of range; use a positive number");
    let missing = init("{ pretrained = { checkpoint = \"nowhere.safetensors\" } }").apply(&mut network, 0);
    assert!(missing.expect_err("no file").to_string().contains("/nowhere.safetensors`"));
}
