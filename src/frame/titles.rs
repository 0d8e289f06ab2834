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
    /// The name that papers print for a metric, with the options of its row: `MaxBoxAccV2 (IoU 0.3)` for
    /// `max-box-acc-v2@30`, `TPR (0.5)` for `tpr@0.5`, `MaxBoxAcc (val threshold)` for `max-box-acc@val`. `None` without
    /// a title.
    pub fn of_metric(rows: &[Self], metric: &str) -> Option<String> {
        let (name, options) = metric.split_once('@').unwrap_or((metric, ""));
        let row = rows.iter().find(|row| row.kind == "metric" && row.name == name)?;
        let options: Vec<String> = options
            .split(',')
            .filter(|option| !option.is_empty())
            .map(|option| words(name, option))
            .collect();
        Some(match options.is_empty() {
            true => row.title.clone(),
            false => format!("{} ({})", row.title, options.join(", ")),
        })
    }
}

/// The name of a metric at the threshold that validation images choose: `max-box-acc@val`, `max-box-acc@iou=0.3,val`.
pub fn at_val_threshold(metric: &str) -> String {
    format!("{metric}{}val", if metric.contains('@') { ',' } else { '@' })
}

/// An option in a metric's name, as printed.
fn words(metric: &str, option: &str) -> String {
    match option {
        "oracle" => "oracle threshold".to_owned(),
        "val" => "val threshold".to_owned(),
        "pseudo-boxes" => "pseudo-box threshold".to_owned(),
        "max" => "maximum".to_owned(),
        "top-label" => "top label".to_owned(),
        option if metric == "max-box-acc-v2" => format!("IoU {}", of_hundredths(option)),
        "morf" => "MoRF".to_owned(),
        "lerf" => "LeRF".to_owned(),
        option => option.replace("iou=", "IoU ").replace("tau=", "τ ").replacen('=', " ", 1),
    }
}

/// `0.3` for `30`, in hundredths; any other text as it is.
fn of_hundredths(text: &str) -> String {
    text.parse::<f64>().map_or_else(|_| text.to_owned(), |percent| (percent / 100.0).to_string())
}
