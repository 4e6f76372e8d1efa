;; Proves that a fault stays to the end of its session: it answers once, then traps, and its state stays as it was.
(module
  {{runtime}}
  (func (export "judge") (param $state i32) (param $length i32) (result i32)
    (if (local.get $length) (then (unreachable)))
    (i32.const {{outcome {"state": "x", "findings": [{"duty": "im.art12.marking", "rule": "H1", "answer": {"met": {"instrument": "IM", "article": "12"}}}]}}})))
