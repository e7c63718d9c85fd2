//! From which network a request comes. It serves limits alone: it is neither kept on the disk nor logged.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use http::HeaderMap;
use serde::{Deserialize, Serialize};

/// How much of an address names a network: what one household or office usually has (RFC 6177 for IPv6).
const V4_PREFIX: u8 = 24;
const V6_PREFIX: u8 = 64;
/// Proxies behind each other that are looked through.
const HOPS_MAX: usize = 16;

/// The other end of a connection, put on each request where connections are taken.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PeerAddress(pub(crate) IpAddr);

/// Addresses that begin alike: `192.0.2.0/24`, `2001:db8::/64`, or a single one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

impl Network {
    /// The network that an address is in, as limits count it.
    pub(crate) fn around(address: IpAddr) -> Self {
        match address.to_canonical() {
            address @ IpAddr::V4(_) => Self::new(address, V4_PREFIX),
            address @ IpAddr::V6(_) => Self::new(address, V6_PREFIX),
        }
    }

    fn new(address: IpAddr, prefix: u8) -> Self {
        let address = match address {
            IpAddr::V4(it) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0);
                IpAddr::V4(Ipv4Addr::from_bits(it.to_bits() & mask))
            }
            IpAddr::V6(it) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(prefix)).unwrap_or(0);
                IpAddr::V6(Ipv6Addr::from_bits(it.to_bits() & mask))
            }
        };
        Self { address, prefix }
    }

    /// Whether an address is in it.
    pub(crate) fn contains(self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        address.is_ipv4() == self.address.is_ipv4() && Self::new(address, self.prefix) == self
    }
}

/// The text is neither an address nor a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be an address such as 192.0.2.7 or a network such as 192.0.2.0/24")]
pub struct NotANetwork;

impl FromStr for Network {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Self, NotANetwork> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| NotANetwork)?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let prefix: u8 = match prefix {
            Some(prefix) => prefix.parse().map_err(|_| NotANetwork)?,
            None => longest,
        };
        if prefix > longest {
            return Err(NotANetwork);
        }
        Ok(Self::new(address, prefix))
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

impl<'de> Deserialize<'de> for Network {
    fn deserialize<D: serde::Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = String::deserialize(input)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl Serialize for Network {
    fn serialize<S: serde::Serializer>(&self, output: S) -> Result<S::Ok, S::Error> {
        output.collect_str(self)
    }
}

/// The address of who asks: the other end of the connection, or where that is a trusted proxy, whom the proxy names.
///
/// `X-Forwarded-For` is read from its end, where trusted proxies wrote; what stands before the first address that is none of
/// theirs, anybody could have written.
pub(crate) fn address(peer: IpAddr, headers: &HeaderMap, trusted: &[Network]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|it| it.contains(address));
    let mut client = peer;
    let told: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|it| it.to_str().ok())
        .flat_map(|it| it.split(','))
        .collect();
    for hop in told.iter().rev().take(HOPS_MAX) {
        if !is_trusted(client) {
            break;
        }
        match hop.trim().parse() {
            Ok(address) => client = address,
            Err(_) => break,
        }
    }
    client
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn neighbours_are_one_network() {
        let network = Network::around(ip("192.0.2.7"));
        assert_eq!(network, Network::around(ip("192.0.2.200")));
        assert_eq!(network, Network::around(ip("::ffff:192.0.2.9")));
        assert_ne!(network, Network::around(ip("192.0.3.7")));
        assert_eq!(network.to_string(), "192.0.2.0/24");
        let network = Network::around(ip("2001:db8:1:2:3::4"));
        assert_eq!(network.to_string(), "2001:db8:1:2::/64");
    }

    #[test]
    fn networks_are_read_as_they_are_written() {
        for (text, inside, outside) in [
            ("10.0.0.0/8", "10.9.9.9", "11.0.0.1"),
            ("192.0.2.7", "192.0.2.7", "192.0.2.8"),
            ("::1", "::1", "127.0.0.1"),
            ("0.0.0.0/0", "8.8.8.8", "::1"),
        ] {
            let network: Network = text.parse().unwrap();
            assert!(network.contains(ip(inside)), "{text} {inside}");
            assert!(!network.contains(ip(outside)), "{text} {outside}");
        }
        for wrong in ["", "proxy", "10.0.0.0/33", "10.0.0.0/", "::/129"] {
            assert_eq!(wrong.parse::<Network>(), Err(NotANetwork), "{wrong}");
        }
    }

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        let trusted: Vec<Network> = vec!["10.0.0.0/8".parse().unwrap()];
        let from = |peer: &str, told: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("x-forwarded-for", told.parse().unwrap());
            address(ip(peer), &headers, &trusted)
        };
        assert_eq!(from("10.0.0.1", "192.0.2.7"), ip("192.0.2.7"));
        assert_eq!(
            from("203.0.113.5", "192.0.2.7"),
            ip("203.0.113.5"),
            "no proxy of ours"
        );
        assert_eq!(
            from("10.0.0.1", "6.6.6.6, 192.0.2.7, 10.0.0.2"),
            ip("192.0.2.7"),
            "made up"
        );
        assert_eq!(from("10.0.0.1", "unknown"), ip("10.0.0.1"));
        assert_eq!(
            address(ip("10.0.0.1"), &HeaderMap::new(), &trusted),
            ip("10.0.0.1")
        );
    }
}
