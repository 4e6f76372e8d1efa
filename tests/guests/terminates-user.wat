;; Proves that ending the service to a user takes a grant that nobody gave.
(module
  {{runtime}}
  (func (export "judge") (param i32 i32) (result i32)
    (i32.const {{outcome {"findings": [{"duty": "im.art4.violence.screen", "rule": "H1", "answer": {"require": {"level": "stop", "obligations": [{"measure": {"id": "terminate-user"}}], "cite": {"instrument": "IM", "article": "4(1)"}, "reason": "because"}}}]}}})))
