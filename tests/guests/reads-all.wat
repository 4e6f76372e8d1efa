;; Proves that everything a call may read is charged for: it asks for it again and again.
(module
  (import "specialis:policy/event@0.1.1" "read" (func $read (param i32)))
  {{runtime}}
  (func (export "judge") (param i32 i32) (result i32) (local $free i32)
    (local.set $free (global.get $heap))
    (loop $again
      (global.set $heap (local.get $free))
      (call $read (i32.const {{area}}))
      (br $again))
    (unreachable)))
