//! Statements from a file to the report: claims across configurations, by side contrasts, by the reference map, and about
//! networks near chance, checked against the rows of `images.parquet` and `intuitive.parquet`.

use std::collections::BTreeMap;

use crate::experiment::{Experiment, stderr};
use camlab::frame::{self, CellRow, ClaimRow, Finding, ImageRow, IntuitiveRow};

const DECLARED: &str = r#"
metrics = ["max-box-acc-v2", "pixel-auc", "kl", "top1-acc"]
contrast = ["histogram-stretch"]
intuitive = { method = "cam" }

[sweep]
"training.epochs" = [1, 3]
"evaluation.bootstrap" = [20, 50]

[[claim]]
statement = "More epochs help"
better = { method = "cam", network = "kaiming", where = { "training.epochs" = 3 } }
than = { method = "cam", network = "kaiming", where = { "training.epochs" = 1 } }
metric = "kl"

[[claim]]
statement = "Histogram stretching shows hot regions"
better = { method = "cam", network = "kaiming", contrast = "histogram-stretch", where = { "training.epochs" = 3 } }
than = { method = "cam", network = "kaiming" }
metric = "kl"

[[claim]]
statement = "Grad-CAM keeps each pixel's contribution"
better = { method = "grad-cam", network = "kaiming" }
than = { method = "random" }
metric = "intuitive-spearman"

[[claim]]
statement = "Training helps"
better = { method = "cam", network = "kaiming" }
than = { method = "cam", network = "untrained" }
metric = "pixel-auc"

[[claim]]
statement = "Training helps"
better = { method = "cam", network = "kaiming" }
than = { method = "cam", network = "untrained" }
metric = "top1-acc"
"#;

fn declared() -> Experiment {
    let experiment = Experiment::tiny().and(DECLARED);
    let text = std::fs::read_to_string(experiment.path("tiny.toml")).unwrap();
    let text = text.replace("name = \"orthogonal\"\n", "name = \"untrained\"\ntrain = false\n");
    std::fs::write(experiment.path("tiny.toml"), text).unwrap();
    experiment.argument("--set").argument("data.test.synthetic.images=40")
}

/// Values of a map by index of the image, of one configuration and contrast.
fn values(
    images: &[ImageRow],
    cell: &str,
    [network, method, contrast]: [&str; 3],
    value: impl Fn(&ImageRow) -> Option<f64>,
) -> BTreeMap<u32, f64> {
    let own = images.iter().filter(|row| {
        (&*row.cell, &*row.network, &*row.method, &*row.contrast) == (cell, network, method, contrast)
    });
    own.filter_map(|row| Some((row.index, value(row)?))).collect()
}

/// Mean difference over the images that both have, and their number.
fn mean_difference(one: &BTreeMap<u32, f64>, other: &BTreeMap<u32, f64>) -> (f64, usize) {
    let pairs: Vec<f64> = one.iter().filter_map(|(index, value)| Some(value - other.get(index)?)).collect();
    (pairs.iter().sum::<f64>() / pairs.len() as f64, pairs.len())
}

#[test]
fn statements_are_tested_across_configurations_contrasts_and_references() {
    let experiment = declared();
    experiment.run().success();
    let report = experiment.report();
    let images: Vec<ImageRow> = frame::read(&report).unwrap();
    let cells: Vec<CellRow> = frame::read(&report).unwrap();
    let cell = |configuration: &str| {
        cells.iter().find(|row| row.configuration == configuration).map(|row| row.cell.clone()).unwrap()
    };
    let claims: Vec<ClaimRow> = frame::read(&report).unwrap();
    let of = |statement: &str| claims.iter().filter(|row| row.statement == statement).collect::<Vec<_>>();
    let kl = |row: &ImageRow| row.kl.map(f64::from);
    let close = |one: f64, other: f64| (one - other).abs() < 1e-6;

    // One test per number of resamples, the axis that the conditions leave open.
    let epochs = of("More epochs help");
    assert_eq!(epochs.len(), 2, "{claims:?}");
    for (row, resamples) in epochs.iter().zip([20, 50]) {
        assert_eq!(row.configuration, format!("epochs = 3, bootstrap = {resamples}"));
        assert_eq!(row.than_configuration, format!("epochs = 1, bootstrap = {resamples}"));
        let side = |name: &str| values(&images, &cell(name), ["kaiming", "cam", "none"], kl);
        // Lower is better: the sign is turned.
        let (wanted, images) = mean_difference(&side(&row.than_configuration), &side(&row.configuration));
        assert!(close(row.difference.unwrap(), wanted), "{row:?} is not {wanted}");
        assert!(row.different_networks && row.images as usize == images && row.seeds == 1);
    }

    let stretched = of("Histogram stretching shows hot regions");
    assert_eq!(stretched.len(), 2, "those with three epochs");
    for row in stretched {
        assert_eq!(row.configuration, row.than_configuration);
        assert_eq!((row.contrast.as_str(), row.than_contrast.as_str()), ("histogram-stretch", "none"));
        let side =
            |contrast: &str| values(&images, &cell(&row.configuration), ["kaiming", "cam", contrast], kl);
        let (wanted, _) = mean_difference(&side("none"), &side("histogram-stretch"));
        assert!(close(row.difference.unwrap(), wanted) && !row.different_networks, "{row:?}");
    }

    let alike: Vec<IntuitiveRow> = frame::read(&report).unwrap();
    let contributions = of("Grad-CAM keeps each pixel's contribution");
    assert_eq!(contributions.len(), 4, "every configuration by itself");
    for row in contributions {
        let side = |method: &str| -> BTreeMap<u32, f64> {
            let own = alike.iter().filter(|alike| {
                let names = (&*alike.cell, &*alike.network, &*alike.method, &*alike.contrast);
                names == (&*cell(&row.configuration), "kaiming", method, "none")
            });
            own.filter_map(|row| Some((row.index, row.spearman?))).collect()
        };
        let (own, random) = (side("grad-cam"), side("random"));
        let (wanted, images) = mean_difference(&own, &random);
        assert!(close(row.difference.unwrap(), wanted) && row.images as usize == images, "{row:?}");
        assert_eq!(row.than_network, "baseline");
    }

    let training = of("Training helps");
    assert_eq!(training.len(), 8);
    for row in &training {
        let right = images.iter().filter(|image| {
            (&*image.cell, &*image.network, &*image.method, &*image.contrast)
                == (&*cell(&row.configuration), "untrained", "cam", "none")
                && image.label_rank == Some(0)
        });
        let top1 = 100.0 * right.count() as f64 / 40.0;
        assert!(close(row.than_top1.unwrap(), top1) && close(row.than_chance.unwrap(), 100.0 / 3.0));
        assert!(top1 < 200.0 / 3.0, "a random network is near chance: {top1} %");
        if row.metric == "top1-acc" {
            assert_ne!(row.finding, Finding::NearChance, "{row:?}");
        } else {
            assert_eq!((row.finding, row.p, row.p_holm), (Finding::NearChance, None, None), "{row:?}");
        }
    }

    let html = std::fs::read_to_string(report.join("index.html")).unwrap();
    assert!(html.contains("id=\"statements\"") && html.contains("<h3>More epochs help</h3>"));
    assert!(html.contains("cannot tell: network `"), "no network near chance is told");
}

#[test]
fn conditions_that_choose_nothing_are_refused_before_the_run() {
    let refused = |set: &str, message: &str, remedy: &str| {
        let said = stderr(&declared().camlab("plan", &["--set", set]).failure().code(2));
        assert!(said.contains(message) && said.contains(remedy), "{said}");
    };
    refused(
        "claim.0.better.where={ \"training.epochs\" = 2 }",
        "no configuration of the sweep has this value of `training.epochs`",
        "its values are 1, 3",
    );
    refused(
        "claim.0.better.where={ \"training.epoch\" = 3 }",
        "`where` names `training.epoch`, which is not swept",
        "did you mean `training.epochs`?",
    );
    refused(
        "claim.0.than.where={ \"training.epochs\" = 3 }",
        "`cam · layer2 (kaiming)` is compared with itself",
        "a `where` with other values",
    );
    refused(
        "claim.0.than.where={ \"training.epochs\" = [1, 3] }",
        "`where` of `than` leaves several configurations for one of the other side",
        "name one value of every key",
    );
}
