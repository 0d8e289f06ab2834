//! Scores of maps against the libraries that define them (`fixtures/golden/metrics/make.py`).

use camlab_raster::{
    BoxOutcome, GaussianBlur, Imputer, Map, Mask, MaskHistogram, PixelBox, ScoreBins, complexity, curve_area,
    descending, infidelity, mask_iou, mass_within, mean_magnitude, peak_iou, pixel_average_precision,
    pointing_hit, rank_within, removed_above, replaced_counts, roc_auc, sensitivity, sparseness, top_within,
};
use serde_json::Value;

fn golden() -> Value {
    serde_json::from_str(include_str!("../../../fixtures/golden/metrics/metrics.json"))
        .expect("golden numbers")
}

fn number(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}

fn size(value: &Value) -> usize {
    value.as_u64().expect("a size") as usize
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

fn floats(value: &Value) -> Vec<f32> {
    list(value).iter().map(|value| number(value) as f32).collect()
}

fn doubles(value: &Value) -> Vec<f64> {
    list(value).iter().map(number).collect()
}

fn runs(value: &Value) -> Vec<u8> {
    list(value).iter().flat_map(|run| vec![number(&run[0]) as u8; size(&run[1])]).collect()
}

#[track_caller]
fn near(found: f64, wanted: f64, tolerance: f64) {
    assert!((found - wanted).abs() <= tolerance, "{found}, not {wanted}");
}

#[test]
fn localisation_and_concentration_are_quantus_and_scikit_learns() {
    let golden = &golden()["localisation"];
    let (height, width) = (size(&golden["height"]), size(&golden["width"]));
    let thresholds = floats(&golden["thresholds"]);
    for case in list(&golden["cases"]) {
        let map = Map::new(height, width, floats(&case["map"]));
        let data = list(&case["mask"]).iter().map(|value| number(value) as u8).collect();
        let mask = Mask { height, width, data };
        let check = |name: &str, found: Option<f64>| near(found.expect(name), number(&case[name]), 1e-9);
        check("pointing", pointing_hit(&map, &mask, 0.0).map(|hit| f64::from(u8::from(hit))));
        check("mass", mass_within(&map, &mask));
        check("rank", rank_within(&map, &mask));
        check("sparseness", sparseness(&map.data));
        check("complexity", complexity(&map.data));
        check("mean_magnitude", mean_magnitude(&map.data));
        check("roc_auc", roc_auc(&map, &mask));
        for top in list(&case["top"]) {
            near(top_within(&map, &mask, size(&top[0])).expect("pixels"), number(&top[1]), 1e-12);
        }
        for (found, wanted) in mask_iou(&map, &mask, &thresholds).into_iter().zip(doubles(&case["iou"])) {
            near(found.expect("an object"), wanted, 1e-12);
        }
    }
}

/// Scores of `mask_scores` in make.py.
fn mask_scores(number: i64) -> Map {
    let score = |at: i64| {
        let (y, x) = (at / 224, at % 224);
        let hill = (1000 - ((y - 90 - 20 * number).pow(2) + (x - 120).pow(2)).div_euclid(12)).max(0);
        let grain = (x * x * 3 + y * y * 5 + x * y * (number + 1)) % 1001;
        ((3 * hill + grain) / 4) as f32 / 1000.0
    };
    Map::new(224, 224, (0..224 * 224).map(score).collect())
}

#[test]
fn histograms_are_wsolevaluations() {
    let golden = &golden()["histograms"];
    let mask = |value: &Value| Mask { height: 224, width: 224, data: runs(value) };
    let masks: Vec<Mask> = list(&golden["masks"]).iter().map(mask).collect();
    for case in list(&golden["cases"]) {
        let bins = ScoreBins::new(number(&case["interval"])).expect("an interval");
        let mut pooled = [vec![0.0; bins.count()], vec![0.0; bins.count()]];
        for ((number_of, image), mask) in (0..).zip(list(&case["images"])).zip(&masks) {
            let found = MaskHistogram::of(&mask_scores(number_of), mask, &bins).expect("one size");
            for (counts, name) in [(&found.object, "object"), (&found.background, "background")] {
                if let Some(wanted) = image.get(name) {
                    assert_eq!(
                        counts.iter().map(|count| f64::from(*count)).collect::<Vec<_>>(),
                        doubles(wanted)
                    );
                }
            }
            let [object, background] = [found.object, found.background]
                .map(|counts| counts.into_iter().map(f64::from).collect::<Vec<_>>());
            let precision = pixel_average_precision(&object, &background).expect("an object");
            near(precision, number(&image["average_precision"]), 1e-12);
            for (sum, counts) in pooled.iter_mut().zip([object, background]) {
                sum.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
            }
        }
        let [object, background] = &pooled;
        let precision = pixel_average_precision(object, background).expect("an object");
        near(precision, number(&case["average_precision"]), 1e-12);
        let (bin, iou) = peak_iou(object, background).expect("an object");
        assert_eq!(bin, size(&case["peak"][0]));
        near(iou, number(&case["peak"][1]), 1e-12);
    }
}

#[test]
fn wrong_boxes_are_those_of_ts_cam() {
    for case in list(&golden()["boxes"]) {
        let read = |value: &Value| {
            let corners: Vec<i32> = list(value).iter().map(|value| number(value) as i32).collect();
            PixelBox::new(corners[0], corners[1], corners[2], corners[3])
        };
        let truth: Vec<PixelBox> = list(&case["truth"]).iter().map(read).collect();
        let wanted = match case["kind"].as_str().expect("a kind") {
            "correct" => BoxOutcome::Correct,
            "multi-instance" => BoxOutcome::MultiInstance,
            "part" => BoxOutcome::Part,
            "more" => BoxOutcome::More,
            _ => BoxOutcome::Wrong,
        };
        assert_eq!(BoxOutcome::of(read(&case["box"]), &truth, 0.5), wanted, "{case}");
    }
}

/// `[channels, pixels]` to `[pixels, channels]`.
fn interleaved(planes: &[f32], channels: usize) -> Vec<f32> {
    let pixels = planes.len() / channels;
    (0..pixels).flat_map(|pixel| (0..channels).map(move |channel| planes[channel * pixels + pixel])).collect()
}

/// The tiny network of make.py: convolution, ReLU, mean over the pixels, linear.
struct TinyNet {
    filters: Vec<f32>,
    shifts: Vec<f32>,
    weights: Vec<f32>,
    biases: Vec<f32>,
}

impl TinyNet {
    fn read(golden: &Value) -> Self {
        let values = |name: &str| floats(&golden["network"][name]["values"]);
        let (filters, shifts) = (values("conv.weight"), values("conv.bias"));
        Self { filters, shifts, weights: values("fc.weight"), biases: values("fc.bias") }
    }

    /// Logits of a picture `[height, width, 3]`.
    fn logits(&self, picture: &[f32], [height, width]: [usize; 2]) -> Vec<f64> {
        let mut means = [0.0; 4];
        for (filter, mean) in means.iter_mut().enumerate() {
            for at in 0..height * width {
                let mut sum = f64::from(self.shifts[filter]);
                for tap in 0..27 {
                    let (channel, down, across) = (tap / 9, tap / 3 % 3, tap % 3);
                    let (y, x) = ((at / width + down).wrapping_sub(1), (at % width + across).wrapping_sub(1));
                    if y < height && x < width {
                        let value = picture[(y * width + x) * 3 + channel];
                        sum += f64::from(self.filters[filter * 27 + tap]) * f64::from(value);
                    }
                }
                *mean += sum.max(0.0) / (height * width) as f64;
            }
        }
        let logit = |(weights, bias): (&[f32], &f32)| {
            f64::from(*bias)
                + weights.iter().zip(means).map(|(weight, mean)| f64::from(*weight) * mean).sum::<f64>()
        };
        self.weights.chunks_exact(4).zip(&self.biases).map(logit).collect()
    }

    fn probability(&self, picture: &[f32], size: [usize; 2], class: usize) -> f64 {
        let logits = self.logits(picture, size);
        logits[class].exp() / logits.iter().map(|logit| logit.exp()).sum::<f64>()
    }
}

/// Values `[height, width, 3]`, class and map.
type NetInput = (Vec<f32>, usize, Vec<f32>);

/// Size and pictures.
fn pictures(golden: &Value) -> ([usize; 2], Vec<NetInput>) {
    let golden = &golden["pictures"];
    let each = list(&golden["values"]).iter().zip(list(&golden["classes"])).zip(list(&golden["maps"]));
    let read = |((values, class), map): ((&Value, &Value), &Value)| {
        (interleaved(&floats(values), 3), size(class), floats(map))
    };
    ([size(&golden["height"]), size(&golden["width"])], each.map(read).collect())
}

#[test]
fn blur_is_torchvisions() {
    let golden = golden();
    let (size_of, pictures) = pictures(&golden);
    for case in list(&golden["blur"]) {
        let blur = GaussianBlur::new(size(&case["kernel"]), case["sigma"].as_f64()).expect("a kernel");
        let found = blur.apply(&pictures[0].0, size_of, 3).expect("a picture");
        for (found, wanted) in found.iter().zip(interleaved(&floats(&case["values"]), 3)) {
            near(f64::from(*found), f64::from(wanted), 2e-6);
        }
    }
}

#[test]
fn insertion_and_deletion_are_torchcams() {
    let golden = golden();
    let net = TinyNet::read(&golden);
    let (size_of, pictures) = pictures(&golden);
    let pixels = size_of[0] * size_of[1];
    for ((picture, class, map), wanted) in pictures.iter().zip(list(&golden["torchcam"])) {
        let order = descending(map);
        let blur = GaussianBlur::new(5, None).expect("a kernel");
        let blurred = blur.apply(picture, size_of, 3).expect("a picture");
        for (name, baseline) in [("zero", &vec![0.0; 3 * pixels]), ("blur", &blurred)] {
            for steps in [20, 7] {
                let wanted = &wanted[format!("{name}-{steps}")];
                let counts = replaced_counts(pixels, steps);
                let fractions: Vec<f64> = counts.iter().map(|count| *count as f64 / pixels as f64).collect();
                for (curve, from, to) in [("deletion", picture, baseline), ("insertion", baseline, picture)] {
                    let score = |count: &usize| {
                        let mut mixed = from.clone();
                        for at in order[..*count].iter().map(|at| *at as usize * 3) {
                            mixed[at..at + 3].copy_from_slice(&to[at..at + 3]);
                        }
                        net.probability(&mixed, size_of, *class)
                    };
                    let scores: Vec<f64> = counts.iter().map(score).collect();
                    let known = doubles(&wanted[curve]);
                    assert_eq!(scores.len(), known.len());
                    scores.iter().zip(known).for_each(|(found, wanted)| near(*found, wanted, 1e-6));
                    let area = curve_area(&fractions, &scores).expect("a curve");
                    near(area, number(&wanted[format!("{curve}_auc")]), 1e-6);
                }
            }
        }
    }
}

#[test]
fn imputation_is_pytorch_grad_cams() {
    let golden = &golden()["imputation"];
    let side = size(&golden["side"]);
    let picture = interleaved(&floats(&golden["picture"]), 3);
    let mut imputer = Imputer::new([side, side], 3);
    let mut earlier: Option<Vec<f32>> = None;
    for case in list(&golden["cases"]) {
        let removed: Vec<bool> = runs(&case["removed"]).iter().map(|value| *value == 1).collect();
        let filled = floats(&case["filled"]);
        let count = filled.len() / 3;
        // From 0, and from the values of another removal.
        for guess in [None, earlier.clone()] {
            let mut found = picture.clone();
            imputer.impute(&mut found, &removed, guess.as_deref()).expect("pixels remain");
            let mut next = 0;
            for (at, removed) in removed.iter().enumerate() {
                for channel in 0..3 {
                    let value = found[at * 3 + channel];
                    match removed {
                        // The file has 6 decimals.
                        true => near(f64::from(value), f64::from(filled[channel * count + next]), 1e-6),
                        false => assert_eq!(value, picture[at * 3 + channel]),
                    }
                }
                next += usize::from(*removed);
            }
            earlier = Some(found);
        }
    }
}

#[test]
fn road_is_pytorch_grad_cams() {
    let golden = golden();
    let net = TinyNet::read(&golden);
    let (size_of, pictures) = pictures(&golden);
    let percentiles = floats(&golden["percentiles"]["percentiles"]);
    let least = |map: &[f32]| map.iter().map(|value| 1.0 - value).collect::<Vec<f32>>();

    let mut rounded = pictures[2].2.clone();
    rounded.iter_mut().for_each(|value| *value = (*value * 4.0).round_ties_even() / 4.0);
    let maps = [&pictures[0].2, &pictures[1].2, &rounded];
    for (map, wanted) in maps.iter().zip(list(&golden["percentiles"]["maps"])) {
        for (kind, map) in [("most", (*map).clone()), ("least", least(map))] {
            for (percentile, wanted) in percentiles.iter().zip(list(&wanted[kind])) {
                let removed = removed_above(&map, *percentile).expect("a map");
                let kept: Vec<u8> = removed.iter().map(|removed| u8::from(!removed)).collect();
                assert_eq!(kept, runs(wanted), "{kind} {percentile}");
            }
        }
    }

    let mut imputer = Imputer::new(size_of, 3);
    for (which, (picture, class, map)) in pictures.iter().enumerate() {
        for name in ["probability", "logit"] {
            let score = |picture: &[f32]| match name {
                "logit" => net.logits(picture, size_of)[*class],
                _ => net.probability(picture, size_of, *class),
            };
            let wanted = &golden["grad_cam"][name];
            let mut change = |map: &[f32], percentile: f32| {
                let removed = removed_above(map, percentile).expect("a map");
                let mut filled = picture.clone();
                imputer.impute(&mut filled, &removed, None).expect("pixels remain");
                score(&filled) - score(picture)
            };
            let mut sum = 0.0;
            for (percentile, (first, last)) in
                percentiles.iter().zip(list(&wanted["most"]).iter().zip(list(&wanted["least"])))
            {
                let (most, least) = (change(map, *percentile), change(&least(map), *percentile));
                near(most, number(&first[which]), 2e-6);
                near(least, number(&last[which]), 2e-6);
                sum += (least - most) / 2.0;
            }
            near(sum / percentiles.len() as f64, number(&wanted["combined"][which]), 2e-6);
        }
    }
}

#[test]
fn infidelity_and_sensitivity_are_captums() {
    let golden = &golden()["captum"];
    let steps: Vec<Vec<f32>> =
        list(&golden["steps"]).iter().map(|step| interleaved(&floats(step), 3)).collect();
    let differences = doubles(&golden["score_differences"]);
    for case in list(&golden["attributions"]) {
        let values = floats(&case["values"]);
        let attribution = if case["per_pixel"] == true { values } else { interleaved(&values, 3) };
        for (name, normalise) in [("infidelity", false), ("normalised", true)] {
            let found = infidelity(&attribution, &steps, &differences, normalise).expect("perturbations");
            let wanted = number(&case[name]);
            // Captum computes in float32, and the expanded square of the normalised error loses digits.
            near(found, wanted, 1e-5 * wanted.abs() + 1e-8);
        }
    }
    let maps: Vec<Vec<f32>> = list(&golden["sensitivity"]["perturbed"]).iter().map(floats).collect();
    let found = sensitivity(&floats(&golden["sensitivity"]["original"]), &maps).expect("maps");
    near(found, number(&golden["sensitivity"]["value"]), 1e-6);
}
