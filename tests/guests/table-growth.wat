;; Proves that a table grows to its limit and no further.
(module
  {{runtime}}
  (table $table 1 funcref)
  (func (export "judge") (param i32 i32) (result i32)
    (loop $more
      (br_if $more (i32.ne (table.grow $table (ref.null func) (i32.const 1024)) (i32.const -1))))
    (i32.const {{outcome {}}})))
