use crate::frame::BASELINE;
use crate::frame::aggregate::Aggregate;

/// What a line of a table or figure stands for: a method on a layer of a network.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Series {
    /// Network; `baseline` for baselines.
    pub network: String,
    /// CAM method or baseline.
    pub method: String,
    /// Tapped layer; `-` for baselines.
    pub layer: String,
}

impl Series {
    /// A series from its three names.
    pub fn new(network: &str, method: &str, layer: &str) -> Self {
        Self { network: network.to_owned(), method: method.to_owned(), layer: layer.to_owned() }
    }

    /// The series of an aggregate.
    pub fn of(aggregate: &Aggregate) -> Self {
        Self::new(&aggregate.network, &aggregate.method, &aggregate.layer)
    }

    /// Whether it looks at no network.
    pub fn is_baseline(&self) -> bool {
        self.network == BASELINE
    }

    /// Method and layer, the network being known from elsewhere.
    pub fn in_network(&self) -> String {
        if self.layer.is_empty() || self.layer == "-" {
            self.method.clone()
        } else {
            format!("{} · {}", self.method, self.layer)
        }
    }

    /// The whole name.
    pub fn label(&self) -> String {
        if self.is_baseline() {
            return self.method.clone();
        }
        format!("{} ({})", self.in_network(), self.network)
    }
}
