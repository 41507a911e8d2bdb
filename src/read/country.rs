//! The countries whose postal codes and addresses are known: Belgium and its neighbours.

use super::vocabulary::fold;

/// A country whose postal codes and house numbers are known.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Country {
    /// Belgium.
    Belgium,
    /// The Netherlands.
    Netherlands,
    /// France.
    France,
    /// Germany.
    Germany,
    /// Luxembourg.
    Luxembourg,
}

impl Country {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Belgium, Self::Netherlands, Self::France, Self::Germany, Self::Luxembourg];

    /// The country that a text names: a code of ISO 3166, the sign of its cars, or its name in
    /// Dutch, French, German or English.
    #[must_use]
    pub fn named(text: &str) -> Option<Self> {
        let folded = fold(text);
        let names = |country: &Self| match country {
            Self::Belgium => {
                "be b bel belgie belgique belgien belgium koninkrijkbelgie royaumedebelgique 056 56"
            }
            Self::Netherlands => {
                "nl nld nederland paysbas lespaysbas niederlande netherlands thenetherlands \
                 holland hollande 528"
            }
            Self::France => "fr f fra france frankrijk frankreich lafrance 250",
            Self::Germany => {
                "de d deu ger germany duitsland allemagne deutschland brd \
                 bundesrepublikdeutschland 276"
            }
            Self::Luxembourg => {
                "lu l lux luxemburg luxembourg groothertogdomluxemburg \
                 grandducheduluxembourg grandducheeluxembourg grossherzogtumluxemburg 442"
            }
        };
        Self::ALL
            .into_iter()
            .find(|country| names(country).split_ascii_whitespace().any(|name| name == folded))
    }

    /// Its name, for messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Belgium => "Belgium",
            Self::Netherlands => "the Netherlands",
            Self::France => "France",
            Self::Germany => "Germany",
            Self::Luxembourg => "Luxembourg",
        }
    }

    /// What its postal codes look like, for messages.
    const fn shape(self) -> &'static str {
        match self {
            Self::Belgium | Self::Luxembourg => "four digits from 1000",
            Self::Netherlands => "four digits and two letters",
            Self::France | Self::Germany => "five digits",
        }
    }

    /// Whether a text is a postal code of the country, with or without its sign before it.
    fn has(self, code: &str) -> bool {
        let signs: &[&str] = match self {
            Self::Belgium => &["B", "BE"],
            Self::Netherlands => &["NL"],
            Self::France => &["F", "FR"],
            Self::Germany => &["D", "DE"],
            Self::Luxembourg => &["L", "LU"],
        };
        let upper = code.trim().to_uppercase();
        let signed = upper.split_once('-').or_else(|| upper.split_once(' '));
        let bare = match signed {
            Some((sign, rest)) if signs.contains(&sign.trim()) => rest.trim(),
            _ => upper.as_str(),
        };
        let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        match self {
            Self::Belgium | Self::Luxembourg => {
                bare.len() == 4 && is_digits(bare) && !bare.starts_with('0')
            }
            Self::Netherlands => bare.split_at_checked(4).is_some_and(|(digits, letters)| {
                let letters = letters.trim_start();
                is_digits(digits)
                    && !digits.starts_with('0')
                    && letters.len() == 2
                    && letters.bytes().all(|byte| byte.is_ascii_uppercase())
            }),
            Self::France => bare.len() == 5 && is_digits(bare) && bare > "00100",
            Self::Germany => bare.len() == 5 && is_digits(bare) && bare > "01000",
        }
    }
}

/// A postal code that the country of its address does not have.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum PostalCodeError {
    /// By the country that is given.
    #[error("is no postal code of {}, which has {}{}", .country.name(), .country.shape(), zeros(*.lost))]
    OfCountry {
        /// The country.
        country: Country,
        /// With zeros before it, it would be one.
        lost: bool,
    },
    /// By none that is known, and no country is given.
    #[error(
        "is no postal code of Belgium or a neighbouring country; if it lost zeros, format the \
         column as text and enter it again"
    )]
    OfNone,
}

const fn zeros(lost: bool) -> &'static str {
    if lost {
        "; it may have lost a zero, so format the column as text and enter it again"
    } else {
        ""
    }
}

/// Looks whether a postal code may be one; the country is that of the address, if one is given.
pub(super) fn check_postal_code(code: &str, country: Option<&str>) -> Result<(), PostalCodeError> {
    match country.map(Country::named) {
        Some(Some(country)) if country.has(code) => Ok(()),
        Some(Some(country)) => {
            let lost = country.has(&format!("0{}", code.trim()));
            Err(PostalCodeError::OfCountry { country, lost })
        }
        // A country whose codes aren't known.
        Some(None) => Ok(()),
        None => {
            let has_letters = code.chars().any(char::is_alphabetic);
            let is_known = Country::ALL.into_iter().any(|country| country.has(code));
            // Codes with letters are of other countries too.
            if is_known || has_letters { Ok(()) } else { Err(PostalCodeError::OfNone) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_country_is_named_in_four_languages_and_by_its_codes() {
        for (text, country) in [
            ("BE", Some(Country::Belgium)),
            ("b", Some(Country::Belgium)),
            ("België", Some(Country::Belgium)),
            ("BELGIQUE", Some(Country::Belgium)),
            ("Pays-Bas", Some(Country::Netherlands)),
            ("Niederlande", Some(Country::Netherlands)),
            ("Frankrijk", Some(Country::France)),
            ("D", Some(Country::Germany)),
            ("Grand-Duché du Luxembourg", Some(Country::Luxembourg)),
            ("Polska", None),
            ("", None),
        ] {
            assert_eq!(Country::named(text), country, "{text}");
        }
    }

    #[test]
    fn a_postal_code_is_held_to_its_country() {
        for (country, good, bad) in [
            (
                "België",
                &["1000", "9999", "B-1000", "BE-9000", " 2000 "][..],
                &["999", "0999", "10000", "1000 AB", "1000 Brussel", "L-1009", "100O"][..],
            ),
            ("NL", &["1234 AB", "1234ab", "NL-1234 AB"], &["1234", "0234 AB", "1234 A", "12345"]),
            ("FR", &["75002", "01000", "F-75002"], &["1000", "7500", "750022", "75 002"]),
            ("Duitsland", &["01067", "D-10115"], &["1067", "00999", "1011A"]),
            ("LU", &["1009", "L-1009", "LU-1009"], &["01009", "B-1009"]),
        ] {
            for code in good {
                assert_eq!(check_postal_code(code, Some(country)), Ok(()), "{code} of {country}");
            }
            for code in bad {
                assert!(check_postal_code(code, Some(country)).is_err(), "{code} of {country}");
            }
        }
        let lost = check_postal_code("1067", Some("DE")).unwrap_err().to_string();
        assert!(lost.contains("lost a zero"), "{lost}");
        assert_eq!(check_postal_code("SW1A 1AA", Some("UK")), Ok(()));
        assert_eq!(check_postal_code("00-950", Some("Polska")), Ok(()));
    }

    #[test]
    fn without_a_country_a_code_is_one_of_those_around() {
        for good in ["1000", "1234 AB", "75002", "01067", "L-1009", "SW1A 1AA", "D-10115"] {
            assert_eq!(check_postal_code(good, None), Ok(()), "{good}");
        }
        for bad in ["471", "0471", "100000", "00000", "20-00"] {
            assert_eq!(check_postal_code(bad, None), Err(PostalCodeError::OfNone), "{bad}");
        }
    }
}
