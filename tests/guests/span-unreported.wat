;; Proves that a span that is no hit, no stretch and no whole part is a fault: its end could tell what the text says.
(module
  {{runtime}}
  (func (export "judge") (param i32 i32) (result i32)
    (i32.const {{outcome {"findings": [{"duty": "im.art4.violence.screen", "rule": "H1", "answer": {"require": {"level": "mark", "spans": [{"part": 0, "start": 0, "end": 7}], "cite": {"instrument": "IM", "article": "4(1)"}, "reason": "because"}}}]}}})))
