;; Proves that a state larger than allowed is a fault.
(module
  {{runtime}}
  (func (export "judge") (param i32 i32) (result i32)
    (i32.const {{outcome {"state": {"at": 0, "length": 2049}}}})))
