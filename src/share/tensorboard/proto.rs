//! Protocol Buffers' encoding of the few types of fields that event files have
//! (<https://protobuf.dev/programming-guides/encoding/>).

/// A message being encoded. Fields are written in the order of the calls; values that are the default of their type
/// are written too where a call is made.
#[derive(Debug, Clone, Default)]
pub(super) struct ProtoMessage(Vec<u8>);

impl ProtoMessage {
    /// Field of type `int64`, `int32`, `bool` or an enumeration.
    pub(super) fn int(mut self, field: u32, value: i64) -> Self {
        self.tag(field, 0);
        // Negative numbers are encoded in two's complement.
        self.varint(value as u64);
        self
    }

    /// Field of type `double`.
    pub(super) fn double(mut self, field: u32, value: f64) -> Self {
        self.tag(field, 1);
        self.0.extend(value.to_le_bytes());
        self
    }

    /// Field of type `float`.
    pub(super) fn float(mut self, field: u32, value: f32) -> Self {
        self.tag(field, 5);
        self.0.extend(value.to_le_bytes());
        self
    }

    /// Field of type `string` or `bytes`.
    pub(super) fn bytes(mut self, field: u32, value: impl AsRef<[u8]>) -> Self {
        let value = value.as_ref();
        self.tag(field, 2);
        self.varint(value.len() as u64);
        self.0.extend(value);
        self
    }

    /// Field of a message type; one entry of a repeated field or of a map.
    pub(super) fn message(self, field: u32, value: &Self) -> Self {
        self.bytes(field, &value.0)
    }

    /// The encoded bytes.
    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    fn tag(&mut self, field: u32, wire_type: u32) {
        self.varint(u64::from(field << 3 | wire_type));
    }

    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Examples of the encoding guide: `int32 a = 1` of 150, `string b = 2` of "testing", `Test1 c = 3` of a message with
    /// `a` of 150, `int32` of -2.
    #[test]
    fn fields_are_encoded_as_in_the_guide() {
        let of = |message: ProtoMessage| message.as_bytes().to_vec();
        let inner = ProtoMessage::default().int(1, 150);
        assert_eq!(of(inner.clone()), [0x08, 0x96, 0x01]);
        assert_eq!(of(ProtoMessage::default().bytes(2, "testing")), b"\x12\x07testing");
        assert_eq!(of(ProtoMessage::default().message(3, &inner)), [0x1a, 0x03, 0x08, 0x96, 0x01]);
        let minus_two = [0x08, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
        assert_eq!(of(ProtoMessage::default().int(1, -2)), minus_two);
        assert_eq!(of(ProtoMessage::default().double(1, 1.0)), [0x09, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f]);
        assert_eq!(of(ProtoMessage::default().float(2, 1.0)), [0x15, 0, 0, 0x80, 0x3f]);
    }
}
