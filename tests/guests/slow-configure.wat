;; Proves that a `configure` which never ends keeps the policy out of service, not the host.
(module
  {{runtime}}
  (func (export "configure") (result i32) (loop $for-ever (br $for-ever)) (unreachable))
  (func (export "judge") (param i32 i32) (result i32) (i32.const {{outcome {}}})))
