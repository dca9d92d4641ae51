//! The values that condition operators compare: numbers, dates and address ranges.

use std::net::IpAddr;

/// Reads a number as IAM has them: integers and decimals.
pub(crate) fn number(text: &str) -> Option<f64> {
    text.trim().parse::<f64>().ok().filter(|number| number.is_finite())
}

/// Reads a date as milliseconds since 1970: a W3C form of ISO 8601, or seconds.
///
/// IAM User Guide, "Date condition operators": ISO 8601 (W3C note `NOTE-datetime`) or epoch time.
pub(crate) fn date(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.len() > 4 && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse::<i64>().ok()?.checked_mul(1000);
    }
    let (day, time) = match text.split_once(['T', 't']) {
        Some((day, time)) => (day, Some(time)),
        None => (text, None),
    };
    let mut parts = day.split('-');
    let year = field(parts.next()?, 4)?;
    let month = parts.next().map_or(Some(1), |part| field(part, 2))?;
    let day = parts.next().map_or(Some(1), |part| field(part, 2))?;
    if parts.next().is_some() || !(1..=12).contains(&month) || !(1..=days_in(year, month)).contains(&day) {
        return None;
    }
    let clock = time.map_or(Some(0), clock)?;
    Some(days_from_civil(year, month, day) * 86_400_000 + clock)
}

/// Reads a time with its zone as milliseconds from the day's beginning.
fn clock(text: &str) -> Option<i64> {
    let (time, offset) = match text.strip_suffix(['Z', 'z']) {
        Some(time) => (time, 0),
        None => {
            let (at, sign) = text.char_indices().find_map(|(at, c)| match c {
                '+' => Some((at, 1)),
                '-' => Some((at, -1)),
                _ => None,
            })?;
            let (hours, minutes) = text[at + 1..].split_once(':')?;
            (&text[..at], sign * (field(hours, 2)? * 60 + field(minutes, 2)?))
        }
    };
    let mut parts = time.split(':');
    let (hours, minutes) = (field(parts.next()?, 2)?, field(parts.next()?, 2)?);
    let (seconds, thousandths) = match parts.next() {
        None => (0, 0),
        Some(part) => match part.split_once('.') {
            None => (field(part, 2)?, 0),
            Some((seconds, fraction)) => {
                let digits: String = fraction.chars().chain("000".chars()).take(3).collect();
                (field(seconds, 2)?, field(&digits, 3).filter(|_| !fraction.is_empty())?)
            }
        },
    };
    if parts.next().is_some() || hours > 23 || minutes > 59 || seconds > 60 {
        return None;
    }
    Some(((hours * 60 + minutes - offset) * 60 + seconds) * 1000 + thousandths)
}

fn field(text: &str, width: usize) -> Option<i64> {
    let well = text.len() == width && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| well)
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The day's number since 1970-01-01 in the Gregorian calendar.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    // Years begin in March, so that a leap day is the last of its year.
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// A range of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Range {
    address: IpAddr,
    prefix: u32,
}

impl Range {
    /// Reads an address or a range; an address alone is a range of one.
    pub(crate) fn read(text: &str) -> Option<Range> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.trim().parse().ok()?;
        let whole = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.map_or(Some(whole), |prefix| {
            prefix.trim().parse().ok().filter(|prefix| *prefix <= whole)
        })?;
        Some(Range { address, prefix })
    }

    /// Whether all addresses of `other` are in this range.
    pub(crate) fn covers(self, other: Range) -> bool {
        let free = self.width() - self.prefix;
        // A shift by all 128 bits would overflow: a prefix of none covers its whole family.
        let alike = |bits: u128| bits.checked_shr(free).unwrap_or(0);
        self.width() == other.width() && self.prefix <= other.prefix && alike(self.bits()) == alike(other.bits())
    }

    /// Whether S3 calls the range so broad that a grant to it is public.
    ///
    /// S3 User Guide, "The meaning of 'public'": broader than /8 for IPv4 and /32 for IPv6, private ranges excepted.
    pub(crate) fn is_broad(self) -> bool {
        const PRIVATE: [&str; 3] = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"];
        let private = PRIVATE
            .iter()
            .filter_map(|text| Range::read(text))
            .any(|range| range.covers(self));
        !private && self.prefix < if self.address.is_ipv4() { 8 } else { 32 }
    }

    fn width(self) -> u32 {
        if self.address.is_ipv4() { 32 } else { 128 }
    }

    fn bits(self) -> u128 {
        match self.address {
            IpAddr::V4(address) => u128::from(u32::from(address)),
            IpAddr::V6(address) => u128::from(address),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_in_all_forms() {
        let cases = [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("1970", Some(0)),
            ("1970-01", Some(0)),
            ("1970-01-02", Some(86_400_000)),
            ("1700000000", Some(1_700_000_000_000)),
            ("2023-11-14T22:13:20Z", Some(1_700_000_000_000)),
            ("2023-11-14T23:13:20+01:00", Some(1_700_000_000_000)),
            ("2023-11-14T17:13:20.5-05:00", Some(1_700_000_000_500)),
            ("2023-11-14T22:13Z", Some(1_699_999_980_000)),
            ("2000-02-29", Some(951_782_400_000)),
            ("2024-12-31T23:59:59Z", Some(1_735_689_599_000)),
            ("1900-02-29", None),
            ("2023-13-01", None),
            ("2023-11-14T22:13:20", None),
            ("2023-11-14T24:00:00Z", None),
            ("yesterday", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(date(text), expected, "{text}");
        }
    }

    #[test]
    fn ranges_cover_their_addresses() {
        let cases = [
            ("192.0.2.0/24", "192.0.2.7", true),
            ("192.0.2.7/24", "192.0.2.200", true),
            ("192.0.2.0/24", "192.0.3.7", false),
            ("192.0.2.7", "192.0.2.7", true),
            ("0.0.0.0/0", "203.0.113.9", true),
            ("0.0.0.0/0", "2001:db8::1", false),
            ("::/0", "2001:db8::1", true),
            ("::/0", "192.0.2.1", false),
            ("2001:db8::/32", "2001:db8:1::1", true),
            ("2001:db8::/32", "2001:db9::1", false),
            ("192.0.2.0/25", "192.0.2.0/24", false),
        ];
        for (range, address, inside) in cases {
            let (range, address) = (Range::read(range), Range::read(address));
            assert_eq!(
                range.zip(address).map(|(range, address)| range.covers(address)),
                Some(inside),
                "{range:?} {address:?}"
            );
        }
        assert_eq!(Range::read("192.0.2.0/33"), None);
        assert_eq!(Range::read("192.0.2"), None);
    }
}
