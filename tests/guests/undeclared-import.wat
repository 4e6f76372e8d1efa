;; Proves that a component which imports anything outside the contract is refused, by name and with the way out.
(component
  (import "wasi:random/random@0.2.0" (instance (export "get-random-u64" (func (result u64))))))
