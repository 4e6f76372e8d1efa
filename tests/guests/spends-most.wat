;; Proves that fuel adds up over a session: a call spends about sixty percent of it and answers, so the second call fails.
(module
  {{runtime}}
  (func (export "judge") (param i32 i32) (result i32) (local $left i32)
    (local.set $left (i32.const {{turns}}))
    (loop $turn
      (br_if $turn (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
    (i32.const {{outcome {"findings": [{"duty": "im.art12.marking", "rule": "H1", "answer": {"met": {"instrument": "IM", "article": "12"}}}]}}})))
