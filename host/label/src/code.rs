//! The code of a provider: 27 characters that name who made or spread content (practice guide TC260-PG-20252A).

use std::fmt;
use std::str::FromStr;

/// What a provider does with content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Service {
    /// Generates or composes it: service type `1`.
    Generate,
    /// Spreads it: service type `2`.
    Propagate,
    /// Not said: the five places of the extension are `00000`.
    Unspecified,
}

/// A unified social credit code: 18 characters, the last of which checks the others (GB 32100-2015).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CreditCode(String);

/// The characters of a credit code; each counts as its place. I, O, Z, S and V are left out.
const CREDIT_CHARS: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
/// As many as those characters, and a prime, so that the last one catches any one wrong character and any swap of two.
const CREDIT_MODULUS: usize = 31;
/// How the weight grows from one character to the next.
const CREDIT_STEP: usize = 3;

impl CreditCode {
    /// The characters of a code.
    pub const LENGTH: usize = 18;

    /// Takes a code whose last character fits the others.
    ///
    /// # Errors
    ///
    /// If the length, a character or the last character is wrong.
    pub fn new(code: &str) -> Result<Self, CodeError> {
        let n_chars = code.chars().count();
        if n_chars != Self::LENGTH {
            return Err(CodeError::CreditLength { found: n_chars });
        }
        let mut sum: usize = 0;
        let mut weight: usize = 1;
        let mut last = 0;
        for (at, c) in code.chars().enumerate() {
            let value = CREDIT_CHARS.find(c).ok_or(CodeError::CreditCharacter { found: c })?;
            if at.saturating_add(1) < Self::LENGTH {
                sum = sum.saturating_add(value.saturating_mul(weight));
                weight = weight.saturating_mul(CREDIT_STEP) % CREDIT_MODULUS;
            }
            last = value;
        }
        if sum.saturating_add(last) % CREDIT_MODULUS != 0 {
            let fitting = CREDIT_MODULUS.saturating_sub(sum % CREDIT_MODULUS) % CREDIT_MODULUS;
            let fitting = CREDIT_CHARS.chars().nth(fitting).unwrap_or('?');
            return Err(CodeError::CreditCheck { expected: fitting });
        }
        Ok(Self(code.to_owned()))
    }

    /// The 18 characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The code of a provider: `00`, `11` and a credit code, a type of service, and four characters for model or application.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ProviderCode {
    credit: CreditCode,
    service: Service,
    extension: String,
}

impl ProviderCode {
    /// The characters of a code.
    pub const LENGTH: usize = 27;
    /// The version of the coding, then an organization, then that it is named by its credit code.
    const PREFIX: &str = "0011";
    /// The extension of a provider that gives none.
    const NO_EXTENSION: &str = "0000";

    /// Builds a code. `extension` tells apart the models or applications of one provider: four digits or capital letters.
    ///
    /// # Errors
    ///
    /// If the credit code or the extension is malformed.
    pub fn new(credit: &str, service: Service, extension: &str) -> Result<Self, CodeError> {
        let credit = CreditCode::new(credit)?;
        let fits = extension.len() == Self::NO_EXTENSION.len()
            && extension.chars().all(|c| c.is_ascii_digit() || c.is_ascii_uppercase());
        if !fits || (service == Service::Unspecified && extension != Self::NO_EXTENSION) {
            return Err(CodeError::Extension { found: extension.to_owned() });
        }
        Ok(Self { credit, service, extension: extension.to_owned() })
    }

    /// Whose code it is.
    pub fn credit_code(&self) -> &CreditCode {
        &self.credit
    }

    /// What the provider does.
    pub fn service(&self) -> Service {
        self.service
    }

    /// The four characters for model or application.
    pub fn extension(&self) -> &str {
        &self.extension
    }

    /// Whether a value that is no code was plainly meant to be one.
    pub(crate) fn is_attempt(value: &str) -> bool {
        value.starts_with("00") && (22..=32).contains(&value.len()) && value.chars().all(|c| c.is_ascii_alphanumeric())
    }
}

impl fmt::Display for ProviderCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let service = match self.service {
            Service::Generate => '1',
            Service::Propagate => '2',
            Service::Unspecified => '0',
        };
        write!(f, "{}{}{service}{}", Self::PREFIX, self.credit.0, self.extension)
    }
}

impl FromStr for ProviderCode {
    type Err = CodeError;

    fn from_str(code: &str) -> Result<Self, CodeError> {
        let n_chars = code.chars().count();
        if n_chars != Self::LENGTH {
            return Err(CodeError::Length { found: n_chars });
        }
        if let Some(found) = code.chars().find(|c| !(c.is_ascii_digit() || c.is_ascii_uppercase())) {
            return Err(CodeError::Character { found });
        }
        let rest = code.strip_prefix(Self::PREFIX).ok_or(CodeError::Prefix)?;
        let (Some(credit), Some(service), Some(extension)) = (rest.get(..18), rest.get(18..19), rest.get(19..)) else {
            return Err(CodeError::Length { found: n_chars });
        };
        let service = match service {
            "1" => Service::Generate,
            "2" => Service::Propagate,
            "0" if extension == Self::NO_EXTENSION => Service::Unspecified,
            _ => return Err(CodeError::Service { found: service.to_owned() }),
        };
        Self::new(credit, service, extension)
    }
}

/// Why something is no code of a provider.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// Too short or too long.
    #[error("the length of the code is {found}; a provider's code has 27 characters")]
    Length {
        /// How many it has.
        found: usize,
    },
    /// A character outside digits and capital letters.
    #[error("`{found}` stands in the code; use digits and capital letters")]
    Character {
        /// The character.
        found: char,
    },
    /// Not a version of the coding that is known.
    #[error("the code does not begin with `0011`; write `00`, then `11` for an organization named by its credit code")]
    Prefix,
    /// Not a known type of service.
    #[error("`{found}` is no type of service; write `1` for generating, `2` for spreading, or end with `00000`")]
    Service {
        /// What stands there.
        found: String,
    },
    /// The extension is malformed.
    #[error("`{found}` is no extension; write four digits or capital letters, `0000` where there is none")]
    Extension {
        /// What stands there.
        found: String,
    },
    /// The credit code is too short or too long.
    #[error("the length of the unified social credit code is {found}; it has 18 characters")]
    CreditLength {
        /// How many it has.
        found: usize,
    },
    /// A character that credit codes do not have.
    #[error(
        "`{found}` stands in the unified social credit code, which has digits and capital letters without I, O, S, V and Z"
    )]
    CreditCharacter {
        /// The character.
        found: char,
    },
    /// The last character does not fit the others.
    #[error(
        "the unified social credit code does not end with `{expected}`, which its other characters call for; copy it again"
    )]
    CreditCheck {
        /// What the others call for.
        expected: char,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An invented company: the check character is computed, the number belongs to nobody.
    const CREDIT: &str = "91110000MAAAAAAA07";

    fn credit() -> String {
        let stem = CREDIT.get(..17).unwrap();
        let fitting = CREDIT_CHARS.chars().map(|c| format!("{stem}{c}")).find(|code| CreditCode::new(code).is_ok());
        fitting.unwrap()
    }

    #[test]
    fn a_code_that_was_built_is_read_back() {
        for (service, extension) in
            [(Service::Generate, "0002"), (Service::Propagate, "AB1Z"), (Service::Unspecified, "0000")]
        {
            let code = ProviderCode::new(&credit(), service, extension).unwrap();
            assert_eq!(code.to_string().len(), ProviderCode::LENGTH);
            assert_eq!(code.to_string().parse(), Ok(code));
        }
    }

    #[test]
    fn any_one_wrong_character_of_a_credit_code_is_caught() {
        let right = credit();
        for at in 0..CreditCode::LENGTH {
            for c in CREDIT_CHARS.chars() {
                let wrong: String = right.chars().enumerate().map(|(n, old)| if n == at { c } else { old }).collect();
                assert_eq!(CreditCode::new(&wrong).is_ok(), wrong == right, "{wrong}");
            }
        }
    }

    #[test]
    fn each_defect_of_a_code_has_its_own_word() {
        let good = ProviderCode::new(&credit(), Service::Generate, "0002").unwrap().to_string();
        let parse = |code: &str| code.parse::<ProviderCode>().unwrap_err();
        assert_eq!(parse(good.get(1..).unwrap()), CodeError::Length { found: 26 });
        assert_eq!(parse(&good.to_lowercase()), CodeError::Character { found: 'm' });
        assert_eq!(parse(&format!("01{}", good.get(2..).unwrap())), CodeError::Prefix);
        assert_eq!(parse(&format!("{}90002", good.get(..22).unwrap())), CodeError::Service { found: "9".to_owned() });
        assert_eq!(parse(&good.replacen("911", "91I", 1)), CodeError::CreditCharacter { found: 'I' });
        assert!(matches!(parse(&good.replacen("911", "912", 1)), CodeError::CreditCheck { .. }));
        assert!(matches!(ProviderCode::new(&credit(), Service::Unspecified, "0001"), Err(CodeError::Extension { .. })));
    }
}
