//! The first of many, and how many there are.

use std::fmt;

/// A list that is cut, and a count that isn't.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Listed<T, const MOST: usize = 50> {
    kept: Vec<T>,
    count: u64,
}

impl<T, const MOST: usize> Listed<T, MOST> {
    /// Of a number of them, those that are known.
    pub fn of(known: impl IntoIterator<Item = T>, count: u64) -> Self {
        Self { kept: known.into_iter().take(MOST).collect(), count }
    }

    /// Adds one, which is kept if it is among the first.
    pub fn add(&mut self, one: T) {
        self.count += 1;
        if self.kept.len() < MOST {
            self.kept.push(one);
        }
    }

    /// The first of them.
    #[must_use]
    pub fn kept(&self) -> &[T] {
        &self.kept
    }

    /// The first of them, to be put in another order.
    pub fn kept_mut(&mut self) -> &mut [T] {
        &mut self.kept
    }

    /// How many there are.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// How many are not among the first.
    #[must_use]
    pub const fn more(&self) -> u64 {
        self.count - self.kept.len() as u64
    }

    /// Each of the first made something else.
    pub fn map<U>(self, make: impl FnMut(T) -> U) -> Listed<U, MOST> {
        Listed { kept: self.kept.into_iter().map(make).collect(), count: self.count }
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }
}

impl<T, const MOST: usize> Default for Listed<T, MOST> {
    fn default() -> Self {
        Self { kept: Vec::new(), count: 0 }
    }
}

impl<T, const MOST: usize> Extend<T> for Listed<T, MOST> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, all: I) {
        all.into_iter().for_each(|one| self.add(one));
    }
}

impl<T, const MOST: usize> FromIterator<T> for Listed<T, MOST> {
    fn from_iter<I: IntoIterator<Item = T>>(all: I) -> Self {
        let mut listed = Self::default();
        listed.extend(all);
        listed
    }
}

/// A line each, the last one saying how many more there are.
impl<T: fmt::Display, const MOST: usize> fmt::Display for Listed<T, MOST> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, one) in self.kept.iter().enumerate() {
            let end = if index > 0 { "\n" } else { "" };
            write!(f, "{end}{one}")?;
        }
        match self.more() {
            0 => Ok(()),
            more => write!(f, "\n… and {more} more"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_are_counted_and_the_first_are_shown() {
        let few: Listed<u8, 3> = [1, 2].into_iter().collect();
        assert_eq!((few.to_string(), few.more()), ("1\n2".to_owned(), 0));
        let many: Listed<u8, 3> = (1..=7).collect();
        assert_eq!((many.to_string(), many.count()), ("1\n2\n3\n… and 4 more".to_owned(), 7));
        assert!(Listed::<u8>::default().is_empty());
    }
}
