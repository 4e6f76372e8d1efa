;; Proves that a policy which refuses its settings is not loaded: `configure` answers with an error and no words.
(module
  {{runtime}}
  (func (export "configure") (result i32)
    (i32.store8 (i32.const {{area}}) (i32.const 1))
    (i32.const {{area}}))
  (func (export "judge") (param i32 i32) (result i32) (i32.const {{outcome {}}})))
