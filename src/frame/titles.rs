use super::row::frame;

frame! {
    /// `titles.parquet`: the names that papers print, for the names that TOML and every other frame use.
    TitleRow in "titles.parquet" {
        /// `method`, `metric` or `contrast`.
        kind: String,
        /// The name in every other frame.
        name: String,
        /// The name in tables and figures.
        title: String,
        /// One sentence: what it is and where it comes from.
        summary: String,
    }
}

impl TitleRow {
    /// The name that papers print for a metric, with the threshold of its row: `MaxBoxAccV2 (IoU 0.3)` for
    /// `max-box-acc-v2@30`, `TPR (0.5)` for `tpr@0.5`. `None` without a title.
    pub fn of_metric(rows: &[Self], metric: &str) -> Option<String> {
        let (name, at) = metric.split_once('@').map_or((metric, None), |(name, at)| (name, Some(at)));
        let row = rows.iter().find(|row| row.kind == "metric" && row.name == name)?;
        Some(match at {
            None => row.title.clone(),
            Some(at) if name == "max-box-acc-v2" => format!("{} (IoU {})", row.title, of_hundredths(at)),
            Some(at) => {
                let at = at.replace("iou=", "IoU ").replace("tau=", "τ ").replace(',', ", ");
                format!("{} ({at})", row.title)
            }
        })
    }
}

/// `0.3` for `30`, in hundredths; any other text as it is.
fn of_hundredths(text: &str) -> String {
    text.parse::<f64>().map_or_else(|_| text.to_owned(), |percent| (percent / 100.0).to_string())
}
