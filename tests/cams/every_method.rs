//! Properties of every method of the registry: no result depends on how many images go together, on their number or on
//! the threads; no map holds anything but numbers; and one row of the registry is all that names a method.

use crate::support::method;
use crate::support::small::{SIZE, images, network, part};
use camlab::config::{MapOptions, Refine};
use camlab::engine::Precision;
use camlab::explain::{CamExtractor, CamOutput};
use camlab::nn::{Images, Network};
use camlab::parts::cam::{CamSpec, Needs};
use camlab::raster::Flag;

/// Methods whose defaults are meant for larger machines than a test, with fewer samples.
const FEWER: &[(&str, &str)] = &[
    ("rise", "{ rise = { masks = 60 } }"),
    ("ss-cam", "{ ss-cam = { samples = 3 } }"),
    ("is-cam", "{ is-cam = { samples = 3 } }"),
    ("integrated-gradients", "{ integrated-gradients = { steps = 4 } }"),
];

/// Every method that looks at a network, with its defaults as far as possible.
fn methods() -> Vec<CamSpec> {
    let of = |name: &&str| {
        let fewer = FEWER.iter().find(|(fewer, _)| fewer == name);
        method(fewer.map_or(&format!("'{name}'"), |(_, toml)| toml))
    };
    CamSpec::NAMES.iter().map(of).filter(|spec| spec.cam().is_some()).collect()
}

/// Layers where a method is defined.
fn layers(spec: &CamSpec) -> Vec<Vec<String>> {
    let cam = spec.cam().expect("a method that looks");
    let of = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    match cam.joins() {
        Some(_) => vec![of(&["middle", "last"])],
        None if cam.needs() == Needs::Classifier => vec![of(&["last"])],
        None => vec![of(&["middle"]), of(&["last"])],
    }
}

fn looks() -> Vec<MapOptions> {
    vec![
        MapOptions::default(),
        MapOptions { aug_smooth: true, ..MapOptions::default() },
        MapOptions { refine: Some(Refine { steps: 2, ..Refine::default() }), ..MapOptions::default() },
    ]
}

fn outputs(
    network: &Network,
    spec: &CamSpec,
    layers: &[String],
    look: &MapOptions,
    images: &Images,
) -> Vec<CamOutput> {
    let extractor = CamExtractor::with(network, spec, layers, look, Precision::F32, SIZE, 8).expect("layers");
    // Two classes, so that what several classes share is looked at too.
    extractor.maps_for(images, &[2, 0]).expect("maps")
}

#[test]
fn nothing_depends_on_batches_numbers_or_threads() {
    let (network, images) = (network(), images(6));
    let pools = [1, 3, 64]
        .map(|threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads"));
    for spec in methods() {
        for layers in layers(&spec) {
            for look in looks() {
                let name = format!("{} at {layers:?}, {look:?}", spec.name());
                let all = outputs(&network, &spec, &layers, &look, &images);
                for ((first, count), pool) in [(0, 1), (4, 1), (1, 3)].into_iter().zip(&pools) {
                    let few = pool
                        .install(|| outputs(&network, &spec, &layers, &look, &part(&images, first, count)));
                    let which = format!("{count} images from {first}, {pool:?}");
                    assert!(few[..] == all[first..first + count], "{name}: {which}");
                }
            }
        }
    }
}

#[test]
fn maps_hold_numbers_and_flags_say_what_is_odd() {
    let (network, all) = (network(), images(2));
    // An image of one colour leaves methods with little to see.
    let grey = Images { pixels: vec![0.0; all.pixels.len()].into(), ..all.clone() };
    for images in [&all, &grey] {
        for spec in methods() {
            for layers in layers(&spec) {
                for output in outputs(&network, &spec, &layers, &MapOptions::default(), images) {
                    let name = spec.name();
                    assert!(output.map.data.iter().all(|value| value.is_finite()), "{name} at {layers:?}");
                    let seen = Flag::of(&output.map);
                    assert!(output.flag == seen || output.flag == Flag::Nan, "{name}: {:?}", output.flag);
                    assert!(output.forwards >= 1, "{name}: {} passes", output.forwards);
                }
            }
        }
    }
}

/// "One file and one registry row": apart from its row, no source names a method's variant.
#[test]
fn a_method_is_named_in_its_row_alone() {
    let mut named = Vec::new();
    for entry in walkdir::WalkDir::new("src") {
        let path = entry.expect("a file").into_path();
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a source");
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for (number, line) in code.lines().enumerate() {
            let variant = |rest: &str| rest.chars().next().is_some_and(char::is_uppercase);
            let constants = ["WHAT", "NAMES"];
            let mut uses = line.split("CamSpec::").skip(1);
            if uses.any(|rest| variant(rest) && !constants.iter().any(|name| rest.starts_with(name))) {
                named.push(format!("{}:{}: {}", path.display(), number + 1, line.trim()));
            }
        }
    }
    // What another part takes where the file names none is its default, not a rule about the variant.
    let defaults = ["parts/cam/refine_cam.rs", "parts/threshold/pseudo_boxes.rs"];
    named.retain(|line| !defaults.iter().any(|file| line.contains(file)));
    assert!(named.is_empty(), "{}", named.join("\n"));
    // Within the registry's own file, what every report includes is picked by variant, and CAM itself, which prediction
    // analysis takes where the file names no method.
    let text = std::fs::read_to_string("src/parts/cam/mod.rs").expect("the registry");
    let own: Vec<&str> =
        text.lines().filter(|line| line.contains("Self::") && line.contains("::default())")).collect();
    assert_eq!(own.len(), 2, "{own:?}");
}
