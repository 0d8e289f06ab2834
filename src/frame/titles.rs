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
