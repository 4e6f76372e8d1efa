;; Proves that a neighbor's misdeeds reach nobody: it answers by the first character of the text alone, stops everything if its
;; memory is not as it was delivered, and leaves its own memory full of rubbish.
(module
  (import "specialis:policy/event@0.1.0" "parts" (func $parts (param i32)))
  (import "specialis:policy/text@0.1.0" "slice" (func $slice (param i32 i32 i32 i32)))
  {{runtime}}
  (func (export "judge") (param i32 i32) (result i32) (local $at i32) (local $first i32)
    (local.set $at (i32.const 66000))
    (loop $word
      (if (i64.ne (i64.load (local.get $at)) (i64.const 0))
        (then (return (i32.const {{outcome {"findings": [{"duty": "im.art12.marking", "rule": "H1", "answer": {"require": {"level": "stop", "cite": {"instrument": "IM", "article": "12"}, "reason": "because"}}}]}}}))))
      (i64.store (local.get $at) (i64.const -1))
      (br_if $word (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 8))) (i32.const 80000))))
    (call $slice (i32.const 0) (i32.const 0) (i32.const 1) (i32.const {{area}}))
    (local.set $first (i32.load8_u (i32.load (i32.const {{area}}))))
    (if (i32.eq (local.get $first) (i32.const 48)) (then (return (i32.const {{outcome {}}}))))
    (if (i32.eq (local.get $first) (i32.const 49))
      (then (return (i32.const {{outcome {"findings": [{"duty": "im.art12.marking", "rule": "H1", "answer": {"require": {"level": "mark", "obligations": [{"measure": {"id": "label-explicit", "params": [{"name": "text", "value": {"id": "ai-generated"}}]}}], "cite": {"instrument": "IM", "article": "12"}, "reason": "because"}}}]}}}))))
    ;; It masks the whole part: the length of its text is the value of the option that is the eighth field.
    (call $parts (i32.const {{area}}))
    (i32.store (i32.const {{digits}}) (i32.load offset=40 (i32.load (i32.const {{area}}))))
    (if (i32.eq (local.get $first) (i32.const 50))
      (then (return (i32.const {{outcome {"findings": [{"duty": "im.art4.violence.screen", "rule": "H1", "answer": {"require": {"level": "redact", "obligations": [{"redact": {"part": 0, "start": 0, "end": "$digits"}}], "cite": {"instrument": "IM", "article": "4(1)"}, "reason": "because"}}}]}}}))))
    (i32.const {{outcome {"findings": [{"duty": "im.art4.violence.screen", "rule": "H1", "answer": {"require": {"level": "review", "cite": {"instrument": "IM", "article": "4(1)"}, "reason": "because"}}}]}}})))
