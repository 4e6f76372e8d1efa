;; Proves that a measure is asked for once: two with different numbers could tell a message of any length.
(module
  {{runtime}}
  (func (export "judge") (param i32 i32) (result i32)
    (i32.const {{outcome {"findings": [{"duty": "im.art4.violence.screen", "rule": "H1", "answer": {"require": {"level": "mark", "obligations": [{"measure": {"id": "record", "params": [{"name": "keep-days", "value": {"number": 138}}]}}, {"measure": {"id": "record", "params": [{"name": "keep-days", "value": {"number": 139}}]}}], "cite": {"instrument": "IM", "article": "4(1)"}, "reason": "because"}}}]}}})))
