//! Labels as texts, which are numbers or names.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::error::DatasetError;
use camlab_base::registry::unknown;

/// Most classes that numbers may stand for.
const MOST: usize = 100_000;

/// Class names, and the label of each text; the path names the place of a text in errors.
///
/// # Errors
/// A number beyond the classes, a name that is none of them, or numbers among names.
pub(super) fn resolved(
    labels: &[(String, PathBuf)],
    classes: Option<&[String]>,
) -> Result<(Vec<String>, Vec<usize>), DatasetError> {
    let numbers: Vec<Option<usize>> = labels.iter().map(|(text, _)| text.parse().ok()).collect();
    let numbered = numbers.iter().filter(|number| number.is_some()).count();
    let named = |(text, _): &(String, PathBuf)| classes.is_some_and(|classes| classes.contains(text));
    // Names that are numbers are names first.
    if numbered == labels.len() && !labels.iter().all(named) {
        let largest = numbers.iter().flatten().copied().enumerate().max_by_key(|(_, number)| *number);
        let Some((place, largest)) = largest else { return Ok((Vec::new(), Vec::new())) };
        let known = classes.map_or(MOST, <[String]>::len);
        if largest >= known {
            let counted = if classes.is_some() { "`classes` has" } else { "there may be" };
            let problem = format!("the label {largest} is out of range: {counted} {known}, numbered from 0");
            return Err(DatasetError::file(&labels[place].1, problem));
        }
        let names = classes
            .map_or_else(|| (0..=largest).map(|label| label.to_string()).collect(), <[String]>::to_vec);
        return Ok((names, numbers.into_iter().flatten().collect()));
    }
    let names: Vec<String> = match classes {
        Some(classes) => classes.to_vec(),
        None if numbered > 0 => {
            let first =
                labels.iter().zip(&numbers).find(|(_, number)| number.is_none()).map(|(label, _)| label);
            let (text, path) = first.unwrap_or(&labels[0]);
            let problem =
                format!("the label is the name `{text}`, but other labels are numbers; set `classes`");
            return Err(DatasetError::file(path, problem));
        }
        None => labels.iter().map(|(text, _)| text).collect::<BTreeSet<_>>().into_iter().cloned().collect(),
    };
    let known: std::collections::HashMap<&str, usize> =
        names.iter().enumerate().map(|(label, name)| (name.as_str(), label)).collect();
    let find = |(text, path): &(String, PathBuf)| {
        known.get(text.as_str()).copied().ok_or_else(|| {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            DatasetError::file(path, unknown("class", text, &names))
        })
    };
    let labels = labels.iter().map(find).collect::<Result<_, _>>()?;
    Ok((names, labels))
}
