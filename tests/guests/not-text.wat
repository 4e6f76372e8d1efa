;; Proves that a string which is not UTF-8 is a fault.
(module
  {{runtime}}
  (func (export "judge") (param i32 i32) (result i32)
    (i32.store8 (i32.const {{phone}}) (i32.const 0xff))
    (i32.const {{outcome {"findings": [{"duty": {"at": 64, "length": 1}, "rule": "H1", "answer": {"unknown": "because"}}]}}})))
