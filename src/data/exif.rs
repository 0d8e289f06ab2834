//! The EXIF orientation of an image file, read from its header.

/// Tag of the orientation in the first image file directory.
const ORIENTATION: u16 = 0x0112;

/// EXIF orientation of a JPEG or PNG file, 1 to 8 (EXIF 2.32, section 4.6.4): 1 is upright, 3 turned by 180 degrees, 6
/// and 8 by 90 degrees; 2, 4, 5 and 7 are mirrored besides. `None` if the file has no such tag, the tag has no valid
/// value, or the file is neither a JPEG (segment APP1) nor a PNG (chunk `eXIf`). Reads the header only.
pub fn orientation(bytes: &[u8]) -> Option<u8> {
    match bytes {
        [0xff, 0xd8, 0xff, ..] => jpeg(bytes),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => png(bytes),
        _ => None,
    }
}

/// Segments of a JPEG up to the first scan.
fn jpeg(bytes: &[u8]) -> Option<u8> {
    let mut at = 2;
    loop {
        if *bytes.get(at)? != 0xff {
            return None;
        }
        // Fill bytes.
        while *bytes.get(at)? == 0xff {
            at += 1;
        }
        let code = *bytes.get(at)?;
        at += 1;
        match code {
            0x01 | 0xd0..=0xd8 => continue,
            // Start of scan, or the end.
            0xda | 0xd9 => return None,
            _ => {}
        }
        let length = usize::from(Order::Big.u16(bytes, at)?);
        let segment = bytes.get(at + 2..at.checked_add(length)?)?;
        if let Some(content) = segment.strip_prefix(b"Exif\0\0").filter(|_| code == 0xe1) {
            return tiff(content);
        }
        at += length;
    }
}

/// Chunks of a PNG up to `IEND`; `eXIf` may stand before or after the pixels.
fn png(bytes: &[u8]) -> Option<u8> {
    let mut at = 8_usize;
    loop {
        let length = Order::Big.u32(bytes, at)? as usize;
        let start = at.checked_add(8)?;
        let end = start.checked_add(length)?;
        match bytes.get(at + 4..start)? {
            b"eXIf" => return tiff(bytes.get(start..end)?),
            b"IEND" => return None,
            _ => at = end.checked_add(4)?,
        }
    }
}

/// The tag in the first directory of a TIFF structure.
fn tiff(content: &[u8]) -> Option<u8> {
    let order = match content.get(..4)? {
        b"II*\0" => Order::Little,
        b"MM\0*" => Order::Big,
        _ => return None,
    };
    let directory = order.u32(content, 4)? as usize;
    let count = usize::from(order.u16(content, directory)?);
    let entry = (0..count).map(|entry| directory + 2 + 12 * entry).find_map(|at| {
        match order.u16(content, at) {
            None => Some(None),
            Some(ORIENTATION) => Some(Some(at)),
            Some(_) => None,
        }
    })??;
    let value = match order.u16(content, entry + 2)? {
        3 => u32::from(order.u16(content, entry + 8)?),
        4 => order.u32(content, entry + 8)?,
        _ => return None,
    };
    u8::try_from(value).ok().filter(|value| (1..=8).contains(value))
}

/// Order of the bytes of a number.
#[derive(Debug, Clone, Copy)]
enum Order {
    Little,
    Big,
}

impl Order {
    fn u16(self, bytes: &[u8], at: usize) -> Option<u16> {
        let two: [u8; 2] = bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(match self {
            Self::Little => u16::from_le_bytes(two),
            Self::Big => u16::from_be_bytes(two),
        })
    }

    fn u32(self, bytes: &[u8], at: usize) -> Option<u32> {
        let four: [u8; 4] = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(match self {
            Self::Little => u32::from_le_bytes(four),
            Self::Big => u32::from_be_bytes(four),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::orientation;

    /// A TIFF structure with two tags, the second of which is the orientation.
    fn tiff(little: bool, value: u16) -> Vec<u8> {
        let two = |number: u16| if little { number.to_le_bytes() } else { number.to_be_bytes() };
        let four = |number: u32| if little { number.to_le_bytes() } else { number.to_be_bytes() };
        let mut bytes = if little { b"II*\0".to_vec() } else { b"MM\0*".to_vec() };
        bytes.extend(four(8));
        bytes.extend(two(2));
        for (tag, value) in [(0x0100, 640), (0x0112, value)] {
            bytes.extend([two(tag), two(3)].concat());
            bytes.extend(four(1));
            bytes.extend([two(value), two(0)].concat());
        }
        bytes.extend(four(0));
        bytes
    }

    fn jpeg(tiff: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xff, 0xe1];
        bytes.extend((tiff.len() as u16 + 8).to_be_bytes());
        bytes.extend(b"Exif\0\0");
        bytes.extend(tiff);
        bytes.extend([0xff, 0xda, 0, 2]);
        bytes
    }

    fn png(tiff: &[u8]) -> Vec<u8> {
        let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
        for (name, content) in [(b"IHDR", &[0; 13][..]), (b"IDAT", &[7; 5]), (b"eXIf", tiff), (b"IEND", &[])]
        {
            bytes.extend((content.len() as u32).to_be_bytes());
            bytes.extend(name);
            bytes.extend(content);
            bytes.extend([0; 4]);
        }
        bytes
    }

    #[test]
    fn both_formats_and_both_byte_orders_are_read() {
        for little in [true, false] {
            for value in 1..=8 {
                let tiff = tiff(little, value);
                assert_eq!(orientation(&jpeg(&tiff)), Some(value as u8));
                assert_eq!(orientation(&png(&tiff)), Some(value as u8));
            }
            assert_eq!(orientation(&jpeg(&tiff(little, 9))), None);
            assert_eq!(orientation(&jpeg(&tiff(little, 0))), None);
        }
        assert_eq!(orientation(b"GIF89a"), None);
        assert_eq!(orientation(&[]), None);
    }

    proptest! {
        #[test]
        fn damaged_files_do_not_panic(cut in 0usize..120, at in 0usize..120, byte: u8, little: bool) {
            for mut file in [jpeg(&tiff(little, 6)), png(&tiff(little, 6))] {
                let place = at % file.len();
                file[place] = byte;
                file.truncate(cut);
                orientation(&file);
            }
        }
    }
}
