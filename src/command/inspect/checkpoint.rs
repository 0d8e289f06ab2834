use camlab::nn::checkpoint::{Checkpoint, CheckpointContents, TensorSelection};

use super::fit::{best, unfit};
use super::rows;
use crate::cli::InspectArgs;
use crate::command::output::thousands;

/// A checkpoint: metadata, state dicts, tensors, and the backbone that they fit.
pub(super) fn text(contents: &CheckpointContents, arguments: &InspectArgs) -> anyhow::Result<String> {
    let count = contents.tensors.len();
    let values: usize = contents.tensors.iter().map(|tensor| tensor.shape.iter().product::<usize>()).sum();
    let mut text = format!(
        "{}: {}, {} tensor{}, {} values\n",
        arguments.file.display(),
        contents.format,
        thousands(count as u64),
        if count == 1 { "" } else { "s" },
        thousands(values as u64)
    );
    if !contents.metadata.is_empty() {
        text.push_str("\nmetadata\n");
        let metadata: Vec<[String; 3]> = contents
            .metadata
            .iter()
            .map(|(key, value)| [key.clone(), value.clone(), String::new()])
            .collect();
        text.push_str(&rows(&metadata, arguments.all));
    }
    let named = named_state_dicts(contents);
    if !named.is_empty() {
        text.push_str("\nstate dicts (pretrained.state-dict)\n");
        let named: Vec<[String; 3]> = named
            .iter()
            .map(|(path, count)| [path.clone(), format!("{count} tensors"), String::new()])
            .collect();
        text.push_str(&rows(&named, arguments.all));
    }
    text.push_str("\ntensors\n");
    let tensors: Vec<[String; 3]> = contents
        .tensors
        .iter()
        .map(|tensor| [tensor.name.clone(), format!("{:?}", tensor.shape), tensor.dtype.clone()])
        .collect();
    text.push_str(&rows(&tensors, arguments.all));
    text.push_str("\nfits\n");
    let several = named_state_dicts(contents);
    if arguments.state_dict.is_some() || several.len() < 2 {
        text.push_str(&fits(arguments, arguments.state_dict.as_deref())?);
        return Ok(text);
    }
    for (path, _) in several {
        let fits = fits(arguments, Some(path))?;
        text.push_str(&format!("  {path}\n  {}\n", indented(fits.trim_end())));
    }
    Ok(text)
}

fn named_state_dicts(contents: &CheckpointContents) -> Vec<&(String, usize)> {
    contents.state_dicts.iter().filter(|(path, _)| !path.is_empty()).collect()
}

/// Words on the backbones that the file fits, with `state_dict` of several.
fn fits(arguments: &InspectArgs, state_dict: Option<&str>) -> anyhow::Result<String> {
    let selection =
        TensorSelection { state_dict, prefix: arguments.prefix.as_deref(), ..TensorSelection::ALL };
    let checkpoint = match Checkpoint::read_selected(&arguments.file, selection) {
        Ok(checkpoint) => checkpoint,
        Err(error) => return Ok(format!("  {}\n", indented(&error.to_string()))),
    };
    if let Some(backbone) = &arguments.backbone {
        return Ok(match unfit(checkpoint, backbone)? {
            None => format!("  {backbone}: every parameter\n"),
            Some(error) => format!("  {}\n", indented(&error)),
        });
    }
    let found = best(&checkpoint);
    if found.is_empty() {
        let text = "no backbone that camlab has by name; --backbone compares with one that has options, such as \
                    '{ resnet = { depths = [3, 3, 3], stem = \"small\" } }'";
        return Ok(format!("  {text}\n"));
    }
    Ok(found.iter().map(|fit| format!("  {fit}\n")).collect())
}

fn indented(text: &str) -> String {
    text.replace('\n', "\n  ")
}
