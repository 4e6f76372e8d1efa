;; Proves that an answer close to the limit of findings is taken whole, at every judging point: 255 of 256.
(module
  {{runtime}}
  (func (export "judge") (param i32 i32) (result i32)
    (i32.const {{outcome {"findings": [{"repeat": 255, "of": {"duty": "im.art12.marking", "rule": "H1", "answer": {"met": {"instrument": "IM", "article": "12"}}}}]}}})))
