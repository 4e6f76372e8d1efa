;; Proves that an answer whose lists claim more than memory holds is a fault.
(module
  {{runtime}}
  (func (export "judge") (param i32 i32) (result i32)
    (i32.const {{outcome {"findings": {"at": 65536, "length": 500000000}}}})))
