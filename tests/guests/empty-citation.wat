;; Proves that a citation without an article is a fault.
(module
  {{runtime}}
  (func (export "judge") (param i32 i32) (result i32)
    (i32.const {{outcome {"findings": [{"duty": "im.art4.violence.screen", "rule": "H1", "answer": {"met": {"instrument": "IM", "article": ""}}}]}}})))
