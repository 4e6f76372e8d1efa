;; Proves that calls are the same however a stream is cut: it remembers each by a byte and answers differently the third time.
(module
  {{runtime}}
  (func (export "judge") (param $state i32) (param $length i32) (result i32)
    (if (i32.eqz (local.get $length)) (then (return (i32.const {{outcome {"state": "x"}}}))))
    (if (i32.eq (local.get $length) (i32.const 1)) (then (return (i32.const {{outcome {"state": "xx"}}}))))
    {{third}}))
