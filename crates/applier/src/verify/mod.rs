//! Proves that a login works: IGV's own calls, what they need, and what must be refused.
//!
//! A verification changes nothing. It looks as the caller, as a stranger, and as somebody who logged in.

mod checklist;
mod data;
mod form;
mod formats;
mod guests;
mod identity;
mod login;
mod login_page;
mod names;
mod other_roles;
mod published;
mod reading;
mod refusals;
mod request;
mod rights;
mod settings;
mod sign_in;
mod subject;
mod tokens;

pub use checklist::{Check, Checklist, Outcome, Topic};
pub use form::{FormError, code_of, log_in};
pub use request::LoginRequest;

use planner::{Live, Plan};
use spec_model::kinds::UserPoolClient;
use spec_model::{Secret, Spec, Stack};

use crate::aws::Aws;
use crate::calls::reads;
use crate::verbs::Permission;
use crate::web::Web;
use subject::{Missing, Subject};

/// What a verification asks besides what a plan asks.
pub const VERIFY_CALLS: &[Permission] = &[reads("iam:SimulatePrincipalPolicy")];

/// What is verified.
#[derive(Debug, Clone, Copy)]
pub struct Verified<'a> {
    /// AWS as the caller sees it.
    pub aws: &'a Aws,
    /// AWS as IGV and browsers see it.
    pub web: &'a Web,
    /// The file.
    pub spec: &'a Spec,
    /// What was found for it.
    pub live: &'a Live,
    /// What would be changed.
    pub plan: &'a Plan,
}

/// That the caller is who the file says, which was asked before anything else.
pub fn account(list: &mut Checklist<'_>, stack: &Stack) {
    list.add(
        Topic::Account,
        "account",
        format!("account {}, region {}", stack.account, stack.region),
        Outcome::passed(),
    );
}

/// All that can be checked without a login.
pub async fn without_login(list: &mut Checklist<'_>, verified: &Verified<'_>) {
    let subject = verified.subject();
    settings::plan(list, verified.plan);
    let implied = match subject.implied() {
        Ok(it) => it,
        Err(missing) => {
            let outcome = match missing {
                Missing::Absent(why) => {
                    let all = settings::missing(&subject);
                    let more = if all.is_empty() {
                        String::new()
                    } else {
                        format!("; missing: {}", settings::several(&all))
                    };
                    Outcome::failed(format!("{why}{more}"), "`igvctl apply` makes what is missing")
                }
                Missing::Unread(why) => Outcome::Unread {
                    why,
                    remedy: "`igvctl plan` lists everything that could not be read".to_owned(),
                },
            };
            list.add(Topic::Plan, "applied", "everything that IGV needs is there", outcome);
            return;
        }
    };
    let body = &implied.body;
    sign_in::sign_in(list, &subject, body);
    identity::identity(list, &subject, body);
    Box::pin(other_roles::other_roles(list, &subject, body)).await;
    Box::pin(guests::guests(list, &subject, &body.aws_cognito_fed_pool_id)).await;
    Box::pin(rights::rights(list, &subject, body)).await;
    let places = data::places(&subject, body);
    Box::pin(data::data(list, &subject, &places, &body.aws_region)).await;
    Box::pin(published::published(list, &subject, &implied)).await;
    Box::pin(login_page::login_page(list, &subject, body)).await;
}

/// Logs in with a code, reads as IGV reads, and tries what must be refused. `object` is the file to read,
/// `<bucket>/<key>`; else one is chosen.
pub async fn with_login(
    list: &mut Checklist<'_>,
    verified: &Verified<'_>,
    request: &LoginRequest,
    code: &Secret,
    object: Option<&str>,
) {
    let subject = verified.subject();
    let Ok(implied) = subject.implied() else { return };
    let body = &implied.body;
    let Some(logged_in) = Box::pin(login::login(list, &subject, body, request, code)).await else {
        return;
    };
    let places = data::places(&subject, body);
    let names = rights::names_of_buckets(&subject, body);
    let s3 = &logged_in.visitor.s3;
    let file = Box::pin(reading::reading(list, &subject, s3, &places, names, object)).await;
    Box::pin(refusals::refusals(
        list,
        &subject,
        &implied,
        &logged_in,
        &places,
        file.as_ref(),
    ))
    .await;
}

impl<'a> Verified<'a> {
    /// The callbacks to which IGV listens on this machine, each with its port; the first is IGV's own.
    pub fn callbacks(&self) -> Vec<(u16, String)> {
        let subject = self.subject();
        let Ok(implied) = subject.implied() else {
            return Vec::new();
        };
        let client = subject.with_output::<UserPoolClient>("id", &implied.body.client_id);
        let all = match client {
            Some((_, client, _)) => client.callback_urls.into_iter().collect(),
            None => implied.body.redirect_uris,
        };
        let found = all.into_iter().filter_map(|it| Some((sign_in::port(&it)?, it)));
        found.collect()
    }

    /// Begins a login that returns to this callback.
    pub fn request(&self, callback: &str) -> Option<LoginRequest> {
        let implied = self.subject().implied().ok()?;
        Some(LoginRequest::new(self.web, &implied.body, callback))
    }

    fn subject(&self) -> Subject<'a> {
        Subject {
            clients: self.aws.clients(),
            web: self.web,
            spec: self.spec,
            live: self.live,
        }
    }
}
