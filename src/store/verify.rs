use camlab_graph::StageRef;
use rayon::prelude::*;

use super::manifest::CheckDepth;
use super::{Store, StoreError};

impl Store {
    /// Compares artefacts with their manifests, contents included, on all threads. Returns those that are damaged or
    /// cannot be read, in the order of `places`; `checked` is called after each artefact, on any thread.
    pub fn verify(&self, places: &[StageRef], checked: &(dyn Fn() + Sync)) -> Vec<(StageRef, StoreError)> {
        let damaged = |place: &StageRef| {
            let found = self.look(place, CheckDepth::Contents).err();
            checked();
            // One that was removed since it was listed is not damaged.
            found.filter(|_| self.folder(place).exists()).map(|error| (place.clone(), error))
        };
        places.par_iter().filter_map(damaged).collect()
    }
}
