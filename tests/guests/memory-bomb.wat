;; Proves that linear memory grows to its limit and no further.
(module
  {{runtime}}
  (func (export "judge") (param i32 i32) (result i32)
    (loop $more (br_if $more (i32.ne (memory.grow (i32.const 16)) (i32.const -1))))
    (i32.const {{outcome {}}})))
