;; Proves that an extra entry of an outcome that nobody registered is a fault.
(module
  {{runtime}}
  (func (export "judge") (param i32 i32) (result i32)
    (i32.const {{outcome {"extra": [{"id": "score", "value": {"number": 1}}]}}})))
