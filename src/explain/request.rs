use super::ExplainError;
use camlab_config::{JoinScaling, MapOptions};
use camlab_nn::Network;
use camlab_nn::graph::NodeId;
use camlab_parts::cam::{Cam, CamSpec, Combine, Needs, OwnedMethod};

/// One CAM method at one or several layers, resolved against a network.
pub struct Request {
    /// The method.
    pub cam: Box<dyn Cam>,
    /// The layers, in the order asked for.
    pub nodes: Vec<NodeId>,
    /// Rule to combine the maps of several layers; `None` for a single layer.
    pub combine: Option<Combine>,
    /// Scaling of maps before they are combined or averaged.
    pub normalise: JoinScaling,
    /// Project the per-channel maps onto their first principal component instead of summing them.
    pub eigen_smooth: bool,
    /// Set negative values of the map to 0.
    pub relu: bool,
}

impl Request {
    /// Resolves `method` at the layers named `layers`.
    ///
    /// # Errors
    /// A baseline, an unknown layer, a layer where the method is not defined, several layers without a rule to
    /// combine them, eigen-smooth for a method that is not a sum over channels.
    pub fn new(
        method: &CamSpec,
        layers: &[String],
        look: &MapOptions,
        network: &Network,
    ) -> anyhow::Result<Self> {
        let name = method.name();
        let refuse = |why: String| Err(ExplainError(why).into());
        let OwnedMethod::Cam(cam) = method.clone().owned() else {
            return refuse(format!("`{name}` is a baseline, not a CAM method; list it under `baselines`"));
        };
        let graph = network.graph();
        let nodes: Vec<NodeId> = layers.iter().map(|layer| graph.tap(layer)).collect::<Result<_, _>>()?;
        if let Some(at) = nodes.iter().position(|node| !graph.feeds_global_pool(*node))
            && cam.needs() == Needs::Classifier
        {
            let last = graph.last_feature().map_or(String::new(), |last| format!(" (`{last}` here)"));
            return refuse(format!(
                "`{name}` is defined only at the layer that feeds global average pooling and the linear \
                 classifier{last}, not at `{}`",
                layers[at]
            ));
        }
        let combine = cam.joins().or(look.combine);
        if combine.is_none() && nodes.len() != 1 {
            return refuse(format!(
                "`{name}` needs one layer unless `combine` is set, but has {}",
                nodes.len()
            ));
        }
        if look.eigen_smooth && !method.has_parts() {
            return refuse(format!(
                "`eigen-smooth` is defined only for maps that are sums over channels, not for `{name}`"
            ));
        }
        let MapOptions { normalise, eigen_smooth, relu, .. } = *look;
        Ok(Self { cam, nodes, combine, normalise, eigen_smooth, relu })
    }

    /// A request for one layer, outside any plan.
    #[cfg(test)]
    pub fn single(cam: Box<dyn Cam>, node: NodeId) -> Self {
        let normalise = JoinScaling::default();
        Self { cam, nodes: vec![node], combine: None, normalise, eigen_smooth: false, relu: false }
    }
}

/// The layers whose activations or gradients the requests read.
pub struct Taps {
    /// Every such layer once, in data-flow order.
    pub nodes: Vec<NodeId>,
    /// The layers whose gradients a method needs, in data-flow order.
    pub differentiated: Vec<NodeId>,
}

impl Taps {
    /// The layers of all `requests`.
    pub fn new(requests: &[Request]) -> Self {
        let differentiated = requests.iter().filter(|request| request.cam.needs() == Needs::Gradients);
        Self { nodes: sorted(requests.iter()), differentiated: sorted(differentiated) }
    }

    /// Index of a layer in `nodes`; 0 if it is not among them.
    pub fn position(&self, node: NodeId) -> usize {
        self.nodes.iter().position(|tap| *tap == node).unwrap_or(0)
    }
}

/// The layers of some requests, in data-flow order, without duplicates.
pub(super) fn sorted<'a>(requests: impl Iterator<Item = &'a Request>) -> Vec<NodeId> {
    let mut nodes: Vec<NodeId> = requests.flat_map(|request| request.nodes.iter().copied()).collect();
    nodes.sort();
    nodes.dedup();
    nodes
}
