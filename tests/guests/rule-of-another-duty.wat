;; Proves that a rule answers only on the duties it declares.
(module
  {{runtime}}
  (func (export "judge") (param i32 i32) (result i32)
    (i32.const {{outcome {"findings": [{"duty": "im.art12.marking", "rule": "H2", "answer": {"not-applicable": "because"}}]}}})))
