//! Config files.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use applier::{Verbs, config_body};
use aws_sdk_s3::primitives::ByteStream;
use planner::Found;
use spec_model::kinds::{Bucket, ConfigBody, ConfigFile, Versioning};
use spec_model::{Address, Kind, Secret, Shaped};

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
    (world, parent, address(Kind::ConfigFile, "main"))
}

fn file() -> ConfigFile {
    ConfigFile {
        bucket: BUCKET.to_owned(),
        key: "oauth-config.json.gz".to_owned(),
        body: ConfigBody {
            auth_provider: "Amazon".to_owned(),
            client_id: "client1".to_owned(),
            client_secret: Secret::new("Canary0secret"),
            authorization_endpoint: "https://igv.auth.ap-southeast-2.amazoncognito.com/oauth2/authorize".to_owned(),
            token_endpoint: "https://igv.auth.ap-southeast-2.amazoncognito.com/oauth2/token".to_owned(),
            scope: "openid%20email".to_owned(),
            aws_region: "ap-southeast-2".to_owned(),
            aws_cognito_fed_pool_id: "ap-southeast-2:1".to_owned(),
            aws_cognito_pool_id: "ap-southeast-2_1".to_owned(),
            aws_cognito_role_arn: "arn:aws:iam::111122223333:role/igvctl/r".to_owned(),
            redirect_uris: Vec::new(),
        },
        unreadable: String::new(),
        content_type: "application/gzip".to_owned(),
        content_encoding: String::new(),
        cache_control: "no-cache".to_owned(),
    }
}

#[tokio::test(start_paused = true)]
async fn a_config_takes_on_each_state_and_goes_with_all_versions() {
    let (world, parent, at) = ground().await;
    let with = |change: fn(&mut ConfigFile)| {
        let mut it = file();
        change(&mut it);
        it
    };
    let states = [
        file(),
        with(|it| it.body.client_id = "client2".to_owned()),
        with(|it| it.body.client_secret = Secret::new("Other1secret")),
        with(|it| it.body.redirect_uris = vec!["http://localhost:60151/oauthCallback".to_owned()]),
        with(|it| it.content_type = "application/octet-stream".to_owned()),
        with(|it| it.cache_control = "max-age=60".to_owned()),
    ];
    world.life(&Place::under(&at, &parent, BUCKET), &states).await;
    let versions = world.clients.s3.list_object_versions().bucket(BUCKET).send();
    let versions = versions.await.unwrap();
    assert!(versions.versions().is_empty() && versions.delete_markers().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_config_without_secret_has_none() {
    let (world, parent, at) = ground().await;
    let mut want = file();
    want.body.client_secret = Secret::new("");
    let place = Place::under(&at, &parent, BUCKET);
    world.create(&place, &want).await;
    let object = world.ours(&place, &want).await;
    assert_eq!(object.value, want.to_value());
    let answer = world.clients.s3.get_object().bucket(BUCKET).key(&want.key).send();
    let answer = answer.await.unwrap();
    // IGV unpacks by the first bytes or by the name; with this header Java would have unpacked before.
    assert_eq!(answer.content_encoding(), None);
    let bytes = answer.body.collect().await.unwrap().to_vec();
    assert_eq!(bytes, config_body::to_gzip(&want.body));
}

#[tokio::test(start_paused = true)]
async fn what_is_no_config_is_told_by_length_and_digest() {
    let (world, parent, at) = ground().await;
    let place = Place::under(&at, &parent, BUCKET);
    for (body, why) in [
        (b"Canary, not gzip".to_vec(), "not gzip".to_owned()),
        (vec![0; 1024 * 1024 + 5], "more than 1048576 bytes".to_owned()),
    ] {
        let put = world.clients.s3.put_object().bucket(BUCKET).key(file().key);
        put.body(ByteStream::from(body)).send().await.unwrap();
        let object = world.ours(&place, &file()).await;
        let unreadable = object.value.get("unreadable").unwrap().as_text().unwrap();
        assert!(unreadable.ends_with(&why), "{unreadable}");
        assert!(!format!("{object:?}").contains("Canary"));
    }
    world.update(&place, &file()).await;
    assert_eq!(
        differences(&file().to_value(), &world.ours(&place, &file()).await.value),
        Vec::<String>::new()
    );
}

#[tokio::test(start_paused = true)]
async fn a_file_under_a_former_key_is_replaced_and_then_left_over() {
    let (world, parent, at) = ground().await;
    let place = Place::under(&at, &parent, BUCKET);
    world.create(&place, &file()).await;
    let moved = ConfigFile {
        key: "igv/other.json.gz".to_owned(),
        ..file()
    };
    // Until the new one is there, the old one is what is at the address: its loss needs consent.
    let Found::Ours(former) = world.found(&place, &moved).await else {
        panic!("the former file is not found")
    };
    assert_eq!(former.id, "igv-demo-config/oauth-config.json.gz");
    world.create(&place, &moved).await;
    let look = Look {
        wanted: vec![(at.clone(), moved.to_value())],
        parent: Some((&parent, BUCKET)),
        ..Look::default()
    };
    let leftovers = world.look::<ConfigFile>(&look).await.leftovers;
    assert_eq!(leftovers.len(), 1);
    assert_eq!((&leftovers[0].address, leftovers[0].replaced), (&at, true));
    assert_eq!(leftovers[0].object.id, "igv-demo-config/oauth-config.json.gz");

    let look = Look {
        parent: Some((&parent, BUCKET)),
        ..Look::default()
    };
    let leftovers = world.look::<ConfigFile>(&look).await.leftovers;
    assert!(leftovers.iter().all(|it| it.address == at && !it.replaced));
    assert_eq!(leftovers.len(), 2);

    // Released, they are nobody's.
    for leftover in &leftovers {
        ConfigFile::release(&world.clients, &place.target(&world.stack), &leftover.object.id)
            .await
            .unwrap();
    }
    assert_eq!(world.look::<ConfigFile>(&look).await.leftovers, []);
}

#[tokio::test(start_paused = true)]
async fn l52_whatever_call_a_run_is_killed_at_the_next_goes_on() {
    let (world, parent, at) = ground().await;
    let mut to = file();
    to.body.client_id = "client2".to_owned();
    world.survives(&Place::under(&at, &parent, BUCKET), &file(), &to).await;
}
