//! Fusion against PyTorch: running statistics estimated anew, REPAIR, a step of distillation; and by identities.

use std::path::Path;

use crate::support::{images, network, relative_error, tensor};
use camlab::config::FromToml;
use camlab::nn::checkpoint::Checkpoint;
use camlab::nn::graph::{GraphBuilder, Window};
use camlab::nn::train::{BatchNormMode, LabelledBatch, Learner, Schedule, SoftTargets, TrainingOptions};
use camlab::nn::{ChannelStatistics, ClassProbabilities, Images, Network, Recalibration, Repair};
use camlab::parts::fusion::{EnsembleCanvas, FusionSpec, average};
use camlab::raster::{Interpolation, Map};

const TINY: &str = "{ resnet = { depths = [1, 1], widths = [4, 6], stem = \"small\" } }";

fn golden() -> Checkpoint {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/golden/fusion/fusion.safetensors");
    Checkpoint::read(&path).expect("the golden file is readable")
}

fn check(found: &[f32], wanted: &[f32], tolerance: f32, what: &str) {
    let error = relative_error(found, wanted);
    assert!(error < tolerance, "{what}: {error}");
}

#[test]
fn new_running_statistics_are_torchs_cumulative_averages() {
    let golden = golden();
    let mut network = network(TINY, 5, &golden, "recalibrate/start/");
    let before = network.clone();
    let mut seen = Recalibration::default();
    for batch in 0..3 {
        seen.see(&network, &images(tensor(&golden, &format!("recalibrate/batch{batch}")))).unwrap();
    }
    seen.finish(&mut network).unwrap();
    let mut buffers = 0;
    for (spec, value) in network.specs().iter().zip(network.values()) {
        match spec.kind.is_buffer() {
            true => {
                let wanted = tensor(&golden, &format!("recalibrate/end/{}", spec.name));
                check(value, &wanted.data, 1e-5, &spec.name);
                buffers += 1;
            }
            false => assert_eq!(value, before.get(&spec.name).unwrap(), "{}", spec.name),
        }
    }
    assert_eq!(buffers, 12);
}

/// Two bare convolutions and a hidden linear layer, as `make.py` has them.
fn plain(golden: &Checkpoint, prefix: &str) -> Network {
    let (mut graph, image) = GraphBuilder::new(3, 1e-5, 0.1);
    let pool = Window::square(2, 2, 0);
    let x = graph.conv_with_bias("features.0", image, 6, Window::same(3));
    let x = graph.relu("features.1", x);
    let x = graph.max_pool("features.2", x, pool);
    let x = graph.conv_with_bias("features.3", x, 8, Window::same(3));
    let x = graph.relu("features.4", x);
    let x = graph.max_pool("features.5", x, pool);
    let x = graph.flatten("flatten", x, 3, 3);
    let x = graph.linear("classifier.0", x, 10);
    let x = graph.relu("classifier.1", x);
    let x = graph.linear("classifier.3", x, 5);
    let mut network = Network::new(graph.finish(x));
    let mut state = Checkpoint::new(prefix);
    for (name, tensor) in golden.tensors() {
        if let Some(name) = name.strip_prefix(prefix) {
            state.insert(name, tensor.shape.clone(), tensor.data.clone());
        }
    }
    state.load_into(&mut network).unwrap();
    network
}

#[test]
fn repair_gives_a_bare_network_the_statistics_between_its_members() {
    let golden = golden();
    let members = [plain(&golden, "repair/a/"), plain(&golden, "repair/b/")];
    let mut fused = average(&members, &[1.0, 3.0]).unwrap();
    let images = images(tensor(&golden, "repair/images"));
    let all = || std::iter::once(Ok::<Images, camlab::nn::NetworkError>(images.clone()));
    let statistics = members.each_ref().map(|member| ChannelStatistics::of(member, all()).unwrap());
    let mut repair = Repair::between(statistics.iter().zip([0.25, 0.75]));
    repair.begin(&mut fused).unwrap();
    repair.see(&fused, &images).unwrap();
    repair.finish(&mut fused).unwrap();
    let logits = fused.infer(&images, &[]).unwrap().logits;
    check(&logits, &tensor(&golden, "repair/logits").data, 1e-4, "class scores");
}

/// With one member there is nothing between: the network stays what it is, batch norms and all.
#[test]
fn repair_of_a_network_by_itself_changes_nothing() {
    let golden = golden();
    let member = network(TINY, 5, &golden, "recalibrate/start/");
    let images = images(tensor(&golden, "recalibrate/batch0"));
    // Running statistics of these very images, biased as the normalisation is, or members are not what they measure.
    let mut fused = member.clone();
    let all = std::iter::once(Ok::<Images, camlab::nn::NetworkError>(images.clone()));
    let statistics = ChannelStatistics::of(&member, all).unwrap();
    let mut repair = Repair::between([(&statistics, 1.0)]);
    repair.begin(&mut fused).unwrap();
    repair.see(&fused, &images).unwrap();
    repair.finish(&mut fused).unwrap();
    let logits = |network: &Network| network.infer(&images, &[]).unwrap().logits;
    // Bessel's correction of 576 and of 144 numbers is all that differs.
    check(&logits(&fused), &logits(&member), 2e-2, "class scores");
}

#[test]
fn a_student_takes_pytorchs_step() {
    let golden = golden();
    let mut student = network(TINY, 5, &golden, "distill/start/");
    let options = TrainingOptions {
        lr: 0.1,
        momentum: 0.0,
        weight_decay: 0.0,
        bn: BatchNormMode::Free,
        schedule: Schedule::Constant,
        ..TrainingOptions::default()
    };
    let labels = tensor(&golden, "distill/labels").data.iter().map(|label| *label as usize).collect();
    let soft = SoftTargets {
        logits: tensor(&golden, "distill/teacher").data.clone(),
        temperature: 3.0,
        weight: 0.7,
    };
    let batch = LabelledBatch {
        soft: Some(soft),
        ..LabelledBatch::new(images(tensor(&golden, "distill/images")), labels)
    };
    let mut learner = Learner::new(&student, &options).unwrap();
    let result = learner.step(&mut student, &batch, 0.1).unwrap();
    check(&[result.loss], &tensor(&golden, "distill/loss").data, 1e-5, "loss");
    for (spec, value) in student.specs().iter().zip(student.values()) {
        check(value, &tensor(&golden, &format!("distill/end/{}", spec.name)).data, 1e-4, &spec.name);
    }
    let short = SoftTargets { logits: vec![0.0; 7], temperature: 1.0, weight: 0.5 };
    let batch = LabelledBatch { soft: Some(short), ..batch };
    assert!(learner.step(&mut student, &batch, 0.1).unwrap_err().to_string().contains("7 class scores"));
}

#[test]
fn an_average_lies_between_and_weights_say_where() {
    let golden = golden();
    let start = |prefix: &str| network(TINY, 5, &golden, prefix);
    let (a, b) = (start("recalibrate/start/"), start("distill/start/"));
    let mean = average(&[a.clone(), b.clone()], &[1.0, 3.0]).unwrap();
    for ((mean, a), b) in mean.values().iter().zip(a.values()).zip(b.values()) {
        for ((mean, a), b) in mean.iter().zip(a.iter()).zip(b.iter()) {
            assert!((mean - (0.25 * a + 0.75 * b)).abs() < 1e-6);
        }
    }
    assert_eq!(average(&[a.clone(), b.clone()], &[0.0, 2.0]).unwrap().values(), b.values());
    assert!(average(&[a.clone(), b], &[1.0]).is_err());
    assert!(average(&[a, plain(&golden, "repair/a/")], &[]).is_err());
    assert!(average(&[], &[]).is_err());
}

fn fusion(toml: &str) -> FusionSpec {
    FusionSpec::from_toml(toml).expect("a valid fusion")
}

#[test]
fn ensembles_by_hand() {
    let canvas = EnsembleCanvas { size: [2, 2], interpolation: Interpolation::Nearest };
    let maps = [Map::new(1, 2, vec![0.0, 4.0]), Map::new(1, 2, vec![2.0, -2.0])];
    let rows: [&[f32]; 2] = [&[0.0, 2.0], &[4.0, 0.0]];

    let mean = fusion("{ logit-ensemble = { weights = [3, 1] } }");
    let mean = mean.ensemble().unwrap();
    assert_eq!(mean.logits(&rows, ClassProbabilities::Softmax), [1.0, 1.5]);
    assert_eq!(mean.map(&maps, canvas), Map::new(1, 2, vec![0.5, 2.5]));

    // Probabilities 1 / (1 + e^2) and 1 / (1 + e^-4) of the first class.
    let both = fusion("\"map-ensemble\"");
    let both = both.ensemble().unwrap();
    let logits = both.logits(&rows, ClassProbabilities::Softmax);
    let (first, second) = (1.0 / (1.0 + 2f64.exp()), 1.0 / (1.0 + (-4f64).exp()));
    let wanted = (first + second) / 2.0;
    assert!((f64::from(logits[0]).exp() - wanted).abs() < 1e-6);
    assert!((f64::from(logits[1]).exp() - (1.0 - wanted)).abs() < 1e-6);
    assert_eq!(both.map(&maps, canvas), Map::new(2, 2, vec![0.5; 4]));
    let most = fusion("{ map-ensemble = { join = \"max\" } }");
    assert_eq!(most.ensemble().unwrap().map(&maps, canvas), Map::new(2, 2, vec![1.0; 4]));
}
