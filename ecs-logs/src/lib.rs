//! journal ─Source→ entries ─Router, Encoder→ (stream, event) ─Batcher→ Batch ─Sender→ CloudWatch Logs

pub mod cursor;
pub mod entry;
pub mod source;
