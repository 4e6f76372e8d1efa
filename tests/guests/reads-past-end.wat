;; Proves that reading past the end of a text is a fault.
(module
  (import "specialis:policy/text@0.1.0" "slice" (func $slice (param i32 i32 i32 i32)))
  {{runtime}}
  (func (export "judge") (param i32 i32) (result i32)
    (call $slice (i32.const 0) (i32.const 0) (i32.const 4000) (i32.const {{area}}))
    (i32.const {{outcome {}}})))
