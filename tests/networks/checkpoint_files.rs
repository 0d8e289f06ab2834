//! Checkpoints: what is written is read, halves widen exactly, errors name everything.

use crate::support::backbone;
use camlab::data::path::DataPath;
use camlab::nn::Network;
use camlab::nn::checkpoint::{Checkpoint, CheckpointError, encode, write};
use camlab::parts::init::{InitSpec, PretrainedOptions};
use half::{bf16, f16};
use safetensors::Dtype;
use safetensors::tensor::TensorView;

const TINY: &str = "{ resnet = { depths = [1], widths = [4], stem = \"small\" } }";

fn tiny(classes: usize, seed: u64) -> Network {
    let mut network = Network::new(backbone(TINY).build(classes).expect("a buildable backbone"));
    InitSpec::KaimingNormal(Default::default()).apply(&mut network, seed).expect("an initialisation");
    network
}

fn in_memory(network: &Network) -> Checkpoint {
    Checkpoint::decode(&encode(network).expect("bytes"), "memory").expect("a readable checkpoint")
}

#[test]
fn a_file_gives_back_the_network() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("network.safetensors");
    let (saved, mut loaded) = (tiny(3, 1), tiny(3, 2));
    write(&path, &saved).expect("a written file");
    Checkpoint::read(&path).expect("a readable file").load_into(&mut loaded).expect("a fitting file");
    assert_eq!(saved.values(), loaded.values());
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1, "nothing is left beside it");
    assert_eq!(encode(&saved).expect("bytes"), encode(&loaded).expect("bytes"));
}

#[test]
fn half_precision_widens_exactly_and_counters_are_passed_over() {
    let mut network = tiny(3, 1);
    let mut wanted = Vec::new();
    let mut stored: Vec<(String, Dtype, Vec<usize>, Vec<u8>)> = Vec::new();
    for (index, (spec, value)) in network.specs().iter().zip(network.values()).enumerate() {
        // Every second tensor in the other format.
        let halve = |x: &f32| match index % 2 {
            0 => (f16::from_f32(*x).to_le_bytes(), f16::from_f32(*x).to_f32()),
            _ => (bf16::from_f32(*x).to_le_bytes(), bf16::from_f32(*x).to_f32()),
        };
        let dtype = if index % 2 == 0 { Dtype::F16 } else { Dtype::BF16 };
        let (bytes, values): (Vec<[u8; 2]>, Vec<f32>) = value.iter().map(halve).unzip();
        wanted.push(values);
        stored.push((spec.name.clone(), dtype, spec.shape.clone(), bytes.concat()));
    }
    stored.push(("bn1.num_batches_tracked".into(), Dtype::I64, vec![], vec![0; 8]));
    let views: Vec<_> = stored
        .iter()
        .map(|(name, dtype, shape, bytes)| {
            (name, TensorView::new(*dtype, shape.clone(), bytes).expect("a tensor"))
        })
        .collect();
    let bytes = safetensors::serialize(views, None).expect("bytes");
    let checkpoint = Checkpoint::decode(&bytes, "halves").expect("a readable checkpoint");
    checkpoint.load_into(&mut network).expect("a fitting checkpoint");
    assert!(network.values().iter().zip(&wanted).all(|(found, wanted)| found.as_slice() == wanted));
}

#[test]
fn every_mismatch_is_listed_with_the_closest_name() {
    let source = in_memory(&tiny(3, 1));
    let mut renamed = Checkpoint::new("renamed");
    for (name, tensor) in source.tensors() {
        let name = match name.as_str() {
            "layer1.0.conv2.weight" => "layer1.0.conv_2.weight",
            other => other,
        };
        renamed.insert(name, tensor.shape.clone(), tensor.data.clone());
    }
    renamed.insert("bn1.bias", vec![2], vec![0.0; 2]);
    renamed.insert("zzz", vec![1], vec![0.0]);
    let mut network = tiny(3, 2);
    let before = network.values().to_vec();
    let error = renamed.load_into(&mut network).expect_err("three differences").to_string();
    let wanted = "`renamed` does not fit the network\
        \n  missing `layer1.0.conv2.weight` (closest: `layer1.0.conv_2.weight`)\
        \n  unexpected `layer1.0.conv_2.weight` (closest: `layer1.0.conv2.weight`)\
        \n  unexpected `zzz`\
        \n  `bn1.bias` is [2] in the file and [4] in the network\
        \nto load the rest and initialise these at random, write leave-out = [\"bn1.*\", \"layer1.0.conv2.*\", \
        \"layer1.0.conv_2.*\", \"zzz\"]";
    assert_eq!(error, wanted);
    assert_eq!(network.values(), before, "nothing is loaded");
}

#[test]
fn another_number_of_classes_is_said_and_can_be_trained_anew() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("three.safetensors");
    let saved = tiny(3, 1);
    write(&path, &saved).expect("a written file");
    let mut five = tiny(5, 2);
    let error = Checkpoint::read(&path).expect("readable").load_into(&mut five).expect_err("other classes");
    assert!(matches!(error, CheckpointError::Classes { stored: 3, wanted: 5, .. }), "{error}");
    let checkpoint = DataPath::new(path.to_string_lossy());
    let options = PretrainedOptions { checkpoint, fresh_head: true, ..Default::default() };
    InitSpec::Pretrained(options).apply(&mut five, 9).expect("a fresh head");
    assert_eq!(five.get("layer1.0.conv1.weight"), saved.get("layer1.0.conv1.weight"));
    assert_eq!(five.get("fc.weight").expect("a head").len(), 5 * 4);
}

#[test]
fn a_part_that_is_named_is_left_out_and_drawn_anew() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("three.safetensors");
    let saved = tiny(3, 1);
    write(&path, &saved).expect("a written file");
    let from = |leave_out: &[&str]| {
        let mut network = tiny(5, 2);
        let options = PretrainedOptions {
            checkpoint: DataPath::new(path.to_string_lossy()),
            leave_out: leave_out.iter().map(|pattern| (*pattern).to_owned()).collect(),
            ..Default::default()
        };
        InitSpec::Pretrained(options).apply(&mut network, 9).map(|()| network)
    };
    let loaded = from(&["fc.*", "layer1.0.*"]).expect("the rest fits");
    for (spec, (found, of_file)) in loaded.specs().iter().zip(loaded.values().iter().zip(saved.values())) {
        let fresh = spec.name.starts_with("fc.") || spec.name.starts_with("layer1.0.");
        let neutral = found.iter().all(|value| *value == spec.kind.neutral());
        match fresh {
            false => assert_eq!(found, of_file, "{}", spec.name),
            // torch's defaults: batch norms do nothing, the rest is within 1 / sqrt(fan in).
            true => assert_eq!(neutral, spec.name.contains(".bn"), "{}", spec.name),
        }
    }
    let fan_in = 4.0 * 9.0;
    let drawn = loaded.get("layer1.0.conv1.weight").expect("a weight");
    let largest = drawn.iter().fold(0f32, |max, value| max.max(value.abs()));
    assert!(largest <= 1.0 / f32::sqrt(fan_in) && largest > 0.9 / f32::sqrt(fan_in), "{largest}");
    let error = from(&["fc.*", "layr1.0.conv1.*"]).expect_err("a pattern of nothing").to_string();
    let wanted = "leave-out = \"layr1.0.conv1.*\" matches no parameter of the network or the file; the \
        closest is `layer1.0.conv1.weight`";
    assert_eq!(error, wanted);
    assert!(from(&["fc.bias"]).is_err(), "the weight does not fit");
}

#[test]
fn damaged_files_are_refused() {
    let bytes = encode(&tiny(3, 1)).expect("bytes");
    for damaged in [&bytes[..0], &bytes[..40], &bytes[..bytes.len() - 1]] {
        let error = Checkpoint::decode(damaged, "damaged").expect_err("no checkpoint").to_string();
        assert!(error.starts_with("`damaged` is not a valid safetensors file"), "{error}");
    }
    let integers = [1u8, 2, 3, 4];
    let view = TensorView::new(Dtype::I32, vec![1], &integers).expect("a tensor");
    let bytes = safetensors::serialize([("fc.weight", view)], None).expect("bytes");
    let error = Checkpoint::decode(&bytes, "integers").expect_err("no floats").to_string();
    assert!(
        error.contains("`fc.weight`") && error.contains("store weights as F64, F32, F16 or BF16"),
        "{error}"
    );
}
