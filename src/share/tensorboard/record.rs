//! The framing of TFRecord files (<https://www.tensorflow.org/tutorials/load_data/tfrecord>): length, checksum of the
//! length, bytes, checksum of the bytes, all little-endian.

/// Appends a record.
pub(super) fn append_record(file: &mut Vec<u8>, bytes: &[u8]) {
    let length = (bytes.len() as u64).to_le_bytes();
    file.extend(length);
    file.extend(masked(crc32c(&length)).to_le_bytes());
    file.extend(bytes);
    file.extend(masked(crc32c(bytes)).to_le_bytes());
}

/// The mask of `tensorflow/core/lib/hash/crc32c.h`: checksums of data that holds checksums are no special case.
fn masked(sum: u32) -> u32 {
    sum.rotate_right(15).wrapping_add(0xa282_ead8)
}

/// CRC-32C (Castagnoli), RFC 3720, appendix B.4.
fn crc32c(bytes: &[u8]) -> u32 {
    const TABLE: [u32; 256] = table();
    !bytes.iter().fold(!0, |sum, byte| (sum >> 8) ^ TABLE[usize::from(sum as u8 ^ byte)])
}

/// Remainders of all bytes, for the polynomial 0x1EDC6F41 in reversed order of bits.
const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut at = 0;
    while at < 256 {
        let (mut sum, mut bit) = (at as u32, 0);
        while bit < 8 {
            sum = if sum & 1 == 1 { (sum >> 1) ^ 0x82f6_3b78 } else { sum >> 1 };
            bit += 1;
        }
        table[at] = sum;
        at += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Vectors: the check value of CRC-32C in the catalogue of parametrised CRCs, and RFC 3720, appendix B.4.
    #[test]
    fn checksums_are_those_of_the_standard() {
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
        assert_eq!(crc32c(&[0; 32]), 0x8a91_36aa);
        assert_eq!(crc32c(&[0xff; 32]), 0x62a8_ab43);
        let rising: Vec<u8> = (0..32).collect();
        assert_eq!(crc32c(&rising), 0x46dd_794e);
        assert_eq!(crc32c(&rising.into_iter().rev().collect::<Vec<u8>>()), 0x113f_db5c);
        assert_eq!(crc32c(b""), 0);
    }

    /// Expected bytes: `tensorboard.summary.writer.record_writer.RecordWriter(...).write(b"abc")` of TensorBoard 2.21.
    #[test]
    fn a_record_has_the_bytes_of_tensorboards_writer() {
        let mut file = Vec::new();
        append_record(&mut file, b"abc");
        let hex: String = file.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "0300000000000000b099490e6162636e57f121");
    }
}
