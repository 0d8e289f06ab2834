use camlab_frame::aggregate::Aggregate;
use camlab_frame::{BASELINE, UNCHANGED};

/// Subject of a line in a table or figure: a method at a layer of a network, with the contrast applied to its maps.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Series {
    /// Network; `baseline` for baselines.
    pub network: String,
    /// CAM method or baseline.
    pub method: String,
    /// Tapped layer; `-` for baselines.
    pub layer: String,
    /// Contrast applied to the maps; `none` for unchanged maps.
    pub contrast: String,
}

impl Series {
    /// A series of unchanged maps.
    pub fn new(network: &str, method: &str, layer: &str) -> Self {
        Self {
            network: network.to_owned(),
            method: method.to_owned(),
            layer: layer.to_owned(),
            contrast: UNCHANGED.to_owned(),
        }
    }

    /// The same maps under a contrast.
    pub fn under(&self, contrast: &str) -> Self {
        Self { contrast: contrast.to_owned(), ..self.clone() }
    }

    /// The series of an aggregate.
    pub fn of(aggregate: &Aggregate) -> Self {
        Self::new(&aggregate.network, &aggregate.method, &aggregate.layer).under(&aggregate.contrast)
    }

    /// True for a baseline, which uses no network.
    pub fn is_baseline(&self) -> bool {
        self.network == BASELINE
    }

    /// Name without the network: method, layer and contrast.
    pub fn in_network(&self) -> String {
        let mut name = self.method.clone();
        if !self.layer.is_empty() && self.layer != "-" {
            name += &format!(" · {}", self.layer);
        }
        if self.contrast != UNCHANGED {
            name += &format!(" · {}", self.contrast);
        }
        name
    }

    /// Full name, including the network.
    pub fn label(&self) -> String {
        if self.is_baseline() {
            return self.in_network();
        }
        format!("{} ({})", self.in_network(), self.network)
    }
}
