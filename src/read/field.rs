//! What a holder file can say of a holder.

use std::fmt;

/// What a holder file can say of a holder.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Field {
    /// The office's own key.
    Id,
    /// The whole name, as printed.
    Name,
    /// The given name, to be followed by the family name.
    GivenName,
    /// What stands between given and family name in a column of its own: `van der`.
    NamePrefix,
    /// The family name.
    FamilyName,
    /// Street, and house number and box where they have no columns of their own.
    Street,
    /// The house number.
    HouseNumber,
    /// What follows the house number: a letter, `bis`.
    HouseNumberSuffix,
    /// The box, as Belgian addresses have it.
    Box,
    /// Postal code.
    PostalCode,
    /// City.
    City,
    /// Country.
    Country,
    /// Language of the card.
    Language,
    /// Electronic mail.
    Email,
    /// The name the holder signs in with.
    UserName,
    /// The hash of the password that the holder had in another system.
    PasswordHash,
}

impl Field {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::Id,
        Self::Name,
        Self::GivenName,
        Self::NamePrefix,
        Self::FamilyName,
        Self::Street,
        Self::HouseNumber,
        Self::HouseNumberSuffix,
        Self::Box,
        Self::PostalCode,
        Self::City,
        Self::Country,
        Self::Language,
        Self::Email,
        Self::UserName,
        Self::PasswordHash,
    ];

    /// The field as options and JSON name it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Name => "name",
            Self::GivenName => "given_name",
            Self::NamePrefix => "name_prefix",
            Self::FamilyName => "family_name",
            Self::Street => "street",
            Self::HouseNumber => "house_number",
            Self::HouseNumberSuffix => "house_number_suffix",
            Self::Box => "box",
            Self::PostalCode => "postal_code",
            Self::City => "city",
            Self::Country => "country",
            Self::Language => "language",
            Self::Email => "email",
            Self::UserName => "user_name",
            Self::PasswordHash => "password_hash",
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The names of all fields, as a list.
pub(super) struct Fields;

impl fmt::Display for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&Field::ALL.map(Field::name).join(", "))
    }
}
