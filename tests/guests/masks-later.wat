;; Proves that a mask counts although its hit was shown before: no state and no answer, then one byte, and the answer of the test.
(module
  {{runtime}}
  (func (export "judge") (param $state i32) (param $length i32) (result i32)
    (if (result i32) (local.get $length)
      (then (i32.const {{outcome {{answer}}}}))
      (else (i32.const {{outcome {"state": "x"}}})))))
