//! Relatives of Score-CAM: fewer masks, SS-CAM, IS-CAM, RISE. Against Score-CAM where they are the same, and against
//! their equations, one mask at a time, through the network that is trained.

use std::num::NonZeroUsize;
use std::sync::Arc;

use crate::support::photographs::{correlation, photograph, pretrained};
use crate::support::small::{DEAD, FLAT, SIZE, images, network, part};
use crate::support::{method, relative_error, shared};
use camlab::engine::Precision;
use camlab::explain::{CamExtractor, CamOutput};
use camlab::nn::{Images, Network};
use camlab::parts::cam::{CamSpec, IsCam, MaskChannels, MaskPath, MemoryBudget, Rise, ScoreCam, ScoreKind};
use camlab::raster::{Enlarge, Map, min_max};

const CLASS: usize = 2;

fn look(network: &Network, method: &CamSpec, layer: &str, images: &Images) -> Vec<CamOutput> {
    let extractor =
        CamExtractor::new(network, method, layer, Precision::F32, SIZE, 1).expect("a layer of the network");
    extractor.maps(images, Some(CLASS)).expect("maps")
}

fn count(count: usize) -> NonZeroUsize {
    NonZeroUsize::new(count).expect("a count")
}

/// The class's probability (or logit) for the image under a mask.
fn score(network: &Network, image: &Images, mask: &[f32], of: ScoreKind) -> f64 {
    let pixels = image.pixels.chunks(3).zip(mask).flat_map(|(p, m)| [p[0] * m, p[1] * m, p[2] * m]);
    let masked = Images { pixels: Arc::new(pixels.collect()), ..*image };
    let logits = network.infer(&masked, &[]).expect("a pass").logits;
    let sum: f64 = logits.iter().map(|logit| f64::from(*logit).exp()).sum();
    match of {
        ScoreKind::Logit => f64::from(logits[CLASS]),
        ScoreKind::Probability => f64::from(logits[CLASS]).exp() / sum,
    }
}

/// Channels of `middle`, with each one's mask: enlarged and scaled to [0, 1].
fn masks(network: &Network, image: &Images) -> Vec<(Vec<f32>, Vec<f32>)> {
    let node = network.graph().tap("middle").expect("a layer");
    let seen = network.infer(image, &[node]).expect("a pass").taps.remove(0);
    let enlarge = Enlarge::new([seen.height, seen.width], SIZE, false);
    let channel =
        |k: usize| -> Vec<f32> { seen.data.iter().skip(k).step_by(seen.channels).copied().collect() };
    let mask = |values: &[f32]| min_max(&Map::new(SIZE[0], SIZE[1], enlarge.apply(values))).data;
    (0..seen.channels).map(channel).map(|values| (mask(&values), values)).map(|(m, v)| (v, m)).collect()
}

fn add(map: &mut [f64], weight: f64, channel: &[f32]) {
    map.iter_mut().zip(channel).for_each(|(sum, value)| *sum += weight * f64::from(*value));
}

fn cut(map: Vec<f64>) -> Vec<f32> {
    map.into_iter().map(|value| value.max(0.0) as f32).collect()
}

#[test]
fn is_cam_is_the_mean_over_its_path() {
    let (network, image) = (network(), images(1));
    for (path, factors) in
        [(MaskPath::Linear, [0.25, 0.5, 0.75, 1.0]), (MaskPath::Accumulated, [0.25, 0.75, 1.5, 2.5])]
    {
        let score_cam = ScoreCam { memory: MemoryBudget::Passes(7), ..ScoreCam::default() };
        let how = CamSpec::IsCam(IsCam { samples: count(4), path, score_cam });
        let found = look(&network, &how, "middle", &image).remove(0).map;
        let mut wanted = vec![0.0; found.data.len()];
        for (channel, mask) in masks(&network, &image) {
            if channel.iter().all(|value| *value == channel[0]) {
                continue;
            }
            let scores = factors.map(|factor| {
                let mask: Vec<f32> = mask.iter().map(|value| value * factor).collect();
                score(&network, &image, &mask, ScoreKind::Probability)
            });
            add(&mut wanted, scores.iter().sum::<f64>() / 4.0, &channel);
        }
        let error = relative_error(&found.data, &cut(wanted));
        assert!(error < 1e-4, "{path:?}: {error}");
    }
}

#[test]
fn without_noise_and_with_all_channels_there_is_one_score_cam() {
    let (network, image) = (network(), images(2));
    let wanted = look(&network, &method("'score-cam'"), "middle", &image);
    for same in [
        "{ ss-cam = { sigma = 0.0, samples = 3 } }",
        "{ is-cam = { samples = 1 } }",
        "{ score-cam = { channels = { top = 20 } } }",
        // The two constant channels are in no group.
        "{ score-cam = { channels = { groups = 18 } } }",
    ] {
        let found = look(&network, &method(same), "middle", &image);
        for (found, wanted) in found.iter().zip(&wanted) {
            let error = relative_error(&found.map.data, &wanted.map.data);
            assert!(error < 1e-5, "{same}: {error}");
        }
    }
    let noisy = look(&network, &method("{ ss-cam = { samples = 2 } }"), "middle", &image);
    assert!(relative_error(&noisy[0].map.data, &wanted[0].map.data) > 1e-2);
}

#[test]
fn the_top_channels_are_those_that_vary_most() {
    let (network, image) = (network(), images(1));
    let channels = masks(&network, &image);
    let variance = |values: &[f32]| {
        let mean = values.iter().sum::<f32>() / values.len() as f32;
        values.iter().map(|value| (value - mean).powi(2)).sum::<f32>()
    };
    let mut order: Vec<usize> = (0..channels.len()).collect();
    order.sort_by(|a, b| variance(&channels[*b].0).total_cmp(&variance(&channels[*a].0)));
    assert!(order[18..].contains(&DEAD) && order[18..].contains(&FLAT));
    let how = ScoreCam { channels: MaskChannels::Top(count(5)), ..ScoreCam::default() };
    let found = look(&network, &CamSpec::ScoreCam(how), "middle", &image).remove(0).map;
    let mut wanted = vec![0.0; found.data.len()];
    for channel in &order[..5] {
        let (values, mask) = &channels[*channel];
        add(&mut wanted, score(&network, &image, mask, ScoreKind::Probability), values);
    }
    assert!(relative_error(&found.data, &cut(wanted)) < 1e-4);
}

#[test]
fn rise_is_the_mean_of_its_masks_weighted_by_their_scores() {
    let (network, image) = (network(), images(2));
    let how = Rise {
        masks: count(70),
        cells: count(4),
        seed: 3,
        memory: MemoryBudget::Passes(9),
        ..Rise::default()
    };
    let found = look(&network, &CamSpec::Rise(how.clone()), "middle", &image);
    assert_eq!([found[0].map.height, found[0].map.width], SIZE);
    for (at, found) in found.iter().enumerate() {
        let image = part(&image, at, 1);
        let mut wanted = vec![0.0; SIZE[0] * SIZE[1]];
        for mask in (0..70).map(|index| how.mask(index, SIZE)) {
            add(&mut wanted, score(&network, &image, &mask, ScoreKind::Probability) / (70.0 * 0.5), &mask);
        }
        assert!(relative_error(&found.map.data, &cut(wanted)) < 1e-4);
    }
}

#[test]
fn rises_masks_show_every_pixel_with_their_probability() {
    let how = Rise { p: 0.3, ..Rise::default() };
    let mut means = vec![0.0f32; 40 * 30];
    for index in 0..2000 {
        let mask = how.mask(index, [40, 30]);
        assert!(mask.iter().all(|value| (0.0..=1.0).contains(value)));
        means.iter_mut().zip(mask).for_each(|(mean, value)| *mean += value / 2000.0);
    }
    // A pixel's standard error is at most sqrt(p (1 - p) / 2000) = 0.01.
    assert!(means.iter().all(|mean| (mean - 0.3).abs() < 0.05), "{means:?}");
}

#[test]
fn nothing_depends_on_how_many_go_together() {
    let (network, images) = (network(), images(9));
    for (toml, layer) in [
        ("{ ss-cam = { samples = 3, score-cam = { memory = MEMORY } } }", "middle"),
        ("{ is-cam = { samples = 3, score-cam = { memory = MEMORY } } }", "middle"),
        ("{ rise = { masks = 100, memory = MEMORY } }", "last"),
        ("{ score-cam = { channels = { groups = 5 }, memory = MEMORY } }", "middle"),
    ] {
        let with = |memory: usize| method(&toml.replace("MEMORY", &memory.to_string()));
        let together = look(&network, &with(64), layer, &images);
        for memory in [1, 3] {
            let few = look(&network, &with(memory), layer, &part(&images, 4, 3));
            assert!(few[..] == together[4..7], "{toml}, {memory} together");
        }
        for threads in [1, 3, 64] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
            let few = pool.install(|| look(&network, &with(64), layer, &part(&images, 0, 2)));
            assert!(few[..] == together[..2], "{toml}, {threads} threads");
        }
    }
}

#[test]
#[ignore = "2600 forward passes of ResNet-50 take most of a minute; run with --ignored"]
fn groups_come_near_the_exact_map() {
    let Some(shared) = shared() else { return };
    let network = pretrained(&shared);
    let pixels = photograph(&shared.join("reference/resnet50/0.png"));
    let image = Images { pixels: Arc::new(pixels), count: 1, height: 224, width: 224 };
    let seen = |toml: &str| {
        let extractor = CamExtractor::new(&network, &method(toml), "layer4", Precision::F32, [224; 2], 1)
            .expect("a layer");
        extractor.maps(&image, None).expect("a map").remove(0).map.data
    };
    let exact = seen("'score-cam'");
    for (toml, least) in [
        ("{ score-cam = { channels = { groups = 16 } } }", 0.9),
        ("{ score-cam = { channels = { groups = 64 } } }", 0.95),
        ("{ score-cam = { channels = { top = 64 } } }", 0.8),
        ("{ score-cam = { channels = { top = 256 } } }", 0.95),
    ] {
        let alike = correlation(&exact, &seen(toml));
        println!("{toml}: correlation {alike:.5}");
        assert!(alike > least, "{toml}: {alike}");
    }
}
