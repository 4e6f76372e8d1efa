;; Proves that putting a text of its own in the place of the answer takes a grant that nobody gave.
(module
  {{runtime}}
  (func (export "judge") (param i32 i32) (result i32)
    (i32.const {{outcome {"findings": [{"duty": "im.art4.violence.screen", "rule": "H1", "answer": {"require": {"level": "mark", "obligations": [{"replace": "advert"}], "cite": {"instrument": "IM", "article": "4(1)"}, "reason": "because"}}}]}}})))
