//! Embeddable host for sandboxed compliance policies on generative-AI services.
