//! The article's chain from a TOML file to the report.

use std::collections::{BTreeMap, BTreeSet};

use crate::experiment::{Experiment, stdout};
use camlab::frame::{
    self, ClassMapRow, ClusterRow, ClusteringRow, CorrectionRow, GalleryRow, ImageRow, SubMapRow,
    SubMapState, SummaryRow,
};
use camlab::raster::{Map, min_max};

const FEATURES: &str = r#"
[[chain]]
name = "mine"
layers = ["layer1", "layer2"]
polynomial = { degree = 3, basis = "legendre", scale = "channel" }
coefficients = "ridge"
cluster = { k-means = { k = 4, restarts = 2, reduce = { pca = 5 } } }
"#;

const CAMS: &str = r#"
[[chain]]
name = "seeded"
source = { cams = { methods = ["grad-cam", "layer-cam"] } }
layers = ["layer1", "layer2"]
polynomial = { degree = 3 }
coefficients = "ridge"
cluster = { seeded-k-means = { k = 6, pixels = 500, sub-maps = "soft", labelled = { images = 3 } } }
merge = { join = "max", otherwise = "stack" }

[[chain]]
name = "spread"
source = { cams = { methods = ["grad-cam", "layer-cam"] } }
layers = ["layer1", "layer2"]
polynomial = { degree = 3 }
cluster = { label-propagation = { pixels = 200, neighbours = 5, labelled = { images = 3 } } }
merge = { assign = "target", join = "union" }
"#;

#[test]
fn a_chain_is_judged_shown_and_cached_like_any_method() {
    let experiment = Experiment::tiny().and(FEATURES).and(CAMS);
    experiment.run().success();
    let images: Vec<ImageRow> = frame::read(&experiment.report()).unwrap();
    // 20 images x (2 networks x (2 methods + 3 chains and their class maps) + 2 baselines): nothing else is judged.
    assert_eq!(images.len(), 20 * (2 * (2 + 6) + 2));
    for row in images.iter().filter(|row| row.method == "mine") {
        assert_eq!(row.layer, "layer1+layer2");
        assert!(row.iou_any.iter().all(|iou| iou.is_finite()) && row.auc.is_some_and(f32::is_finite));
        assert!(row.seconds > 0.0);
    }
    let methods: BTreeSet<&str> = images.iter().map(|row| row.method.as_str()).collect();
    assert!(methods.contains("mine · polynomial") && methods.contains("spread"), "{methods:?}");
    let summary: Vec<SummaryRow> = frame::read(&experiment.report()).unwrap();
    assert!(summary.iter().filter(|row| row.method == "seeded").all(|row| row.value.is_finite()));

    let sub_maps: Vec<SubMapRow> = frame::read(&experiment.report()).unwrap();
    // 4 + 6 clusters, and one per class and one for the background.
    assert_eq!(sub_maps.len(), 20 * 2 * (4 + 6 + 4));
    for row in &sub_maps {
        let seen = row.state == SubMapState::Present;
        assert_eq!(
            (row.confidence.is_some(), row.rank.is_some(), row.assigned.is_some()),
            (seen, seen, seen)
        );
        assert!(row.confidence.is_none_or(|confidence| (0.0..=1.0).contains(&confidence)));
        assert!((0.0..=1.0).contains(&row.energy));
    }
    let shown: BTreeSet<&str> =
        sub_maps.iter().filter(|row| !row.map.is_empty()).map(|row| row.image.as_str()).collect();
    let gallery: Vec<GalleryRow> = frame::read(&experiment.report()).unwrap();
    let expected: BTreeSet<&str> = gallery.iter().map(|row| row.image.as_str()).collect();
    assert_eq!(shown, expected, "sub-maps are kept for what the gallery shows");

    let class_maps: Vec<ClassMapRow> = frame::read(&experiment.report()).unwrap();
    check_class_maps(&class_maps, &sub_maps, &gallery);

    let clusters: Vec<ClusterRow> = frame::read(&experiment.report()).unwrap();
    assert_eq!(clusters.len(), 2 * (4 + 6 + 4));
    for network in ["kaiming", "orthogonal"] {
        let own: Vec<_> =
            clusters.iter().filter(|row| row.network == network && row.chain == "mine").collect();
        assert!((own.iter().map(|row| row.share).sum::<f64>() - 1.0).abs() < 1e-9);
        assert!(
            clusters.iter().any(|row| row.network == network && row.label.as_deref() == Some("background"))
        );
    }
    let clusterings: Vec<ClusteringRow> = frame::read(&experiment.report()).unwrap();
    assert_eq!(clusterings.len(), 2 * 3);
    for row in &clusterings {
        assert!(row.object_rand.is_some_and(|rand| (-1.0..=1.0).contains(&rand)), "{row:?}");
        assert!(row.class_purity.is_some_and(|purity| (0.0..=1.0).contains(&purity)), "{row:?}");
        match row.chain.as_str() {
            "mine" => assert_eq!((row.channels, row.dims, row.clusters), (3 * 24, 5, 4)),
            _ => assert_eq!((row.channels, row.dims), (3 * 4, 3 * 4)),
        }
    }
    let corrections: Vec<CorrectionRow> = frame::read(&experiment.report()).unwrap();
    assert!(corrections.iter().any(|row| row.chain == "mine" && row.degree == 3));
    let html = std::fs::read_to_string(experiment.report().join("index.html")).unwrap();
    for words in [
        "correction (A9), clusters (A10), merging (A11)",
        "Sub-maps of mine · kaiming",
        "Clusters of spread",
        "Final maps of mine · kaiming",
        "first class is the target [%]",
    ] {
        assert!(html.contains(words), "{words}");
    }
    assert!(experiment.report().join("figures/chain-sub-maps-mine-kaiming.svg").is_file());

    let again = experiment.run().success();
    assert!(stdout(&again).contains("everything was cached"), "{}", stdout(&again));

    let written = ["--out", "written", "--classes", "--raw", "--network", "kaiming", "--method"];
    experiment.camlab("maps", &[&written[..], &["mine"]].concat()).success();
    let folder = experiment.path("written/kaiming/mine/layer1+layer2");
    let mut expected = BTreeMap::new();
    for row in class_maps.iter().filter(|row| row.network == "kaiming" && row.chain == "mine") {
        // Names of folders have no spaces.
        *expected.entry(row.class.replace(' ', "-")).or_insert(0) += 1;
        assert!(folder.join(format!("{}.npy", row.image)).is_file());
    }
    let classes = std::fs::read_dir(folder.join("classes")).unwrap().flatten();
    let found: BTreeMap<String, usize> = classes
        .map(|class| {
            let name = class.file_name().to_string_lossy().into_owned();
            (name, files_below(&class.path()))
        })
        .collect();
    let found: BTreeMap<String, usize> =
        found.iter().map(|(name, files)| (name.split_once('-').unwrap().1.to_owned(), *files)).collect();
    assert_eq!(found, expected);
    let refused = experiment.camlab("maps", &[&written[..], &["grad-cam"]].concat()).failure().code(1);
    assert!(crate::experiment::stderr(&refused).contains("leave out --classes"));
}

fn files_below(folder: &std::path::Path) -> usize {
    let entries = std::fs::read_dir(folder).unwrap().flatten();
    entries
        .map(|entry| match entry.path().is_dir() {
            true => files_below(&entry.path()),
            false => 1,
        })
        .sum()
}

/// Every image has the final map of each class that its sub-maps were assigned to, and of its target class.
fn check_class_maps(class_maps: &[ClassMapRow], sub_maps: &[SubMapRow], gallery: &[GalleryRow]) {
    let mut of_image: BTreeMap<(&str, &str, u32), Vec<&ClassMapRow>> = BTreeMap::new();
    for row in class_maps {
        of_image.entry((&row.network, &row.chain, row.index)).or_default().push(row);
    }
    assert_eq!(of_image.len(), 20 * 2 * 3);
    for ((network, chain, index), rows) in of_image {
        let own: Vec<&SubMapRow> = sub_maps
            .iter()
            .filter(|row| (&*row.network, &*row.chain, row.index) == (network, chain, index))
            .collect();
        let ranked: Vec<&&ClassMapRow> = rows.iter().filter(|row| row.rank.is_some()).collect();
        assert!(ranked.iter().zip(1..).all(|(row, rank)| row.rank == Some(rank)));
        assert!(ranked.windows(2).all(|pair| pair[0].class_confidence >= pair[1].class_confidence));
        for row in &rows {
            let members: Vec<&&SubMapRow> =
                own.iter().filter(|sub_map| sub_map.assigned.as_deref() == Some(&row.class)).collect();
            let most = members.iter().filter_map(|sub_map| sub_map.confidence).fold(0.0, f32::max);
            match row.rank {
                Some(_) => {
                    assert_eq!((row.sub_maps as usize, row.class_confidence), (members.len(), Some(most)));
                }
                None => assert!(members.is_empty() && row.is_target && own[0].fell_back),
            }
            assert!(row.is_true.is_some());
        }
        let classes: BTreeSet<&str> = own.iter().filter_map(|row| row.assigned.as_deref()).collect();
        assert_eq!(ranked.len(), classes.len());
        let target: Vec<&&ClassMapRow> = rows.iter().filter(|row| row.is_target).collect();
        assert_eq!((target.len(), &target[0].class), (1, &own[0].target));
    }
    let mut shown = 0;
    for row in class_maps.iter().filter(|row| row.is_target && !row.map.is_empty()) {
        let evaluated = gallery.iter().find(|case| {
            (&case.image, &case.network, &case.method) == (&row.image, &row.network, &row.chain)
                && case.contrast == "none"
        });
        let evaluated = evaluated.unwrap();
        let map = Map::new(row.map_height as usize, row.map_width as usize, row.map.clone());
        assert_eq!(min_max(&map).data, evaluated.map, "the map of the target class is evaluated");
        shown += 1;
    }
    let pictured: BTreeSet<&str> = gallery.iter().map(|row| row.image.as_str()).collect();
    assert_eq!(shown, pictured.len() * 2 * 3);
}

#[test]
fn labels_of_a_few_other_images_are_enough() {
    let unknown = ["--set", "data.labels=unknown", "--set", "target=predicted"];
    let mut experiment = Experiment::tiny().and(CAMS);
    for argument in unknown {
        experiment = experiment.argument(argument);
    }
    experiment.run().success();
    let clusters: Vec<ClusterRow> = frame::read(&experiment.report()).unwrap();
    for network in ["kaiming", "orthogonal"] {
        let own = |chain: &str| {
            let rows = clusters.iter().filter(|row| row.network == network && row.chain == chain);
            rows.map(|row| (row.label.clone(), row.pixels)).collect::<Vec<_>>()
        };
        let (seeded, spread) = (own("seeded"), own("spread"));
        // Three classes and the background; 20 test images of 16 x 16 pixels, of which 500 or 200 are clustered.
        assert_eq!(seeded.iter().filter(|(label, _)| label.is_some()).count(), 4);
        assert_eq!(spread.iter().filter(|(label, _)| label.is_some()).count(), 4);
        assert_eq!(seeded.iter().map(|(_, pixels)| pixels).sum::<u32>(), 500);
    }
    let plan = stdout(&experiment.camlab("plan", &[]).success());
    assert!(plan.contains("labelled images"), "{plan}");
}

#[test]
fn fewer_clusters_than_labels_are_refused_before_anything_runs() {
    let chain = CAMS.replace("k = 6, pixels", "k = 3, pixels");
    let refused = Experiment::tiny().and(&chain).camlab("plan", &[]).failure();
    let said = crate::experiment::stderr(&refused);
    assert!(
        said.contains("for each of 3 classes and the background, and has k = 3; write k = 4 or more"),
        "{said}"
    );
}

#[test]
fn labelled_images_need_a_split_that_is_not_evaluated() {
    let chain = CAMS.replace("labelled = { images = 3 }", "labelled = { split = \"val\", images = 3 }");
    let experiment = Experiment::tiny().and(&chain);
    let refused = experiment.camlab("check", &[]).failure().code(2);
    let said = crate::experiment::stderr(&refused);
    assert!(said.contains("`data.val`, which is missing") && said.contains("split = \"train\""), "{said}");
    experiment.camlab("check", &["--set", "data.val={ of = \"train\", fraction = 0.4 }"]).success();
    let same = [
        "--set",
        "data.val={ synthetic = { split = \"test\", images = 20, size = 32, classes = 3 } }",
        "--set",
        "data.overlap=allow",
    ];
    let said = crate::experiment::stderr(&experiment.camlab("plan", &same).failure().code(2));
    assert!(said.contains("20 of them are evaluated as well"), "{said}");
}

#[test]
fn threads_batches_and_memory_change_nothing() {
    let read = |jobs: &str, batch: &str, memory: &str| {
        let experiment = Experiment::tiny().and(FEATURES).and(CAMS);
        let sets = [format!("data.batch={batch}"), format!("chain.mine.merge.memory={memory}")];
        let mut experiment = experiment.argument("--jobs").argument(jobs);
        for set in &sets {
            experiment = experiment.argument("--set").argument(set);
        }
        experiment.run().success();
        let mut images: Vec<ImageRow> = frame::read(&experiment.report()).unwrap();
        images.iter_mut().for_each(|row| row.seconds = 0.0);
        let sub_maps: Vec<SubMapRow> = frame::read(&experiment.report()).unwrap();
        let class_maps: Vec<ClassMapRow> = frame::read(&experiment.report()).unwrap();
        let clusters: Vec<ClusterRow> = frame::read(&experiment.report()).unwrap();
        (format!("{images:?}"), format!("{sub_maps:?} {class_maps:?}"), format!("{clusters:?}"))
    };
    assert!(read("1", "16", "\"64 MB\"") == read("2", "7", "1"), "threads, batches or memory");
}

#[test]
fn what_changes_runs_again_and_nothing_else() {
    let experiment = Experiment::tiny().and(FEATURES);
    experiment.run().success();
    let plan = |set: &str| stdout(&experiment.camlab("plan", &["--set", set]).success());
    let stages = |plan: &str| {
        let lines = plan.lines().map(str::trim);
        let of = |stage: &str| {
            lines.clone().filter(|line| line.starts_with(stage) && !line.ends_with("cached")).count()
        };
        let maps = ["map", "polynomial", "merge"].map(of).iter().sum::<usize>();
        (of("train"), maps, of("cluster "), of("evaluate"))
    };
    // Per network: the chain's maps, and their evaluation.
    assert_eq!(stages(&plan("chain.mine.merge.join=max")), (0, 2, 0, 2));
    assert_eq!(stages(&plan("chain.mine.cluster.k-means.k=5")), (0, 2, 2, 2));
    assert_eq!(stages(&plan("chain.mine.coefficients=uniform")), (0, 4, 0, 4));
    assert_eq!(stages(&plan("chain.mine.polynomial.degree=4")), (0, 4, 2, 4));
    assert_eq!(stages(&plan("chain.mine.memory=\"2 GB\"")), (0, 0, 0, 0));
    let told = plan("chain.mine.cluster.k-means.k=5");
    assert!(told.contains("k: 4 -> 5"), "{told}");
}

#[test]
fn a_budget_that_does_not_hold_the_pixels_says_what_to_do() {
    let experiment = Experiment::tiny().and(FEATURES);
    let run = experiment.camlab("run", &["--set", "chain.mine.memory=\"10 kB\""]).failure().code(1);
    let said = crate::experiment::stderr(&run);
    assert!(said.contains("cluster of `kaiming · mine"), "{said}");
    assert!(said.contains("more than memory = \"10 kB\"") && said.contains("increase memory"), "{said}");
    let run = experiment.camlab("run", &["--set", "chain.mine.cluster.k-means.k=100000"]).failure().code(2);
    let said = crate::experiment::stderr(&run);
    assert!(said.contains("more than the 5120 pixel vectors") && said.contains("at most 5120"), "{said}");
}
