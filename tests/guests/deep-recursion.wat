;; Proves that recursion without end exhausts the guest's stack and not the host's.
(module
  {{runtime}}
  (func $down (param i64 i64 i64 i64) (result i64)
    (i64.add (local.get 0)
      (call $down (i64.add (local.get 0) (i64.const 1)) (local.get 2) (local.get 3) (local.get 1))))
  (func (export "judge") (param i32 i32) (result i32)
    (drop (call $down (i64.const 0) (i64.const 1) (i64.const 2) (i64.const 3)))
    (i32.const {{outcome {}}})))
