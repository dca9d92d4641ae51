//! The kinds: one noun per file, and the registry that names them all.
//!
//! Adding a kind is a file here and a line in `each_kind!`; the applier then does not
//! compile until it has the verbs.

use std::fmt;

use crate::shape::{FieldShape, Shaped};

mod bucket;
mod bucket_policy;
mod config_file;
mod distribution;
mod identity_pool;
mod identity_pool_roles;
mod object;
mod origin_access_control;
mod role;
mod user;
mod user_pool;
mod user_pool_client;
mod user_pool_domain;
mod welcome_page;

pub use bucket::{AccessLog, Bucket, CorsRule, Encryption, EncryptionAlgorithm, Ownership, PublicAccess, Versioning};
pub use bucket_policy::BucketPolicy;
pub use config_file::{ConfigBody, ConfigFile};
pub use distribution::{Distribution, HttpVersion, PriceClass, ViewerProtocol};
pub use identity_pool::{CognitoProvider, IdentityPool};
pub use identity_pool_roles::IdentityPoolRoles;
pub use object::Object;
pub use origin_access_control::OriginAccessControl;
pub use role::Role;
pub use user::{Invite, User, UserStanding};
pub use user_pool::{Invitation, Mfa, PasswordPolicy, Recovery, SignIn, SignUp, Tier, UserPool, VerifiedAttribute};
pub use user_pool_client::UserPoolClient;
pub use user_pool_domain::{LoginPage, UserPoolDomain};
pub use welcome_page::WelcomePage;

/// How an object is replaced when a fixed field must change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replace {
    /// The new one is made, everything that quotes the old one moves, then the old one goes.
    CreateFirst,
    /// The old one must go before the new one can be made.
    DeleteFirst,
    /// Never: the plan is blocked instead.
    Never,
}

/// What losing an object costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cost {
    /// Patients' data or people's accounts.
    Data,
    /// People's ability to log in.
    Login,
    /// The address that stands in people's preferences.
    Url,
    /// Nothing that the next run would not restore.
    Nothing,
}

impl Cost {
    /// The word of plans and pages.
    pub fn word(self) -> &'static str {
        match self {
            Self::Data => "data",
            Self::Login => "login",
            Self::Url => "URL",
            Self::Nothing => "nothing",
        }
    }
}

/// Something that a resource lets others quote; it stays the same under an update.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Output {
    /// Its name in references.
    pub name: &'static str,
    /// Its meaning.
    pub doc: &'static str,
    /// Whether it is a secret.
    pub secret: bool,
}

/// All that is known of a kind without any of its objects.
#[derive(Debug, Clone)]
pub struct Descriptor {
    /// Its meaning, from the noun's doc comment.
    pub doc: String,
    /// How it is replaced.
    pub replace: Replace,
    /// What losing it costs.
    pub cost: Cost,
    /// What others may quote.
    pub outputs: &'static [Output],
    /// The field that quotes its parent, and the parent's kind: children of an absent parent are absent.
    pub parent: Option<(&'static str, Kind)>,
    /// Where it carries its mark, for people.
    pub mark: &'static str,
    /// The AWS console's word for it.
    pub title: &'static str,
    /// Whether creating one lets somebody in, so that it comes after every tightening.
    pub opens: bool,
    /// For kinds of which many leave by mistake: the word under `may_destroy` that consents to it.
    pub crowd: Option<&'static str>,
    /// What a removal does, where it does not delete.
    pub removal: Option<&'static str>,
    /// The word for what was so removed, where that is not `deleted`.
    pub removed: Option<&'static str>,
    /// What to know before one is removed, beside what it costs.
    pub warning: Option<&'static str>,
    /// What still counts for a while after one was removed or narrowed.
    pub lingers: Option<&'static str>,
    /// Its fields.
    pub fields: Vec<FieldShape>,
}

/// A kind's typed form: what is wanted, complete, without references.
pub trait Noun: Shaped + Clone + PartialEq + fmt::Debug + Send + Sync + 'static {
    /// The kind.
    const KIND: Kind;
    /// How it is replaced.
    const REPLACE: Replace;
    /// What losing it costs.
    const COST: Cost;
    /// What others may quote.
    const OUTPUTS: &'static [Output];
    /// The field that quotes its parent, and the parent's kind.
    const PARENT: Option<(&'static str, Kind)>;
    /// Where it carries its mark.
    const MARK: &'static str;
    /// The AWS console's word for it.
    const TITLE: &'static str;
    /// Whether creating one lets somebody in.
    const OPENS: bool;
    /// The word that consents to many of them leaving at once.
    const CROWD: Option<&'static str>;
    /// What a removal does, where it does not delete.
    const REMOVAL: Option<&'static str>;
    /// The word for what was so removed, where that is not `deleted`.
    const REMOVED: Option<&'static str>;
    /// What to know before one is removed.
    const WARNING: Option<&'static str>;
    /// What still counts for a while after one was removed or narrowed.
    const LINGERS: Option<&'static str>;
    /// Its meaning.
    const DOC: &'static [&'static str];

    /// Its fields, in the order of the reference page.
    fn field_shapes() -> Vec<FieldShape>;
}

/// Declares a noun: what the kind is, then its fields as in `record!`.
macro_rules! noun {
    (
        $(#[doc = $doc:literal])*
        $name:ident {
            title: $title:literal, replace: $replace:ident, cost: $cost:ident, opens: $opens:literal,
            parent: $parent:expr, mark: $mark:literal, $(crowd: $crowd:literal,)?
            $(removal: $removal:literal,)? $(removed: $removed:literal,)? $(warning: $warning:literal,)?
            $(lingers: $lingers:literal,)?
            outputs: [$($output:literal: $output_doc:literal $($secret:ident)?),* $(,)?],
        }
        $($fields:tt)*
    ) => {
        $crate::shape::record! {
            $(#[doc = $doc])*
            pub struct $name { $($fields)* }
        }

        impl $crate::kinds::Noun for $name {
            const KIND: $crate::kinds::Kind = $crate::kinds::Kind::$name;
            const REPLACE: $crate::kinds::Replace = $crate::kinds::Replace::$replace;
            const COST: $crate::kinds::Cost = $crate::kinds::Cost::$cost;
            const OUTPUTS: &'static [$crate::kinds::Output] = &[$($crate::kinds::Output {
                name: $output, doc: $output_doc, secret: $crate::kinds::noun!(@secret $($secret)?),
            }),*];
            const PARENT: Option<(&'static str, $crate::kinds::Kind)> = $parent;
            const MARK: &'static str = $mark;
            const TITLE: &'static str = $title;
            const OPENS: bool = $opens;
            const CROWD: Option<&'static str> = $crate::kinds::noun!(@literal $($crowd)?);
            const REMOVAL: Option<&'static str> = $crate::kinds::noun!(@literal $($removal)?);
            const REMOVED: Option<&'static str> = $crate::kinds::noun!(@literal $($removed)?);
            const WARNING: Option<&'static str> = $crate::kinds::noun!(@literal $($warning)?);
            const LINGERS: Option<&'static str> = $crate::kinds::noun!(@literal $($lingers)?);
            const DOC: &'static [&'static str] = &[$($doc),*];

            fn field_shapes() -> Vec<$crate::shape::FieldShape> {
                Self::fields()
            }
        }
    };
    (@literal) => { None };
    (@literal $it:literal) => { Some($it) };
    (@secret) => { false };
    (@secret secret) => { true };
}

pub(crate) use noun;

/// Calls a macro with every kind: its variant and noun, and its word.
///
/// The order is that in which a stack is built up; it breaks no tie and decides nothing.
#[macro_export]
macro_rules! each_kind {
    ($callback:ident) => {
        $callback! {
            UserPool = "user_pool",
            UserPoolDomain = "user_pool_domain",
            UserPoolClient = "user_pool_client",
            IdentityPool = "identity_pool",
            Role = "role",
            IdentityPoolRoles = "identity_pool_roles",
            Bucket = "bucket",
            OriginAccessControl = "origin_access_control",
            Distribution = "distribution",
            BucketPolicy = "bucket_policy",
            ConfigFile = "config_file",
            WelcomePage = "welcome_page",
            Object = "object",
            User = "user",
        }
    };
}

macro_rules! registry {
    ($($variant:ident = $word:literal),* $(,)?) => {
        /// A kind of AWS object.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(missing_docs, reason = "each variant is documented at its noun")]
        pub enum Kind { $($variant),* }

        impl Kind {
            /// All kinds, in the order in which a stack is built up.
            pub const ALL: &'static [Kind] = &[$(Kind::$variant),*];

            /// The word in addresses.
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }

            /// The kind of a word.
            pub fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)* _ => None }
            }

            /// What is known of the kind.
            pub fn descriptor(self) -> &'static Descriptor {
                match self { $(Self::$variant => {
                    static DESCRIPTOR: std::sync::OnceLock<Descriptor> = std::sync::OnceLock::new();
                    DESCRIPTOR.get_or_init(describe::<$variant>)
                }),* }
            }
        }
    };
}

each_kind!(registry);

fn describe<N: Noun>() -> Descriptor {
    Descriptor {
        doc: N::DOC.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" "),
        replace: N::REPLACE,
        cost: N::COST,
        outputs: N::OUTPUTS,
        parent: N::PARENT,
        mark: N::MARK,
        title: N::TITLE,
        opens: N::OPENS,
        crowd: N::CROWD,
        removal: N::REMOVAL,
        removed: N::REMOVED,
        warning: N::WARNING,
        lingers: N::LINGERS,
        fields: N::field_shapes(),
    }
}

impl Kind {
    /// The words of all kinds.
    pub fn names() -> Vec<&'static str> {
        Self::ALL.iter().map(|kind| kind.word()).collect()
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
