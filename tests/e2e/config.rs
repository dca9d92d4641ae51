//! `igvctl config`: what IGV is told, the page that tells people, and the preferences of an IGV on this computer.

use std::path::Path;

use serde_json::Value as Json;

use crate::support::{Served, igvctl, workplace};

const SPEC: &str = include_str!("../specs/kill-first.yaml");

/// The same with a welcome page.
fn with_page() -> String {
    SPEC.replace(
        "  bucket: igv-kill-config\n",
        "  bucket: igv-kill-config\n  page: true\n",
    )
}

#[test]
fn config_prints_what_is_published_and_hides_the_secret_unless_asked() {
    let folder = workplace(&with_page());
    let served = Served::start(folder.path());
    let sandbox = served.option();
    igvctl(folder.path(), &["apply", "igv.yaml", "--yes", &sandbox])
        .ends(0)
        .says("Welcome page: http://127.0.0.1:");
    let run = igvctl(folder.path(), &["config", "igv.yaml", "--format", "json", &sandbox]).ends(0);
    let hidden: Json = serde_json::from_str(&run.stdout).unwrap();
    let run = igvctl(
        folder.path(),
        &["config", "igv.yaml", "--format", "json", "--show-secret", &sandbox],
    )
    .ends(0);
    let shown: Json = serde_json::from_str(&run.stdout).unwrap();
    let url = shown["url"].as_str().unwrap();
    let published = served.boto3(
        "eu-central-1",
        &format!("print(gzip.decompress(urllib.request.urlopen(\"{url}\").read()).decode())"),
    );
    assert_eq!(shown["config"], serde_json::from_str::<Json>(&published).unwrap());
    assert_eq!(shown["published"], true);
    assert_eq!(shown["prefs_properties"], format!("PROVISIONING.URL={url}"));
    let secret = shown["config"]["client_secret"].as_str().unwrap();
    assert!(secret.len() > 20);
    assert_eq!(hidden["config"]["client_secret"], "(secret)");
    let text = igvctl(folder.path(), &["config", "igv.yaml", &sandbox])
        .ends(0)
        .never_says(secret)
        .says("\nPROVISIONING.URL=http://127.0.0.1:")
        .says("%USERPROFILE%\\igv\\prefs.properties")
        .says("2.18.2 to 2.18.4 no broken by their packaging")
        .says("--show-secret");
    assert!(text.stdout.contains(url));
    igvctl(folder.path(), &["config", "igv.yaml", "--show-secret", &sandbox])
        .ends(0)
        .says(secret);

    // The page is at the distribution's root, and tells the same address.
    let page = shown["page"].as_str().unwrap();
    assert!(page.ends_with(".cloudfront.net/"), "{page}");
    served.boto3(
        "eu-central-1",
        &format!(
            r#"
answer = urllib.request.urlopen("{page}")
assert answer.status == 200 and answer.headers["Content-Type"] == "text/html; charset=utf-8", answer.headers
text = answer.read().decode()
assert ">{url}</code>" in text, text
assert "Content-Security-Policy" in text and "default-src 'none'" in text
for word in ("igv-kill", "anna", "{secret}", "111122223333", "example.bam"):
    assert word not in text, word
"#
        ),
    );
}

#[test]
fn a_page_that_is_not_wanted_any_more_goes_with_the_right_to_read_it() {
    let folder = workplace(&with_page());
    let served = Served::start(folder.path());
    let sandbox = served.option();
    igvctl(folder.path(), &["apply", "igv.yaml", "--yes", &sandbox]).ends(0);
    std::fs::write(folder.path().join("igv.yaml"), SPEC).unwrap();
    igvctl(folder.path(), &["apply", "igv.yaml", "--yes", &sandbox])
        .ends(0)
        .says("delete  welcome_page.main")
        .never_says("Welcome page:");
    served.boto3(
        "eu-central-1",
        r#"
config = the(cloudfront.list_distributions()["DistributionList"]["Items"])
assert cloudfront.get_distribution_config(Id=config["Id"])["DistributionConfig"]["DefaultRootObject"] == ""
assert [it["Key"] for it in s3.list_objects_v2(Bucket="igv-kill-config")["Contents"]] == ["oauth-config.json.gz"]
assert "index.html" not in s3.get_bucket_policy(Bucket="igv-kill-config")["Policy"]
"#,
    );
    let run = igvctl(folder.path(), &["config", "igv.yaml", "--format", "json", &sandbox]).ends(0);
    assert_eq!(serde_json::from_str::<Json>(&run.stdout).unwrap()["page"], Json::Null);
    igvctl(folder.path(), &["drift", "igv.yaml", &sandbox]).ends(0);
}

#[test]
fn what_is_not_published_is_said_and_nothing_is_written() {
    let folder = workplace(SPEC);
    let served = Served::start(folder.path());
    let sandbox = served.option();
    let igv = folder.path().join("igv");
    std::fs::create_dir(&igv).unwrap();
    std::fs::write(igv.join("prefs.properties"), "A=1\n").unwrap();
    let config = ["config", "igv.yaml", "--write-igv-dir", "igv", &sandbox];
    let run = igvctl(folder.path(), &config)
        .ends(1)
        .says("error: the config is not published yet: nothing of it is in AWS")
        .says("`igvctl apply igv.yaml` does it");
    assert_eq!(run.stdout, "");
    igvctl(folder.path(), &["apply", "igv.yaml", "--yes", &sandbox]).ends(0);
    served.boto3(
        "eu-central-1",
        "s3.delete_object(Bucket='igv-kill-config', Key='oauth-config.json.gz')",
    );
    igvctl(folder.path(), &config)
        .ends(1)
        .says("the config is not published yet: `config_file.main` is missing");
    assert_eq!(std::fs::read_to_string(igv.join("prefs.properties")).unwrap(), "A=1\n");
    served.boto3(
        "eu-central-1",
        "s3.put_object(Bucket='igv-kill-config', Key='oauth-config.json.gz', Body=b'others')",
    );
    igvctl(folder.path(), &["config", "igv.yaml", &sandbox])
        .ends(2)
        .says("what is published says something else");
    std::fs::write(
        folder.path().join("igv.yaml"),
        SPEC.replace(
            "  domain: igv-kill\n",
            "  domain: igv-kill\n  client: {secret: false}\n",
        ),
    )
    .unwrap();
    igvctl(folder.path(), &["config", "igv.yaml", &sandbox])
        .ends(1)
        .says("the config is about to change: `user_pool_client.igv` will be another one");
    let (before, _) = SPEC.split_once("config:\n").unwrap();
    std::fs::write(folder.path().join("igv.yaml"), before).unwrap();
    igvctl(folder.path(), &["config", "igv.yaml", &sandbox])
        .ends(1)
        .says("this spec publishes no config");
}

#[test]
fn what_could_not_be_read_is_not_taken_for_missing() {
    let folder = workplace(SPEC);
    igvctl(folder.path(), &["apply", "igv.yaml", "--yes", "--sandbox=sandbox"]).ends(0);
    let served = Served::start_with(folder.path(), &["--refuse", "cognito-idp:DescribeUserPoolClient"]);
    igvctl(folder.path(), &["config", "igv.yaml", &served.option()])
        .ends(4)
        .says("the config is not known, because something could not be read")
        .says("cognito-idp:DescribeUserPoolClient");
}

/// What is in a folder, by name.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|it| it.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn preferences_are_written_once_and_the_former_ones_are_kept() {
    let folder = workplace(SPEC);
    let served = Served::start(folder.path());
    let sandbox = served.option();
    igvctl(folder.path(), &["apply", "igv.yaml", "--yes", &sandbox]).ends(0);
    let igv = folder.path().join("igv");
    let preferences = igv.join("prefs.properties");
    let write = |more: &[&str]| {
        let arguments = [&["config", "igv.yaml", &sandbox, "--write-igv-dir", "igv"], more].concat();
        igvctl(folder.path(), &arguments)
    };
    // No folder of IGV's, or none at all, is not written to.
    write(&[]).ends(3).says("there is no folder igv; nothing was written");
    std::fs::create_dir(&igv).unwrap();
    std::fs::write(igv.join("thesis.txt"), "").unwrap();
    write(&[])
        .ends(3)
        .says("igv does not look like a folder of IGV's; nothing was written")
        .says("--any-dir");
    assert_eq!(names(&igv), ["thesis.txt"]);
    std::fs::remove_file(igv.join("thesis.txt")).unwrap();
    std::fs::create_dir(igv.join("genomes")).unwrap();
    let run = write(&[]).ends(0).says("Written to igv/prefs.properties.");
    let url = run
        .stdout
        .lines()
        .find_map(|it| it.strip_prefix("PROVISIONING.URL="))
        .unwrap()
        .to_owned();
    let line = format!("PROVISIONING.URL={url}\n");
    assert_eq!(std::fs::read_to_string(&preferences).unwrap(), line);
    assert_eq!(names(&igv), ["genomes", "prefs.properties"]);

    let old = "LAST_CHROMOSOME=chr1\r\nPROVISIONING.URL=https://example.org/a=b\r\n\r\n##RNA\r\nSAM.X=caf\u{e9}\r\n";
    std::fs::write(&preferences, old).unwrap();
    std::fs::write(igv.join("oauth-config.json"), "{}").unwrap();
    write(&[])
        .ends(0)
        .says("in place of https://example.org/a=b")
        .says("The former preferences are kept in")
        .says("igv/oauth-config.json comes before the URL");
    let new = old.replace("https://example.org/a=b", &url);
    assert_eq!(std::fs::read_to_string(&preferences).unwrap(), new);
    let backup = igv.join("prefs.properties.before-igvctl");
    assert_eq!(std::fs::read_to_string(&backup).unwrap(), old);
    // Once more changes nothing.
    write(&[]).ends(0).says("says so already; nothing was written");
    assert_eq!(std::fs::read_to_string(&preferences).unwrap(), new);
    // No copy is written over another.
    std::fs::write(&preferences, "B=2\n").unwrap();
    write(&[]).ends(0);
    assert_eq!(std::fs::read_to_string(&backup).unwrap(), old);
    assert_eq!(
        std::fs::read_to_string(igv.join("prefs.properties.before-igvctl.2")).unwrap(),
        "B=2\n"
    );
    assert_eq!(std::fs::read_to_string(&preferences).unwrap(), format!("B=2\n{line}"));

    // A folder that is not there is made when that is meant.
    let arguments = ["config", "igv.yaml", &sandbox, "--write-igv-dir", "new", "--any-dir"];
    igvctl(folder.path(), &arguments).ends(0);
    assert_eq!(names(&folder.path().join("new")), ["prefs.properties"]);
}

#[cfg(unix)]
#[test]
fn odd_preferences_are_met_with_care() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = workplace(SPEC);
    let served = Served::start(folder.path());
    let sandbox = served.option();
    igvctl(folder.path(), &["apply", "igv.yaml", "--yes", &sandbox]).ends(0);
    let igv = folder.path().join("igv");
    let preferences = igv.join("prefs.properties");
    std::fs::create_dir_all(igv.join("genomes")).unwrap();
    let write = || {
        igvctl(
            folder.path(),
            &["config", "igv.yaml", &sandbox, "--write-igv-dir", "igv"],
        )
    };
    // A link stays a link, and what it leads to is written; rights stay as they are.
    let elsewhere = folder.path().join("dotfiles");
    std::fs::create_dir(&elsewhere).unwrap();
    let real = elsewhere.join("igv.prefs");
    std::fs::write(&real, b"A=\xff\n").unwrap();
    std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o640)).unwrap();
    symlink("../dotfiles/igv.prefs", &preferences).unwrap();
    write().ends(0);
    assert!(std::fs::symlink_metadata(&preferences).unwrap().is_symlink());
    let now = std::fs::read(&real).unwrap();
    assert!(now.starts_with(b"A=\xff\nPROVISIONING.URL=http"), "{now:?}");
    for file in [&real, &elsewhere.join("igv.prefs.before-igvctl")] {
        assert_eq!(std::fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o640);
    }
    assert_eq!(names(&elsewhere), ["igv.prefs", "igv.prefs.before-igvctl"]);

    // What is no preferences at all is left alone.
    std::fs::remove_file(&preferences).unwrap();
    symlink("nowhere", &preferences).unwrap();
    write().ends(1).says("cannot follow").says("nothing was written");
    std::fs::remove_file(&preferences).unwrap();
    symlink("prefs.properties", &preferences).unwrap();
    write().ends(1).says("nothing was written");
    std::fs::remove_file(&preferences).unwrap();
    std::fs::create_dir(&preferences).unwrap();
    write().ends(3).says("is no file; nothing was written");
    std::fs::remove_dir(&preferences).unwrap();
    let pipe = std::process::Command::new("mkfifo").arg(&preferences).status().unwrap();
    assert!(pipe.success());
    write().ends(3).says("is no file; nothing was written");
    std::fs::remove_file(&preferences).unwrap();
    std::fs::write(&preferences, "A=1\n").unwrap();
    std::fs::set_permissions(&preferences, std::fs::Permissions::from_mode(0o444)).unwrap();
    write().ends(3).says("may only be read; nothing was written");
    std::fs::remove_file(&preferences).unwrap();
    std::fs::write(&preferences, vec![b'x'; 5 * 1024 * 1024]).unwrap();
    write().ends(3).says("is too long for preferences of IGV");
    assert_eq!(names(&igv), ["genomes", "prefs.properties"]);
}

#[test]
fn an_address_that_nobody_serves_is_not_written() {
    let folder = workplace(SPEC);
    igvctl(folder.path(), &["apply", "igv.yaml", "--yes", "--sandbox"]).ends(0);
    igvctl(folder.path(), &["config", "igv.yaml", "--sandbox"])
        .ends(0)
        .says("This sandbox is not served");
    igvctl(
        folder.path(),
        &["config", "igv.yaml", "--sandbox", "--write-igv-dir", "igv", "--any-dir"],
    )
    .ends(3)
    .says("IGV could not open the address of this sandbox; nothing was written");
    assert!(!folder.path().join("igv").exists());
}
