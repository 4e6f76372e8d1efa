;; Proves that more log lines than allowed are a fault.
(module
  (import "specialis:policy/log@0.1.0" "line" (func $line (param i32 i32)))
  {{runtime}}
  (func (export "judge") (param i32 i32) (result i32)
    (loop $more (call $line (i32.const 0) (i32.const 8)) (br $more))
    (i32.const {{outcome {}}})))
