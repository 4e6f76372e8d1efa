;; Proves that a span that ends past its part is a fault.
(module
  {{runtime}}
  (func (export "judge") (param i32 i32) (result i32)
    (i32.const {{outcome {"findings": [{"duty": "im.art4.violence.screen", "rule": "H1", "answer": {"require": {"level": "redact", "spans": [{"part": 0, "start": 0, "end": 4000}], "cite": {"instrument": "IM", "article": "4(1)"}, "reason": "because"}}}]}}})))
