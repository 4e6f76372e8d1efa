;; Proves that a review frees what was pending: it asks for a look at whatever is not a review, and is content with a review.
(module
  (import "specialis:policy/event@0.1.0" "brief" (func $brief (param i32)))
  {{runtime}}
  (func (export "judge") (param $state i32) (param $length i32) (result i32)
    (call $brief (i32.const 256))
    ;; The second field of the brief is the point; only `review` begins with an r.
    (if (result i32) (i32.eq (i32.load8_u (i32.load (i32.const 264))) (i32.const 114))
      (then (i32.const {{outcome {}}}))
      (else (i32.const {{outcome {{asks}}}})))))
