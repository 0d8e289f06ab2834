//! Result frames of the chains.

use std::path::Path;

use super::artefacts::Artefacts;
use super::chain_maps;
use camlab_config::Chain;
use camlab_frame::{ClusterRow, ClusteringRow, CorrectionRow, DivisionRow, FrameWriter, GalleryRow};
use camlab_parts::polynomial::{Basis, Weights};
use camlab_plan::Cell;
use camlab_stage::Work as _;
use camlab_stage::chain::agreement::{CLASS, OBJECT};
use camlab_stage::chain::cluster::Cluster;

/// Number of steps of the polynomials' curves.
const STEPS: u32 = 64;

/// Writes the frames of all chains into `out`; without chains they are empty.
pub(super) fn write(artefacts: &Artefacts<'_>, gallery: &[GalleryRow], out: &Path) -> anyhow::Result<()> {
    let mut clusters = FrameWriter::new::<ClusterRow>(out)?;
    let mut clusterings = FrameWriter::new::<ClusteringRow>(out)?;
    for shown in artefacts.shown(Cluster::KIND) {
        clusters.rows(&artefacts.rows::<ClusterRow>(shown)?)?;
        let agreement: Vec<DivisionRow> = artefacts.beside(shown, "truth")?;
        let rows = artefacts.rows::<ClusteringRow>(shown)?.into_iter();
        clusterings.rows(&rows.map(|row| with(row, &agreement)).collect::<Vec<_>>())?;
    }
    clusters.finish()?;
    clusterings.finish()?;
    chain_maps::write(artefacts, gallery, out)?;
    let mut corrected = FrameWriter::new::<CorrectionRow>(out)?;
    for cell in &artefacts.plan.cells {
        corrected.rows(&corrections(cell))?;
    }
    Ok(corrected.finish()?)
}

/// Adds a clustering's agreement with the ground truth.
fn with(row: ClusteringRow, agreement: &[DivisionRow]) -> ClusteringRow {
    let of = |against: &str, value: fn(&DivisionRow) -> f64| {
        agreement.iter().find(|row| row.against == against).map(value)
    };
    ClusteringRow {
        object_rand: of(OBJECT, |row| row.rand),
        object_information: of(OBJECT, |row| row.information),
        object_purity: of(OBJECT, |row| row.purity),
        class_rand: of(CLASS, |row| row.rand),
        class_information: of(CLASS, |row| row.information),
        class_purity: of(CLASS, |row| row.purity),
        ..row
    }
}

/// The polynomials of a cell's chains, sampled on [0, 1].
fn corrections(cell: &Cell) -> Vec<CorrectionRow> {
    cell.experiment.chain.iter().flat_map(|chain| curves(cell, chain)).collect()
}

fn curves(cell: &Cell, chain: &Chain) -> Vec<CorrectionRow> {
    let degree = chain.polynomial.degree;
    let together = match chain.coefficients.fixed(1, degree) {
        Some(Weights::One(weights)) => Some(weights),
        _ => None,
    };
    // Fixed weights are normalised to sum 1 so that the curve's shape is visible at one scale.
    let scale = match chain.coefficients.is_given() {
        true => 1.0,
        false => together.as_ref().map_or(1.0, |weights| 1.0 / weights.iter().sum::<f64>()),
    };
    let basis = match chain.polynomial.basis {
        Basis::Power => "power",
        Basis::Chebyshev => "chebyshev",
        Basis::Legendre => "legendre",
    };
    let mut rows = Vec::new();
    for step in 0..=STEPS {
        let x = f64::from(step) / f64::from(STEPS);
        let mut values = vec![0.0; degree];
        chain.polynomial.basis.values(x as f32, &mut values);
        let mut row = |degree: usize, value: f64| {
            rows.push(CorrectionRow {
                cell: cell.id.clone(),
                seed: cell.seed as i64,
                chain: chain.name.clone(),
                basis: basis.to_owned(),
                degree: degree as u32,
                x,
                value,
            });
        };
        values.iter().enumerate().for_each(|(at, value)| row(at + 1, f64::from(*value)));
        if let Some(weights) = &together {
            row(0, scale * weights.iter().zip(&values).map(|(w, v)| w * f64::from(*v)).sum::<f64>());
        }
    }
    rows
}
