//! Rights that are missing while others are there: what was not looked at counts as not read, and nothing is made for
//! it.

use planner::Options;
use sandbox::{Sandbox, Trouble};

use crate::ground::{acting, committed, plan, settled, spec};

fn refuse(sandbox: &Sandbox, actions: &[&str]) {
    sandbox.set_trouble(Trouble {
        refuse: actions.iter().map(|it| (*it).to_owned()).collect(),
        ..Trouble::default()
    });
}

/// The lists of what has no name of its own, and what a plan says where one is refused.
const LISTS: [(&str, &str); 3] = [
    ("cognito-idp:ListUserPools", "the list of user pools"),
    ("cognito-identity:ListIdentityPools", "the list of identity pools"),
    ("cloudfront:ListDistributions", "the list of distributions"),
];

#[tokio::test(start_paused = true)]
async fn l78_a_refused_list_is_a_gap_though_the_index_knows_what_is_ours() {
    let sandbox = Sandbox::in_memory(1);
    let spec = spec(&committed("minimal.yaml"));
    settled(&sandbox, &spec).await;
    for (action, what) in LISTS {
        refuse(&sandbox, &[action]);
        let (_, _, plan) = plan(&sandbox, &spec, &Options::default()).await;
        let gaps: Vec<_> = plan.gaps.iter().map(|it| (&*it.action, &*it.what, it.denied)).collect();
        assert_eq!(gaps, [(action, what, true)]);
        assert_eq!(acting(&plan), Vec::<String>::new());
        assert!(plan.is_incomplete());
    }
}

#[tokio::test(start_paused = true)]
async fn l78_nothing_is_made_where_a_list_is_refused() {
    for (action, what) in LISTS {
        let sandbox = Sandbox::in_memory(1);
        let spec = spec(&committed("minimal.yaml"));
        refuse(&sandbox, &[action]);
        let (_, _, plan) = plan(&sandbox, &spec, &Options::default()).await;
        assert!(
            plan.gaps.iter().any(|it| it.action == action && it.what == what),
            "{:?}",
            plan.gaps
        );
        let (service, _) = action.split_once(':').unwrap_or_default();
        let kind = match service {
            "cognito-idp" => spec_model::Kind::UserPool,
            "cognito-identity" => spec_model::Kind::IdentityPool,
            _ => spec_model::Kind::Distribution,
        };
        let made = plan
            .steps
            .iter()
            .filter(|it| it.action.acts() && it.key.address.kind == kind);
        assert_eq!(made.count(), 0, "{action}");
    }
}
