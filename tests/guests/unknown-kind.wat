;; Proves that a kind of event that nobody registered is a fault.
(module
  {{runtime}}
  (func (export "judge") (param i32 i32) (result i32)
    (i32.const {{outcome {"findings": [{"duty": "im.art4.violence.screen", "rule": "H1", "answer": {"not-applicable": "because"}, "kinds": ["telegram"]}]}}})))
