;; Proves that one reading is bounded, by `slice` and by `around`. The tests fill in which, and where it ends: `{{read}}`, `{{end}}`.
(module
  (import "specialis:policy/text@0.1.0" "slice" (func $slice (param i32 i32 i32 i32)))
  (import "specialis:policy/text@0.1.0" "around" (func $around (param i32 i32 i32 i32 i32 i32)))
  {{runtime}}
  (func $by-slice (call $slice (i32.const 0) (i32.const 0) (i32.const {{end}}) (i32.const {{area}})))
  (func $by-around
    (call $around (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 4000000000)
      (i32.sub (i32.const {{end}}) (i32.const 1)) (i32.const {{area}})))
  (func (export "judge") (param i32 i32) (result i32)
    (call ${{read}})
    (i32.const {{outcome {}}})))
