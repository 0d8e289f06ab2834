use std::path::{Path, PathBuf};

use super::*;
use crate::entry::{ExperimentKeys, IndexedReport};
use crate::facts::{ConfigurationFacts, MetricFacts, ReportFacts, ResultFacts};
use crate::labels::ReportLabels;
use crate::value::ExperimentValue;

fn metric(name: &str, title: &str, higher: bool) -> MetricFacts {
    MetricFacts { name: name.into(), title: title.into(), unit: "%".into(), higher }
}

/// A report with the metrics of its results, methods m0, m1, ... and a baseline last.
fn report(name: &str, started: &str, metrics: Vec<MetricFacts>, values: &[&[Option<f64>]]) -> IndexedReport {
    let mut names = vec!["kaiming".to_owned(), "baseline".to_owned(), "layer4".to_owned()];
    let row = |place: usize| {
        names.push(format!("m{place}"));
        ResultFacts {
            configuration: place % 2,
            names: [0, 3 + place, 2],
            baseline: false,
            seeds: 3,
            images: 20,
        }
    };
    let mut rows: Vec<ResultFacts> = (0..values.len()).map(row).collect();
    if let Some(last) = rows.last_mut().filter(|_| values.len() > 1) {
        last.baseline = true;
        last.names[0] = 1;
    }
    let configuration = |rate: f64| ConfigurationFacts {
        label: format!("lr = {rate}"),
        backbone: "resnet50".into(),
        swept: vec![("training.lr".into(), ExperimentValue::Number(rate))],
    };
    let mut facts = ReportFacts {
        experiment: name.into(),
        started: started.into(),
        seconds: Some(90.0),
        metrics,
        names,
        configurations: vec![configuration(0.1), configuration(0.01)],
        rows,
        ..ReportFacts::default()
    };
    facts.set_values(values.iter().flat_map(|row| row.iter().copied()));
    let keys = [
        ("training.epochs".to_owned(), ExperimentValue::Number(5.0)),
        ("training.nesterov".to_owned(), ExperimentValue::Truth(true)),
        ("maps.0.methods".to_owned(), ExperimentValue::Texts(vec!["cam".into(), "grad-cam".into()])),
    ];
    IndexedReport {
        folder: PathBuf::from("/here/reports").join(name),
        facts: Ok(facts),
        labels: ReportLabels::default(),
        keys: ExperimentKeys::new(&keys),
    }
}

fn listing() -> RunListing {
    let accuracy = || metric("max-box-acc-v2", "MaxBoxAccV2", true);
    let divergence = || metric("kl", "KL", false);
    let mut tagged = report(
        "a",
        "2026-11-01T10:00:00.000Z",
        vec![accuracy(), divergence()],
        &[&[Some(50.0), Some(2.0)], &[Some(60.0), Some(3.0)], &[Some(90.0), Some(1.0)]],
    );
    tagged.labels = ReportLabels { tags: vec!["best".into()], note: "a note".into() };
    let other = report(
        "b",
        "2026-11-02T10:00:00.000Z",
        vec![divergence(), accuracy()],
        &[&[None, Some(70.0)], &[None, Some(40.0)]],
    );
    let mut broken = report("c", "", Vec::new(), &[]);
    broken.facts = Err("no frames".into());
    RunListing::new(vec![tagged, other, broken], Path::new("/here"))
}

/// The selected rows as `experiment folder/method`.
fn selected(listing: &RunListing, query: &ListQuery) -> Vec<String> {
    let text = |row: &ListedRow, column: RunColumn| match listing.field(row, &ListColumn::Run(column)) {
        Some(FieldValue::Text(text)) => text.to_owned(),
        _ => "-".to_owned(),
    };
    let rows = listing.select(query);
    rows.iter().map(|row| text(row, RunColumn::Run) + " " + &text(row, RunColumn::Method)).collect()
}

fn matching(listing: &mut RunListing, expression: &str) -> Vec<String> {
    let condition = RowCondition::new(expression, listing).unwrap_or_else(|error| panic!("{error}"));
    selected(listing, &ListQuery { condition: Some(condition), all: true, ..ListQuery::default() })
}

#[test]
fn a_run_is_listed_by_its_best_row_and_baselines_do_not_count() {
    let mut listing = listing();
    let usual = selected(&listing, &ListQuery::default());
    // The first metric of `b` has no value; its baseline is no better row.
    assert_eq!(usual, ["reports/b m0", "reports/a m1", "reports/c -"]);
    let sort = Some(listing.column("KL").unwrap());
    let by_divergence = ListQuery { sort: sort.clone(), ..ListQuery::default() };
    assert_eq!(selected(&listing, &by_divergence), ["reports/a m0", "reports/b m0", "reports/c -"]);
    let all = ListQuery { sort, all: true, reverse: true, limit: Some(4), ..ListQuery::default() };
    assert_eq!(selected(&listing, &all), ["reports/a m1", "reports/a m0", "reports/a m2", "reports/b m0"]);
    let baseline = RowCondition::new("network == baseline", &mut listing).unwrap();
    let query = ListQuery { condition: Some(baseline), ..ListQuery::default() };
    assert_eq!(selected(&listing, &query), ["reports/b m1", "reports/a m2"]);
}

#[test]
fn names_of_columns_ignore_case_and_signs() {
    let mut listing = listing();
    for name in ["maxboxaccv2", "MaxBoxAccV2", "max-box-acc-v2", "MAX_BOX acc v2"] {
        assert_eq!(listing.column(name), Ok(ListColumn::Metric(0)), "{name}");
    }
    assert_eq!(listing.column("Tag"), Ok(ListColumn::Run(RunColumn::Tags)));
    assert_eq!(listing.column("Training.LR"), Ok(ListColumn::Key(0)));
    let mut near = |name: &str| listing.column(name).unwrap_err().near;
    assert_eq!(near("networt").as_deref(), Some("network"));
    assert_eq!(near("lr").as_deref(), Some("training.lr"));
    assert_eq!(near("maxboxacv2").as_deref(), Some("max-box-acc-v2"));
    assert_eq!(near("zzz"), None);
    assert_eq!(listing.column("").unwrap_err().near, None);
}

#[test]
fn expressions_select_rows() {
    let mut listing = listing();
    for (expression, found) in [
        ("network == resnet50 and maxboxaccv2 > 55", &["reports/b m0", "reports/a m1"][..]),
        ("network == kaiming and kl <= 2", &["reports/a m0"]),
        ("kl > 0", &["reports/a m0", "reports/a m1", "reports/a m2"]),
        ("has(kl) and kl < 1.5", &["reports/a m2"]),
        ("not has(kl)", &["reports/b m0", "reports/b m1", "reports/c -"]),
        ("not kl > 2", &["reports/b m0", "reports/b m1", "reports/a m0", "reports/a m2", "reports/c -"]),
        ("tag == best and training.lr == 0.01", &["reports/a m1"]),
        ("tag != best and method in [m0, m1]", &["reports/b m0", "reports/b m1"]),
        ("has(tag) and method == m2", &["reports/a m2"]),
        ("started > 2026-11-01 and method ~ 'm*'", &["reports/b m0", "reports/b m1"]),
        ("note contains note and training.nesterov and method == m0", &["reports/a m0"]),
        (
            "maps.0.methods contains grad-cam and training.epochs == 5 and method == m0",
            &["reports/b m0", "reports/a m0"],
        ),
        ("state == unreadable", &["reports/c -"]),
        ("run ~ '*/c'", &["reports/c -"]),
        ("backbone == resnet50 and method == m2", &[]),
    ] {
        assert_eq!(matching(&mut listing, expression), found, "{expression}");
    }
}

#[test]
fn mistakes_name_the_column() {
    let mut listing = listing();
    let mut failed = |expression: &str| {
        let error = RowCondition::new(expression, &mut listing).unwrap_err();
        (expression[error.span.clone()].to_owned(), error.message, error.remedy)
    };
    let (place, message, remedy) = failed("network == a and layr == b");
    assert_eq!((&*place, &*message), ("layr", "no column is named `layr`"));
    assert_eq!(remedy, "did you mean `layer`?");
    assert_eq!(failed("maxboxaccv2 > high").0, "high");
    assert_eq!(failed("network and kl > 1").1, "`network` is neither true nor false");
}
