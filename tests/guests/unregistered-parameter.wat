;; Proves that a parameter that the measure's registration does not have is a fault.
(module
  {{runtime}}
  (func (export "judge") (param i32 i32) (result i32)
    (i32.const {{outcome {"findings": [{"duty": "im.art4.violence.screen", "rule": "H1", "answer": {"require": {"level": "warn", "obligations": [{"measure": {"id": "record", "params": [{"name": "price", "value": {"number": 9}}]}}], "cite": {"instrument": "IM", "article": "4(1)"}, "reason": "because"}}}]}}})))
