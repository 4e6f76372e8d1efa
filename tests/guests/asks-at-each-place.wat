;; Proves that obligations which differ at each place of a text are bounded: of each sentence it asks to keep a record for longer and
;; to delete it later than of the sentence before.
(module
  (import "specialis:policy/text@0.1.0" "stretch" (func $stretch (param i32)))
  {{runtime}}
  (func (export "judge") (param i32 i32) (result i32) (local $place i32)
    ;; The start of the span is its second field, behind the case of the option. A sentence has 21 bytes.
    (call $stretch (i32.const {{area}}))
    (local.set $place (i32.div_u (i32.load offset=8 (i32.const {{area}})) (i32.const 21)))
    (i64.store (i32.const {{keep}}) (i64.extend_i32_u (i32.add (local.get $place) (i32.const 400))))
    (i64.store (i32.const {{delete}}) (i64.extend_i32_u (local.get $place)))
    (i32.const {{outcome {"findings": [{"duty": "im.art12.marking", "rule": "H1", "answer": {"require": {
      "level": "mark", "cite": {"instrument": "IM", "article": "12"}, "reason": "because", "obligations": [
        {"measure": {"id": "record", "params": [{"name": "keep-days", "value": {"number": "$keep"}}]}},
        {"measure": {"id": "delete", "params": [{"name": "within-days", "value": {"number": "$delete"}}]}}
      ]}}}]}}})))
