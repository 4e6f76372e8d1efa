;; Proves that memory never outlives a call: it counts its calls in a global and in memory, and stops once it remembers any.
(module
  {{runtime}}
  (global $calls (mut i32) (i32.const 0))
  (func (export "judge") (param i32 i32) (result i32) (local $before i32)
    (local.set $before (i32.or (global.get $calls) (i32.load (i32.const {{phone}}))))
    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (i32.store (i32.const {{phone}}) (i32.add (i32.load (i32.const {{phone}})) (i32.const 1)))
    (if (result i32) (local.get $before)
      (then (i32.const {{outcome {"findings": [{"duty": "im.art12.marking", "rule": "H1", "answer": {"require": {"level": "stop", "cite": {"instrument": "IM", "article": "12"}, "reason": "because"}}}]}}}))
      (else (i32.const {{outcome {"findings": [{"duty": "im.art12.marking", "rule": "H1", "answer": {"met": {"instrument": "IM", "article": "12"}}}]}}})))))
