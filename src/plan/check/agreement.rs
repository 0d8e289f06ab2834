use super::Check;
use crate::BASELINE;
use crate::claims::DeclaredMap;
use camlab_base::registry::closest;
use camlab_config::{Agreement, Experiment, Sanity};

impl Check<'_> {
    /// Checks that the maps named by `[[agreement]]` and `[sanity]` exist.
    pub(super) fn agreements(&mut self, experiment: &Experiment, made: &[DeclaredMap]) {
        for (index, agreement) in experiment.agreement.iter().enumerate() {
            self.agreement(&format!("agreement.{index}"), agreement, made);
        }
        if let Some(sanity) = &experiment.sanity {
            self.sanity(sanity, made);
        }
    }

    fn agreement(&mut self, path: &str, agreement: &Agreement, made: &[DeclaredMap]) {
        let Agreement { reference, layer, .. } = agreement;
        let of_reference = || made.iter().filter(|made| made.method == *reference);
        if of_reference().next().is_none() {
            let remedy = near(reference, made);
            self.at(
                &format!("{path}.reference"),
                format!("`{reference}` makes no maps in this experiment"),
                remedy,
            );
            return;
        }
        if let Some(layer) = layer.as_ref().filter(|layer| !of_reference().any(|made| made.layer == **layer))
        {
            let mut layers: Vec<_> = of_reference().map(|made| format!("`{}`", made.layer)).collect();
            layers.sort();
            layers.dedup();
            self.at(
                &format!("{path}.layer"),
                format!("`{reference}` makes no maps at layer `{layer}`"),
                format!("use one of its layers: {}", layers.join(", ")),
            );
        }
        for (at, other) in agreement.others.iter().enumerate() {
            let one = Agreement { others: vec![other.clone()], ..agreement.clone() };
            if !made.iter().any(|made| one.compares(&made.method) && made.method != *reference) {
                let path = format!("{path}.others.{at}");
                self.at(
                    &path,
                    format!("`{other}` is the reference or makes no maps in this experiment"),
                    near(other, made),
                );
            }
        }
    }

    fn sanity(&mut self, sanity: &Sanity, made: &[DeclaredMap]) {
        self.require(
            sanity.images > 0,
            "sanity.images",
            "`sanity.images` = 0 is out of range",
            "write 1 or more, such as sanity.images = 16",
        );
        self.require(
            sanity.init.checkpoint().is_none(),
            "sanity.init",
            "`pretrained` draws no random parameters, which the sanity check needs",
            "write sanity.init = \"kaiming-normal\"",
        );
        for (at, name) in sanity.methods.iter().enumerate() {
            let one = Sanity { methods: vec![name.clone()], ..sanity.clone() };
            if !made.iter().any(|made| made.network != BASELINE && one.checks(&made.method)) {
                let path = format!("sanity.methods.{at}");
                self.at(&path, format!("`{name}` makes no maps in this experiment"), near(name, made));
            }
        }
    }
}

fn near(written: &str, made: &[DeclaredMap]) -> String {
    let mut titles: Vec<&str> = Vec::new();
    for made in made {
        if !titles.contains(&made.method.as_str()) {
            titles.push(&made.method);
        }
    }
    match closest(written, titles.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("use one of `{}`, or list the method under [[maps]]", titles.join("`, `")),
    }
}
