;; Proves that an extra entry of a finding that nobody registered is a fault.
(module
  {{runtime}}
  (func (export "judge") (param i32 i32) (result i32)
    (i32.const {{outcome {"findings": [{"duty": "im.art4.violence.screen", "rule": "H1", "answer": {"not-applicable": "because"}, "extra": [{"id": "score", "value": {"number": 1}}]}]}}})))
