use rand::Rng;
use rand::seq::SliceRandom as _;
use rayon::prelude::*;

use super::{Symmetry, UnitAxis};
use crate::{Network, NetworkError};

/// A permutation of every group of a [`Symmetry`]: place `j` of group `g` receives unit `self.0[g][j]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permutation(pub Vec<Vec<usize>>);

impl Permutation {
    /// The identity.
    pub fn identity(symmetry: &Symmetry) -> Self {
        Self(symmetry.groups.iter().map(|size| (0..*size).collect()).collect())
    }

    /// A random permutation.
    pub fn random(symmetry: &Symmetry, rng: &mut impl Rng) -> Self {
        let mut all = Self::identity(symmetry);
        all.0.iter_mut().for_each(|group| group.shuffle(rng));
        all
    }

    /// The inverse permutation.
    pub fn inverse(&self) -> Self {
        let inverse = |group: &Vec<usize>| {
            let mut places = vec![0; group.len()];
            group.iter().enumerate().for_each(|(place, unit)| places[*unit] = place);
            places
        };
        Self(self.0.iter().map(inverse).collect())
    }

    /// Returns the same network with its channels, buffers included, in another order.
    ///
    /// # Errors
    /// [`NetworkError`] if the symmetry is that of another network.
    pub fn apply(&self, symmetry: &Symmetry, network: &Network) -> Result<Network, NetworkError> {
        let moved: Vec<Option<Vec<f32>>> = (0..network.specs().len())
            .into_par_iter()
            .map(|parameter| self.parameter(symmetry, network, parameter, None))
            .collect();
        let mut permuted = network.clone();
        for (spec, value) in network.specs().iter().zip(moved) {
            if let Some(value) = value {
                permuted.set(&spec.name, value)?;
            }
        }
        Ok(permuted)
    }

    /// One parameter in the new order, except along the axis `except`; `None` if nothing moves.
    pub(super) fn parameter(
        &self,
        symmetry: &Symmetry,
        network: &Network,
        parameter: usize,
        except: Option<&UnitAxis>,
    ) -> Option<Vec<f32>> {
        let axes = symmetry.axes.iter().filter(|axis| axis.parameter == parameter && Some(*axis) != except);
        let axes: Vec<&UnitAxis> = axes.collect();
        if axes.is_empty() {
            return None;
        }
        let shape = &network.specs()[parameter].shape;
        let size = |dimension: usize| shape.get(dimension).copied().unwrap_or(1);
        let source = |dimension: usize| {
            let axis = axes.iter().find(|axis| axis.dimension == dimension);
            axis.map_or_else(|| (0..size(dimension)).collect(), |axis| self.sources(axis, size(dimension)))
        };
        let (rows, columns): (Vec<usize>, Vec<usize>) = (source(0), source(1));
        let inner: usize = shape.iter().skip(2).product();
        let values = network.values()[parameter].as_slice();
        let mut moved = Vec::with_capacity(values.len());
        for row in rows {
            for column in &columns {
                let start = (row * columns.len() + column) * inner;
                moved.extend_from_slice(&values[start..start + inner]);
            }
        }
        Some(moved)
    }

    /// Index of the element that moves to each place along an axis of `length` elements.
    fn sources(&self, axis: &UnitAxis, length: usize) -> Vec<usize> {
        let mut sources: Vec<usize> = (0..length).collect();
        for part in &axis.parts {
            for (place, unit) in self.0[part.group].iter().enumerate() {
                for element in 0..axis.repeat {
                    sources[part.channels[place] * axis.repeat + element] =
                        part.channels[*unit] * axis.repeat + element;
                }
            }
        }
        sources
    }
}
