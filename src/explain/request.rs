use super::ExplainError;
use camlab_config::{JoinScaling, MapOptions};
use camlab_nn::Network;
use camlab_nn::graph::NodeId;
use camlab_parts::cam::{Cam, CamSpec, Combine, Needs, OwnedMethod};

/// What is asked for, as the passes see it: one method at one layer or several.
pub struct Request {
    pub cam: Box<dyn Cam>,
    pub nodes: Vec<NodeId>,
    pub combine: Option<Combine>,
    pub normalise: JoinScaling,
    pub eigen_smooth: bool,
    pub relu: bool,
}

impl Request {
    /// A method at some layers.
    ///
    /// # Errors
    /// A baseline, an unknown layer, one where the method is not defined, several layers that nothing joins.
    pub fn new(
        method: &CamSpec,
        layers: &[String],
        look: &MapOptions,
        network: &Network,
    ) -> anyhow::Result<Self> {
        let name = method.name();
        let refuse = |why: String| Err(ExplainError(why).into());
        let OwnedMethod::Cam(cam) = method.clone().owned() else {
            return refuse(format!("`{name}` is a baseline and makes no map of a layer"));
        };
        let graph = network.graph();
        let nodes: Vec<NodeId> = layers.iter().map(|layer| graph.tap(layer)).collect::<Result<_, _>>()?;
        if let Some(at) = nodes.iter().position(|node| !graph.feeds_global_pool(*node))
            && cam.needs() == Needs::Classifier
        {
            return refuse(format!(
                "`{name}` is not defined at `{}`: the classifier does not see that layer",
                layers[at]
            ));
        }
        let combine = cam.joins().or(look.combine);
        if combine.is_none() && nodes.len() != 1 {
            return refuse(format!("`{name}` is asked for at {} layers that nothing joins", nodes.len()));
        }
        if look.eigen_smooth && !method.has_parts() {
            return refuse(format!("`{name}` is no sum over channels that eigen-smooth could look at"));
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

/// Every layer that any request looks at, once, in the order of the data flow; and where gradients are wanted.
pub struct Taps {
    pub nodes: Vec<NodeId>,
    /// The earliest layer whose gradient is wanted.
    pub gradients_from: Option<NodeId>,
}

impl Taps {
    pub fn new(requests: &[Request]) -> Self {
        let mut nodes: Vec<NodeId> = requests.iter().flat_map(|request| request.nodes.clone()).collect();
        nodes.sort();
        nodes.dedup();
        let differentiated = requests.iter().filter(|request| request.cam.needs() == Needs::Gradients);
        let gradients_from = differentiated.flat_map(|request| request.nodes.clone()).min();
        Self { nodes, gradients_from }
    }

    /// A layer's place among `nodes`.
    pub fn position(&self, node: NodeId) -> usize {
        self.nodes.iter().position(|tap| *tap == node).unwrap_or(0)
    }
}
