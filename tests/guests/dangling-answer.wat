;; Proves that an answer outside the guest's memory is a fault.
(module
  {{runtime}}
  (func (export "judge") (param i32 i32) (result i32) (i32.const -64)))
