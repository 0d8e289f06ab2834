use camlab::frame::RunRow;
use serde_json::Value;

use super::fixture::Fabricated;
use super::{json, list, result, written};

fn golden() -> Value {
    serde_json::from_str(&std::fs::read_to_string("fixtures/golden/compared/golden.json").unwrap()).unwrap()
}

/// The report of one side of the golden numbers.
fn of_golden(golden: &Value, name: &str, side: usize) -> Fabricated {
    let numbers = |values: &Value| -> Vec<f32> {
        values.as_array().unwrap().iter().map(|number| number.as_f64().unwrap() as f32).collect()
    };
    let seeds = |map: &Value| -> Vec<Vec<(f32, f32)>> {
        let of = |key: &str| map[side][key].as_array().unwrap().iter().map(numbers).collect::<Vec<_>>();
        of("iou").into_iter().zip(of("kl")).map(|(iou, kl)| iou.into_iter().zip(kl).collect()).collect()
    };
    let maps = ["cam", "grad-cam"].map(|map| (map, seeds(&golden["maps"][map])));
    Fabricated { maps: maps.into(), ..Fabricated::new(name, 1, 0.5) }
}

/// Mean differences, intervals and p values are those of the plain NumPy reading, corrected p values statsmodels'.
#[test]
fn differences_are_numpys() {
    let golden = golden();
    let folder = written(&[&of_golden(&golden, "a", 0), &of_golden(&golden, "b", 1)]);
    let found = json(folder.path(), &["a", "b"]);
    for wanted in list(&golden, "measures") {
        let (method, metric) = (wanted["method"].as_str().unwrap(), wanted["metric"].as_str().unwrap());
        let row = result(&found, method, metric);
        let difference = &row["differences"][1];
        let number = |value: &Value| value.as_f64().unwrap_or_else(|| panic!("no number in {row}"));
        let exact = |found: &Value, wanted: &Value, what: &str| {
            let (found, wanted) = (number(found), number(wanted));
            assert!((found - wanted).abs() < 1e-6, "{method} {metric} {what}: {found}, not {wanted}");
        };
        exact(&row["values"][0]["value"], &wanted["first"], "first");
        exact(&row["values"][1]["value"], &wanted["other"], "other");
        exact(&difference["difference"], &wanted["difference"], "difference");
        for (key, of) in
            [("ci_low", "low"), ("ci_high", "high"), ("effect", "effect"), ("p", "p"), ("p_holm", "p_holm")]
        {
            exact(&difference[key], &wanted[of], key);
        }
        assert_eq!(difference["scope"], wanted["scope"]);
        assert_eq!((&difference["images"], &difference["paired"]), (&150.into(), &true.into()));
        assert_eq!(row["values"][0]["seeds"], 2);
        let wanted = match (method, metric) {
            ("cam", _) => "better",
            _ => "open",
        };
        assert_eq!(difference["finding"], wanted, "{method} {metric}");
    }
}

#[test]
fn a_report_beside_its_copy_differs_in_nothing() {
    let own = Fabricated::new("same", 60, 0.6);
    let folder = written(&[&own]);
    own.write(&folder.path().join("copy"));
    let found = json(folder.path(), &["same", "copy"]);
    assert!(
        list(&found["configuration"], "different").is_empty() && list(&found["run"], "different").is_empty()
    );
    assert!(found["configuration"]["equal"].as_u64().unwrap() > 3);
    let rows = list(&found, "results");
    assert_eq!(rows.len(), 4);
    for difference in rows.iter().map(|row| &row["differences"][1]) {
        assert_eq!(difference["finding"], "equal");
        assert!(["difference", "ci_low", "ci_high"].iter().all(|key| difference[key] == 0.0), "{difference}");
        assert_eq!(difference["p"], 1.0);
    }
    for key in ["training", "cost"] {
        assert!(list(&found, key).iter().all(|row| row["differences"][1]["difference"] == 0.0), "{key}");
    }
    assert!(list(&found, "alone").iter().all(|places| places.as_array().unwrap().is_empty()));
}

#[test]
fn the_other_way_round_every_sign_changes() {
    let folder = written(&[&Fabricated::new("a", 80, 0.5), &Fabricated::new("b", 80, 0.7)]);
    let (forth, back) = (json(folder.path(), &["a", "b"]), json(folder.path(), &["b", "a"]));
    for row in list(&forth, "results") {
        let other = result(&back, row["method"].as_str().unwrap(), row["metric"].as_str().unwrap());
        let number = |row: &Value, key: &str| row["differences"][1][key].as_f64().unwrap();
        let close = |one: f64, other: f64| assert!((one + other).abs() < 1e-9, "{one} and {other}");
        close(number(row, "difference"), number(other, "difference"));
        close(number(row, "ci_low"), number(other, "ci_high"));
        close(number(row, "p"), -number(other, "p"));
        let findings = [row, other].map(|row| row["differences"][1]["finding"].as_str().unwrap());
        let turned = findings[0].replace("better", "?").replace("worse", "better").replace('?', "worse");
        assert_eq!(turned, findings[1]);
    }
    // Higher skill: more boxes, less divergence.
    assert_eq!(
        result(&forth, "cam", "max-box-acc-v2")["differences"][1]["finding"],
        "better-for-these-networks"
    );
    assert_eq!(result(&forth, "cam", "kl")["differences"][1]["finding"], "better-for-these-networks");
    assert!(result(&forth, "cam", "kl")["differences"][1]["difference"].as_f64().unwrap() < 0.0);
}

#[test]
fn other_images_are_not_paired() {
    let first = Fabricated::new("a", 60, 0.5);
    let others = Fabricated { image: |at| format!("other-{at:04}"), ..Fabricated::new("b", 60, 0.7) };
    let moved = Fabricated { truth: [0, 0, 9, 9], ..Fabricated::new("c", 60, 0.7) };
    let fewer = Fabricated::new("d", 20, 0.7);
    let folder = written(&[&first, &others, &moved, &fewer]);
    let found = json(folder.path(), &["a", "b", "c", "d"]);
    let row = result(&found, "cam", "kl");
    let [b, c, d] = [1, 2, 3].map(|at| &row["differences"][at]);
    let value = |at: usize| row["values"][at]["value"].as_f64().unwrap();
    assert_eq!(b["reason"], "not paired: other images");
    assert_eq!(c["reason"], "not paired: other ground truth of 60 of 60 images, such as shape-0000");
    for (at, difference) in [(1, b), (2, c)] {
        assert_eq!((&difference["finding"], &difference["ci_low"]), (&"untested".into(), &Value::Null));
        assert!((difference["difference"].as_f64().unwrap() - (value(at) - value(0))).abs() < 1e-12);
    }
    // 20 images are in both: paired over these, and too few to tell.
    assert_eq!(
        (&d["finding"], &d["images"], &d["p_holm"]),
        (&"too-few-images".into(), &20.into(), &Value::Null)
    );
    let first_images = first.maps[0].1[0].iter().take(20).map(|(_, kl)| f64::from(*kl)).sum::<f64>() / 20.0;
    assert!((d["difference"].as_f64().unwrap() - (value(3) - first_images)).abs() < 1e-9);
}

#[test]
fn renamed_networks_and_single_methods_stand_beside_each_other() {
    let first = Fabricated::new("a", 40, 0.5);
    let mut other = Fabricated::new("b", 40, 0.5);
    other.network = "he".into();
    other.toml = other.toml.replace("\"kaiming\"", "\"he\"");
    other.maps.retain(|(method, _)| *method == "cam");
    let folder = written(&[&first, &other]);
    let found = json(folder.path(), &["a", "b"]);
    let matches = list(&found, "matches");
    assert_eq!(matches.len(), 1, "{matches:?}");
    assert_eq!((&matches[0]["first"], &matches[0]["other"]), (&"kaiming".into(), &"he".into()));
    assert_eq!(result(&found, "cam", "kl")["differences"][1]["finding"], "equal");
    let keys: Vec<&Value> =
        list(&found["configuration"], "different").iter().map(|row| &row["key"]).collect();
    assert_eq!(keys, ["init.kaiming.name", "name"]);
    assert_eq!(found["alone"][0][0]["method"], "grad-cam");
    assert!(found["alone"][1].as_array().unwrap().is_empty());
    // The other map is compared if the user says so; the first then stands alone.
    let found = json(folder.path(), &["a", "b", "--map", "grad-cam=cam"]);
    assert_eq!(found["alone"][0][0]["method"], "cam");
    assert_ne!(result(&found, "grad-cam", "kl")["differences"][1]["difference"], 0.0);
}

#[test]
fn configurations_of_a_sweep_are_compared_by_name() {
    let mut sweep = Fabricated::new("sweep", 40, 0.5);
    sweep.configurations = vec!["lr = 0.1".into(), "lr = 0.2".into()];
    let one = Fabricated::new("one", 40, 0.5);
    let folder = written(&[&sweep, &one]);
    let words = |arguments: &[&str]| {
        let found = json(folder.path(), arguments);
        list(&found, "reports").iter().map(|report| report["configuration"].to_string()).collect::<Vec<_>>()
    };
    assert_eq!(words(&["sweep:c00", "sweep:c01"]), ["\"c00: lr = 0.1\"", "\"c01: lr = 0.2\""]);
    assert_eq!(words(&["sweep:c01-s0", "one"]), ["\"c01: lr = 0.2\"", "\"base\""]);
    assert_eq!(words(&["sweep:best", "sweep:lr = 0.2"]), ["\"c00: lr = 0.1\"", "\"c01: lr = 0.2\""]);
    assert_eq!(words(&["one", "sweep:c01"])[1], "\"c01: lr = 0.2\"");
}

#[test]
fn seeds_code_and_machine_are_told_apart() {
    let first = Fabricated::new("a", 40, 0.5);
    let mut other = Fabricated::new("b", 40, 0.5);
    other.facts[1].1 = "0ff0ff0ff0 with uncommitted changes".into();
    let folder = written(&[&first, &other]);
    let found = json(folder.path(), &["a", "b"]);
    let rows = list(&found["run"], "different");
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert_eq!(rows[0]["key"], RunRow::COMMIT);
    assert_eq!(found["run"]["equal"], 6);
}
