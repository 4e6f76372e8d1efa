;; Proves that an answer as one value of any bytes is read, checked and resolved: it hands over what the text spells, two letters a byte.
(module
  (import "specialis:policy/text@0.1.1" "slice" (func $slice (param i32 i32 i32 i32)))
  (import "specialis:policy/event@0.1.1" "parts" (func $parts (param i32)))
  (import "specialis:policy/event@0.1.1" "answer" (func $answer (param i32 i32)))
  {{runtime}}
  (func $half (param $at i32) (result i32)
    (i32.and (i32.sub (i32.load8_u (local.get $at)) (i32.const 97)) (i32.const 15)))
  (func (export "judge") (param i32 i32) (result i32) (local $from i32) (local $n i32) (local $to i32)
    ;; The length of the text is the value of the option that is the eighth field of the part.
    (call $parts (i32.const {{area}}))
    (local.set $to (i32.load offset=40 (i32.load (i32.const {{area}}))))
    (call $slice (i32.const 0) (i32.const 0) (local.get $to) (i32.const {{area}}))
    (local.set $from (i32.load (i32.const {{area}})))
    (local.set $to (i32.shr_u (local.get $to) (i32.const 1)))
    (block $done
      (loop $byte
        (br_if $done (i32.ge_u (local.get $n) (local.get $to)))
        (i32.store8 (i32.add (i32.const {{base}}) (local.get $n))
          (i32.or (i32.shl (call $half (local.get $from)) (i32.const 4))
            (call $half (i32.add (local.get $from) (i32.const 1)))))
        (local.set $from (i32.add (local.get $from) (i32.const 2)))
        (local.set $n (i32.add (local.get $n) (i32.const 1)))
        (br $byte)))
    (call $answer (i32.const {{base}}) (local.get $n))
    (i32.const {{outcome {}}})))
