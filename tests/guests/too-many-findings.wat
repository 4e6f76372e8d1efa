;; Proves that more findings than allowed are a fault.
(module
  {{runtime}}
  (func (export "judge") (param i32 i32) (result i32)
    (i32.const {{outcome {"findings": [{"repeat": 257, "of": {"duty": "im.art4.violence.screen", "rule": "H1", "answer": {"not-applicable": "because"}}}]}}})))
