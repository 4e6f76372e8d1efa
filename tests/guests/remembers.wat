;; Proves that the state does outlive a call, within its session: no state, then one byte, and a mark from the second call on.
(module
  {{runtime}}
  (func (export "judge") (param $state i32) (param $length i32) (result i32)
    (if (result i32) (local.get $length)
      (then (i32.const {{outcome {"state": "x", "findings": [{"duty": "im.art12.marking", "rule": "H1", "answer": {"require": {"level": "mark", "cite": {"instrument": "IM", "article": "12"}, "reason": "because"}}}]}}}))
      (else (i32.const {{outcome {"state": "x"}}})))))
