;; Proves that a component which exports nothing to call is refused, and what is missing is said.
(component)
