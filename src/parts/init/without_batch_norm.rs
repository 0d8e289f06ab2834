//! Weights of a network without batch norm for the same network with batch norm (`pretrained.without-batch-norm`).

use std::collections::BTreeMap;

use camlab_nn::graph::{ParameterKind, ParameterSpec};

/// The parameters outside batch norms, by their names in the same network without batch norm. Layers that are numbered in
/// the order of the data flow (`features.N` of torchvision's VGG networks) have lower numbers there.
pub(super) fn names_without(specs: &[ParameterSpec]) -> BTreeMap<String, String> {
    let norms: Vec<(&str, usize)> = specs
        .iter()
        .filter(|spec| spec.kind == ParameterKind::RunningMean)
        .filter_map(|spec| numbered(&spec.name).map(|(list, number, _)| (list, number)))
        .collect();
    let others = specs.iter().filter(|spec| !spec.kind.is_affine() && !spec.kind.is_buffer());
    let name = |spec: &ParameterSpec| {
        let without = numbered(&spec.name).map(|(list, number, parameter)| {
            let before = norms.iter().filter(|(of, norm)| *of == list && *norm < number).count();
            format!("{list}.{}.{parameter}", number - before)
        });
        (without.unwrap_or_else(|| spec.name.clone()), spec.name.clone())
    };
    others.map(name).collect()
}

/// List, number and parameter of `features.3.weight`.
fn numbered(name: &str) -> Option<(&str, usize, &str)> {
    let (layer, parameter) = name.rsplit_once('.')?;
    let (list, number) = layer.rsplit_once('.')?;
    Some((list, number.parse().ok()?, parameter))
}

#[cfg(test)]
mod tests {
    use super::names_without;
    use crate::backbone::BackboneSpec;

    fn graph(name: &str) -> camlab_nn::graph::Graph {
        let spec: BackboneSpec = serde_json::from_value(serde_json::json!(name)).unwrap();
        spec.with_head(None, 10).unwrap()
    }

    #[test]
    fn names_are_those_of_the_network_without() {
        for (with, without) in [("vgg11_bn", "vgg11"), ("vgg16_bn", "vgg16"), ("vgg19_bn", "vgg19")] {
            let (with, without) = (graph(with), graph(without));
            let names = names_without(&with.parameters());
            let found: Vec<&String> = names.keys().collect();
            let mut wanted: Vec<String> = without.parameters().into_iter().map(|spec| spec.name).collect();
            wanted.sort();
            assert_eq!(found, wanted.iter().collect::<Vec<_>>());
            // The shapes agree, so that no layer is mistaken for another one.
            for spec in without.parameters() {
                let own = with.parameters().into_iter().find(|own| own.name == names[&spec.name]).unwrap();
                assert_eq!(own.shape, spec.shape, "{}", spec.name);
            }
        }
    }
}
