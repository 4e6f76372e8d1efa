;; Proves that the user's phone number, which it reads from the text, gets out by no value that it can reach. The tests fill in
;; the answer and what it does before: `{{first}}`.
(module
  (import "specialis:policy/text@0.1.0" "slice" (func $slice (param i32 i32 i32 i32)))
  (import "specialis:policy/log@0.1.0" "line" (func $line (param i32 i32)))
  {{runtime}}
  (func $log (call $line (i32.const {{phone}}) (i32.const 11)))
  (func $panic (call $log) (unreachable))
  (func $nothing)
  ;; The number with full stops between groups of digits.
  (func $split
    (memory.copy (i32.const 112) (i32.const {{phone}}) (i32.const 3))
    (i32.store8 (i32.const 115) (i32.const 46))
    (memory.copy (i32.const 116) (i32.const 67) (i32.const 4))
    (i32.store8 (i32.const 120) (i32.const 46))
    (memory.copy (i32.const 121) (i32.const 71) (i32.const 4)))
  (func (export "judge") (param i32 i32) (result i32) (local $n i32) (local $digits i64)
    (call $slice (i32.const 0) (i32.const 0) (i32.const 11) (i32.const {{area}}))
    (memory.copy (i32.const {{phone}}) (i32.load (i32.const {{area}})) (i32.const 11))
    (loop $digit
      (local.set $digits
        (i64.add (i64.mul (local.get $digits) (i64.const 10))
          (i64.extend_i32_u (i32.sub (i32.load8_u offset={{phone}} (local.get $n)) (i32.const 48)))))
      (br_if $digit (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 11))))
    (i64.store (i32.const {{digits}}) (local.get $digits))
    (call ${{first}})
    (i32.const {{outcome {{answer}}}})))
