//! Metrics against hand-computed values, invariants and closed forms.

use camlab::base::random::stream;
use camlab::parts::metric::{
    Bootstrap, BoxAcc, BoxHits, Contours, Direction, Fpr, ImageColumns, Kl, MaxBoxAcc, MaxBoxAccV2,
    MetricScore, MetricSpec, Tpr, accuracy_curve, chosen_level, differences, per_image, rate_thresholds,
    summarise,
};
use camlab::raster::boxes::LEVELS;
use rand_chacha::rand_core::Rng;

use crate::metric_rows::{all_metrics, four, parsed, random, random_rows, run};

const NO_RESAMPLES: Bootstrap = Bootstrap { resamples: 0, seed: 0, confidence: 0.95 };

fn names_of(specs: &[MetricSpec]) -> Vec<String> {
    specs.iter().flat_map(|spec| spec.metric().measures()).map(|measure| measure.name).collect()
}

fn value(scores: &[MetricScore], name: &str) -> Option<f64> {
    scores.iter().find(|score| score.measure.name == name).map(|score| score.value)
}

/// Measures that are no mean over images.
const POOLED: [&str; 4] = ["corloc", "px-ap", "px-ap-v2", "peak-iou"];

/// The mean of the images' contributions is the metric's value: by hand for one, for all metrics by their sum.
#[test]
fn a_number_is_the_mean_of_what_its_images_give() {
    let rows = four();
    let (_, given) = per_image(&all_metrics(), &rows, "max-box-acc").unwrap();
    // At level 20, the first of the best, the largest contours of images 0 and 2 are right.
    assert_eq!(given, [Some(100.0), Some(0.0), Some(100.0), Some(0.0)]);
    let (_, given) = per_image(&all_metrics(), &rows, "pixel-auc").unwrap();
    assert_eq!(given, [Some(0.5), None, Some(1.0), Some(0.75)]);
    for score in summarise(&all_metrics(), &rows, NO_RESAMPLES) {
        let found = per_image(&all_metrics(), &rows, &score.measure.name);
        assert_eq!(found.is_none(), POOLED.contains(&score.measure.name.as_str()), "{score:?}");
        let Some((measure, given)) = found else { continue };
        let known: Vec<f64> = given.into_iter().flatten().collect();
        let mean = known.iter().sum::<f64>() / known.len() as f64;
        assert!((mean - score.value).abs() < 1e-9, "{}: {mean} is not {}", measure.name, score.value);
        assert_eq!((measure, known.len()), (score.measure, score.n));
    }
    assert!(per_image(&all_metrics(), &rows, "no-such-number").is_none());
}

#[test]
fn hand_computed_values() {
    let rows = four();
    let scores = summarise(&all_metrics(), &rows, NO_RESAMPLES);
    let expected = [
        // Largest contour at .5: levels 20..40 have images 0 and 2, 60..80 images 1 and 2.
        ("max-box-acc", 50.0),
        ("gt-known-loc", 50.0),
        // .3: three at 30..40 (0, 2, 3) and 60..70 (1, 2, 3); .5: two; .7: one.
        ("max-box-acc-v2", 50.0),
        ("max-box-acc-v2@30", 75.0),
        ("max-box-acc-v2@50", 50.0),
        ("max-box-acc-v2@70", 25.0),
        // int(.2 * 255) = 51: image 2 alone.
        ("box-acc", 25.0),
        // Level 20, of the three labelled images: image 0 is first, image 2 fourth.
        ("top1-loc", 100.0 / 3.0),
        ("top5-loc", 200.0 / 3.0),
        ("top1-acc", 200.0 / 3.0),
        ("top5-acc", 100.0),
        ("mean-probability", 1.25 / 3.0),
        ("pixel-auc", 0.75),
        ("tpr@0.5", 50.0),
        ("fpr@0.5", 12.5),
        ("kl", 1.5),
        ("energy-pointing-game", 37.5),
        // Level 20: right for the only image of class 0 and for one of three of class 1.
        ("corloc", 200.0 / 3.0),
        // The third image's class is not ranked first; the fourth has no rank.
        ("localisation-errors@correct", 100.0 / 3.0),
        ("localisation-errors@classification", 100.0 / 3.0),
        ("localisation-errors@multi-instance", 0.0),
        ("localisation-errors@part", 100.0 / 3.0),
        ("localisation-errors@more", 0.0),
        ("localisation-errors@wrong", 0.0),
        // Of 12 pixels, 8 of objects: 5 of these and 1 other in the upper bin. Precision 8/12 times recall 3/8.
        ("px-ap", 25.0),
        // 4/8 times 1/4, and 4/4 times 2/4.
        ("px-ap-v2", 31.25),
        // 5/9 and 8/12.
        ("peak-iou", 200.0 / 3.0),
        ("pointing-game", 25.0),
        ("relevance-mass", 50.0),
        ("relevance-rank", 50.0),
        ("top-k-intersection", 50.0),
        ("mask-iou@0.5", 50.0),
        // 0.5 to 0.75 and to 0.25, and 1 to 0, where there is nothing to gain.
        ("average-drop", 50.0),
        ("average-increase", 100.0 / 3.0),
        ("average-gain", 25.0),
        ("insertion", 50.0),
        ("deletion", 50.0),
        ("road", 25.0),
        ("road@morf", -37.5),
        ("road@lerf", 12.5),
        ("infidelity", 0.5),
        ("max-sensitivity", 0.5),
        ("coherency", 50.0),
        ("l1-complexity", 50.0),
        // The first image alone has all three: 3 / (1 / 0.5 + 1 / 0.5 + 1 / 1).
        ("adcc", 60.0),
        ("arcc", 50.0),
        ("sparseness", 0.5),
        ("complexity", 0.5),
    ];
    for (name, expected) in expected {
        let found = value(&scores, name).unwrap();
        assert!((found - expected).abs() < 1e-12, "{name}: {found}, not {expected}");
    }
    assert_eq!(scores.len(), expected.len());
    let n = |name: &str| scores.iter().find(|score| score.measure.name == name).unwrap().n;
    assert_eq!((n("max-box-acc"), n("top1-loc"), n("kl"), n("fpr@0.5")), (4, 3, 2, 1));
    assert!(scores.iter().all(|score| score.ci_low.is_none() && score.ci_high.is_none()));

    assert_eq!(chosen_level(&rows.boxes, 0.5, Contours::Largest), Some(20));
    assert_eq!(chosen_level(&rows.boxes, 0.7, Contours::Any), Some(0));
    let curve = accuracy_curve(&rows.boxes, 0.3, Contours::Any);
    assert_eq!((curve.len(), curve[0], curve[35], curve[90]), (LEVELS, 25.0, 75.0, 25.0));
}

/// IoUs of exactly 7/10 are hits at .7, though neither is a binary fraction.
#[test]
fn an_iou_equal_to_the_threshold_hits() {
    for (iou, delta) in [(3.0 / 10.0, 0.3), (7.0 / 10.0, 0.7), (0.5, 0.5)] {
        let mut boxes = BoxHits::new([(Contours::Any, delta)]);
        boxes.push(&run(0..9, iou as f32), &[]);
        assert_eq!(accuracy_curve(&boxes, delta, Contours::Any)[3], 100.0);
    }
}

#[test]
fn what_no_image_supports_is_left_out() {
    assert_eq!(summarise(&all_metrics(), &ImageColumns::default(), Bootstrap::default()), []);
    // A baseline without a network: boxes only, one image without any.
    let mut boxes = BoxHits::of(&all_metrics());
    boxes.push(&[], &run(0..9, 0.9));
    boxes.push(&[], &[]);
    let rows = ImageColumns { boxes, ..ImageColumns::default() };
    let scores = summarise(&all_metrics(), &rows, Bootstrap::default());
    let names: Vec<_> = scores.iter().map(|score| (score.measure.name.as_str(), score.n)).collect();
    assert_eq!(names, [("max-box-acc", 1), ("box-acc", 1), ("gt-known-loc", 1)]);
    assert_eq!(chosen_level(&BoxHits::default(), 0.5, Contours::Any), None);
    assert!(accuracy_curve(&rows.boxes, 0.5, Contours::Any).is_empty());
}

/// An image that counts three times is an image that is there three times.
#[test]
fn weights_are_multiplicities() {
    let (rows, ious) = random(1, 40);
    let mut rng = stream(1, "weights");
    let mut weights: Vec<u32> = (0..40).map(|_| rng.next_u32() % 4).collect();
    let times = |weights: &[u32]| -> ImageColumns {
        let mut repeated = ImageColumns { boxes: BoxHits::of(&all_metrics()), ..ImageColumns::default() };
        for (i, &weight) in weights.iter().enumerate() {
            for _ in 0..weight {
                repeated.boxes.push(&ious[i][0], &ious[i][1]);
                repeated.label_rank.push(rows.label_rank[i]);
                repeated.label_probability.push(rows.label_probability[i]);
                repeated.auc.push(rows.auc[i]);
                repeated.kl.push(rows.kl[i]);
                repeated.rates.push(rows.rates[i].clone());
                repeated.labels.push(rows.labels[i]);
                repeated.class_probabilities.push(rows.class_probabilities[i].clone());
                for (column, values) in &rows.quantities {
                    repeated.quantities.entry(column.clone()).or_default().push(values[i]);
                }
                for (column, lists) in &rows.lists {
                    repeated.lists.entry(column.clone()).or_default().push(lists[i].clone());
                }
            }
        }
        repeated
    };
    // Weights past 16 bits as well.
    for large in [0, 40_000, 70_000] {
        weights[0] = large;
        weights[1] = large / 2;
        let repeated = times(&weights);
        for spec in all_metrics() {
            let weighted = spec.metric().estimator(&rows).values(&weights);
            let counted = spec.metric().estimator(&repeated).values(&vec![1; repeated.len()]);
            for (weighted, counted) in weighted.iter().zip(&counted) {
                let (Some(weighted), Some(counted)) = (weighted, counted) else { panic!("no value") };
                assert!(
                    (weighted - counted).abs() <= 1e-9 * counted.abs(),
                    "{spec:?}: {weighted}, {counted}"
                );
            }
        }
    }
}

/// Measures of which less is better, beside the errors of localisation.
const LOWER: [&str; 11] = [
    "brier-score",
    "expected-calibration-error",
    "kl",
    "fpr@0.5",
    "average-drop",
    "deletion",
    "road@morf",
    "infidelity",
    "max-sensitivity",
    "l1-complexity",
    "complexity",
];

#[test]
fn measures_values_and_counts_run_along() {
    let rows = random_rows(2, 30);
    for spec in all_metrics() {
        let (measures, estimator) = (spec.metric().measures(), spec.metric().estimator(&rows));
        assert_eq!(measures.len(), estimator.counts().len());
        assert_eq!(measures.len(), estimator.values(&[1; 30]).len());
        for measure in measures {
            let error = measure.name.starts_with("localisation-errors@");
            let lower =
                LOWER.contains(&measure.name.as_str()) || (error && !measure.name.ends_with("correct"));
            let expected = if lower { Direction::LowerIsBetter } else { Direction::HigherIsBetter };
            assert_eq!(measure.direction, expected, "{}", measure.name);
        }
    }
    let scores = summarise(&all_metrics(), &rows, NO_RESAMPLES);
    let loc = |name| value(&scores, name).unwrap();
    assert_eq!(loc("max-box-acc"), loc("gt-known-loc"));
    assert!(loc("top1-loc") <= loc("top5-loc"));
    assert_eq!(names_of(&all_metrics()).len(), scores.len());
}

/// For a mean of ones and zeros the bootstrap's interval is the binomial's: p +- 1.96 sqrt(p (1 - p) / n).
#[test]
fn intervals_are_the_binomials() {
    let images = 400;
    let mut boxes = BoxHits::of(&all_metrics());
    (0..images).for_each(|i| boxes.push(&[], &run(0..255, if i % 4 == 0 { 0.9 } else { 0.1 })));
    let rows = ImageColumns { boxes, ..ImageColumns::default() };
    let bootstrap = Bootstrap { resamples: 4000, ..Bootstrap::default() };
    let scores = summarise(&[MetricSpec::BoxAcc(BoxAcc::default())], &rows, bootstrap);
    let half = 100.0 * 1.96 * (0.25f64 * 0.75 / images as f64).sqrt();
    let (low, high) = (scores[0].ci_low.unwrap(), scores[0].ci_high.unwrap());
    assert_eq!(scores[0].value, 25.0);
    assert!((low - (25.0 - half)).abs() < 0.5 && (high - (25.0 + half)).abs() < 0.5, "{low} to {high}");
}

#[test]
fn resamples_are_shared_and_repeat() {
    let (rows, other) = (random_rows(3, 60), random_rows(4, 60));
    let bootstrap = Bootstrap { resamples: 100, seed: 9, confidence: 0.9 };
    let metrics = all_metrics();
    let scores = summarise(&metrics, &rows, bootstrap);
    assert_eq!(scores, summarise(&metrics, &rows, bootstrap));
    // A metric's interval does not depend on its company.
    assert_eq!(scores[0], summarise(&metrics[..1], &rows, bootstrap)[0]);
    assert_ne!(scores, summarise(&metrics, &rows, Bootstrap { seed: 10, ..bootstrap }));

    for score in differences(&metrics, &rows, &rows, bootstrap).unwrap() {
        assert_eq!((score.value, score.ci_low, score.ci_high), (0.0, Some(0.0), Some(0.0)));
    }
    let apart = differences(&metrics, &rows, &other, bootstrap).unwrap();
    let others = summarise(&metrics, &other, bootstrap);
    assert_eq!(apart[0].value, scores[0].value - others[0].value);
    assert!(differences(&metrics, &rows, &ImageColumns::default(), bootstrap).is_none());
}

#[test]
fn toml_names_metrics_and_their_options() {
    assert_eq!(parsed("\"max-box-acc\""), Ok(MetricSpec::MaxBoxAcc(MaxBoxAcc { iou: 0.5 })));
    assert_eq!(parsed("{ kl = {} }"), Ok(MetricSpec::Kl(Kl {})));
    assert_eq!(
        parsed("{ max-box-acc-v2 = { ious = [0.3, 0.55] } }"),
        Ok(MetricSpec::MaxBoxAccV2(MaxBoxAccV2 { ious: vec![0.3, 0.55] }))
    );
    let names = |spec: MetricSpec| -> Vec<String> {
        spec.metric().measures().into_iter().map(|measure| measure.name).collect()
    };
    let v2 = MetricSpec::MaxBoxAccV2(MaxBoxAccV2 { ious: vec![0.3, 0.55, 0.7] });
    assert_eq!(names(v2), ["max-box-acc-v2", "max-box-acc-v2@30", "max-box-acc-v2@55", "max-box-acc-v2@70"]);
    let fixed = MetricSpec::BoxAcc(BoxAcc { taus: vec![0.15, 0.2], iou: 0.3 });
    assert_eq!(names(fixed), ["box-acc@tau=0.15,iou=0.3", "box-acc@tau=0.2,iou=0.3"]);

    let (tpr, fpr) = (Tpr { thresholds: vec![0.7, 0.2] }, Fpr { thresholds: vec![0.2] });
    let specs = [MetricSpec::Tpr(tpr.clone()), MetricSpec::Fpr(fpr)];
    assert_eq!(rate_thresholds(&specs), [0.2, 0.7]);
    assert_eq!(names(specs[0].clone()), ["tpr@0.7", "tpr@0.2"]);
    assert_eq!(toml::to_string(&tpr).unwrap(), "thresholds = [0.7, 0.2]\n");

    for (toml, words) in [
        ("\"max-box-ac\"", "did you mean `max-box-acc`"),
        ("{ max-box-acc = { iou = 1.5 } }", "IoU 1.5"),
        ("{ max-box-acc-v2 = { ious = [] } }", "the list is empty"),
        ("{ max-box-acc-v2 = { ious = [0.3, 0.3] } }", "0.3 is listed twice"),
        ("{ box-acc = { taus = [1.0] } }", "threshold 1"),
        ("{ tpr = { thresholds = [-0.1] } }", "threshold -0.1"),
        ("{ top1-acc = { k = 1 } }", "unknown field `k`"),
        ("{ px-ap = { interval = 2.0 } }", "interval 2 is out of range"),
        ("{ top-k-intersection = { k = 0 } }", "0 is out of range"),
        ("{ pointing-game = { tolerance = -1.0 } }", "distance -1 is out of range"),
        ("{ insertion = { steps = 0 } }", "0 is out of range"),
        ("{ road = { percentiles = [] } }", "the list is empty"),
        ("{ road = { percentiles = [0.0] } }", "percentile 0 is out of range"),
        ("{ road = { noise = -0.5 } }", "-0.5 is out of range"),
        ("{ infidelity = { noise = \"uniform\" } }", "unknown variant `uniform`"),
        ("{ max-sensitivity = { radius = 0.0 } }", "0 is out of range"),
    ] {
        let error = parsed(toml).unwrap_err();
        assert!(error.contains(words), "{toml}: {error}");
    }
}

/// 500 resamples of 500 images, every metric: each measure has a value and an interval around it.
#[test]
fn the_bootstrap_covers_every_measure() {
    let rows = random_rows(5, 500);
    let scores = summarise(&all_metrics(), &rows, Bootstrap::default());
    assert_eq!(scores.len(), names_of(&all_metrics()).len());
    for score in scores {
        let (Some(low), Some(high)) = (score.ci_low, score.ci_high) else { panic!("{score:?}") };
        assert!(low <= high && score.value.is_finite(), "{score:?}");
    }
}
