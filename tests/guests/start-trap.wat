;; Proves that a trap while instantiating keeps the policy out of service, not the host.
(module
  {{runtime}}
  (func $begin (unreachable))
  (start $begin)
  (func (export "judge") (param i32 i32) (result i32) (i32.const {{outcome {}}})))
