//! Names as printed in papers, shown in tables and figures in place of the TOML names that frames hold.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use camlab_frame::TitleRow;
use camlab_frame::aggregate::Aggregate;

/// Replaces the name of this kind (`method` or `contrast`) that a text begins with, up to its options or its layer.
pub fn replace(titles: &[TitleRow], kind: &str, text: &mut String) {
    let end = text.find(" (").into_iter().chain(text.find(" · ")).min().unwrap_or(text.len());
    if let Some(title) = title(titles, kind, &text[..end]) {
        text.replace_range(..end, title);
    }
}

/// The title of a name of this kind (`method`, `metric` or `contrast`); none in a report without titles.
pub fn title<'a>(rows: &'a [TitleRow], kind: &str, name: &str) -> Option<&'a str> {
    rows.iter().find(|row| row.kind == kind && row.name == name).map(|row| row.title.as_str())
}

/// The rows of `titles.parquet`.
pub struct Titles(pub Vec<TitleRow>);

impl Titles {
    /// `TPE` for `tpe`.
    pub fn search<'t>(&'t self, name: &'t str) -> &'t str {
        title(&self.0, "search", name).unwrap_or(name)
    }

    /// `Grad-CAM++ (reading = torchcam) · layer4 (kaiming)` for `grad-cam++ (reading = torchcam) · layer4 (kaiming)`.
    pub fn method(&self, text: &mut String) {
        self.head("method", text);
    }

    /// `Histogram stretch (low = 0.1)` for `histogram-stretch (low = 0.1)`.
    pub fn contrast(&self, text: &mut String) {
        self.head("contrast", text);
    }

    fn head(&self, kind: &str, text: &mut String) {
        replace(&self.0, kind, text);
    }

    /// `MaxBoxAccV2 (IoU 0.3)` for `max-box-acc-v2@30`, `TPR (0.5)` for `tpr@0.5`.
    pub fn metric(&self, text: &mut String) {
        if let Some(title) = TitleRow::of_metric(&self.0, text) {
            *text = title;
        }
    }

    /// `true` if tables show a metric of a frame as `shown`.
    pub fn shows(&self, metric: &str, shown: &str) -> bool {
        let mut text = metric.to_owned();
        self.metric(&mut text);
        text == shown || at_oracle(&text) == shown
    }

    /// Replaces the names in aggregates. A metric that is also there at thresholds of other images says that its own is the
    /// oracle's.
    pub fn apply_to(&self, aggregates: &mut [Aggregate]) {
        let mut known: HashMap<(u8, Arc<str>), Arc<str>> = HashMap::new();
        let elsewhere = |name: &str| -> Option<String> {
            let plain = name.strip_suffix("val").or_else(|| name.strip_suffix("pseudo-boxes"))?;
            plain.strip_suffix(['@', ',']).map(str::to_owned)
        };
        let beside: HashSet<String> = aggregates.iter().filter_map(|row| elsewhere(&row.metric)).collect();
        let mut replace = |kind: u8, name: &mut Arc<str>, title: &dyn Fn(&mut String)| {
            let found = known.entry((kind, Arc::clone(name))).or_insert_with_key(|(_, name)| {
                let mut text = name.to_string();
                title(&mut text);
                text.into()
            });
            *name = Arc::clone(found);
        };
        for row in aggregates {
            replace(0, &mut row.method, &|text| self.method(text));
            replace(1, &mut row.contrast, &|text| self.contrast(text));
            replace(2, &mut row.metric, &|text| {
                let oracle = beside.contains(text.as_str());
                self.metric(text);
                if oracle {
                    *text = at_oracle(text);
                }
            });
        }
    }
}

/// The title of a metric at the threshold of the evaluated images.
fn at_oracle(title: &str) -> String {
    match title.strip_suffix(')') {
        Some(open) => format!("{open}, oracle threshold)"),
        None => format!("{title} (oracle threshold)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_titles_and_options_stay() {
        let row = |kind: &str, name: &str, title: &str| TitleRow {
            kind: kind.into(),
            name: name.into(),
            title: title.into(),
            summary: String::new(),
        };
        let titles = Titles(vec![
            row("method", "grad-cam++", "Grad-CAM++"),
            row("metric", "max-box-acc-v2", "MaxBoxAccV2"),
            row("metric", "box-acc", "BoxAcc"),
        ]);
        let method = |text: &str| {
            let mut text = text.to_owned();
            titles.method(&mut text);
            text
        };
        let metric = |text: &str| {
            let mut text = text.to_owned();
            titles.metric(&mut text);
            text
        };
        assert_eq!(method("grad-cam++"), "Grad-CAM++");
        assert_eq!(method("grad-cam++ (reading = torchcam)"), "Grad-CAM++ (reading = torchcam)");
        assert_eq!(method("grad-cam++ · layer4 (net)"), "Grad-CAM++ · layer4 (net)");
        assert_eq!(method("a-chain · polynomial"), "a-chain · polynomial");
        assert_eq!(metric("max-box-acc-v2@30"), "MaxBoxAccV2 (IoU 0.3)");
        assert_eq!(metric("box-acc@tau=0.2,iou=0.3"), "BoxAcc (τ 0.2, IoU 0.3)");
        assert_eq!(metric("my-metric"), "my-metric");
    }
}
