//! A label with any security field: verifying it comes to an end, and what stands in the label is not taken for more than it is.
#![no_main]

use libfuzzer_sys::fuzz_target;
use specialis_label::{RawLabel, SignatureStatus, signature};

fuzz_target!(|field: &str| {
    // The field as a value, and the bytes as a whole label.
    let label = serde_json::json!({ "Label": "1", "ContentProducer": "p", "ProduceID": "c-1", "ReservedCode1": field });
    let status = signature(&RawLabel::parse(&label.to_string()));
    assert_eq!(status, signature(&RawLabel::parse(&label.to_string())));
    // Nobody here knows a key for these fields, so a signature that holds was not found by chance.
    if status == Some(SignatureStatus::Valid) {
        assert!(field.contains("SecurityData") && field.contains("PubKey"));
    }
    let _ = signature(&RawLabel::parse(field));
});
