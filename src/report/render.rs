//! The templates, filled.

use minijinja::{Environment, context};

use super::page::Page;

/// The page as one self-contained HTML file. Everything that is not ours is escaped.
///
/// # Errors
/// When the template is wrong.
pub fn html(page: &Page) -> Result<String, minijinja::Error> {
    render("index.html", page)
}

/// The page as Markdown, the figures beside it.
///
/// # Errors
/// When the template is wrong.
pub fn markdown(page: &Page) -> Result<String, minijinja::Error> {
    render("report.md", page)
}

fn render(template: &str, page: &Page) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_trim_blocks(true);
    environment.set_lstrip_blocks(true);
    environment.set_keep_trailing_newline(true);
    environment.add_filter("md", escape);
    environment.add_filter("fence", fence);
    environment.add_template("index.html", include_str!("templates/index.html"))?;
    environment.add_template("table.html", include_str!("templates/table.html"))?;
    environment.add_template("style.css", include_str!("templates/style.css"))?;
    environment.add_template("report.md", include_str!("templates/report.md"))?;
    environment.add_template("table.md", include_str!("templates/table.md"))?;
    environment.get_template(template)?.render(context! { page })
}

/// A text that means itself in Markdown, also inside a table.
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

/// A fence longer than any run of backticks in the text.
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
