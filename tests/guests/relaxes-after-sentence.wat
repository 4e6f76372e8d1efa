;; Proves that a relaxation counts although it comes a sentence later than the hit: it says nothing at points of kind `hit`.
(module
  (import "specialis:policy/event@0.1.0" "brief" (func $brief (param i32)))
  {{runtime}}
  (func (export "judge") (param i32 i32) (result i32)
    (call $brief (i32.const 256))
    ;; The second field of the brief is the point; only `hit` begins with an h.
    (if (result i32) (i32.eq (i32.load8_u (i32.load (i32.const 264))) (i32.const 104))
      (then (i32.const {{outcome {}}}))
      (else (i32.const {{outcome {"findings": [{"duty": "im.art4.violence.screen", "rule": "H1", "answer": {"instead-of": {"level": "warn", "cite": {"instrument": "FILM", "article": "16"}, "reason": "because"}}}]}}})))))
