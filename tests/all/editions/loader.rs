//! The loader under mutation: whatever is done to a policy's file, reading it and asking who signed it ends with an answer.

use specialis::admission::inspect;
use specialis_bundle::{Bundle, Envelope};
use specialis_core::SigningRole;
use specialis_tests::{Guest, Manifest, endorsed, hosts, key};

/// Always the same numbers.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound.max(1) as u64) as usize
    }
}

/// The file with a few things done to it: bytes changed, taken out, put in, stretches repeated or cut off.
fn mutated(bytes: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    let mut out = bytes.to_vec();
    for _ in 0..=numbers.below(4) {
        if out.len() < 2 {
            break;
        }
        let at = numbers.below(out.len());
        match numbers.below(6) {
            0 => out[at] ^= 1 << numbers.below(8),
            1 => out[at] = [0, 1, 0x7f, 0x80, 0xff][numbers.below(5)],
            2 => drop(out.remove(at)),
            3 => out.insert(at, numbers.below(256) as u8),
            4 => {
                let end = (at + numbers.below(64)).min(out.len());
                let stretch = out[at..end].to_vec();
                let to = numbers.below(out.len());
                out.splice(to..to, stretch);
            }
            _ => out.truncate(at.max(1)),
        }
    }
    out
}

#[test]
fn mutated_policies_are_read_or_refused() {
    let bytes =
        Guest::from_file("witness").under(Manifest::witness()).with_lexicon("a.csv", "term,category\n词,a1.violence\n");
    let bytes = endorsed(&bytes.pack(), &[("author", SigningRole::Author), ("reader", SigningRole::Approver)]);
    let mut trust = hosts::built_in_trust();
    trust.signers.insert("author".into(), vec![key("author").public().to_string()]);
    let (registry, mut numbers) = (hosts::registry(), Numbers(0x9e37_79b9_7f4a_7c15));
    let (mut n_read, mut n_refused) = (0, 0);
    for _ in 0..20_000 {
        match Bundle::parse(&mutated(&bytes, &mut numbers)) {
            Ok(bundle) => {
                n_read += 1;
                let _ = inspect(&bundle, &trust, &registry, hosts::today());
            }
            Err(error) => {
                n_refused += 1;
                assert!(!error.to_string().is_empty());
            }
        }
    }
    assert!(n_read > 100 && n_refused > 100, "{n_read} read, {n_refused} refused");
}

#[test]
fn mutated_envelopes_are_read_or_refused() {
    let mut envelope = Envelope::new("application/x-test", &vec!["statement"; 8]).unwrap();
    envelope.sign(&key("author"));
    let (bytes, public) = (envelope.to_json(), key("author").public());
    let mut numbers = Numbers(42);
    for _ in 0..20_000 {
        let mutated = mutated(&bytes, &mut numbers);
        if let Ok(envelope) = Envelope::parse(&mutated)
            && envelope.signed_by([&public]).is_ok_and(|keys| !keys.is_empty())
        {
            assert_eq!(envelope.statement::<Vec<String>>("application/x-test").unwrap(), vec!["statement"; 8]);
        }
    }
}
