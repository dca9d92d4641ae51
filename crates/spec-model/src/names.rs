//! What names AWS and IGV take, checked without asking them.
//!
//! Each check answers with what is wrong, what is valid, and what was probably meant. The sources are named at each.

use crate::error::{is_invisible, quote};
use crate::partition::{partition, parts, refusal};

/// What is wrong with a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wrong {
    pub(crate) problem: String,
    pub(crate) valid: String,
    pub(crate) hint: Option<String>,
}

impl Wrong {
    fn new(problem: impl Into<String>, valid: impl Into<String>) -> Self {
        Self {
            problem: problem.into(),
            valid: valid.into(),
            hint: None,
        }
    }

    fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// The answer of a check.
pub(crate) type Check = Result<(), Wrong>;

fn ensure(fine: bool, wrong: impl FnOnce() -> Wrong) -> Check {
    if fine { Ok(()) } else { Err(wrong()) }
}

fn is_lower(byte: u8) -> bool {
    byte.is_ascii_lowercase()
}

/// A stack's name: part of names of IAM roles (64 characters), buckets and users' marks, so it is short and plain.
pub(crate) fn stack(text: &str) -> Check {
    let fine = (2..=21).contains(&text.len())
        && text.bytes().next().is_some_and(is_lower)
        && text
            .bytes()
            .all(|byte| is_lower(byte) || byte.is_ascii_digit() || byte == b'-');
    ensure(fine, || {
        let wrong = Wrong::new(
            format!("{} is no name for a stack", quote(text)),
            "a small letter, then 1 to 20 of `a-z`, `0-9` and `-`",
        );
        let meant: String = text
            .to_lowercase()
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
            .take(21)
            .collect();
        let meant = meant.trim_end_matches('-');
        if meant != text && stack(meant).is_ok() {
            wrong.hint(format!("did you mean `{meant}`?"))
        } else {
            wrong
        }
    })
}

/// A file's id.
pub(crate) fn id(text: &str) -> Check {
    let fine = text.len() == 8 && text.bytes().all(|byte| is_lower(byte) || byte.is_ascii_digit());
    ensure(fine, || {
        Wrong::new(
            format!("{} is no id of a file", quote(text)),
            "eight of `a-z` and `0-9`, as `igvctl init` writes them",
        )
    })
}

/// An AWS account: twelve digits.
pub(crate) fn account(text: &str) -> Check {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    ensure(digits && text.len() == 12, || {
        let bare: String = text.chars().filter(char::is_ascii_digit).collect();
        let separated = text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'-' || byte == b' ');
        let wrong = Wrong::new(format!("{} is no AWS account", quote(text)), "twelve digits in quotes");
        if digits && (9..12).contains(&text.len()) {
            wrong.hint(format!("a leading zero was lost? write `\"{text:0>12}\"`"))
        } else if separated && bare.len() == 12 {
            wrong.hint(format!("write `\"{bare}\"`"))
        } else {
            wrong
        }
    })
}

/// A region's form and partition.
pub(crate) fn region(text: &str) -> Check {
    let wrong = || {
        Wrong::new(
            format!("{} is no AWS region", quote(text)),
            "a region such as `ap-southeast-2`",
        )
    };
    let words: Vec<&str> = text.split('-').collect();
    let fine = (3..=4).contains(&words.len())
        && words.iter().enumerate().all(|(index, word)| {
            let last = index + 1 == words.len();
            if last {
                (1..=2).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_digit())
            } else {
                word.len() >= 2 && word.bytes().all(is_lower)
            }
        });
    if !fine {
        let zone = text.trim_end_matches(|c: char| c.is_ascii_lowercase());
        let lower = text.to_lowercase().replace([' ', '_'], "-");
        return Err(if zone.len() + 1 == text.len() && region(zone).is_ok() {
            wrong().hint(format!("that is an availability zone; its region is `{zone}`"))
        } else if lower != text && region(&lower).is_ok() {
            wrong().hint(format!("did you mean `{lower}`?"))
        } else {
            wrong()
        });
    }
    match refusal(partition(text)) {
        None => Ok(()),
        Some(reason) => Err(Wrong::new(
            format!("a stack cannot live in {}: {reason}", quote(text)),
            "a region of the partition `aws`",
        )),
    }
}

/// A bucket's name (S3 User Guide, "Bucket naming rules"), without dots, which break TLS on virtual-host addresses.
pub(crate) fn bucket(text: &str) -> Check {
    const VALID: &str = "3 to 63 of `a-z`, `0-9` and `-`, a letter or digit at both ends";
    const PREFIXES: [&str; 3] = ["xn--", "sthree-", "amzn-s3-demo-"];
    const SUFFIXES: [&str; 5] = ["-s3alias", "--ol-s3", "--x-s3", "--table-s3", "-an"];
    let problem = format!("{} is no name for a bucket", quote(text));
    if text.contains('.') && bucket(&text.replace('.', "-")).is_ok() {
        return Err(Wrong::new(
            format!("{} has a dot, which breaks TLS on the bucket's address", quote(text)),
            VALID,
        )
        .hint(format!("did you mean `{}`?", text.replace('.', "-"))));
    }
    for (what, rest) in [
        ("s3://", text.strip_prefix("s3://")),
        ("arn:", text.rsplit_once(":::").map(|it| it.1)),
    ] {
        if let Some(rest) = rest.map(|rest| rest.split('/').next().unwrap_or_default())
            && text.starts_with(what)
        {
            return Err(Wrong::new(problem, VALID).hint(format!("write the name alone: `{rest}`")));
        }
    }
    let end = |byte: Option<u8>| byte.is_some_and(|byte| is_lower(byte) || byte.is_ascii_digit());
    let fine = (3..=63).contains(&text.len())
        && end(text.bytes().next())
        && end(text.bytes().last())
        && text
            .bytes()
            .all(|byte| is_lower(byte) || byte.is_ascii_digit() || byte == b'-');
    if !fine {
        let meant = text.to_lowercase().replace(['_', ' '], "-");
        let wrong = Wrong::new(problem, VALID);
        return Err(if meant != text && bucket(&meant).is_ok() {
            wrong.hint(format!("did you mean `{meant}`?"))
        } else {
            wrong
        });
    }
    let reserved = PREFIXES
        .iter()
        .find(|it| text.starts_with(**it))
        .or_else(|| SUFFIXES.iter().find(|it| text.ends_with(**it)));
    reserved.map_or(Ok(()), |part| {
        Err(Wrong::new(
            format!("{} has `{part}`, which S3 keeps for itself", quote(text)),
            "a name without it",
        ))
    })
}

/// A user's name (Cognito API, `AdminCreateUser.Username`: `[\p{L}\p{M}\p{S}\p{N}\p{P}]+`, 128), and a part of the
/// mark `<stack>.<name>`.
pub(crate) fn user(text: &str) -> Check {
    let fine =
        (1..=128).contains(&text.chars().count()) && text.chars().all(|c| !c.is_whitespace() && !is_invisible(c));
    ensure(fine, || {
        Wrong::new(
            format!("{} is no name for a user", quote(text)),
            "1 to 128 characters, none of them a space or invisible",
        )
    })
}

/// The name in an address. In the texts of a file double braces begin a reference, so no name may have them: in what
/// `expand` prints, they would mean something else.
pub(crate) fn address(text: &str) -> Check {
    ensure(!text.contains("{{"), || {
        Wrong::new(
            format!("{} has double braces, with which a reference begins", quote(text)),
            "a name without `{{`",
        )
    })
}

/// An e-mail address of which IGV makes the name of a session (STS API, `RoleSessionName`).
pub(crate) fn email(text: &str) -> Check {
    const VALID: &str = "an address of 2 to 64 of `A-Z a-z 0-9 _ + = , . @ -`: IGV makes the name of its session of it";
    let (name, host) = text.split_once('@').unwrap_or_default();
    let address = !name.is_empty()
        && !host.contains('@')
        && host.contains('.')
        && host
            .split('.')
            .all(|label| !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'));
    ensure(address, || {
        Wrong::new(format!("{} is no e-mail address", quote(text)), VALID)
    })?;
    let fine = text.len() <= 64
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte));
    ensure(fine, || {
        let problem = if text.len() > 64 {
            format!(
                "{} has {} characters: its user could not load data",
                quote(text),
                text.chars().count()
            )
        } else {
            let bad = text
                .chars()
                .find(|c| !c.is_ascii_alphanumeric() && !"_+=,.@-".contains(*c))
                .unwrap_or(' ');
            format!(
                "{} has `{}`: its user could not load data",
                quote(text),
                bad.escape_debug()
            )
        };
        Wrong::new(problem, VALID)
    })
}

/// A prefix of a login page's address (Cognito API, `CreateUserPoolDomain.Domain`, and its reserved words).
pub(crate) fn domain_prefix(text: &str) -> Check {
    const VALID: &str =
        "1 to 63 of `a-z`, `0-9` and `-`, a letter or digit at both ends, without `aws`, `amazon`, `cognito`";
    if text.contains('.') {
        return Err(Wrong::new(
            format!("{} is no prefix: this version has no domains of your own", quote(text)),
            VALID,
        ));
    }
    let end = |byte: Option<u8>| byte.is_some_and(|byte| is_lower(byte) || byte.is_ascii_digit());
    let fine = (1..=63).contains(&text.len())
        && end(text.bytes().next())
        && end(text.bytes().last())
        && text
            .bytes()
            .all(|byte| is_lower(byte) || byte.is_ascii_digit() || byte == b'-');
    if !fine {
        let meant = text.to_lowercase().replace(['_', ' '], "-");
        let wrong = Wrong::new(format!("{} is no prefix of a login page", quote(text)), VALID);
        return Err(if meant != text && domain_prefix(&meant).is_ok() {
            wrong.hint(format!("did you mean `{meant}`?"))
        } else {
            wrong
        });
    }
    match ["aws", "amazon", "cognito"].iter().find(|word| text.contains(**word)) {
        None => Ok(()),
        Some(word) => Err(Wrong::new(
            format!("{} has `{word}` in it, which Cognito refuses", quote(text)),
            VALID,
        )),
    }
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c.is_whitespace() || "+=,.@-".contains(c)
}

/// A user pool's name (Cognito API, `PoolName`: `[\w\s+=,.@-]+`, 128).
pub(crate) fn pool(text: &str) -> Check {
    name_of_words("user pool", text, 128)
}

/// An identity pool's name (Cognito API, `IdentityPoolName`: `[\w\s+=,.@-]+`, 128).
pub(crate) fn identity_pool(text: &str) -> Check {
    name_of_words("identity pool", text, 128)
}

/// A client's name, which with its mark has 128 characters at most (Cognito API, `ClientName`: `[\w\s+=,.@-]+`).
/// A replacement adds `.2` or more to the mark, for which three characters are kept.
pub(crate) fn client(text: &str, mark: &str) -> Check {
    name_of_words("app client", text, 128_usize.saturating_sub(mark.len() + 3))?;
    ensure(!text.contains(" @"), || {
        Wrong::new(
            format!("{} has ` @` in it, with which igvctl's mark begins", quote(text)),
            "a name without it",
        )
    })
}

fn name_of_words(what: &str, text: &str, longest: usize) -> Check {
    let length = text.chars().count();
    ensure((1..=longest).contains(&length) && text.chars().all(is_word), || {
        let problem = if length > longest {
            format!("the name of the {what} has {length} characters")
        } else {
            format!("{} is no name for the {what}", quote(text))
        };
        Wrong::new(
            problem,
            format!("1 to {longest} of letters, digits, spaces and `_ + = , . @ -`"),
        )
    })
}

/// A role's name (IAM API, `RoleName`: `[\w+=,.@-]+`, 64).
pub(crate) fn role(text: &str) -> Check {
    let fine = (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte));
    ensure(fine, || {
        let problem = if text.len() > 64 {
            format!("the role's name {} has {} characters", quote(text), text.len())
        } else {
            format!("{} is no name for a role", quote(text))
        };
        Wrong::new(problem, "1 to 64 of letters, digits and `_ + = , . @ -`")
    })
}

/// A role's path (IAM API, `Path`): begins and ends with a slash.
pub(crate) fn role_path(text: &str) -> Check {
    let fine = (1..=512).contains(&text.len())
        && text.starts_with('/')
        && text.ends_with('/')
        && text.bytes().all(|byte| byte.is_ascii_graphic());
    ensure(fine, || {
        Wrong::new(
            format!("{} is no path for a role", quote(text)),
            "`/`, or names between slashes, like `/igvctl/eu-west-1/igv/`",
        )
    })
}

/// The path of the config file, which is a key in a bucket, a part of a URL and a resource of a policy.
pub(crate) fn config_path(text: &str) -> Check {
    const VALID: &str = "letters, digits and `_ . - /`, at the end `.json.gz`, no `/` at the beginning";
    if let Some(rest) = text.strip_prefix('/') {
        return Err(Wrong::new(format!("{} begins with `/`", quote(text)), VALID).hint(format!("write `{rest}`")));
    }
    let parts = text.split('/');
    let fine = text.len() <= 512
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_.-/".contains(&byte))
        && parts
            .clone()
            .all(|part| !part.is_empty() && part != "." && part != "..");
    ensure(fine, || {
        Wrong::new(format!("{} is no path for the config file", quote(text)), VALID)
    })?;
    ensure(
        text.ends_with(".json.gz") && !text.ends_with("/.json.gz") && text != ".json.gz",
        || {
            let wrong = Wrong::new(
                format!(
                    "{} does not end in `.json.gz`: releases of IGV up to 2.14.1 could not unpack it",
                    quote(text)
                ),
                VALID,
            );
            let base = text.trim_end_matches(".gz").trim_end_matches(".json");
            wrong.hint(format!("did you mean `{base}.json.gz`?"))
        },
    )
}

/// The key of the welcome page. It is found again by its ending, so that a bucket full of other pages is not asked for tags.
pub(crate) fn page_key(text: &str) -> Check {
    const VALID: &str = "`index.html`, or a path of letters, digits and `_ . - /` that ends in `/index.html`";
    let fine = text.len() <= 512
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_.-/".contains(&byte))
        && text
            .split('/')
            .all(|part| !part.is_empty() && part != "." && part != "..")
        && text.rsplit('/').next() == Some("index.html");
    ensure(fine, || {
        Wrong::new(format!("{} is no key for the page", quote(text)), VALID)
    })
}

/// An object's key (S3 User Guide, "Naming Amazon S3 objects"), which is also a local path and part of a URL.
pub(crate) fn object_key(text: &str) -> Check {
    const VALID: &str = "a path such as `data/NA12878.bam`, at most 1024 bytes";
    let problem = |what: &str| Wrong::new(format!("{} {what}", quote(text)), VALID);
    if let Some(rest) = text.strip_prefix("s3://").and_then(|rest| rest.split_once('/')) {
        return Err(problem("is an address, not a key").hint(format!("did you mean `{}`?", rest.1)));
    }
    if text.starts_with('/') {
        return Err(problem("begins with `/`").hint(format!("did you mean `{}`?", text.trim_start_matches('/'))));
    }
    ensure(!text.is_empty() && text.len() <= 1024, || problem("is no key"))?;
    ensure(!text.ends_with('/'), || problem("is a folder, not a file"))?;
    ensure(!text.chars().any(char::is_control), || {
        problem("has control characters")
    })?;
    ensure(!text.contains('\\'), || {
        problem("has a backslash").hint("write `/` between folders")
    })?;
    ensure(
        text.split('/')
            .all(|part| !part.is_empty() && part != "." && part != ".."),
        || problem("has an empty part, `.` or `..` in it"),
    )
}

/// A folder of a bucket. `*`, `?` and `$` mean something else in a policy.
pub(crate) fn prefix(text: &str) -> Check {
    const VALID: &str = "a folder such as `cohort-a/`, with `/` at the end and none at the beginning";
    let problem = |what: &str| Wrong::new(format!("{} {what}", quote(text)), VALID);
    ensure(!text.is_empty(), || {
        problem("is no folder").hint("leave `prefixes` out for the whole bucket")
    })?;
    ensure(!text.contains(['*', '?', '$']), || {
        let bare = text.trim_end_matches('*');
        let wrong = problem("has a sign that means something else in a policy");
        if prefix(bare).is_ok() {
            wrong.hint(format!("did you mean `{bare}`?"))
        } else {
            wrong
        }
    })?;
    if text.starts_with('/') {
        return Err(problem("begins with `/`").hint(format!("did you mean `{}`?", text.trim_start_matches('/'))));
    }
    ensure(text.ends_with('/'), || {
        problem("does not end in `/`, so it would also match its neighbours").hint(format!("did you mean `{text}/`?"))
    })?;
    ensure(
        text.len() <= 1024 && !text.chars().any(char::is_control) && !text.contains("//"),
        || problem("is no folder"),
    )
}

/// The ARN of a KMS key; an alias would not do, because a policy names the key.
pub(crate) fn kms_key(text: &str, stack_region: &str) -> Check {
    const VALID: &str = "the ARN of a key: `arn:aws:kms:<region>:<account>:key/<id>`";
    let [_, service, key_region, owner, resource] = own_partition(text, VALID)?;
    ensure(service == "kms", || {
        Wrong::new(format!("{} is no ARN of a KMS key", quote(text)), VALID)
    })?;
    ensure(!resource.starts_with("alias/"), || {
        Wrong::new(
            format!("{} is an alias, and policies need the key itself", quote(text)),
            VALID,
        )
        .hint("`aws kms describe-key --key-id <alias>` shows the key's ARN")
    })?;
    ensure(
        resource.strip_prefix("key/").is_some_and(|it| !it.is_empty()) && account(owner).is_ok(),
        || Wrong::new(format!("{} is no ARN of a KMS key", quote(text)), VALID),
    )?;
    ensure(key_region == stack_region, || {
        Wrong::new(
            format!("the key is in `{key_region}`, and data must be in the stack's region `{stack_region}`"),
            format!("a key in `{stack_region}`"),
        )
    })
}

/// The ARN of a policy of IAM.
pub(crate) fn policy_arn(text: &str) -> Check {
    const VALID: &str = "the ARN of a policy: `arn:aws:iam::<account>:policy/<name>`";
    let [_, service, _, _, resource] = own_partition(text, VALID)?;
    ensure(service == "iam" && resource.starts_with("policy/"), || {
        Wrong::new(format!("{} is no ARN of a policy", quote(text)), VALID)
    })
}

/// The ARN of an identity provider of IAM.
pub(crate) fn provider_arn(text: &str, form: &str) -> Check {
    let valid = format!("the ARN of a provider: `arn:aws:iam::<account>:{form}/<name>`");
    let [_, service, _, _, resource] = own_partition(text, &valid)?;
    ensure(service == "iam" && resource.starts_with(&format!("{form}/")), || {
        Wrong::new(format!("{} is no ARN of such a provider", quote(text)), valid)
    })
}

/// An ARN, and of the partition in which a stack can live.
fn own_partition<'a>(text: &'a str, valid: &str) -> Result<[&'a str; 5], Wrong> {
    let Some(parts) = parts(text) else {
        return Err(Wrong::new(format!("{} is no ARN", quote(text)), valid));
    };
    if parts[0] == "aws" {
        return Ok(parts);
    }
    let reason = refusal(parts[0])
        .map(|reason| format!(": {reason}"))
        .unwrap_or_default();
    Err(Wrong::new(
        format!(
            "{} is of the partition {}, not `aws`{reason}",
            quote(text),
            quote(parts[0])
        ),
        valid,
    ))
}

/// The key of a tag (the rule that all services share, and our reserved ones).
pub(crate) fn tag_key(text: &str) -> Check {
    for (prefix, owner) in [("aws:", "AWS"), ("igvctl:", "igvctl")] {
        ensure(!text.to_lowercase().starts_with(prefix), || {
            Wrong::new(
                format!("tags that begin with `{prefix}` are {owner}'s own"),
                "a key that begins with something else",
            )
        })?;
    }
    tag_text("key", text, 1, 128)
}

/// The value of a tag.
pub(crate) fn tag_value(text: &str) -> Check {
    tag_text("value", text, 0, 256)
}

fn tag_text(what: &str, text: &str, shortest: usize, longest: usize) -> Check {
    let length = text.chars().count();
    let fine = (shortest..=longest).contains(&length)
        && text
            .chars()
            .all(|c| c.is_alphanumeric() || c == ' ' || "_.:/=+-@".contains(c));
    ensure(fine, || {
        let problem = if length > longest {
            format!("the {what} of this tag has {length} characters")
        } else {
            format!("the {what} of this tag has characters that AWS refuses")
        };
        Wrong::new(
            problem,
            format!("{shortest} to {longest} letters, digits, spaces and `_ . : / = + - @`"),
        )
    })
}

/// A login's return address (Cognito API, `CallbackURLs`): HTTPS, or HTTP to the user's own machine.
pub(crate) fn callback_url(text: &str) -> Check {
    let local = ["localhost", "127.0.0.1", "[::1]"];
    let rest = text.strip_prefix("http://");
    let own = rest.is_some_and(|rest| {
        local.iter().any(|host| {
            rest.strip_prefix(host)
                .is_some_and(|it| it.is_empty() || it.starts_with([':', '/']))
        })
    });
    let fine = (text.starts_with("https://") || own)
        && text.len() <= 1024
        && !text.contains('#')
        && !text.contains(char::is_whitespace);
    ensure(fine, || {
        Wrong::new(
            format!("{} is no address to which a login may return", quote(text)),
            "`http://localhost:<port>/oauthCallback`, as IGV has it, or an `https://` address",
        )
    })
}
