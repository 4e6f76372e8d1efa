;; Proves that a call which never ends runs out of fuel, or out of time where there is fuel enough.
(module
  {{runtime}}
  (func (export "judge") (param i32 i32) (result i32)
    (loop $for-ever (br $for-ever))
    (unreachable)))
