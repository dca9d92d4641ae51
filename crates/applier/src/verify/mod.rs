//! Proves that a login works: IGV's own calls, what they need, and what must be refused.
//!
//! A verification changes nothing. It looks as the caller, as a stranger, and as somebody who logged in.

mod checklist;
mod data;
mod guests;
mod login_page;
mod names;
mod published;
mod rights;
mod settings;
mod subject;

pub use checklist::{Check, Checklist, Outcome, Topic};

use planner::{Live, Plan};
use spec_model::{Spec, Stack};

use crate::aws::Aws;
use crate::calls::reads;
use crate::verbs::Permission;
use crate::web::Web;
use subject::Subject;

/// What a verification asks besides what a plan asks.
pub const VERIFY_CALLS: &[Permission] = &[
    reads("iam:GetPolicy"),
    reads("iam:GetPolicyVersion"),
    reads("iam:SimulatePrincipalPolicy"),
];

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
        Err(why) => {
            let missing = settings::missing(&subject);
            list.add(
                Topic::Plan,
                "applied",
                "everything that IGV needs is there",
                Outcome::failed(
                    match missing.is_empty() {
                        true => why,
                        false => format!("{why}; missing: {}", settings::several(&missing)),
                    },
                    "`igvctl apply` makes what is missing",
                ),
            );
            return;
        }
    };
    let body = &implied.body;
    settings::sign_in(list, &subject, body);
    settings::identity(list, &subject, body);
    Box::pin(rights::rights(list, &subject, body)).await;
    let places = data::places(&subject, body);
    Box::pin(data::data(list, &subject, &places, &body.aws_region)).await;
    Box::pin(published::published(list, &subject, &implied)).await;
    Box::pin(login_page::login_page(list, &subject, body)).await;
    Box::pin(guests::guests(list, &subject, &body.aws_cognito_fed_pool_id)).await;
}

impl<'a> Verified<'a> {
    fn subject(&self) -> Subject<'a> {
        Subject {
            clients: self.aws.clients(),
            web: self.web,
            spec: self.spec,
            live: self.live,
        }
    }
}
