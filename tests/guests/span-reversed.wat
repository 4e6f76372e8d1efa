;; Proves that a span that ends before it begins is a fault.
(module
  {{runtime}}
  (func (export "judge") (param i32 i32) (result i32)
    (i32.const {{outcome {"findings": [{"duty": "im.art4.violence.screen", "rule": "H1", "answer": {"require": {"level": "redact", "spans": [{"part": 0, "start": 3, "end": 1}], "cite": {"instrument": "IM", "article": "4(1)"}, "reason": "because"}}}]}}})))
