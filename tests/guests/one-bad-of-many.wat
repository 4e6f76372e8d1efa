;; Proves that one bad finding makes the whole answer a fault; the good one before it does not count.
(module
  {{runtime}}
  (func (export "judge") (param i32 i32) (result i32)
    (i32.const {{outcome {"findings": [{"duty": "im.art4.violence.screen", "rule": "H1", "answer": {"met": {"instrument": "IM", "article": "4(1)"}}}, {"duty": "im.art4.violence.screen", "rule": "H1", "answer": {"unknown": "whatever"}}]}}})))
