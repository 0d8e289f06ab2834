use camlab::parts::cluster::{
    ClusterAgreement, ClusterError, ClusterInput, ClusterSpec, Clusters, EdgeSimilarity, KMeans,
    LabelPropagation, Labelled, MiniBatch, Pca, Points, SeededKMeans, Soft, Spread, SubMaps,
};
use proptest::prelude::*;

use super::golden::{close, golden, known, labels, numbers, points};

fn pool<'a>(points: &'a Points, seeds: &'a [Option<u32>]) -> ClusterInput<'a> {
    ClusterInput { points, seeds, seed: 5 }
}

fn rand_index(found: &[u32], truth: &[u32]) -> f64 {
    ClusterAgreement::of(found.iter().copied().zip(truth.iter().copied())).unwrap().rand
}

#[test]
fn k_means_from_one_start_is_scikit_learn_s() {
    let wanted = golden("k-means");
    let data = points(&wanted["points"], 7);
    let options = KMeans { k: 5, iterations: 300, ..KMeans::default() };
    let found = options.fit_from(&data, points(&wanted["start"], 7));
    assert_eq!(found.labels, labels(&wanted["labels"]));
    close(found.centres.data.iter().map(|value| f64::from(*value)), &numbers(&wanted["centres"]), 1e-5);
    close([found.inertia], &[wanted["inertia"].as_f64().unwrap()], 1e-5);
    assert_eq!(found.iterations, wanted["iterations"].as_u64().unwrap() as usize);
}

#[test]
fn own_starts_end_as_low_as_scikit_learn_s() {
    let wanted = golden("k-means");
    let data = points(&wanted["points"], 7);
    let options = KMeans { k: 5, restarts: 10, iterations: 300, ..KMeans::default() };
    let (found, inertias) = options.fit(pool(&data, &[])).unwrap();
    assert_eq!(inertias.len(), 10);
    assert!(found.inertia <= 1.01 * wanted["own"].as_f64().unwrap(), "{inertias:?}");
    assert!(inertias.iter().all(|inertia| *inertia >= found.inertia));
}

#[test]
fn a_cluster_without_points_takes_the_farthest() {
    let data = points(&golden("k-means")["points"], 7);
    let wanted = golden("k-means-empty");
    let options = KMeans { k: 3, iterations: 300, ..KMeans::default() };
    let found = options.fit_from(&data, points(&wanted["start"], 7));
    close([found.inertia], &[wanted["inertia"].as_f64().unwrap()], 1e-5);
    assert_eq!(rand_index(&found.labels, &labels(&wanted["labels"])), 1.0);
}

#[test]
fn mini_batches_end_near_whole_iterations() {
    let data = points(&golden("k-means")["points"], 7);
    let mini_batch = MiniBatch { above: 100, size: 32, passes: 10 };
    let options = KMeans { k: 5, mini_batch, ..KMeans::default() };
    let (found, _) = options.fit(pool(&data, &[])).unwrap();
    let (whole, _) = KMeans { k: 5, ..KMeans::default() }.fit(pool(&data, &[])).unwrap();
    assert!(found.inertia >= whole.inertia * 0.999 && found.inertia < 1.05 * whole.inertia);
}

#[test]
fn spherical_k_means_sees_directions_alone() {
    let mut data = Points::new(2);
    for at in 0..40 {
        let (length, angle) = (1.0 + (at * at % 17) as f32, if at % 2 == 0 { 0.2f32 } else { 1.3 });
        let angle = angle + (at % 5) as f32 * 0.02;
        data.push(&[length * angle.cos(), length * angle.sin()]);
    }
    let truth: Vec<u32> = (0..40).map(|at| at % 2).collect();
    let mut unit = data.clone();
    unit.to_unit_length();
    let (found, _) = KMeans { k: 2, spherical: true, ..KMeans::default() }.fit(pool(&unit, &[])).unwrap();
    assert_eq!(rand_index(&found.labels, &truth), 1.0);
    for centre in found.centres.rows() {
        assert!((centre[0].hypot(centre[1]) - 1.0).abs() < 1e-6);
    }
    let (plain, _) = KMeans { k: 2, ..KMeans::default() }.fit(pool(&data, &[])).unwrap();
    assert!(rand_index(&plain.labels, &truth) < 0.5, "lengths would have told them apart");
}

#[test]
fn principal_components_are_scikit_learn_s() {
    for name in ["tall", "wide"] {
        let wanted = &golden("pca")[name];
        let dims = wanted["dims"].as_u64().unwrap() as usize;
        let data = points(&wanted["points"], dims);
        let found = Pca::fit(&data, 4);
        close(
            found.components.data.iter().map(|value| f64::from(*value)),
            &numbers(&wanted["components"]),
            2e-4,
        );
        close(found.variances.iter().copied(), &numbers(&wanted["variances"]), 1e-5);
        close([found.kept()], &[wanted["kept"].as_f64().unwrap()], 1e-6);
        let projected = found.project(&data);
        close(projected.data.iter().map(|value| f64::from(*value)), &numbers(&wanted["projected"]), 2e-3);
    }
}

#[test]
fn many_channels_are_reduced_by_subspace_iteration_as_by_rotations() {
    // 150 columns: more than are rotated away at once.
    let mut data = Points::new(150);
    for row in 0..200u32 {
        let factor = |at: u32| ((row * (at * 7 + 3)) % 23) as f32 / 23.0 - 0.5;
        data.push(
            &(0..150u32)
                .map(|c| (0..5).map(|at| factor(at) * (c as f32 * 0.1 * (at + 1) as f32).sin()).sum())
                .collect::<Vec<f32>>(),
        );
    }
    let found = Pca::fit(&data, 5);
    assert!(found.kept() > 0.999_99, "five factors make all of it: {}", found.kept());
    for (a, left) in found.components.rows().enumerate() {
        for (b, right) in found.components.rows().enumerate() {
            let product: f32 = left.iter().zip(right).map(|(x, y)| x * y).sum();
            assert!((product - f32::from(u8::from(a == b))).abs() < 1e-4, "{a} {b} {product}");
        }
    }
}

#[test]
fn labels_spread_as_in_scikit_learn() {
    let moons = golden("moons");
    let (data, seeds) = (points(&moons["points"], 2), known(&moons["known"]));
    for (name, rule, kernel) in [
        ("spreading-rbf", Spread::Spreading, EdgeSimilarity::Rbf(20.0)),
        ("spreading-neighbours", Spread::Spreading, EdgeSimilarity::Neighbours),
        ("propagation-rbf", Spread::Propagation, EdgeSimilarity::Rbf(20.0)),
    ] {
        // scikit-learn counts a pixel among its own nearest.
        let options = LabelPropagation {
            rule,
            kernel,
            neighbours: 8,
            iterations: 2000,
            tolerance: 1e-3,
            ..LabelPropagation::default()
        };
        let found = options.spread(data.clone(), &seeds).unwrap();
        let wanted = golden(name);
        close(found.shares.iter().map(|share| f64::from(*share)), &numbers(&wanted["shares"]), 2e-3);
    }
}

#[test]
fn a_few_labels_beat_none() {
    let blobs = golden("blobs");
    let (data, truth, seeds) = (points(&blobs["points"], 2), labels(&blobs["truth"]), known(&blobs["known"]));
    let plain = KMeans { k: 3, restarts: 10, ..KMeans::default() };
    let (free, _) = plain.fit(pool(&data, &[])).unwrap();
    let plain_index = rand_index(&free.labels, &truth);
    let seeded = SeededKMeans { k: 3, constrained: true, ..SeededKMeans::default() };
    let (bound, inertias, started) = seeded.fit(pool(&data, &seeds)).unwrap();
    assert_eq!((inertias.len(), started), (1, vec![0, 1, 2]), "every centre is given");
    let seeded_index = rand_index(&bound.labels, &truth);
    let spread = LabelPropagation { pixels: 1000, neighbours: 7, ..LabelPropagation::default() };
    let spec = ClusterSpec::LabelPropagation(spread);
    let found = spec.find(pool(&data, &seeds), None).unwrap();
    let spread_index = rand_index(&found.labels, &truth);
    eprintln!(
        "adjusted Rand index: k-means {plain_index:.3}, seeded {seeded_index:.3}, spread {spread_index:.3}"
    );
    assert!(seeded_index > plain_index + 0.05, "{seeded_index} {plain_index}");
    assert!(spread_index > plain_index + 0.3, "{spread_index} {plain_index}");
    let moons = golden("moons");
    let (data, sides, seeds) = (points(&moons["points"], 2), labels(&moons["sides"]), known(&moons["known"]));
    let (free, _) = KMeans { k: 2, ..KMeans::default() }.fit(pool(&data, &[])).unwrap();
    let found = spec.find(pool(&data, &seeds), None).unwrap();
    assert!(rand_index(&found.labels, &sides) > rand_index(&free.labels, &sides) + 0.3);
}

#[test]
fn constrained_seeds_keep_their_cluster() {
    let blobs = golden("blobs");
    let (data, seeds) = (points(&blobs["points"], 2), known(&blobs["known"]));
    let options = SeededKMeans { k: 4, constrained: true, ..SeededKMeans::default() };
    let (fit, ..) = options.fit(pool(&data, &seeds)).unwrap();
    for (label, seed) in fit.labels.iter().zip(&seeds) {
        assert!(seed.is_none_or(|seed| seed == *label));
    }
    let none = vec![None; data.count()];
    assert_eq!(options.fit(pool(&data, &none)).unwrap_err(), ClusterError::NoSeeds);
    let few = SeededKMeans { k: 2, ..SeededKMeans::default() };
    assert!(matches!(few.fit(pool(&data, &seeds)), Err(ClusterError::Labels { labels: 3, clusters: 2 })));
}

#[test]
fn agreement_is_scikit_learn_s() {
    for wanted in golden("agreement").as_array().unwrap() {
        let (classes, clusters) = (labels(&wanted["classes"]), labels(&wanted["clusters"]));
        let found = ClusterAgreement::of(clusters.into_iter().zip(classes)).unwrap();
        let of = |name: &str| wanted[name].as_f64().unwrap();
        close(
            [found.rand, found.information, found.purity],
            &[of("rand"), of("information"), of("purity")],
            1e-9,
        );
    }
    assert!(ClusterAgreement::of([]).is_none());
}

#[test]
fn threads_change_nothing() {
    let data = points(&golden("k-means")["points"], 7);
    let seeds: Vec<_> = (0..data.count()).map(|at| (at % 17 == 0).then_some((at / 48) as u32)).collect();
    let run = |threads: usize| {
        let workers = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        workers.install(|| {
            let specs = [
                ClusterSpec::KMeans(KMeans { k: 5, ..KMeans::default() }),
                ClusterSpec::SeededKMeans(SeededKMeans { k: 6, ..SeededKMeans::default() }),
                ClusterSpec::LabelPropagation(LabelPropagation { pixels: 90, ..LabelPropagation::default() }),
            ];
            let pca = Pca::fit(&data, 3);
            let shorter = pca.project(&data);
            specs.map(|spec| format!("{:?}", spec.find(pool(&shorter, &seeds), Some(pca.clone())).unwrap()))
        })
    };
    assert!(run(1) == run(2) && run(2) == run(3));
}

#[test]
fn too_few_pixels_are_refused() {
    let data = Points { dims: 1, data: vec![1.0, 2.0] };
    let refused = KMeans::default().fit(pool(&data, &[])).unwrap_err();
    assert_eq!(refused, ClusterError::TooFew { clusters: 10, pixels: 2 });
}

#[test]
fn equal_pixels_make_clusters_that_nobody_is_in() {
    let data = Points { dims: 2, data: vec![1.5; 24] };
    let (fit, _) = KMeans { k: 3, ..KMeans::default() }.fit(pool(&data, &[])).unwrap();
    assert_eq!(fit.inertia, 0.0);
    assert!(fit.labels.iter().all(|label| *label == fit.labels[0]));
}

fn clusters(data: &Points, k: usize) -> Clusters {
    ClusterSpec::KMeans(KMeans { k, restarts: 1, ..KMeans::default() })
        .find(pool(data, &[]), None)
        .unwrap()
        .clusters
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn memberships_sum_to_one(data in prop::collection::vec(-2.0f32..2.0, 60), temperature in 0.01f64..4.0) {
        let data = Points { dims: 3, data };
        let found = clusters(&data, 4);
        for how in [SubMaps::default(), SubMaps::Soft(Soft { temperature })] {
            let memberships = found.memberships(&data, &how);
            for (row, nearest) in memberships.chunks(4).zip(found.nearest(&data)) {
                prop_assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-5);
                let most = row.iter().copied().fold(0.0, f32::max);
                prop_assert_eq!(row[nearest as usize], most);
            }
        }
    }

    /// Lloyd's iterations from given centres do not care for the order of the points.
    #[test]
    fn the_order_of_pixels_only_orders_the_labels(data in prop::collection::vec(-2.0f32..2.0, 60)) {
        let data = Points { dims: 3, data };
        let start = data.select(&[0, 1, 2]);
        let backwards: Vec<usize> = (0..data.count()).rev().collect();
        let options = KMeans { k: 3, tolerance: 0.0, ..KMeans::default() };
        let (a, b) = (options.fit_from(&data, start.clone()), options.fit_from(&data.select(&backwards), start));
        let turned: Vec<u32> = b.labels.iter().rev().copied().collect();
        prop_assert_eq!(a.labels, turned);
        prop_assert!((a.inertia - b.inertia).abs() <= 1e-4 * a.inertia.max(1.0));
    }

    #[test]
    fn inertia_never_rises_with_iterations(data in prop::collection::vec(-2.0f32..2.0, 90)) {
        let data = Points { dims: 3, data };
        let start = data.select(&[0, 5, 9, 12]);
        let inertia = |iterations| KMeans { k: 4, iterations, ..KMeans::default() }.fit_from(&data, start.clone()).inertia;
        let all: Vec<f64> = (1..8).map(inertia).collect();
        prop_assert!(all.windows(2).all(|pair| pair[1] <= pair[0] * (1.0 + 1e-6)), "{:?}", all);
    }

    #[test]
    fn every_labelled_pixel_is_chosen_once(map in prop::collection::vec(0.0f32..1.0, 1..40)) {
        let (object, background) = Labelled::default().choose(&map);
        prop_assert!(!object.is_empty());
        prop_assert!(object.iter().all(|at| !background.contains(at)));
    }
}
