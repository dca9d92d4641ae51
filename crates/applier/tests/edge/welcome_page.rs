//! Welcome pages.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use aws_sdk_s3::primitives::ByteStream;
use spec_model::kinds::{Bucket, SignIn, Versioning, WelcomePage};
use spec_model::{Address, Kind, Shaped};

use crate::bucket::bucket;
use crate::ground::{Look, Place, World, address, differences};

const BUCKET: &str = "igv-demo-config";

async fn ground() -> (World, Address, Address) {
    let (world, parent) = (World::new().await, address(Kind::Bucket, "config"));
    let want = Bucket {
        versioning: Some(Versioning::Enabled),
        ..bucket(&world, &parent, BUCKET)
    };
    world.create(&Place::at(&parent), &want).await;
    (world, parent, address(Kind::WelcomePage, "main"))
}

fn page() -> WelcomePage {
    WelcomePage {
        bucket: BUCKET.to_owned(),
        key: "index.html".to_owned(),
        url: "https://d111111abcdef8.cloudfront.net/oauth-config.json.gz".to_owned(),
        sign_in: SignIn::Username,
        authenticator: false,
        other: String::new(),
        content_type: "text/html; charset=utf-8".to_owned(),
        content_encoding: String::new(),
        cache_control: "no-cache".to_owned(),
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_takes_on_each_state_and_goes_with_all_versions() {
    let (world, parent, at) = ground().await;
    let with = |change: fn(&mut WelcomePage)| {
        let mut it = page();
        change(&mut it);
        it
    };
    let states = [
        page(),
        with(|it| it.url = "https://example.org/?a=1&b='\"<>".to_owned()),
        with(|it| it.sign_in = SignIn::Email),
        with(|it| it.authenticator = true),
        with(|it| it.content_type = "text/html".to_owned()),
        with(|it| it.cache_control = "max-age=60".to_owned()),
    ];
    world.life(&Place::under(&at, &parent, BUCKET), &states).await;
    let versions = world.clients.s3.list_object_versions().bucket(BUCKET).send();
    let versions = versions.await.unwrap();
    assert!(versions.versions().is_empty() && versions.delete_markers().is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_others_put_in_its_place_is_told_and_mended() {
    let (world, parent, at) = ground().await;
    let place = Place::under(&at, &parent, BUCKET);
    for (body, why) in [
        (b"<p>Canary</p>".to_vec(), "not the page".to_owned()),
        (vec![b'<'; 1024 * 1024 + 5], "more than 1048576 bytes".to_owned()),
    ] {
        let put = world.clients.s3.put_object().bucket(BUCKET).key(page().key);
        put.body(ByteStream::from(body)).send().await.unwrap();
        let object = world.ours(&place, &page()).await;
        let other = object.value.get("other").unwrap().as_text().unwrap();
        assert!(other.ends_with(&why), "{other}");
        assert!(!format!("{object:?}").contains("Canary"));
    }
    world.update(&place, &page()).await;
    assert_eq!(
        differences(&page().to_value(), &world.ours(&place, &page()).await.value),
        Vec::<String>::new()
    );
}

#[tokio::test(start_paused = true)]
async fn a_page_that_left_the_file_is_found_and_pages_of_others_are_not() {
    let (world, parent, at) = ground().await;
    let place = Place::under(&at, &parent, BUCKET);
    world.create(&place, &page()).await;
    for key in ["reports/index.html", "fastqc.html"] {
        let put = world.clients.s3.put_object().bucket(BUCKET).key(key);
        put.body(ByteStream::from_static(b"<p>others'</p>"))
            .send()
            .await
            .unwrap();
    }
    let look = Look {
        parent: Some((&parent, BUCKET)),
        ..Look::default()
    };
    let leftovers = world.look::<WelcomePage>(&look).await.leftovers;
    assert_eq!(leftovers.len(), 1);
    assert_eq!((&leftovers[0].address, leftovers[0].replaced), (&at, false));
    assert_eq!(leftovers[0].object.id, "igv-demo-config/index.html");
}

#[tokio::test(start_paused = true)]
async fn l52_whatever_call_a_run_is_killed_at_the_next_goes_on() {
    let (world, parent, at) = ground().await;
    let mut to = page();
    to.sign_in = SignIn::Email;
    world.survives(&Place::under(&at, &parent, BUCKET), &page(), &to).await;
}
