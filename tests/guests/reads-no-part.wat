;; Proves that reading around a span in a part that is not there is a fault.
(module
  (import "specialis:policy/text@0.1.0" "around" (func $around (param i32 i32 i32 i32 i32 i32)))
  {{runtime}}
  (func (export "judge") (param i32 i32) (result i32)
    (call $around (i32.const 7) (i32.const 0) (i32.const 1) (i32.const 1) (i32.const 1) (i32.const {{area}}))
    (i32.const {{outcome {}}})))
