;; Proves that a finding on a duty that the manifest does not govern is a fault.
(module
  {{runtime}}
  (func (export "judge") (param i32 i32) (result i32)
    (i32.const {{outcome {"findings": [{"duty": "common.pi.output", "rule": "H1", "answer": {"not-applicable": "because"}}]}}})))
