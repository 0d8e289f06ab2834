//! Compares the passes of the frozen network, forward and backward, with the network on the tape.

use super::compute::ComputeOptions;
use super::forward_pass::ForwardPass;
use super::frozen::Frozen;
use super::request::{Request, Taps};
use super::session::Session;
use super::target::Pick;
use camlab_config::{MapOptions, Refine};
use camlab_engine::Precision;
use camlab_nn::graph::function::{LeakyRelu, Silu};
use camlab_nn::graph::{GraphBuilder, NodeId, Window};
use camlab_nn::{Images, Network};
use camlab_parts::cam::{Cam, CamOptions, GradCam, ScoreCam};
use camlab_raster::Interpolation;

const SIZE: usize = 9;

/// Two residual blocks between element-wise functions, global pooling, a linear head; every parameter has other values.
fn network() -> Network {
    let (mut graph, mut x) = GraphBuilder::new(3, 1e-5, 0.1);
    x = graph.conv("stem", x, 8, Window::same(3));
    x = graph.function("leaky", x, LeakyRelu { slope: 0.1 });
    for block in ["one", "two"] {
        let conv = graph.conv(&format!("{block}.conv"), x, 8, Window::same(3));
        let norm = graph.batch_norm(&format!("{block}.bn"), conv);
        let inner = graph.relu(&format!("{block}.relu"), norm);
        let sum = graph.add(&format!("{block}.add"), inner, x);
        x = graph.relu(&format!("{block}.out"), sum);
    }
    x = graph.function("silu", x, Silu);
    let pooled = graph.global_avg_pool("pool", x);
    let output = graph.linear("fc", pooled, 4);
    let mut network = Network::new(graph.finish(output));
    let specs = network.specs().to_vec();
    for (at, spec) in specs.iter().enumerate() {
        let number = |i: usize| ((i * 37 + at * 11) % 19) as f32 / 19.0 - 0.45;
        let value =
            (0..spec.elements()).map(|i| if spec.kind.neutral() > 0.0 { 1.0 + number(i) } else { number(i) });
        network.set(&spec.name, value.collect()).expect("a value that fits");
    }
    network
}

fn close(found: &[f32], wanted: &[f32]) -> bool {
    let scale = wanted.iter().fold(1e-3f32, |max, x| max.max(x.abs()));
    found.len() == wanted.len() && found.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-5 * scale)
}

const NUMBERS: ComputeOptions = ComputeOptions { precision: Precision::F32, size: [SIZE; 2], batch: 2 };

fn images() -> Images {
    let pixels: Vec<f32> = (0..2 * SIZE * SIZE * 3).map(|i| ((i * 29) % 23) as f32 / 23.0 - 0.5).collect();
    Images { pixels: pixels.into(), count: 2, height: SIZE, width: SIZE }
}

fn request(cam: &str, node: NodeId) -> Request {
    let cam: Box<dyn Cam> = match cam {
        "plain" => Box::new(CamOptions::default()),
        _ => Box::new(GradCam::default()),
    };
    Request::single(cam, node)
}

#[test]
fn the_engine_sees_what_the_tape_sees() {
    let network = network();
    let images = images();
    let node = |name: &str| network.graph().tap(name).expect("a layer");
    // Gradients at a block's output, inside a block and inside a fused step, at the images, and none.
    for (forward, backward) in [
        (vec!["two.out"], vec!["one.out"]),
        (vec!["one.conv", "two.out"], vec!["two.bn"]),
        (vec!["stem"], vec!["two.out", "two.conv"]),
        (vec!["one.out"], vec!["stem"]),
        (vec!["two.out"], vec!["input"]),
        (vec!["stem", "two.out"], vec![]),
    ] {
        let of = |cam: &'static str, names: &[&str]| -> Vec<(&'static str, NodeId)> {
            names.iter().map(|name| (cam, node(name))).collect()
        };
        let asked: Vec<_> = of("plain", &forward).into_iter().chain(of("gradient", &backward)).collect();
        let requests: Vec<Request> = asked.iter().map(|(cam, node)| request(cam, *node)).collect();
        let taps = Taps::new(&requests);
        let frozen = Frozen::new(&network, &requests, &taps, NUMBERS).expect("a network that can be frozen");
        let pass = ForwardPass::new(&frozen, images.clone(), &taps).expect("passes");
        let seen = pass.seen(true, |_| vec![1, 3]).expect("passes");
        let whole = network.forward_with_gradients(&images, &taps.nodes, |_| vec![1, 3]).expect("passes");
        assert!(close(seen.logits_of(1), &whole.logits[4..]), "{forward:?} {backward:?}: logits");
        for (at, tap) in taps.nodes.iter().enumerate() {
            assert!(
                close(&seen.activation(at).data, &whole.taps[at].data),
                "{forward:?} {backward:?}: {tap:?}"
            );
            assert_eq!(seen.activation(at).channels, whole.taps[at].channels);
        }
        for name in &backward {
            let at = taps.position(node(name));
            let gradient = seen.gradient(at).expect("the tape reaches it");
            assert!(close(&gradient.data, &whole.gradients[at].data), "{forward:?} {backward:?}: d {name}");
        }
    }
}

/// One bit more or less, and a stage that runs beside others would make another artefact than one that runs alone.
#[test]
fn what_is_seen_depends_on_no_other_request() {
    let (network, images) = (network(), images());
    let names = ["one.conv", "one.bn", "one.relu", "one.out", "two.conv", "two.bn", "two.add", "two.out"];
    let node = |name: &str| network.graph().tap(name).expect("a layer");
    let seen = |names: &[&str]| {
        let requests: Vec<Request> = names.iter().map(|name| request("gradient", node(name))).collect();
        let taps = Taps::new(&requests);
        let frozen = Frozen::new(&network, &requests, &taps, NUMBERS).expect("a network that can be frozen");
        let pass = ForwardPass::new(&frozen, images.clone(), &taps).expect("passes");
        let seen = pass.seen(true, |_| vec![1, 3]).expect("passes");
        let of = |name: &&str| {
            let tap = taps.position(node(name));
            (seen.activation(tap).clone(), seen.gradient(tap).cloned())
        };
        (seen.logits().to_vec(), names.iter().map(of).collect::<Vec<_>>())
    };
    let (logits, together) = seen(&names);
    for (name, together) in names.iter().zip(together) {
        let alone = seen(&[name]);
        assert!(alone.0 == logits, "{name}: logits");
        assert!(alone.1 == [together], "{name}");
    }
}

/// The maps of several classes are those of each class alone, with passes of masked images that run once for all.
#[test]
fn maps_of_several_classes_are_those_of_each() {
    let (network, images) = (network(), images());
    let node = network.graph().tap("two.out").expect("a layer");
    let cams: [fn() -> Box<dyn Cam>; 2] = [|| Box::new(GradCam::default()), || Box::new(ScoreCam::default())];
    for cam in cams {
        let session = |refine: Option<Refine>| {
            let look = MapOptions { refine, ..MapOptions::default() };
            let requests = vec![Request::single(cam(), node)];
            Session::new(&network, requests, &look, NUMBERS, Interpolation::Bilinear).expect("a session")
        };
        for session in [session(None), session(Some(Refine { steps: 1, ..Refine::default() }))] {
            let wanted = [vec![0, 1, 3], vec![1, 2, 3]];
            let mut steps = 0;
            let step = &mut || {
                steps += 1;
                Ok(())
            };
            let found = session.class_maps(&images, &wanted, step).expect("maps");
            assert!(found.len() == 3 && steps == 3);
            for (rank, found) in found.iter().enumerate() {
                let one = |classes: &Vec<usize>| vec![Pick { class: classes[rank], weight: 1.0 }];
                let alone = session.maps(&images, |_| wanted.iter().map(one).collect()).expect("maps");
                for (found, alone) in found[0].iter().zip(&alone.maps[0]) {
                    assert!(found.map == alone.map && found.flag == alone.flag, "rank {rank}");
                }
            }
            let stop = session.class_maps(&images, &wanted, &mut || anyhow::bail!("stop"));
            assert_eq!(stop.expect_err("an end").to_string(), "stop");
        }
    }
}
