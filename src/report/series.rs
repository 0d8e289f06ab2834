use camlab_frame::aggregate::Aggregate;
use camlab_frame::{BASELINE, UNCHANGED};

/// What a line of a table or figure stands for: a method on a layer of a network, and what was done to its maps.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Series {
    /// Network; `baseline` for baselines.
    pub network: String,
    /// CAM method or baseline.
    pub method: String,
    /// Tapped layer; `-` for baselines.
    pub layer: String,
    /// What was done to the maps; `none`: nothing.
    pub contrast: String,
}

impl Series {
    /// A series of maps as they are, from its three names.
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

    /// Whether it looks at no network.
    pub fn is_baseline(&self) -> bool {
        self.network == BASELINE
    }

    /// Method, layer and contrast, the network being known from elsewhere.
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

    /// The whole name.
    pub fn label(&self) -> String {
        if self.is_baseline() {
            return self.in_network();
        }
        format!("{} ({})", self.in_network(), self.network)
    }
}
