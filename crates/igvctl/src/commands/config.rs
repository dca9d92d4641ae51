//! `igvctl config`.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use planner::{Action, Found, Live, Options, Phase, Plan, StepKey};
use spec_model::kinds::ConfigBody;
use spec_model::{Address, Kind, Secret, Shaped, Spec, Value};

use crate::args::{ConfigArgs, ReportFormat};
use crate::commands::{Failure, look_and_plan, published};
use crate::exit::Exit;
use crate::ground::{Choice, Faces, stand};
use crate::igv::folder::{Written, set_url};
use crate::igv::{preferences, versions};
use crate::{report, source};

/// What stands where a secret is not shown.
const HIDDEN: &str = "(secret)";

/// What IGV is to be told.
struct Told {
    /// The address to paste.
    url: String,
    /// The address of the welcome page, where there is one.
    page: Option<String>,
    /// What the file says, as the spec and AWS have it.
    body: ConfigBody,
    /// Whether that is what is published.
    published: bool,
}

/// Prints what IGV is to be told, and tells an IGV on this computer where asked.
pub(crate) async fn run(args: &ConfigArgs, choice: &Choice) -> Result<Exit, Failure> {
    let source = source::read(&args.spec.spec)?;
    let spec = &source.spec;
    let file = published::file(spec).ok_or_else(|| {
        Failure::own("this spec publishes no config: it has no section `config`")
            .help("write `config: {bucket: …}`, or ask the owner of the backend for the address")
    })?;
    let standing = stand(choice, &spec.stack, &source.folder).await?;
    let (live, _, plan) = look_and_plan(&standing, spec, &Options::default()).await;
    let spec_path = args.spec.spec.display().to_string();
    let told = tell(spec, &file, &live, &plan, &standing.faces, &spec_path)?;
    match args.format {
        ReportFormat::Json => report::result(&report::pretty(&as_json(&told, args.show_secret))),
        ReportFormat::Text => report::result(&as_text(&told, args.show_secret, &spec_path)),
    }
    if let Some(remark) = standing.faces.remark() {
        report::note(&remark);
    }
    let exit = if told.published {
        Exit::Done
    } else {
        report::note(&format!(
            "\x1b[33mattention\x1b[0m: what is published says something else; `igvctl plan {spec_path}` tells what, `igvctl apply` mends it."
        ));
        Exit::Differences
    };
    if let Some(folder) = &args.write_igv_dir {
        if standing.faces.remark().is_some() {
            return Err(
                Failure::own("IGV could not open the address of this sandbox; nothing was written")
                    .help("serve the sandbox, and name its address in place of its folder")
                    .with(Exit::Blocked),
            );
        }
        say(&set_url(folder, &told.url, args.any_dir)?, &told.url);
    }
    Ok(exit)
}

/// Everything that the file and its address are made of, itself included.
fn needed(spec: &Spec, file: &Address) -> BTreeSet<Address> {
    let mut found = BTreeSet::new();
    let mut open: Vec<Address> = vec![file.clone()];
    open.extend(
        spec.resources
            .keys()
            .filter(|it| it.kind == Kind::Distribution)
            .cloned(),
    );
    while let Some(address) = open.pop() {
        if let Some(resource) = spec.resources.get(&address)
            && found.insert(address)
        {
            open.extend(resource.value().references().into_iter().map(|it| it.address));
        }
    }
    found
}

/// Puts together what IGV is to be told, or says what is missing for it.
fn tell(
    spec: &Spec,
    file: &Address,
    live: &Live,
    plan: &Plan,
    faces: &Faces,
    spec_path: &str,
) -> Result<Told, Failure> {
    let needed = needed(spec, file);
    let (mut unread, mut absent, mut others) = (Vec::new(), Vec::new(), Vec::new());
    for address in &needed {
        match live.found.get(address) {
            Some(Found::Ours(_) | Found::Provided { .. }) => {}
            Some(Found::Unknown(gap)) => unread.push(format!("{}: {}", gap.action, gap.error)),
            Some(Found::Foreign { .. } | Found::Ambiguous { .. }) => others.push(format!("`{address}`")),
            Some(Found::Absent) | None => absent.push(format!("`{address}`")),
        }
    }
    if !unread.is_empty() {
        unread.dedup();
        let mut failure = Failure::own("the config is not known, because something could not be read");
        failure.lines.extend(unread);
        return Err(failure
            .help("`igvctl plan` needs the same rights: docs/permissions.md has the policy")
            .with(Exit::Incomplete));
    }
    if !others.is_empty() {
        return Err(
            Failure::own(format!("not this stack's, or not clear: {}", others.join(", ")))
                .help(&format!("`igvctl plan {spec_path}` tells what is in the way"))
                .with(Exit::Blocked),
        );
    }
    let unmade = |what: String| {
        Failure::own(what).help(&format!(
            "`igvctl plan {spec_path}` tells what is to be done, `igvctl apply {spec_path}` does it"
        ))
    };
    if !absent.is_empty() {
        return Err(unmade(if absent.len() == needed.len() {
            "the config is not published yet: nothing of it is in AWS".to_owned()
        } else {
            format!("the config is not published yet: {} is missing", absent.join(", "))
        }));
    }
    let step = plan.step(&StepKey {
        address: file.clone(),
        phase: Phase::Main,
    });
    let want = step.and_then(|it| it.want.get("body")).unwrap_or(&Value::Null);
    // What is to be replaced puts out something else by then.
    if let Some(reference) = want.references().into_iter().next() {
        return Err(unmade(format!(
            "the config is about to change: `{}` will be another one",
            reference.address
        )));
    }
    let mut body =
        ConfigBody::from_value(want).map_err(|misfit| Failure::own(format!("`{file}` is not complete: {misfit}")))?;
    // A served sandbox publishes addresses that can be opened.
    body.authorization_endpoint = faces.url(&body.authorization_endpoint);
    body.token_endpoint = faces.url(&body.token_endpoint);
    let url = published::url(spec, live)
        .ok_or_else(|| unmade("the config has no address yet: there is no distribution in front of it".to_owned()))?;
    Ok(Told {
        page: published::page_url(spec, live).map(|it| faces.url(&it)),
        url: faces.url(&url),
        body,
        published: step.is_some_and(|it| it.action == Action::Keep),
    })
}

/// The body as people may see it.
fn shown(body: &ConfigBody, show_secret: bool) -> ConfigBody {
    let mut body = body.clone();
    if !show_secret && !body.client_secret.expose().is_empty() {
        body.client_secret = Secret::new(HIDDEN);
    }
    body
}

fn as_json(told: &Told, show_secret: bool) -> serde_json::Value {
    let Told {
        url,
        page,
        body,
        published,
    } = told;
    let config: serde_json::Value = serde_json::from_str(&applier::config_body::to_json(&shown(body, show_secret)))
        .expect("what is written as JSON is JSON");
    let advice: Vec<_> = versions::all(Some(!body.client_secret.expose().is_empty()))
        .into_iter()
        .map(|it| serde_json::json!({ "releases": it.names, "verdict": it.verdict.word(), "why": it.why }))
        .collect();
    serde_json::json!({
        "format": planner::show::FORMAT,
        "url": url,
        "page": page,
        "published": published,
        "prefs_properties": preferences::line(url),
        "config": config,
        "igv": advice,
    })
}

fn as_text(told: &Told, show_secret: bool, spec_path: &str) -> String {
    let Told {
        url,
        page,
        body,
        published: _,
    } = told;
    let mut text = format!("\x1b[1mProvisioning URL\x1b[0m: {url}\n");
    if let Some(page) = page {
        let _ = writeln!(text, "\x1b[1mWelcome page\x1b[0m: {page}");
    }
    let line = preferences::line(url);
    let _ = write!(
        text,
        "
\x1b[1mIn IGV\x1b[0m: View > Preferences > Advanced > \"OAuth provisioning URL\", paste it without a space before or
behind it, and restart IGV. Then Amazon > Login.

\x1b[1mBy file\x1b[0m, while IGV is not running: this line in IGV's preferences, above any line that begins with `##`.

{line}

  Linux and macOS  ~/igv/prefs.properties
  Windows          %USERPROFILE%\\igv\\prefs.properties

Preferences > Advanced shows the folder, if somebody moved it. `igvctl config {spec_path} --write-igv-dir ~/igv` writes the
line. Remove `oauth-config.json` and `oauth-config-custom.json` from that folder: either comes before the URL.

\x1b[1mReleases of IGV\x1b[0m

"
    );
    let advice = versions::all(Some(!body.client_secret.expose().is_empty()));
    let widest = advice.iter().map(|it| it.names.len()).max().unwrap_or_default();
    for it in advice {
        let (releases, verdict) = (it.names, it.verdict.word());
        let line = format!("  {releases:widest$}  {verdict:<5}  {}", it.why);
        let _ = writeln!(text, "{}", line.trim_end());
    }
    let secret = if show_secret || body.client_secret.expose().is_empty() {
        ""
    } else {
        "; `--show-secret` shows the client secret, which is public by design and no key to data"
    };
    let _ = write!(
        text,
        "\n\x1b[1mThe file\x1b[0m at that address{secret}\n\n{}",
        applier::config_body::to_json(&shown(body, show_secret))
    );
    text
}

/// What was done to an IGV on this computer.
fn say(written: &Written, url: &str) {
    let Written {
        file,
        before,
        backup,
        changed,
        winning,
    } = written;
    let file = file.display();
    report::note("");
    match (changed, before) {
        (false, _) => report::note(&format!("{file} says so already; nothing was written.")),
        (true, Some(before)) if before != url => report::note(&format!("Written to {file}, in place of {before}")),
        (true, _) => report::note(&format!("Written to {file}.")),
    }
    if let Some(backup) = backup {
        report::note(&format!("The former preferences are kept in {}.", backup.display()));
    }
    if *changed {
        report::note("If IGV is running now, close it and do this again: it writes its preferences over these.");
    }
    for it in winning {
        report::note(&format!(
            "\x1b[33mattention\x1b[0m: {} comes before the URL; as long as it is there, IGV does not look at the URL's login. Move it elsewhere.",
            it.display()
        ));
    }
}
