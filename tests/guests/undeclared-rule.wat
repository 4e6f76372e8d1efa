;; Proves that a rule that the manifest does not declare is a fault.
(module
  {{runtime}}
  (func (export "judge") (param i32 i32) (result i32)
    (i32.const {{outcome {"findings": [{"duty": "im.art4.violence.screen", "rule": "H9", "answer": {"not-applicable": "because"}}]}}})))
