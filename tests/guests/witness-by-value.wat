;; Proves that what 0.1.1 added is served: it sees by the value that it reads that this is an output, takes the answer that its file
;; has under the first character of the text, and hands it over as one value. Where it reads anything else it stops everything.
(module
  (import "specialis:policy/event@0.1.1" "read" (func $read (param i32)))
  (import "specialis:policy/event@0.1.1" "answer" (func $answer (param i32 i32)))
  (import "specialis:policy/settings@0.1.1" "data" (func $data (param i32 i32 i32)))
  (import "specialis:policy/text@0.1.1" "slice" (func $slice (param i32 i32 i32 i32)))
  {{runtime}}
  (func (export "judge") (param i32 i32) (result i32)
    ;; A map whose first section is the brief; its first field is the kind, a text of six bytes.
    (call $read (i32.const {{area}}))
    (if (i64.ne (i64.load offset=5 align=1 (i32.load (i32.const {{area}}))) (i64.const 0x74757074756f6600))
      (then (return (i32.const {{outcome {"findings": [{"duty": "im.art12.marking", "rule": "H1", "answer": {"require": {"level": "stop", "cite": {"instrument": "IM", "article": "12"}, "reason": "because"}}}]}}}))))
    (call $slice (i32.const 0) (i32.const 0) (i32.const 1) (i32.const {{area}}))
    (call $data (i32.load (i32.const {{area}})) (i32.const 1) (i32.const {{area}}))
    (if (i32.load8_u (i32.const {{area}}))
      (then (call $answer (i32.load offset=4 (i32.const {{area}})) (i32.load offset=8 (i32.const {{area}})))))
    (i32.const {{outcome {}}})))
