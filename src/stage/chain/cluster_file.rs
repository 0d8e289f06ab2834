//! Cluster artefacts on disk: a safetensors file.

use std::collections::HashMap;
use std::path::Path;

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde::{Deserialize, Serialize};

use crate::StageError;
use crate::map_file::damaged;
use camlab_parts::cluster::{AssignmentRule, Clusters, Pca, Points};

const FILE: &str = "clusters.safetensors";
const ABOUT: &str = "about";

/// Non-tensor fields, stored as JSON in the metadata.
#[derive(Serialize, Deserialize)]
struct About {
    spherical: bool,
    spread: f64,
    labels: Vec<Option<u32>>,
    neighbours: usize,
    variances: Vec<f64>,
    total: f64,
}

/// Writes the clusters into a folder.
pub(super) fn write(folder: &Path, clusters: &Clusters) -> anyhow::Result<()> {
    let mut tensors: Vec<(&str, Vec<usize>, &[f32])> = Vec::new();
    let shape = |points: &Points| vec![points.count(), points.dims];
    if let Some(pca) = &clusters.reduce {
        tensors.push(("pca.mean", vec![pca.mean.len()], &pca.mean));
        tensors.push(("pca.components", shape(&pca.components), &pca.components.data));
    }
    let neighbours = match &clusters.rule {
        AssignmentRule::Centres(centres) => {
            tensors.push(("centres", shape(centres), &centres.data));
            0
        }
        AssignmentRule::Graph { sample, shares, neighbours } => {
            tensors.push(("graph.sample", shape(sample), &sample.data));
            tensors.push(("graph.shares", vec![sample.count(), clusters.count()], shares));
            *neighbours
        }
    };
    let pca = clusters.reduce.as_ref();
    let about = About {
        spherical: clusters.spherical,
        spread: clusters.spread,
        labels: clusters.labels.clone(),
        neighbours,
        variances: pca.map_or_else(Vec::new, |pca| pca.variances.clone()),
        total: pca.map_or(0.0, |pca| pca.total),
    };
    let bytes: Vec<Vec<u8>> = tensors
        .iter()
        .map(|(.., values)| values.iter().flat_map(|value| value.to_le_bytes()).collect())
        .collect();
    let views = tensors
        .iter()
        .zip(&bytes)
        .map(|((name, shape, _), bytes)| Ok((*name, TensorView::new(Dtype::F32, shape.clone(), bytes)?)))
        .collect::<Result<Vec<_>, safetensors::SafeTensorError>>()?;
    let metadata = HashMap::from([(ABOUT.to_owned(), serde_json::to_string(&about)?)]);
    let path = folder.join(FILE);
    std::fs::write(&path, safetensors::serialize(views, Some(metadata))?)
        .map_err(StageError::io("write", &path))?;
    Ok(())
}

/// Reads the clusters that [`write`] wrote.
pub(super) fn read(folder: &Path) -> anyhow::Result<Clusters> {
    let path = folder.join(FILE);
    let bytes = std::fs::read(&path).map_err(StageError::io("read", &path))?;
    let broken = |why: &dyn std::fmt::Display| damaged(&path, &why.to_string());
    let (_, metadata) = SafeTensors::read_metadata(&bytes).map_err(|error| broken(&error))?;
    let about = metadata.metadata().as_ref().and_then(|known| known.get(ABOUT));
    let about: About =
        serde_json::from_str(about.map_or("", String::as_str)).map_err(|error| broken(&error))?;
    let tensors = SafeTensors::deserialize(&bytes).map_err(|error| broken(&error))?;
    let points = |name: &str| -> Option<Points> {
        let tensor = tensors.tensor(name).ok()?;
        let data =
            tensor.data().chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
        Some(Points { dims: tensor.shape().last().copied().unwrap_or(1).max(1), data })
    };
    let rule = match (points("centres"), points("graph.sample"), points("graph.shares")) {
        (Some(centres), ..) => AssignmentRule::Centres(centres),
        (None, Some(sample), Some(shares)) => {
            AssignmentRule::Graph { sample, shares: shares.data, neighbours: about.neighbours }
        }
        _ => return Err(broken(&"it has no clusters").into()),
    };
    let reduce = points("pca.components").zip(points("pca.mean"));
    Ok(Clusters {
        reduce: reduce
            .map(|(components, mean)| Pca::new(mean.data, components, about.variances, about.total)),
        spherical: about.spherical,
        rule,
        spread: about.spread,
        labels: about.labels,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clusters_come_back_as_they_were_written() {
        let folder = tempfile::tempdir().unwrap();
        let points = |dims, data: &[f32]| Points { dims, data: data.to_vec() };
        let centres = Clusters {
            reduce: Some(Pca::new(vec![1.0, 2.0, 3.0], points(3, &[0.0, 1.0, 0.0]), vec![2.5], 3.0)),
            spherical: true,
            rule: AssignmentRule::Centres(points(1, &[0.5, -0.5])),
            spread: 0.25,
            labels: vec![Some(3), None],
        };
        let graph = Clusters {
            reduce: None,
            rule: AssignmentRule::Graph { sample: points(2, &[1.0; 6]), shares: vec![0.5; 6], neighbours: 4 },
            ..centres.clone()
        };
        for clusters in [centres, graph] {
            write(folder.path(), &clusters).unwrap();
            assert_eq!(read(folder.path()).unwrap(), clusters);
        }
        std::fs::write(folder.path().join(FILE), b"nothing").unwrap();
        assert!(read(folder.path()).unwrap_err().to_string().contains("is damaged"));
    }
}
