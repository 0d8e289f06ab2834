use std::collections::HashSet;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use camlab::base::{file, terminal};
use camlab::data::path::{DataPath, InnerPath};
use camlab::data::{ClassList, ExifOrientation, InputSize, InputSpec, OnBadImage, ResampleFilter};
use camlab::engine::Precision;
use camlab::nn::Network;
use camlab::nn::graph::Graph;
use camlab::parts::backbone::BackboneSpec;
use camlab::parts::cam::{CamSpec, Needs};
use camlab::parts::init::{InitSpec, PretrainedOptions};
use camlab::plan::Plan;
use camlab::raster::{Map, Rgb, encode, min_max, overlay, resize};
use camlab::run::gather;
use camlab::run::probe::{Probe, ProbeOutput, ProbeRequest};
use camlab::stage::Verbosity;
use camlab::store::Store;

use super::npy::{replace, write_npy};
use super::{check_file, error_text, load, part, show};
use crate::cli::CamArgs;

/// Opacity of the map over the image in an overlay, from 0 to 1.
const OPACITY: f32 = 0.5;
/// Folder of the overlays if none is named.
const OUT: &str = "cams";

/// Computes CAMs of photographs and writes overlays, or one map as NPY.
pub fn cam(arguments: &CamArgs, verbosity: Verbosity) -> anyhow::Result<()> {
    let method: CamSpec = part::parse("--method", &arguments.method)?;
    match (&arguments.image, &arguments.out) {
        (Some(image), Some(out)) => one_map(arguments, &method, image, out, verbosity),
        _ => photographs(arguments, &method, verbosity),
    }
}

/// Writes one map as NPY.
fn one_map(
    arguments: &CamArgs,
    method: &CamSpec,
    image: &Path,
    out: &Path,
    verbosity: Verbosity,
) -> anyhow::Result<()> {
    check_file("--out", out)?;
    arguments.overlay.iter().try_for_each(|path| check_file("--overlay", path))?;
    let (probe, layer) = of_experiment(arguments, method)?;
    let target = arguments.target.as_deref();
    let answer = probe.ask(&ProbeRequest { image, method, layer: &layer, target })?;
    let InputSize { height, width } = probe.input.size;
    let full = resize(&answer.map, height, width, arguments.interpolation.into());
    let map = if arguments.native { &answer.map } else { &full };
    write_npy(out, &[map.height, map.width], &map.data)?;
    if let Some(path) = &arguments.overlay {
        write_overlay(path, &answer.photo, &full)?;
    }
    if verbosity > Verbosity::Quiet {
        let (predicted, probability) = answer.ranked.first().context("the network has no classes")?;
        show(&format!(
            "predicted: {predicted} ({:.1} %)\nmap of: {} · {} · {layer} · {}x{}\nwrote {}\n",
            100.0 * probability,
            answer.target,
            method.name(),
            map.height,
            map.width,
            out.display()
        ))?;
    }
    Ok(())
}

/// Writes an overlay of every photograph and prints its most probable classes. A photograph that cannot be read does not
/// stop the others.
fn photographs(arguments: &CamArgs, method: &CamSpec, verbosity: Verbosity) -> anyhow::Result<()> {
    let folder = arguments.out.as_deref().unwrap_or(Path::new(OUT));
    anyhow::ensure!(!folder.is_file(), "--out {} is a file; name a folder", folder.display());
    let failed = || format!("cannot write into {}; name another folder with --out", folder.display());
    file::check_writable(folder).with_context(failed)?;
    let (probe, layer) = match &arguments.weights {
        Some(weights) => of_weights(arguments, method, weights)?,
        None => of_experiment(arguments, method)?,
    };
    if let Some(target) = &arguments.target {
        // Before the folder is made and the first photograph read.
        camlab::explain::target::class_of(target, &probe.classes)?;
    }
    std::fs::create_dir_all(folder).with_context(failed)?;
    let InputSize { height, width } = probe.input.size;
    let (mut names, mut broken) = (HashSet::new(), 0);
    for image in &arguments.photos {
        let target = arguments.target.as_deref();
        let answer = match probe.ask(&ProbeRequest { image, method, layer: &layer, target }) {
            Ok(answer) => answer,
            Err(error) if arguments.photos.len() == 1 => return Err(error),
            Err(error) => {
                broken += 1;
                terminal::note(error_text(&error));
                continue;
            }
        };
        let full = resize(&answer.map, height, width, arguments.interpolation.into());
        let path = overlay_path(folder, image, &mut names);
        let is_photo = |photo: &PathBuf| same_file(photo, &path);
        anyhow::ensure!(
            !arguments.photos.iter().any(is_photo),
            "the overlay {} would replace a photograph; name another folder with --out",
            path.display()
        );
        write_overlay(&path, &answer.photo, &full)?;
        if verbosity > Verbosity::Quiet {
            show(&line(image, &answer, &path))?;
        }
    }
    let count = arguments.photos.len();
    anyhow::ensure!(broken == 0, "{broken} of {count} photographs have no map (causes above)");
    Ok(())
}

/// A photograph's classes and the place of its overlay.
fn line(image: &Path, answer: &ProbeOutput, path: &Path) -> String {
    let classes = answer.ranked.iter().map(|(name, share)| format!("{name} {:.1} %", 100.0 * share));
    let classes: Vec<String> = classes.collect();
    let written = path.display();
    format!("{}: {}\n  map of {}: {written}\n", image.display(), classes.join(", "), answer.target)
}

/// `true` if two paths name one existing file.
fn same_file(one: &Path, other: &Path) -> bool {
    one.canonicalize().ok().zip(other.canonicalize().ok()).is_some_and(|(one, other)| one == other)
}

/// The file of an overlay: the photograph's name, with a number if another one has it.
fn overlay_path(folder: &Path, image: &Path, names: &mut HashSet<String>) -> PathBuf {
    let stem = image.file_stem().map_or_else(|| "photograph".into(), |stem| stem.to_string_lossy());
    let numbered = (2..).map(|number| format!("{stem}-{number}"));
    let mut candidates = std::iter::once(stem.to_string()).chain(numbered);
    let name = candidates.find(|name| names.insert(name.clone())).unwrap_or_default();
    folder.join(format!("{name}.png"))
}

/// The network of an experiment's first cell, and the layer.
fn of_experiment(arguments: &CamArgs, method: &CamSpec) -> anyhow::Result<(Probe, String)> {
    let file = arguments.experiment.as_ref().context("--experiment is missing")?;
    let loaded = load(file, &arguments.overrides.set)?;
    let cell = loaded.cells.first().context("the experiment has no cell")?;
    let layer = layer(&cell.experiment.graph(2)?, method, arguments.layer.as_deref())?;
    let store = Store::new(&arguments.store.store);
    let facts = gather(&loaded.cells, &arguments.store.cache(), &store)?;
    let plan = Plan::new(loaded.cells, &facts).map_err(anyhow::Error::msg)?;
    Ok((Probe::of_plan(&plan, &facts, &store, arguments.network.as_deref())?, layer))
}

/// A backbone with weights from a file, and the layer.
fn of_weights(arguments: &CamArgs, method: &CamSpec, weights: &Path) -> anyhow::Result<(Probe, String)> {
    anyhow::ensure!(
        arguments.overrides.set.is_empty(),
        "--set changes an experiment, and --weights has none; use --backbone, --input and --normalise"
    );
    let backbone: BackboneSpec = part::parse("--backbone", &arguments.backbone)?;
    let classes = match arguments.classes.parse() {
        Ok(count) => ClassList::Count(count),
        Err(_) => ClassList::File(InnerPath::new(&arguments.classes)),
    };
    let classes = classes.names(Path::new("")).with_context(|| format!("--classes {}", arguments.classes))?;
    let mut network = Network::new(backbone.build(classes.len())?);
    let layer = layer(network.graph(), method, arguments.layer.as_deref())?;
    let checkpoint = DataPath::new(weights.display().to_string());
    let init = InitSpec::Pretrained(PretrainedOptions { checkpoint, ..Default::default() });
    init.apply(&mut network, 0).with_context(|| {
        format!(
            "--weights {} does not fit --backbone {} with {} classes (--classes)",
            weights.display(),
            arguments.backbone,
            classes.len()
        )
    })?;
    let input = InputSpec {
        size: InputSize::square(usize::from(arguments.input)),
        normalise: part::parse("--normalise", &arguments.normalise)?,
        filter: ResampleFilter::default(),
    };
    let (on_bad_image, exif, precision) = (OnBadImage::Convert, ExifOrientation::Apply, Precision::F32);
    Ok((Probe { network, classes, input, on_bad_image, exif, precision }, layer))
}

/// The layer of the command line, or the one that feeds the classifier.
fn layer(graph: &Graph, method: &CamSpec, named: Option<&str>) -> anyhow::Result<String> {
    let name = named.or_else(|| graph.last_feature());
    let name =
        name.context("the backbone has no layer that feeds the classifier by a mean; name one with --layer")?;
    let node = graph.tap(name)?;
    if method.cam().is_some_and(|cam| cam.needs() == Needs::Classifier) && !graph.feeds_global_pool(node) {
        anyhow::bail!(
            "`{}` is not defined at `{name}`: --layer must be the layer that feeds the classifier",
            method.name()
        );
    }
    Ok(name.to_string())
}

fn write_overlay(path: &Path, photo: &Rgb, map: &Map) -> anyhow::Result<()> {
    let drawn = overlay::overlay(photo, &min_max(map), OPACITY);
    replace(path, &encode::png(&drawn)?)
}
