;; Proves that a day that no calendar has is a fault.
(module
  {{runtime}}
  (func (export "judge") (param i32 i32) (result i32)
    (i32.const {{outcome {"findings": [{"duty": "im.art4.violence.screen", "rule": "H1", "answer": {"require": {"level": "warn", "obligations": [{"measure": {"id": "record", "params": [{"name": "keep-days", "value": {"date": {"year": 2026, "month": 2, "day": 30}}}]}}], "cite": {"instrument": "IM", "article": "4(1)"}, "reason": "because"}}}]}}})))
