//! Events of TensorBoard's event files: `tensorboard/compat/proto/event.proto`, `summary.proto` and `tensor.proto`.

use super::proto::ProtoMessage;
use super::record::append_record;

/// `DT_FLOAT` and `DT_STRING` of `types.proto`.
const FLOAT: i64 = 1;
const STRING: i64 = 7;
/// `DATA_CLASS_TENSOR` of `summary.proto`.
const CLASS_TENSOR: i64 = 2;

/// The content of an event file being made.
pub(super) struct EventFile(Vec<u8>);

impl EventFile {
    /// A file with the event that states its version.
    pub(super) fn new(time_ms: i64) -> Self {
        let mut file = Self(Vec::new());
        file.append(ProtoMessage::default().double(1, seconds(time_ms)).bytes(3, "brain.Event:2"));
        file
    }

    /// A scalar as `simple_value`, which every reader takes; TensorBoard makes it a tensor of its own plugin.
    pub(super) fn scalar(&mut self, tag: &str, value: f64, step: i64, time_ms: i64) {
        // Event files hold scalars in single precision.
        self.value(ProtoMessage::default().bytes(1, tag).float(2, value as f32), step, time_ms);
    }

    /// A text that the TEXT tab shows as Markdown.
    pub(super) fn text(&mut self, tag: &str, text: &str, time_ms: i64) {
        let one = ProtoMessage::default().int(1, 1);
        let shape = ProtoMessage::default().message(2, &one);
        let tensor = ProtoMessage::default().int(1, STRING).message(2, &shape).bytes(8, text);
        let metadata = metadata("text", &[]).int(4, CLASS_TENSOR);
        let value = ProtoMessage::default().bytes(1, tag).message(8, &tensor).message(9, &metadata);
        self.value(value, 0, time_ms);
    }

    /// Data of the HPARAMS tab: `HParamsPluginData`, in the metadata of a tensor without elements.
    pub(super) fn hparams(&mut self, tag: &str, data: &ProtoMessage, time_ms: i64) {
        let none = ProtoMessage::default().int(1, 0);
        let shape = ProtoMessage::default().message(2, &none);
        let tensor = ProtoMessage::default().int(1, FLOAT).message(2, &shape);
        let metadata = metadata("hparams", data.as_bytes());
        let value = ProtoMessage::default().bytes(1, tag).message(8, &tensor).message(9, &metadata);
        self.value(value, 0, time_ms);
    }

    /// The bytes of the file.
    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    fn value(&mut self, value: ProtoMessage, step: i64, time_ms: i64) {
        let summary = ProtoMessage::default().message(1, &value);
        let event = ProtoMessage::default().double(1, seconds(time_ms)).int(2, step);
        self.append(event.message(5, &summary));
    }

    fn append(&mut self, event: ProtoMessage) {
        append_record(&mut self.0, event.as_bytes());
    }
}

/// `SummaryMetadata` with the name of a plugin and its data.
fn metadata(plugin: &str, data: &[u8]) -> ProtoMessage {
    let data = ProtoMessage::default().bytes(1, plugin).bytes(2, data);
    ProtoMessage::default().message(1, &data)
}

/// Milliseconds as seconds.
pub(super) fn seconds(time_ms: i64) -> f64 {
    time_ms as f64 / 1000.0
}
