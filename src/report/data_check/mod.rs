//! The page of a check of a data set, from plain values.

mod balance;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use super::error::ReportError;
use super::page::Fact;
use super::plate::{Plate, plate};
use super::render;
use camlab_raster::{Rgb, encode};

/// Quality of the pictures, as JPEG.
const QUALITY: u8 = 82;

/// Content of the page.
#[derive(Debug, Default)]
pub struct DataCheckPage {
    /// The file or folder that was checked.
    pub title: String,
    /// The result in a sentence.
    pub verdict: String,
    /// True if the result needs attention.
    pub alarming: bool,
    /// Names and values of key facts.
    pub facts: Vec<(String, String)>,
    /// Column headings of the table of splits, and a row per split.
    pub splits: (Vec<String>, Vec<Vec<String>>),
    /// Kinds of findings, the heaviest first.
    pub kinds: Vec<CheckedKind>,
    /// Classes per split, with the number of images of each.
    pub classes: Vec<ClassBalance>,
    /// Sample of the images with their boxes.
    pub sample: Vec<CheckedPicture>,
}

/// The findings of one kind.
#[derive(Debug, Clone, Serialize)]
pub struct CheckedKind {
    /// `error`, `warning` or `note`.
    pub severity: String,
    /// Name of the kind.
    pub name: String,
    /// Meaning and remedy.
    pub about: String,
    /// Number of findings, with its noun.
    pub count: String,
    /// The first of them: split, image, other image, values.
    pub examples: Vec<[String; 4]>,
    /// Number of findings that are not listed.
    pub hidden: usize,
    /// Pictures of the first.
    pub pictures: Vec<ShownPicture>,
}

/// The classes of one split.
#[derive(Debug, Clone)]
pub struct ClassBalance {
    /// Name of the split.
    pub split: String,
    /// Class names and numbers of images, in label order.
    pub counts: Vec<(String, usize)>,
}

/// A picture with a caption.
#[derive(Debug, Clone)]
pub struct CheckedPicture {
    /// The image, as small as it is shown.
    pub image: Rgb,
    /// Lines of the caption.
    pub caption: Vec<String>,
}

/// A picture in the context of the template.
#[derive(Debug, Clone, Serialize)]
pub struct ShownPicture {
    /// The image as a `data:` address.
    pub data: String,
    /// Lines of the caption.
    pub caption: Vec<String>,
}

impl CheckedPicture {
    /// Encodes the picture for the page.
    ///
    /// # Errors
    /// An image without pixels.
    pub fn shown(&self) -> Result<ShownPicture, ReportError> {
        let failed = |source| ReportError::Photo { image: self.caption.join(" "), source };
        let bytes = encode::jpeg(&self.image, QUALITY).map_err(failed)?;
        let data = format!("data:image/jpeg;base64,{}", STANDARD.encode(bytes));
        Ok(ShownPicture { data, caption: self.caption.clone() })
    }
}

/// Context of the template.
#[derive(Serialize)]
struct CheckContext<'a> {
    title: &'a str,
    verdict: &'a str,
    alarming: bool,
    facts: Vec<Fact>,
    headings: &'a [String],
    rows: &'a [Vec<String>],
    kinds: &'a [CheckedKind],
    balance: Vec<Plate>,
    sample: Vec<ShownPicture>,
}

impl DataCheckPage {
    /// One HTML page that contains its style and its pictures. All text from the data is escaped.
    ///
    /// # Errors
    /// A figure that cannot be drawn, a defective template (a bug in this crate).
    pub fn html(&self) -> Result<String, ReportError> {
        let fact =
            |(name, value): &(String, String)| Fact { name: name.clone(), value: value.clone(), long: false };
        let context = CheckContext {
            title: &self.title,
            verdict: &self.verdict,
            alarming: self.alarming,
            facts: self.facts.iter().map(fact).collect(),
            headings: &self.splits.0,
            rows: &self.splits.1,
            kinds: &self.kinds,
            balance: balance::figures(&self.classes)?.iter().map(plate).collect(),
            sample: self.sample.iter().map(CheckedPicture::shown).collect::<Result<_, _>>()?,
        };
        render::template("data-check.html", &context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_from_the_data_are_escaped() {
        let class = |name: &str| (name.to_owned(), 3);
        let page = DataCheckPage {
            title: "<b>photos</b>".into(),
            classes: vec![ClassBalance {
                split: "train".into(),
                counts: vec![class("<i>cat"), class("dog")],
            }],
            sample: vec![CheckedPicture {
                image: Rgb { height: 2, width: 2, data: vec![9; 12] },
                caption: vec!["<script>".into()],
            }],
            ..DataCheckPage::default()
        };
        let html = page.html().unwrap();
        assert!(html.contains("&lt;script&gt;") && html.contains("&lt;i&gt;cat"));
        assert!(!html.contains("<script>") && !html.contains("<i>cat") && !html.contains("<b>photos"));
        assert_eq!(html.matches("<svg").count(), 1);
    }
}
