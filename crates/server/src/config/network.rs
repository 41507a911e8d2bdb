//! Networks of proxies, as `10.0.0.0/8`, and whom a request comes from.

use std::net::IpAddr;

/// A network: an address, and how many of its bits count.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Network {
    address: u128,
    mask: u128,
}

/// An address of version 4 as version 6 maps it, so that one rule does for both.
fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
        IpAddr::V6(address) => address.to_bits(),
    }
}

impl Network {
    /// Takes an address, alone or with its number of bits.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn new(text: &str) -> Result<Self, String> {
        let wrong = || format!("\"{text}\" is no network; write 127.0.0.1, 10.0.0.0/8 or fd00::/8");
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let (all, before) = if address.is_ipv4() { (32, 96) } else { (128, 0) };
        let length = length.map_or(Ok(all), str::parse).map_err(|_| wrong())?;
        if length > all {
            return Err(wrong());
        }
        let mask = u128::MAX.checked_shl(128 - (before + length)).unwrap_or(0);
        Ok(Self { address: bits(address) & mask, mask })
    }

    fn has(&self, address: IpAddr) -> bool {
        bits(address) & self.mask == self.address
    }
}

/// Whom a request comes from: the last one on its way who is no proxy of ours.
///
/// `forwarded` is `X-Forwarded-For`, to which each proxy adds at the end whom it got the request
/// from; what stands before that is anybody's word.
pub(crate) fn client(peer: IpAddr, forwarded: &str, proxies: &[Network]) -> IpAddr {
    let is_ours = |address| proxies.iter().any(|network| network.has(address));
    let mut found = peer.to_canonical();
    let mut way = forwarded.rsplit(',');
    while is_ours(found) {
        match way.next().map(|text| text.trim().parse::<IpAddr>()) {
            Some(Ok(address)) => found = address.to_canonical(),
            _ => break,
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(peer: &str, forwarded: &str) -> String {
        let proxies = [Network::new("10.0.0.0/8").unwrap(), Network::new("::1").unwrap()];
        client(peer.parse().unwrap(), forwarded, &proxies).to_string()
    }

    #[test]
    fn only_a_proxy_of_ours_says_whom_a_request_comes_from() {
        assert_eq!(from("192.0.2.1", "198.51.100.7"), "192.0.2.1");
        assert_eq!(from("10.0.0.1", "198.51.100.7"), "198.51.100.7");
        assert_eq!(from("10.0.0.1", "1.1.1.1, 198.51.100.7, 10.2.2.2"), "198.51.100.7");
        assert_eq!(from("::1", "2001:db8::1"), "2001:db8::1");
        assert_eq!(from("::ffff:10.0.0.1", "198.51.100.7"), "198.51.100.7");
        assert_eq!(from("10.0.0.1", "unknown"), "10.0.0.1");
        assert_eq!(from("10.0.0.1", ""), "10.0.0.1");
    }

    #[test]
    fn a_network_is_an_address_and_its_bits() {
        for bad in ["", "10.0.0.0/33", "fd00::/129", "10.0.0.0/x", "10.0.0", "10.0.0.0/-1"] {
            assert!(Network::new(bad).is_err(), "{bad}");
        }
        assert!(Network::new("0.0.0.0/0").unwrap().has("1.2.3.4".parse().unwrap()));
        assert!(!Network::new("0.0.0.0/0").unwrap().has("2001:db8::1".parse().unwrap()));
        assert!(Network::new("::/0").unwrap().has("2001:db8::1".parse().unwrap()));
    }
}
