use super::Check;
use crate::parts::init::InitSpec;
use crate::registry::closest;
use crate::spec::{Agreement, Experiment, Sanity};

impl Check<'_, '_> {
    /// Whether what `[[agreement]]` and `[sanity]` name is made.
    pub(super) fn comparisons(&mut self, experiment: &Experiment) {
        let made = made(experiment);
        for (index, agreement) in experiment.agreement.iter().enumerate() {
            self.agreement(&format!("agreement.{index}"), agreement, &made);
        }
        if let Some(sanity) = &experiment.sanity {
            self.sanity(sanity, &made);
        }
    }

    fn agreement(&mut self, path: &str, agreement: &Agreement, made: &[(String, String)]) {
        let Agreement { reference, layer, .. } = agreement;
        let of_reference = || made.iter().filter(|(title, _)| title == reference);
        if of_reference().next().is_none() {
            let remedy = near(reference, made);
            self.at(&format!("{path}.reference"), format!("no map is called `{reference}`"), remedy);
            return;
        }
        if let Some(layer) = layer.as_ref().filter(|layer| !of_reference().any(|(_, known)| known == *layer))
        {
            let layers: Vec<_> = of_reference().map(|(_, layer)| format!("`{layer}`")).collect();
            self.at(
                &format!("{path}.layer"),
                format!("`{reference}` is not made at `{layer}`"),
                format!("it is made at {}", layers.join(", ")),
            );
        }
        for (at, other) in agreement.others.iter().enumerate() {
            let one = Agreement { others: vec![other.clone()], ..agreement.clone() };
            if !made.iter().any(|(title, _)| one.compares(title) && title != reference) {
                let path = format!("{path}.others.{at}");
                self.at(&path, format!("no map but the reference is called `{other}`"), near(other, made));
            }
        }
    }

    fn sanity(&mut self, sanity: &Sanity, made: &[(String, String)]) {
        self.require(sanity.images > 0, "sanity.images", "0 images show nothing", "write sanity.images = 16");
        self.require(
            !matches!(sanity.init, InitSpec::Pretrained(_)),
            "sanity.init",
            "a checkpoint is nothing drawn anew",
            "write sanity.init = \"kaiming-normal\"",
        );
        for (at, name) in sanity.methods.iter().enumerate() {
            let one = Sanity { methods: vec![name.clone()], ..sanity.clone() };
            if !made.iter().any(|(title, layer)| layer != "-" && one.checks(title)) {
                let path = format!("sanity.methods.{at}");
                self.at(&path, format!("no map is called `{name}`"), near(name, made));
            }
        }
    }
}

/// What every network's maps are called, with their layers; baselines stand at `-`.
fn made(experiment: &Experiment) -> Vec<(String, String)> {
    let mut made = Vec::new();
    for group in &experiment.maps {
        for method in &group.methods {
            let look = group.look(method, &experiment.target);
            let title = look.title(method, &experiment.target);
            let layers = group.layers_of(&look);
            made.extend(layers.into_iter().map(|layers| (title.clone(), layers.join("+"))));
        }
    }
    made.extend(experiment.baselines.iter().map(|baseline| (baseline.name().to_owned(), "-".to_owned())));
    made
}

fn near(written: &str, made: &[(String, String)]) -> String {
    let mut titles: Vec<&str> = made.iter().map(|(title, _)| title.as_str()).collect();
    titles.dedup();
    match closest(written, titles.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("made are `{}`", titles.join("`, `")),
    }
}
