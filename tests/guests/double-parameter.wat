;; Proves that a parameter that stands twice is a fault.
(module
  {{runtime}}
  (func (export "judge") (param i32 i32) (result i32)
    (i32.const {{outcome {"findings": [{"duty": "im.art4.violence.screen", "rule": "H1", "answer": {"require": {"level": "warn", "obligations": [{"measure": {"id": "record", "params": [{"repeat": 2, "of": {"name": "keep-days", "value": {"number": 9}}}]}}], "cite": {"instrument": "IM", "article": "4(1)"}, "reason": "because"}}}]}}})))
