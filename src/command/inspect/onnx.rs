use camlab::onnx::{ImportOptions, OnnxModel, import};

use super::rows;
use crate::cli::InspectArgs;
use crate::command::output::thousands;

/// An ONNX file: inputs, outputs, operators, weights, and the network that camlab makes of it.
pub(super) fn text(model: &OnnxModel, arguments: &InspectArgs) -> anyhow::Result<String> {
    let unused = [
        ("--backbone", &arguments.backbone),
        ("--state-dict", &arguments.state_dict),
        ("--prefix", &arguments.prefix),
    ];
    if let Some((option, _)) = unused.into_iter().find(|(_, given)| given.is_some()) {
        anyhow::bail!("{option} is for checkpoints; an ONNX file holds its network as well as its weights");
    }
    let contents = model.contents();
    let values: usize = contents.weights.iter().map(|(_, shape, _)| shape.iter().product::<usize>()).sum();
    let mut text = format!(
        "{}: ONNX, opset {}, written by {}; {} weights, {} values\n",
        arguments.file.display(),
        contents.opset,
        if contents.producer.is_empty() { "an unnamed program" } else { &contents.producer },
        thousands(contents.weights.len() as u64),
        thousands(values as u64)
    );
    let mut section = |title: &str, lines: Vec<[String; 3]>| {
        if !lines.is_empty() {
            text.push_str(&format!("\n{title}\n{}", rows(&lines, arguments.all)));
        }
    };
    let pair = |(name, shape): &(String, String)| [name.clone(), shape.clone(), String::new()];
    section("inputs", contents.inputs.iter().map(pair).collect());
    section("outputs", contents.outputs.iter().map(pair).collect());
    section("metadata", contents.metadata.clone().into_iter().map(|entry| pair(&entry)).collect());
    let count = |(name, count): (&String, &usize)| [name.clone(), count.to_string(), String::new()];
    section("operators", contents.operators.iter().map(count).collect());
    let kind = |float: bool| if float { "floats" } else { "integers" };
    let weight = |(name, shape, float): &(String, Vec<usize>, bool)| {
        [name.clone(), format!("{shape:?}"), kind(*float).to_owned()]
    };
    section("weights", contents.weights.iter().map(weight).collect());
    text.push_str("\nimported\n");
    match import(model, &ImportOptions::default()) {
        Err(error) => text.push_str(&format!("  {}\n", error.to_string().replace('\n', "\n  "))),
        Ok(imported) => {
            let [height, width] = imported.size;
            let classes = imported.graph.classes();
            let classes =
                classes.map_or("no head that ends in classes".into(), |count| format!("{count} classes"));
            text.push_str(&format!("  images of {height}x{width}, {classes}\n\nlayers worth a map\n"));
            let shapes = imported.graph.shapes(height, width)?;
            let mut layers = Vec::new();
            for (name, role) in imported.graph.cam_layers(height, width)? {
                let shape = shapes[imported.graph.tap(name)?.0].to_string();
                layers.push([name.to_owned(), shape, role.to_string()]);
            }
            text.push_str(&rows(&layers, true));
        }
    }
    Ok(text)
}
