//! The policy `general`.
struct General;
impl specialis_policy::Policy for General {
    fn judge(case: &specialis_policy::Case, _: &mut Vec<u8>) -> Vec<specialis_policy::Finding> {
        let _ = case.number("x");
        Vec::new()
    }
}
specialis_policy::export!(General);
