;; Proves that an answer of any bytes is checked and resolved: it answers what the text of part `{{part}}` spells, two letters a byte, from
;; `{{base}}`.
(module
  (import "specialis:policy/text@0.1.0" "slice" (func $slice (param i32 i32 i32 i32)))
  {{runtime}}
  (func $half (param $at i32) (result i32)
    (i32.and (i32.sub (i32.load8_u (local.get $at)) (i32.const 97)) (i32.const 15)))
  (func (export "judge") (param i32 i32) (result i32) (local $from i32) (local $n i32)
    (call $slice (i32.const {{part}}) (i32.const 0) (i32.const {{letters}}) (i32.const {{area}}))
    (local.set $from (i32.load (i32.const {{area}})))
    (loop $byte
      (i32.store8 (i32.add (i32.const {{base}}) (local.get $n))
        (i32.or (i32.shl (call $half (local.get $from)) (i32.const 4))
          (call $half (i32.add (local.get $from) (i32.const 1)))))
      (local.set $from (i32.add (local.get $from) (i32.const 2)))
      (br_if $byte
        (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const {{bytes}}))))
    (i32.const {{base}})))
