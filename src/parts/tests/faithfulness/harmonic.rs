//! Coherency, L1 complexity and their harmonic means with other scores: ADCC and ARCC.

use camlab_parts::metric::{
    Adcc, Alteration, Arcc, AverageDrop, Coherency, ImageColumns, L1Complexity, Metric, Road,
};
use camlab_raster::Map;
use serde_json::Value;

use crate::network::{engine, passed, scenes};
use crate::support::golden::{golden, list, near, number, size};
use crate::support::scene::{Scene, estimator, first, measured, measurement, push, value};

/// The maps that `-` of make.py turns round.
fn map_of(scenes: &[Scene], name: &Value) -> Map {
    let name = name.as_str().expect("a name");
    let mut map = scenes[name.trim_start_matches('-').parse::<usize>().expect("a number")].map.clone();
    if name.starts_with('-') {
        map.data.iter_mut().for_each(|value| *value = 1.0 - *value);
    }
    map
}

/// pytorch-grad-cam adds 1e-8 to every denominator, and computes the first two in f32.
#[test]
fn arcc_and_its_parts_are_pytorch_grad_cams() {
    let golden = golden();
    let scenes = scenes(&golden);
    let engine = engine(&golden, [scenes[0].map.height, scenes[0].map.width]);
    let quiet = Road { percentiles: vec![20.0, 40.0, 60.0, 80.0], noise: 0.0 };
    let mut rows = ImageColumns::default();
    for case in list(&golden["arcc"]) {
        let picture = &scenes[size(&case["picture"])];
        let again = vec![map_of(&scenes, &case["changed"])];
        let scene = Scene { map: map_of(&scenes, &case["map"]), again, ..picture.clone() };
        let coherency = measured(&Coherency {}, &scene);
        near(first(&coherency).expect("a correlation"), number(&case["coherency"]), 1e-6);
        push(&mut rows, &Coherency {}, coherency);
        let complexity = measured(&L1Complexity {}, &scene);
        near(first(&complexity).expect("a map"), number(&case["complexity"]), 1e-6);
        push(&mut rows, &L1Complexity {}, complexity);
        push(&mut rows, &quiet, passed(&quiet, &scene, &engine));
    }
    let road = quiet.estimator(&rows).images().swap_remove(0);
    // ARCC reads ROAD with noise, whose draws are not those of NumPy: here it finds the numbers without.
    let read = Arcc {}.measured_by().pop().expect("ROAD");
    let columns = measurement(read.metric()).columns();
    for (quiet, read) in measurement(&quiet).columns().iter().zip(&columns).filter(|(_, read)| !read.list) {
        let values = rows.quantities.remove(&quiet.name).expect("numbers");
        rows.quantities.insert(read.name.clone(), values);
    }
    let images = estimator(&Arcc {}, &rows).images().swap_remove(0);
    for ((case, road), arcc) in list(&golden["arcc"]).iter().zip(road).zip(&images) {
        near(road.expect("a value") / 100.0, number(&case["road"]), 1e-6);
        // An error of 1e-6 in ROAD, which is small beside the others, is one of up to 3 * 2 * 1e-6 in the harmonic mean.
        near(arcc.expect("a value") / 100.0, number(&case["arcc"]), 6e-6);
    }
    let mean = images.iter().flatten().sum::<f64>() / 4.0;
    near(value(&Arcc {}, &rows).expect("a mean"), mean, 1e-12);
}

/// By hand: coherency 0.8, complexity 0.25, probability 0.5 to 0.3 or ROAD 0.2.
#[test]
fn harmonic_means_by_hand() {
    let numbers = |coherency, complexity, masked, lerf: Option<f64>| {
        let column = |name: &str, value: Option<f64>| (name.to_owned(), vec![value]);
        let road = "road@percentiles=20+40+60+80";
        let quantities = [
            column("coherency", coherency),
            column("l1_complexity", complexity),
            column("whole_probability", Some(0.5)),
            column("masked_probability", masked),
            column(&format!("{road},morf"), lerf.map(|lerf| -lerf)),
            column(&format!("{road},lerf"), lerf),
        ];
        ImageColumns { quantities: quantities.into(), ..ImageColumns::default() }
    };
    let both = |rows: &ImageColumns| [value(&Adcc {}, rows), value(&Arcc {}, rows)];
    let [adcc, arcc] = both(&numbers(Some(0.8), Some(0.25), Some(0.3), Some(0.2)));
    near(adcc.expect("ADCC"), 300.0 / (1.0 / 0.8 + 1.0 / 0.75 + 1.0 / 0.6), 1e-10);
    // 0.2 is the mean of LeRF and the turned MoRF; it counts twice.
    near(arcc.expect("ARCC"), 300.0 / (1.0 / 0.8 + 1.0 / 0.75 + 1.0 / 0.4), 1e-10);
    // A rise is no drop; a ROAD above 0.5 counts as 0.5, below 0 as 0.
    let [adcc, arcc] = both(&numbers(Some(1.0), Some(0.0), Some(0.9), Some(0.7)));
    assert_eq!((adcc, arcc), (Some(100.0), Some(100.0)));
    // One score of 0 makes the mean 0.
    assert_eq!(both(&numbers(Some(0.8), Some(0.25), Some(0.0), Some(-0.1))), [Some(0.0); 2]);
    assert_eq!(both(&numbers(Some(0.0), Some(0.25), Some(0.5), Some(0.1))), [Some(0.0); 2]);
    assert_eq!(both(&numbers(Some(0.8), Some(1.0), Some(0.5), Some(0.1))), [Some(0.0); 2]);
    // Without one of them there is none.
    assert_eq!(both(&numbers(None, Some(0.25), Some(0.3), Some(0.2))), [None; 2]);
    assert_eq!(both(&numbers(Some(0.8), None, Some(0.3), Some(0.2))), [None; 2]);
    assert_eq!(both(&numbers(Some(0.8), Some(0.25), None, None)), [None; 2]);
    assert_eq!(both(&ImageColumns::default()), [None; 2]);
}

#[test]
fn coherency_is_that_of_the_multiplied_image() {
    assert_eq!(measurement(&Coherency {}).explained_again(), Some(Alteration::Masked));
    let map = Map::new(2, 2, vec![0.0, 0.25, 0.5, 1.0]);
    let of = |again: Vec<f32>| {
        let again = vec![Map::new(2, 2, again)];
        first(&measured(&Coherency {}, &Scene { again, ..Scene::of(map.clone()) }))
    };
    near(of(map.data.clone()).expect("a correlation"), 1.0, 1e-12);
    near(of(vec![1.0, 0.75, 0.5, 0.0]).expect("a correlation"), 0.0, 1e-12);
    // A linear change leaves the correlation as it is.
    near(of(vec![0.5, 0.625, 0.75, 1.0]).expect("a correlation"), 1.0, 1e-12);
    // Uncorrelated: deviations -7, -3, 1, 9 (sixteenths) times 1, -1, -1, 1 sum to 4 of 16 * 2 * sqrt(140 / 256).
    let wanted = (1.0 + 4.0 / (2.0 * 140f64.sqrt())) / 2.0;
    near(of(vec![1.0, 0.0, 0.0, 1.0]).expect("a correlation"), wanted, 1e-12);
    assert_eq!(of(vec![0.5; 4]), None);
}

/// ADCC reads what others measure, and has no columns of its own.
#[test]
fn the_parts_are_measured_once() {
    let columns = |metric: &dyn Metric| -> Vec<String> {
        let read = metric.measured_by();
        let columns = read.iter().flat_map(|spec| measurement(spec.metric()).columns());
        columns.filter(|column| !column.list).map(|column| column.name).collect()
    };
    assert!(Metric::measurement(&Adcc {}).is_none() && Metric::measurement(&Arcc {}).is_none());
    let drop = measurement(&AverageDrop::default()).columns();
    assert_eq!(columns(&Adcc {})[..2], ["coherency", "l1_complexity"]);
    assert_eq!(columns(&Adcc {})[2..], drop.iter().map(|column| column.name.clone()).collect::<Vec<_>>());
    let road = "road@percentiles=20+40+60+80";
    assert_eq!(columns(&Arcc {})[2..], [format!("{road},morf"), format!("{road},lerf")]);
}
