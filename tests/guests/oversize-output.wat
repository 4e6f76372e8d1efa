;; Proves that an answer larger than allowed is a fault; the text of its reason is 300,000 bytes of zeros.
(module
  {{runtime}}
  (func (export "judge") (param i32 i32) (result i32)
    (i32.const {{outcome {"findings": [{"duty": "im.art4.violence.screen", "rule": "H1", "answer": {"unknown": {"at": 65536, "length": 300000}}}]}}})))
