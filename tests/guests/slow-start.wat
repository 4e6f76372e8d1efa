;; Proves that an instantiation which never ends keeps the policy out of service, not the host.
(module
  {{runtime}}
  (func $begin (loop $for-ever (br $for-ever)))
  (start $begin)
  (func (export "judge") (param i32 i32) (result i32) (i32.const {{outcome {}}})))
