;; Proves that an allocator which points outside memory is a fault.
(module
  (import "specialis:policy/text@0.1.0" "slice" (func $slice (param i32 i32 i32 i32)))
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const -8))
  (func (export "configure") (result i32) (i32.const 0))
  (func (export "judge") (param i32 i32) (result i32)
    (call $slice (i32.const 0) (i32.const 0) (i32.const 3) (i32.const 16))
    (i32.const 0)))
