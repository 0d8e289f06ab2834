use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;
use camlab::parts::cam::{CamSpec, Needs};
use camlab::parts::dataset::InputSize;
use camlab::plan::Plan;
use camlab::raster::{Map, Rgb, encode, min_max, overlay, resize};
use camlab::stage::probe::{Question, ask};
use camlab::stage::{Store, Verbosity, gather};
use npyz::WriterBuilder as _;

use super::load;
use crate::cli::CamArgs;

/// How strongly the map covers the photograph.
const OPACITY: f32 = 0.5;

/// Makes one map of one image and writes it raw.
pub fn cam(arguments: &CamArgs, verbosity: Verbosity) -> anyhow::Result<()> {
    let loaded = load(&arguments.experiment, &arguments.overrides.set)?;
    let method = parse_method(&arguments.method)?;
    let graph = loaded.cells[0].experiment.backbone.build(2)?;
    let layer = graph.tap(&arguments.layer)?;
    if method.cam().is_some_and(|cam| cam.needs() == Needs::Classifier) && !graph.feeds_global_pool(layer) {
        anyhow::bail!(
            "`{}` is not defined at `{}`: the classifier does not see that layer",
            method.name(),
            arguments.layer
        );
    }
    let facts = gather(&loaded.cells)?;
    let InputSize { height, width } = loaded.cells[0].experiment.data.input.size;
    let plan = Plan::new(loaded.cells, &facts).map_err(anyhow::Error::msg)?;
    let question = Question {
        image: &arguments.image,
        method: &method,
        layer: &arguments.layer,
        target: arguments.target.as_deref(),
        network: arguments.network.as_deref(),
    };
    let answer = ask(&plan, &facts, &Store::new(&arguments.store.store), &question)?;
    let full = resize(&answer.map, height, width, arguments.interpolation.into());
    let map = if arguments.native { &answer.map } else { &full };
    write_npy(&arguments.out, map)?;
    if let Some(path) = &arguments.overlay {
        write_overlay(path, &answer.photo, &full)?;
    }
    if verbosity > Verbosity::Quiet {
        println!("predicted: {} ({:.1} %)", answer.predicted, 100.0 * answer.probability);
        println!(
            "map of: {} · {} · {} · {}x{}",
            answer.target,
            method.name(),
            arguments.layer,
            map.height,
            map.width
        );
        println!("wrote {}", arguments.out.display());
    }
    Ok(())
}

/// A bare name, or the TOML of a method with options.
fn parse_method(written: &str) -> anyhow::Result<CamSpec> {
    #[derive(serde::Deserialize)]
    struct Holder {
        method: CamSpec,
    }
    let value =
        if written.trim_start().starts_with('{') { written.to_string() } else { format!("{written:?}") };
    let holder: Holder = toml::from_str(&format!("method = {value}"))
        .map_err(|error| anyhow::anyhow!("--method {written}: {}", error.message()))?;
    Ok(holder.method)
}

fn write_npy(path: &Path, map: &Map) -> anyhow::Result<()> {
    let mut bytes = Vec::new();
    let shape = [map.height as u64, map.width as u64];
    let mut writer = npyz::WriteOptions::new().default_dtype().shape(&shape).writer(&mut bytes).begin_nd()?;
    writer.extend(map.data.iter().copied())?;
    writer.finish()?;
    replace(path, &bytes)
}

fn write_overlay(path: &Path, photo: &Rgb, map: &Map) -> anyhow::Result<()> {
    let drawn = overlay::overlay(photo, &min_max(map), OPACITY);
    replace(path, &encode::png(&drawn)?)
}

/// Written beside its place and renamed, so that a broken run leaves no half a file.
fn replace(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)
        .with_context(|| format!("cannot write in {}", folder.display()))?;
    file.write_all(bytes)?;
    file.persist(path).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(())
}
