;; Proves that a registered measure that the manifest does not declare is a fault.
(module
  {{runtime}}
  (func (export "judge") (param i32 i32) (result i32)
    (i32.const {{outcome {"findings": [{"duty": "im.art4.violence.screen", "rule": "H1", "answer": {"require": {"level": "warn", "obligations": [{"measure": {"id": "geoblock"}}], "cite": {"instrument": "IM", "article": "4(1)"}, "reason": "because"}}}]}}})))
