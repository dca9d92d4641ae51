//! The text of `prefs.properties`, as IGV reads it: not as Java's properties.
//!
//! IGV (`PreferencesManager.load`, releases 2.7.0 to 3.0 betas) takes a line apart at its first `=`, trims nothing and
//! knows no escapes, so a colon or another `=` in a value stands as it is. A line that begins with `##` opens a part for
//! one kind of data; preferences of IGV itself stand before the first such line, or under `##NULL`. Of a key that stands
//! twice the last line counts.

use std::ops::Range;

/// The key of the address from which IGV loads its login.
pub(crate) const KEY: &str = "PROVISIONING.URL";

/// The line that sets the address.
pub(crate) fn line(url: &str) -> String {
    format!("{KEY}={url}")
}

/// A line of the preferences that sets something, or was meant to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line<'a> {
    /// Where it stands, in bytes, without its end.
    pub(crate) place: Range<usize>,
    /// The part in which it stands; nothing in IGV's own.
    pub(crate) part: Option<&'a [u8]>,
    /// Up to the first `=`, or the whole line.
    pub(crate) key: &'a [u8],
    /// What is behind the first `=`, as it is.
    pub(crate) value: Option<&'a [u8]>,
}

/// All lines but those that begin a part.
pub(crate) fn read(bytes: &[u8]) -> Vec<Line<'_>> {
    let mut part = None;
    let mut found = Vec::new();
    for place in lines(bytes) {
        let text = &bytes[place.clone()];
        if let Some(name) = text.strip_prefix(b"##") {
            part = Some(trimmed(name)).filter(|it| it != b"NULL");
            continue;
        }
        let equals = text.iter().position(|it| *it == b'=');
        found.push(Line {
            place,
            part,
            key: &text[..equals.unwrap_or(text.len())],
            value: equals.map(|it| &text[it + 1..]),
        });
    }
    found
}

/// Where the value of the address stands that counts.
fn place(bytes: &[u8]) -> Option<Range<usize>> {
    let ours = |it: &Line<'_>| it.part.is_none() && it.key == KEY.as_bytes();
    read(bytes)
        .into_iter()
        .filter(ours)
        .filter_map(|it| Some(it.place.end - it.value?.len()..it.place.end))
        .next_back()
}

/// The address that IGV would load now.
pub(crate) fn url(bytes: &[u8]) -> Option<String> {
    place(bytes).map(|it| String::from_utf8_lossy(&bytes[it]).into_owned())
}

/// The same preferences with another address; every other byte stays as it is.
pub(crate) fn with_url(bytes: &[u8], url: &str) -> Vec<u8> {
    if let Some(place) = place(bytes) {
        return [&bytes[..place.start], url.as_bytes(), &bytes[place.end..]].concat();
    }
    // Behind the last line of IGV's own part that holds anything.
    let mut at = 0;
    let mut end = b"\n".as_slice();
    for line in lines(bytes) {
        let text = &bytes[line.clone()];
        if text.starts_with(b"##") {
            break;
        }
        let ending = ending(&bytes[line.end..]);
        if !ending.is_empty() {
            end = ending;
        }
        if !trimmed(text).is_empty() {
            at = line.end + ending.len();
        }
    }
    let (before, behind) = bytes.split_at(at);
    let mut whole = before.to_vec();
    if !before.is_empty() && !before.ends_with(b"\n") && !before.ends_with(b"\r") {
        whole.extend_from_slice(end);
    }
    whole.extend_from_slice(line(url).as_bytes());
    whole.extend_from_slice(end);
    whole.extend_from_slice(behind);
    whole
}

/// The lines without their ends, as Java's `BufferedReader` sees them: `\n`, `\r` and `\r\n` end one.
fn lines(bytes: &[u8]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    while start < bytes.len() {
        let length = bytes[start..].iter().position(|it| matches!(it, b'\n' | b'\r'));
        let end = length.map_or(bytes.len(), |it| start + it);
        found.push(start..end);
        start = end + ending(&bytes[end..]).len();
    }
    found
}

/// The end of a line with which bytes begin.
fn ending(bytes: &[u8]) -> &[u8] {
    match bytes {
        [b'\r', b'\n', ..] => &bytes[..2],
        [b'\r' | b'\n', ..] => &bytes[..1],
        _ => &[],
    }
}

/// Without white space at either end, as Java's `trim` has it.
fn trimmed(mut bytes: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = bytes
        && *first <= b' '
    {
        bytes = rest;
    }
    while let [rest @ .., last] = bytes
        && *last <= b' '
    {
        bytes = rest;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "https://d111111abcdef8.cloudfront.net/oauth-config.json.gz";

    fn set(text: &str) -> String {
        String::from_utf8(with_url(text.as_bytes(), URL)).expect("text stays text")
    }

    #[test]
    fn the_address_is_put_at_the_end_of_igvs_own_part() {
        let line = line(URL);
        for (before, after) in [
            ("", format!("{line}\n")),
            ("A=1\n", format!("A=1\n{line}\n")),
            ("A=1", format!("A=1\n{line}\n")),
            ("A=1\r\nB=2\r\n", format!("A=1\r\nB=2\r\n{line}\r\n")),
            ("A=1\rB=2", format!("A=1\rB=2\r{line}\r")),
            ("A=1\n\n##RNA\nB=2\n", format!("A=1\n{line}\n\n##RNA\nB=2\n")),
            ("##RNA\nB=2\n", format!("{line}\n##RNA\nB=2\n")),
            ("\n\n##RNA\n", format!("{line}\n\n\n##RNA\n")),
            ("\u{feff}", format!("\u{feff}\n{line}\n")),
            // One in another part is not IGV's own.
            (
                "A=1\n##THIRD_GEN\nPROVISIONING.URL=x\n",
                format!("A=1\n{line}\n##THIRD_GEN\nPROVISIONING.URL=x\n"),
            ),
        ] {
            assert_eq!(set(before), after, "{before:?}");
        }
    }

    #[test]
    fn the_line_that_counts_is_changed_and_nothing_else() {
        let line = line(URL);
        for (before, after) in [
            ("PROVISIONING.URL=x", line.clone()),
            ("PROVISIONING.URL=\n", format!("{line}\n")),
            ("PROVISIONING.URL=https://e/?a=b \r\nA=1", format!("{line}\r\nA=1")),
            (
                "PROVISIONING.URL=1\nPROVISIONING.URL=2\n",
                format!("PROVISIONING.URL=1\n{line}\n"),
            ),
            (
                "##RNA\nA=1\n##NULL \nPROVISIONING.URL=2\n",
                format!("##RNA\nA=1\n##NULL \n{line}\n"),
            ),
            // Other keys to IGV.
            (
                "#PROVISIONING.URL=1\n PROVISIONING.URL=2\nPROVISIONING.URL =3\nprovisioning.url=4\nPROVISIONING.URL\n",
                format!(
                    "#PROVISIONING.URL=1\n PROVISIONING.URL=2\nPROVISIONING.URL =3\nprovisioning.url=4\nPROVISIONING.URL\n{line}\n"
                ),
            ),
        ] {
            assert_eq!(set(before), after, "{before:?}");
        }
    }

    #[test]
    fn igv_reads_what_was_written_whatever_was_there() {
        let pieces: [&[u8]; 11] = [
            b"\n",
            b"\r",
            b"\r\n",
            b"##RNA",
            b"##NULL",
            b"A=1",
            b"PROVISIONING.URL=",
            b"x",
            b" ",
            b"\xff\xfe",
            b"# c",
        ];
        let mut seed: u64 = 7;
        for _ in 0..20_000 {
            let mut before = Vec::new();
            for _ in 0..seed % 9 {
                seed = seed
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                before.extend_from_slice(pieces[usize::try_from(seed >> 33).unwrap_or(0) % pieces.len()]);
            }
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407)
                >> 1;
            let after = with_url(&before, URL);
            let shown = String::from_utf8_lossy(&before);
            assert_eq!(url(&after).as_deref(), Some(URL), "{shown:?}");
            assert_eq!(with_url(&after, URL), after, "{shown:?}");
            // Whatever else is set stays set.
            let others = |bytes: &[u8]| -> Vec<Vec<u8>> {
                lines(bytes)
                    .into_iter()
                    .map(|it| bytes[it].to_vec())
                    .filter(|it| !it.starts_with(b"PROVISIONING.URL=") && !trimmed(it).is_empty())
                    .collect()
            };
            assert_eq!(others(&after), others(&before), "{shown:?}");
        }
    }
}
