//! Rendering of the templates.

use std::collections::BTreeMap;

use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, Value, context};
use serde::Serialize;
use serde_json::Value as Json;

use super::error::ReportError;
use super::page::Page;

/// Renders the page as one self-contained HTML file. All text from the experiment is escaped.
///
/// # Errors
/// A defective template (a bug in this crate).
pub fn html(page: &Page) -> Result<String, ReportError> {
    template("index.html", page)
}

/// Renders the page as Markdown that links to the figure files.
///
/// # Errors
/// A defective template (a bug in this crate).
pub fn markdown(page: &Page) -> Result<String, ReportError> {
    template("report.md", page)
}

/// Renders a template whose context is `page`.
///
/// # Errors
/// An unknown or defective template (a bug in this crate).
pub fn template(name: &str, page: &impl Serialize) -> Result<String, ReportError> {
    let page = serde_json::to_value(page)?;
    let mut environment = Environment::new();
    environment.set_syntax(
        SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build()?,
    );
    environment.add_filter("md", escape);
    environment.add_filter("fence", fence);
    environment.add_template("index.html", include_str!("templates/index.html"))?;
    environment.add_template("table.html", include_str!("templates/table.html"))?;
    environment.add_template("style.css", include_str!("templates/style.css"))?;
    environment.add_template("comparison.html", include_str!("templates/comparison.html"))?;
    environment.add_template("comparison.css", include_str!("templates/comparison.css"))?;
    environment.add_template("comparison.md", include_str!("templates/comparison.md"))?;
    environment.add_template("data-check.html", include_str!("templates/data-check.html"))?;
    environment.add_template("data-check.css", include_str!("templates/data-check.css"))?;
    environment.add_template("report.md", include_str!("templates/report.md"))?;
    environment.add_template("table.md", include_str!("templates/table.md"))?;
    Ok(environment.get_template(name)?.render(context! { page => value(page) })?)
}

/// Converts JSON to the template engine's value: minijinja is built without serde.
fn value(json: Json) -> Value {
    match json {
        Json::Null => Value::from(()),
        Json::Bool(truth) => Value::from(truth),
        Json::Number(number) => match number.as_i64() {
            Some(whole) => Value::from(whole),
            None => Value::from(number.as_f64().unwrap_or(f64::NAN)),
        },
        Json::String(text) => Value::from(text),
        Json::Array(items) => items.into_iter().map(value).collect(),
        Json::Object(fields) => Value::from(
            fields.into_iter().map(|(key, field)| (key, value(field))).collect::<BTreeMap<_, _>>(),
        ),
    }
}

/// Escapes a text for Markdown, including table cells.
fn escape(text: String) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' | '|' | '*' | '`' => escaped.extend(['\\', character]),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '\n' | '\r' => escaped.push(' '),
            other => escaped.push(other),
        }
    }
    escaped
}

/// A code fence longer than any run of backticks in the text.
fn fence(text: String) -> String {
    let (longest, _) = text.chars().fold((0, 0), |(longest, run), character| {
        let run = if character == '`' { run + 1 } else { 0 };
        (longest.max(run), run)
    });
    "`".repeat(3.max(longest + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_means_itself() {
        assert_eq!(escape("a|b <script>\n*x*".into()), "a\\|b &lt;script&gt; \\*x\\*");
        assert_eq!([fence("plain".into()), fence("a ```` b".into())], ["```", "`````"]);
    }
}
