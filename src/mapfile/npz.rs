//! Named arrays in a zip archive, NumPy's NPZ format.

use std::io::{Read, Seek};

use camlab_raster::Map;
use zip::ZipArchive;
use zip::result::ZipError;

use super::error::MapFault;
use super::npy::read_array;
use super::options::MapFileOptions;
use super::plane::MAX_EXPANSION;

/// Names that are taken for the map among several arrays: NumPy's name for an array without one, and camlab's own.
const USUAL: [&str; 2] = ["arr_0", super::write::MAP_NAME];

/// Reads one map from an archive.
///
/// # Errors
/// A damaged archive, no array of the declared name, and those of [`read_array`].
pub(crate) fn read_archive(
    reader: impl Read + Seek,
    options: &MapFileOptions,
    channel: Option<usize>,
) -> Result<Map, MapFault> {
    let mut archive = ZipArchive::new(reader).map_err(damaged)?;
    let name = chosen(&array_names(&archive)?, options.array.as_deref())?;
    let mut entry = archive.by_name(&format!("{name}.npy")).map_err(damaged)?;
    let (held, stored) = (entry.size(), entry.compressed_size());
    // More is declared than the bytes can expand to.
    if held > stored.saturating_mul(MAX_EXPANSION).saturating_add(MAX_EXPANSION) {
        return Err(MapFault::Archive(format!("{stored} bytes of `{name}` cannot expand to {held}")));
    }
    read_array(&mut entry, held, options, channel)
}

/// Names of the arrays, sorted.
fn array_names<R: Read + Seek>(archive: &ZipArchive<R>) -> Result<Vec<String>, MapFault> {
    let mut names = Vec::new();
    for name in archive.file_names() {
        if let Some(name) = name.map_err(damaged)?.strip_suffix(".npy") {
            names.push(name.to_owned());
        }
    }
    names.sort_unstable();
    Ok(names)
}

/// The declared array; without a declaration the only one, or the only one with a usual name.
fn chosen(names: &[String], declared: Option<&str>) -> Result<String, MapFault> {
    let matches = |wanted: &str| names.iter().any(|name| name == wanted);
    let usual: Vec<&str> = USUAL.into_iter().filter(|usual| matches(usual)).collect();
    let problem = match (declared, names, &usual[..]) {
        (Some(declared), ..) if matches(declared) => return Ok(declared.to_owned()),
        (None, [only], _) => return Ok(only.clone()),
        (None, _, [only]) => return Ok((*only).to_owned()),
        (Some(declared), ..) => format!("the archive has no array `{declared}`"),
        (None, [], _) => "the archive has no array".to_owned(),
        (None, ..) => "the archive has several arrays".to_owned(),
    };
    const SHOWN: usize = 10;
    let mut held: Vec<String> = names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
    match names.len() {
        0 => held.push("nothing".to_owned()),
        many if many > SHOWN => held.push(format!("{} more", many - SHOWN)),
        _ => {}
    }
    Err(MapFault::Array { problem, held: held.join(", ") })
}

fn damaged(error: ZipError) -> MapFault {
    MapFault::Archive(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(names: &[&str], declared: Option<&str>) -> Result<String, String> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        chosen(&names, declared).map_err(|error| error.to_string())
    }

    #[test]
    fn the_only_array_or_a_usual_name_is_chosen() {
        assert_eq!(choose(&["heat"], None).unwrap(), "heat");
        assert_eq!(choose(&["arr_0", "arr_1"], None).unwrap(), "arr_0");
        assert_eq!(choose(&["box", "map"], None).unwrap(), "map");
        assert_eq!(choose(&["box", "map"], Some("box")).unwrap(), "box");
        assert!(
            choose(&["arr_0", "map"], None).unwrap_err().contains("several arrays; it holds `arr_0`, `map`")
        );
        assert!(choose(&["a", "b"], None).unwrap_err().contains("set `array`"));
        assert!(choose(&["a"], Some("c")).unwrap_err().contains("no array `c`; it holds `a`"));
        assert!(choose(&[], None).unwrap_err().contains("holds nothing"));
    }
}
