;; Proves that a log line longer than allowed is a fault.
(module
  (import "specialis:policy/log@0.1.0" "line" (func $line (param i32 i32)))
  {{runtime}}
  (func (export "judge") (param i32 i32) (result i32)
    (call $line (i32.const 0) (i32.const 513))
    (i32.const {{outcome {}}})))
