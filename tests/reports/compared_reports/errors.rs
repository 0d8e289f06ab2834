use super::fixture::Fabricated;
use super::{error, written};

#[test]
fn folders_without_a_report_are_named() {
    let folder = written(&[&Fabricated::new("baseline", 5, 0.5)]);
    let place = folder.path();
    let found = error(place, &["baseline", "nothing-like-it"]);
    assert!(
        found.contains(
            "no report in nothing-like-it or reports/nothing-like-it; `camlab run FILE` writes one"
        ),
        "{found}"
    );
    assert!(error(place, &["baseline", "basline"]).contains("did you mean `baseline`?"));
    std::fs::create_dir(place.join("empty")).unwrap();
    let found = error(place, &["baseline", "empty"]);
    assert!(
        found.contains("empty has no run.parquet: it is no report, or one of an earlier camlab"),
        "{found}"
    );
    std::fs::remove_file(place.join("reports/baseline/images.parquet")).unwrap();
    let found = error(place, &["baseline", "baseline"]);
    assert!(found.contains("has no images.parquet") && found.contains("`camlab run FILE`"), "{found}");
}

#[test]
fn one_report_twice_is_an_error() {
    let mut sweep = Fabricated::new("sweep", 5, 0.5);
    sweep.configurations = vec!["lr = 0.1".into(), "lr = 0.2".into()];
    let folder = written(&[&Fabricated::new("one", 5, 0.5), &sweep]);
    let found = error(folder.path(), &["one", "reports/one"]);
    assert!(found.contains("one and reports/one are the same report; name another"), "{found}");
    let found = error(folder.path(), &["sweep:c00", "sweep:c00"]);
    assert!(found.contains("or two of its configurations, such as c00 and c01"), "{found}");
}

#[test]
fn configurations_are_listed() {
    let mut sweep = Fabricated::new("sweep", 5, 0.5);
    sweep.configurations = vec!["lr = 0.1".into(), "lr = 0.2".into()];
    let folder = written(&[&Fabricated::new("one", 5, 0.5), &sweep]);
    let found = error(folder.path(), &["one", "sweep"]);
    assert!(
        found.contains("sweep has 2 configurations; name one, such as sweep:c00, or sweep:best"),
        "{found}"
    );
    assert!(found.contains("c01  lr = 0.2"), "{found}");
    let found = error(folder.path(), &["one", "sweep:C01"]);
    assert!(found.contains("no configuration or cell `C01`; did you mean `c01`?"), "{found}");
}

#[test]
fn names_and_metrics_that_are_not_there_have_suggestions() {
    let folder = written(&[&Fabricated::new("a", 5, 0.5), &Fabricated::new("b", 5, 0.6)]);
    let found = error(folder.path(), &["a", "b", "--metric", "max-box-acc-v3"]);
    assert!(found.contains("did you mean `max-box-acc-v2`? they have: kl, max-box-acc-v2"), "{found}");
    let found = error(folder.path(), &["a", "b", "--map", "grad-cm=cam"]);
    assert!(found.contains("`grad-cm` is no network, method or layer of the first report"), "{found}");
    assert!(found.contains("did you mean `grad-cam`?"), "{found}");
    assert!(error(folder.path(), &["a", "b", "--map", "cam"]).contains("write --map FIRST=OTHER"));
}
