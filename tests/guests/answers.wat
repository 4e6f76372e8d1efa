;; Proves whatever its one answer proves: it gives that answer to every call. The tests fill it in.
(module
  {{runtime}}
  (func (export "judge") (param i32 i32) (result i32) (i32.const {{outcome {{answer}}}})))
