//! Estimators of every metric under weights, as the bootstrap calls them.

use camlab_base::random::stream;
use camlab_parts::metric::{Bootstrap, ImageColumns, MetricSpec, per_image, summarise};
use rand_chacha::rand_core::Rng;

use crate::support::golden::near;
use crate::support::rows::{RandomRows, all_metrics, empty};
use crate::support::scene::{estimator, values};

#[track_caller]
fn equal(spec: &MetricSpec, found: &[Option<f64>], wanted: &[Option<f64>]) {
    for (found, wanted) in found.iter().zip(wanted) {
        match (found, wanted) {
            (Some(found), Some(wanted)) => {
                assert!((found - wanted).abs() <= 1e-9 * wanted.abs(), "{spec:?}: {found}, not {wanted}");
            }
            _ => assert_eq!(found, wanted, "{spec:?}"),
        }
    }
}

/// An image that counts three times is an image that is there three times, one that counts 0 times is not there.
#[test]
fn weights_are_multiplicities() {
    let images = 40;
    let random = RandomRows::new(1, images);
    let mut draw = stream(1, "weights");
    for _ in 0..3 {
        let weights: Vec<u32> = (0..images).map(|_| draw.next_u32() % 4).collect();
        let often = |(image, weight): (usize, &u32)| vec![image; *weight as usize];
        let repeated: Vec<usize> = weights.iter().enumerate().flat_map(often).collect();
        let rows = random.picked(&repeated);
        for spec in all_metrics() {
            let metric = spec.metric();
            let weighted = estimator(metric, &random.rows).values(&weights);
            equal(&spec, &weighted, &values(metric, &rows));
        }
    }
}

/// Weights past 16 bits: all images 70 000 times are all images once.
#[test]
fn large_weights() {
    let random = RandomRows::new(2, 25);
    for spec in all_metrics() {
        let metric = spec.metric();
        let found = estimator(metric, &random.rows).values(&[70_000; 25]);
        equal(&spec, &found, &values(metric, &random.rows));
    }
}

/// A resample without an image that has a value.
#[test]
fn no_image_counts() {
    let random = RandomRows::new(3, 12);
    for spec in all_metrics() {
        let estimator = estimator(spec.metric(), &random.rows);
        assert!(estimator.values(&[0; 12]).iter().all(Option::is_none), "{spec:?}");
    }
}

/// Without rows, without a measured column, and without boxes and labels, nothing has a value.
#[test]
fn nothing_was_measured() {
    let random = RandomRows::new(4, 12);
    let boxes_only = ImageColumns {
        boxes: random.rows.boxes.clone(),
        label_rank: random.rows.label_rank.clone(),
        labels: random.rows.labels.clone(),
        ..ImageColumns::default()
    };
    let columns_only = ImageColumns {
        quantities: random.rows.quantities.clone(),
        lists: random.rows.lists.clone(),
        ..ImageColumns::default()
    };
    for rows in [&ImageColumns::default(), &empty(), &boxes_only, &columns_only] {
        for spec in all_metrics() {
            let metric = spec.metric();
            let read = metric.measurement().is_some() || !metric.measured_by().is_empty();
            let estimator = estimator(metric, rows);
            let found = estimator.values(&vec![1; rows.len()]);
            let missing = read && rows.lists.is_empty() && rows.quantities.is_empty();
            if missing || rows.is_empty() {
                assert!(found.iter().all(Option::is_none), "{spec:?}: {found:?}");
                assert!(missing || estimator.counts().iter().all(|count| *count == 0), "{spec:?}");
            }
            for images in estimator.images() {
                assert!([0, rows.len()].contains(&images.len()), "{spec:?}");
            }
        }
        let scores = summarise(&all_metrics(), rows, Bootstrap { resamples: 20, ..Bootstrap::default() });
        assert!(scores.iter().all(|score| score.value.is_finite()));
    }
}

/// The value is the mean of what the images give, over as many images as are counted.
#[test]
fn means_are_those_of_the_images() {
    let random = RandomRows::new(5, 60);
    let metrics = all_metrics();
    let none = Bootstrap { resamples: 0, ..Bootstrap::default() };
    let mut means = 0;
    for score in summarise(&metrics, &random.rows, none) {
        let name = &score.measure.name;
        let Some((measure, images)) = per_image(&metrics, &random.rows, name) else { continue };
        let known: Vec<f64> = images.into_iter().flatten().collect();
        near(known.iter().sum::<f64>() / known.len() as f64, score.value, 1e-9);
        assert_eq!((measure, known.len()), (score.measure, score.n));
        means += 1;
    }
    assert!(means > 40, "{means}");
}

/// Images of one class only, and one image only.
#[test]
fn one_class_and_one_image() {
    let mut random = RandomRows::new(6, 30);
    random.rows.labels = vec![2; 30];
    let of = |name: &str, rows: &ImageColumns| {
        let spec = all_metrics().into_iter().find(|spec| spec.name() == name).expect("a metric");
        values(spec.metric(), rows)
    };
    assert_eq!(of("corloc", &random.rows), of("gt-known-loc", &random.rows));
    let [one, all] = ["px-ap-v2", "px-ap"].map(|name| of(name, &random.rows)[0].expect("a value"));
    near(one, all, 1e-9);
    for image in 0..30 {
        let rows = random.picked(&[image]);
        for spec in all_metrics() {
            for value in values(spec.metric(), &rows).into_iter().flatten() {
                assert!(value.is_finite(), "{spec:?}: {value}");
            }
        }
    }
}

/// Every measure has a value and an interval around it, though values are missing.
#[test]
fn the_bootstrap_covers_every_measure() {
    let random = RandomRows::new(7, 80);
    let metrics = all_metrics();
    let bootstrap = Bootstrap { resamples: 50, ..Bootstrap::default() };
    let scores = summarise(&metrics, &random.rows, bootstrap);
    let measures = metrics.iter().map(|spec| spec.metric().measures().len()).sum::<usize>();
    assert_eq!(scores.len(), measures);
    for score in &scores {
        let (Some(low), Some(high)) = (score.ci_low, score.ci_high) else { panic!("{score:?}") };
        assert!(low <= high && score.value.is_finite(), "{score:?}");
    }
    let mut names: Vec<&str> = scores.iter().map(|score| score.measure.name.as_str()).collect();
    names.sort_unstable();
    assert!(names.is_sorted_by(|a, b| a < b), "a name stands twice: {names:?}");
}

/// Columns are named unlike those of any other metric, so that one does not write over another's.
#[test]
fn columns_are_told_apart() {
    let measuring = camlab_parts::metric::measuring(&all_metrics());
    let of = |spec: &MetricSpec| spec.metric().measurement().map(|measurement| measurement.columns());
    let mut names: Vec<String> =
        measuring.iter().filter_map(of).flatten().map(|column| column.name).collect();
    names.sort_unstable();
    assert!(names.is_sorted_by(|a, b| a < b), "a name stands twice: {names:?}");
}
