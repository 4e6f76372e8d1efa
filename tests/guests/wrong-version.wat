;; Proves that a component built against another version of the contract is refused, and which version would do is said.
(component
  (import "specialis:policy/settings@0.2.0" (instance (export "get" (func (param "name" string) (result (option string)))))))
