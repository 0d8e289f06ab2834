//! Kinds of findings about a data set, and findings.

use crate::image_error::ImageFault;

/// Weight of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Results are wrong, or a run stops.
    Error,
    /// Probably not intended.
    Warning,
    /// Worth knowing.
    Note,
}

impl Severity {
    /// All, the heaviest first.
    pub const ALL: [Self; 3] = [Self::Error, Self::Warning, Self::Note];

    /// Name in texts and files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// Declares the kinds with their names and a sentence about each.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident $name:literal $about:literal;)+) => {
        /// Kind of a finding.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum FindingKind {
            $($(#[$doc])* $kind,)+
        }

        impl FindingKind {
            /// All, in the order of reports.
            pub const ALL: &'static [Self] = &[$(Self::$kind,)+];

            /// Name in texts and files.
            pub fn name(self) -> &'static str {
                match self { $(Self::$kind => $name,)+ }
            }

            /// The meaning and the remedy, in one line.
            pub fn about(self) -> &'static str {
                match self { $(Self::$kind => $about,)+ }
            }
        }
    };
}

kinds! {
    /// The data set cannot be opened.
    Unopened "unopened" "the data set cannot be opened; nothing else of it was checked";
    /// A listed file does not exist.
    Missing "missing" "listed, but there is no such file";
    /// The operating system cannot read the file.
    Unreadable "unreadable" "the file cannot be read";
    /// A file of 0 bytes.
    Empty "empty" "files of 0 bytes; fetch them again";
    /// Not an image.
    NotAnImage "not-an-image" "neither JPEG nor PNG, nor another known image format";
    /// Another image format.
    OtherFormat "other-format" "an image format that is not read; convert to JPEG or PNG";
    /// A file that ends too early.
    Truncated "truncated" "the file ends before the image is complete; fetch it again";
    /// The decoder fails.
    Broken "broken" "the image cannot be decoded; replace it";
    /// No pixels, or too many.
    BadSize "bad-size" "declares no pixels, or more than are read";
    /// Extension of another format.
    WrongExtension "wrong-extension" "the extension is that of another format; on-bad-image = \"convert\" reads these";
    /// One channel.
    Grey "grey" "grey, not RGB; on-bad-image = \"convert\" repeats the channel";
    /// Alpha channel.
    Alpha "alpha" "an alpha channel; on-bad-image = \"convert\" drops it";
    /// CMYK.
    Cmyk "cmyk" "CMYK colours; on-bad-image = \"convert\" converts them";
    /// 16 bits per channel.
    SixteenBit "sixteen-bit" "16 bits per channel; on-bad-image = \"convert\" scales them to 8";
    /// EXIF orientation other than upright.
    Turned "exif-turned" "EXIF turns the picture; boxes must be those of the turned one, unless data.exif = \"ignore\"";
    /// One colour.
    Flat "flat" "hardly any structure, one colour all over";
    /// Width and height exchanged.
    SizeSwapped "size-swapped" "the declared size is the file's with width and height exchanged; boxes are scaled wrongly";
    /// Another aspect ratio.
    SizeAspect "size-aspect" "the declared size has another aspect ratio than the file";
    /// A resized copy.
    SizeScaled "size-scaled" "the file is a resized copy of the declared size; boxes are scaled with it";
    /// Corners in reverse order.
    BoxInverted "box-inverted" "corners in reverse order: x1 < x0 or y1 < y0";
    /// No pixel inside.
    BoxOutside "box-outside" "boxes with no pixel inside the image";
    /// Partly outside.
    BoxSticksOut "box-sticks-out" "boxes that stick out of the image; only predicted boxes are clipped";
    /// Tiny.
    BoxTiny "box-tiny" "boxes with a side of less than 4 pixels";
    /// Repeated.
    BoxRepeated "box-repeated" "the same box twice in one image";
    /// The whole image.
    BoxWhole "box-whole-image" "boxes that cover the whole image";
    /// No box.
    NoBox "no-box" "images without a box in a set with boxes";
    /// The ground truth cannot be read.
    TruthUnreadable "truth-unreadable" "the image is read, but its mask or boxes are not";
    /// A mask without object.
    MaskEmpty "mask-empty" "masks without an object pixel";
    /// A mask of another aspect ratio.
    MaskAspect "mask-aspect" "masks with another aspect ratio than the image";
    /// Remarks of the reader.
    LeftOut "left-out" "what the lists name and the reader leaves out or changes, as declared";
    /// A class without images.
    ClassEmpty "class-empty" "classes without an image in the split";
    /// Imbalance.
    Imbalance "class-imbalance" "the largest class has more than 10 times the images of the smallest";
    /// Same content.
    Duplicate "duplicate" "the same file content twice in a split";
    /// Same content under two labels.
    DuplicateLabel "duplicate-label" "the same file content under two labels in a split";
    /// Same content in two splits.
    DuplicateBetween "duplicate-between-splits" "the same file content in two splits: the test is not independent";
    /// Alike.
    NearDuplicate "near-duplicate" "looks like another image of the split";
    /// Alike in two splits.
    NearBetween "near-duplicate-between-splits" "looks like an image of another split: the test may not be independent";
}

impl FindingKind {
    /// `true` for one about boxes or masks, which differ among the rows of an image with several classes.
    pub(super) fn is_of_truth(self) -> bool {
        (Self::BoxInverted..=Self::MaskAspect).contains(&self)
    }

    /// Kind and text of a fault of an image file.
    pub(super) fn of_fault(fault: &ImageFault) -> (Self, String) {
        let kind = match fault {
            ImageFault::Missing => Self::Missing,
            ImageFault::Unreadable(_) => Self::Unreadable,
            ImageFault::Empty => Self::Empty,
            ImageFault::NotAnImage => Self::NotAnImage,
            ImageFault::OtherFormat(_) => Self::OtherFormat,
            ImageFault::WronglyNamed { .. } => Self::WrongExtension,
            ImageFault::Truncated(_) => Self::Truncated,
            ImageFault::ZeroSized { .. } | ImageFault::TooLarge { .. } => Self::BadSize,
            ImageFault::SixteenBit => Self::SixteenBit,
            ImageFault::Grey => Self::Grey,
            ImageFault::Alpha => Self::Alpha,
            ImageFault::Cmyk => Self::Cmyk,
            _ => Self::Broken,
        };
        // The remedy is the kind's; the fault's own text names the option of a run, and may say no more than the kind.
        let text = fault.to_string();
        let detail = match kind {
            Self::Missing | Self::Empty | Self::NotAnImage => "",
            Self::Grey | Self::Alpha | Self::Cmyk | Self::SixteenBit => "",
            _ => text.split(';').next().unwrap_or(&text),
        };
        (kind, detail.to_string())
    }
}

/// A finding about one image or one split.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataFinding {
    /// Its kind.
    pub kind: FindingKind,
    /// Its weight.
    pub severity: Severity,
    /// Place of the split in the list that was checked.
    pub split: usize,
    /// Place of the image in its split; `None`: about the split.
    pub image: Option<usize>,
    /// Split and place of the other image of a pair.
    pub other: Option<(usize, usize)>,
    /// The values concerned, in one line; may be empty.
    pub detail: String,
}
