//! The policy `general`: the Interim Measures for the Management of Generative AI Services. Each rule is a pure function of
//! a [`Case`](specialis_policy::Case), so the tests of this crate run it natively.
//!
//! | module | articles |
//! |---|---|
//! | `scope` | 2: when the Measures do not apply |
//! | `content` | 4(1) to 4(4): prohibited content and its screening, a reviewer's answer |
//! | `stop` | 14(1): what follows when unlawful content was found |
//! | `users` | 9, 10: agreement, published uses, minors |
//! | `marking` | 12: marking |
//! | `ladder` | 14(2): measures towards users |
//! | `service` | 17, 20, 23: assessment and filing, overseas services, licences |
//!
//! It does *not* screen prompts for unlawful requests beyond noting them, mask personal information or check labels in
//! files: other instruments ask for that, and the policy `common` carries them.

mod rules;

pub use rules::General;

specialis_policy::export!(General);
