use std::path::Path;

use camlab::data::InputSize;
use camlab::parts::cam::{CamSpec, Needs};
use camlab::plan::Plan;
use camlab::raster::{Map, Rgb, encode, min_max, overlay, resize};
use camlab::run::gather;
use camlab::run::probe::{ProbeRequest, ask};
use camlab::stage::Verbosity;
use camlab::store::Store;

use super::npy::{replace, write_npy};
use super::{check_file, load, part, show};
use crate::cli::CamArgs;

/// Opacity of the map over the image in an overlay, from 0 to 1.
const OPACITY: f32 = 0.5;

/// Computes one CAM of one image and writes it unnormalised as NPY.
pub fn cam(arguments: &CamArgs, verbosity: Verbosity) -> anyhow::Result<()> {
    check_file("--out", &arguments.out)?;
    arguments.overlay.iter().try_for_each(|path| check_file("--overlay", path))?;
    let loaded = load(&arguments.experiment, &arguments.overrides.set)?;
    let method: CamSpec = part::parse("--method", &arguments.method)?;
    let graph = loaded.cells[0].experiment.graph(2)?;
    let layer = graph.tap(&arguments.layer)?;
    if method.cam().is_some_and(|cam| cam.needs() == Needs::Classifier) && !graph.feeds_global_pool(layer) {
        anyhow::bail!(
            "`{}` is not defined at `{}`: --layer must be the layer that feeds the classifier",
            method.name(),
            arguments.layer
        );
    }
    let store = Store::new(&arguments.store.store);
    let facts = gather(&loaded.cells, &arguments.store.cache(), &store)?;
    let InputSize { height, width } = loaded.cells[0].experiment.data.input.size;
    let plan = Plan::new(loaded.cells, &facts).map_err(anyhow::Error::msg)?;
    let question = ProbeRequest {
        image: &arguments.image,
        method: &method,
        layer: &arguments.layer,
        target: arguments.target.as_deref(),
        network: arguments.network.as_deref(),
    };
    let answer = ask(&plan, &facts, &store, &question)?;
    let full = resize(&answer.map, height, width, arguments.interpolation.into());
    let map = if arguments.native { &answer.map } else { &full };
    write_npy(&arguments.out, &[map.height, map.width], &map.data)?;
    if let Some(path) = &arguments.overlay {
        write_overlay(path, &answer.photo, &full)?;
    }
    if verbosity > Verbosity::Quiet {
        show(&format!(
            "predicted: {} ({:.1} %)\nmap of: {} · {} · {} · {}x{}\nwrote {}\n",
            answer.predicted,
            100.0 * answer.probability,
            answer.target,
            method.name(),
            arguments.layer,
            map.height,
            map.width,
            arguments.out.display()
        ))?;
    }
    Ok(())
}

fn write_overlay(path: &Path, photo: &Rgb, map: &Map) -> anyhow::Result<()> {
    let drawn = overlay::overlay(photo, &min_max(map), OPACITY);
    replace(path, &encode::png(&drawn)?)
}
