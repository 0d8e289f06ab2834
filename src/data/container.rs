//! Header and completeness of a JPEG or PNG file, read without decoding.
//!
//! The underlying decoders are lenient: a truncated JPEG is decoded with a grey lower part. That would corrupt a
//! localisation benchmark silently, so completeness is checked on the container.

use super::image_error::ImageFault;

/// Supported formats, detected by their first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PhotoFormat {
    Jpeg,
    Png,
}

impl PhotoFormat {
    /// Name used in error messages.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
        }
    }

    /// Detects the format from the first bytes.
    pub(super) fn sniff(bytes: &[u8]) -> Result<Self, ImageFault> {
        const OTHERS: [(&[u8], &str); 7] = [
            (b"GIF8", "GIF"),
            (b"BM", "BMP"),
            (b"RIFF", "WebP"),
            (b"II*\0", "TIFF"),
            (b"MM\0*", "TIFF"),
            (b"\0\0\0\x0cJXL ", "JPEG XL"),
            (b"\0\0\0\x0cjP  ", "JPEG 2000"),
        ];
        match bytes {
            [] => Err(ImageFault::Empty),
            [0xff, 0xd8, 0xff, ..] => Ok(Self::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Ok(Self::Png),
            // Boxes of ISO 14496-12 begin with their length.
            [_, _, _, _, b'f', b't', b'y', b'p', b'a', b'v', b'i', ..] => {
                Err(ImageFault::OtherFormat("AVIF"))
            }
            [_, _, _, _, b'f', b't', b'y', b'p', b'h' | b'm', b'e' | b'i', ..] => {
                Err(ImageFault::OtherFormat("HEIC"))
            }
            _ => Err(OTHERS
                .iter()
                .find(|(magic, _)| bytes.starts_with(magic))
                .map_or(ImageFault::NotAnImage, |(_, name)| ImageFault::OtherFormat(name))),
        }
    }
}

/// Image size and channels declared by the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) width: usize,
    pub(super) height: usize,
    /// JPEG components (1 grey, 3 colour, 4 CMYK); always 3 for PNG, whose colour type is read by its decoder.
    pub(super) components: u8,
    /// Bits per sample.
    pub(super) depth: u8,
}

/// Parses the container to its end marker.
///
/// # Errors
/// [`ImageFault::Truncated`] if the file ends before its end marker, [`ImageFault::Broken`] if a header is malformed.
/// Bytes after the end marker are ignored.
pub(super) fn inspect(format: PhotoFormat, bytes: &[u8]) -> Result<Header, ImageFault> {
    match format {
        PhotoFormat::Jpeg => jpeg(bytes),
        PhotoFormat::Png => png(bytes),
    }
}

/// ITU T.81, annex B: markers with lengths, entropy-coded data after each start of scan, `FFD9` at the end.
fn jpeg(bytes: &[u8]) -> Result<Header, ImageFault> {
    let cut = || ImageFault::Truncated("JPEG");
    let mut header = None;
    let mut at = 2;
    loop {
        // A marker is 0xff, any number of fill bytes 0xff, and a code. Bytes before it are entropy-coded data.
        while *bytes.get(at).ok_or_else(cut)? != 0xff {
            at += 1;
        }
        while *bytes.get(at).ok_or_else(cut)? == 0xff {
            at += 1;
        }
        let code = bytes[at];
        at += 1;
        match code {
            // A stuffed byte, restart markers, and markers without a length.
            0x00 | 0x01 | 0xd0..=0xd8 => continue,
            0xd9 => return header.ok_or_else(|| ImageFault::Broken("no frame header before its end".into())),
            _ => {}
        }
        let length = usize::from(u16_at(bytes, at).ok_or_else(cut)?);
        if length < 2 {
            return Err(ImageFault::Broken(format!("segment {code:02X} has length {length}")));
        }
        // Start of frame: C0..CF except the Huffman, arithmetic-coding and reserved markers.
        if (0xc0..=0xcf).contains(&code) && ![0xc4, 0xc8, 0xcc].contains(&code) {
            header = Some(Header {
                depth: *bytes.get(at + 2).ok_or_else(cut)?,
                height: u16_at(bytes, at + 3).ok_or_else(cut)?.into(),
                width: u16_at(bytes, at + 5).ok_or_else(cut)?.into(),
                components: *bytes.get(at + 7).ok_or_else(cut)?,
            });
        }
        at += length;
    }
}

/// ISO 15948: chunks of length, name, data and checksum, `IHDR` first and `IEND` last.
fn png(bytes: &[u8]) -> Result<Header, ImageFault> {
    let cut = || ImageFault::Truncated("PNG");
    if bytes.get(12..16).ok_or_else(cut)? != b"IHDR" {
        return Err(ImageFault::Broken("the first chunk is not IHDR".into()));
    }
    let header = Header {
        width: u32_at(bytes, 16).ok_or_else(cut)? as usize,
        height: u32_at(bytes, 20).ok_or_else(cut)? as usize,
        depth: *bytes.get(24).ok_or_else(cut)?,
        components: 3,
    };
    let mut at = 8;
    loop {
        let length = u32_at(bytes, at).ok_or_else(cut)? as usize;
        let name = bytes.get(at + 4..at + 8).ok_or_else(cut)?;
        if !name.iter().all(u8::is_ascii_alphabetic) {
            return Err(ImageFault::Broken(format!("no chunk name at byte {}", at + 4)));
        }
        let end = at.checked_add(12).and_then(|start| start.checked_add(length)).ok_or_else(cut)?;
        if end > bytes.len() {
            return Err(cut());
        }
        if name == b"IEND" {
            return Ok(header);
        }
        at = end;
    }
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..at + 2).map(|two| u16::from_be_bytes([two[0], two[1]]))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4).map(|four| u32::from_be_bytes([four[0], four[1], four[2], four[3]]))
}
