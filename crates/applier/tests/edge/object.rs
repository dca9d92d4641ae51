//! Data files.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::path::PathBuf;

use applier::{Verbs, fingerprint};
use aws_sdk_s3::primitives::ByteStream;
use planner::Found;
use sandbox::Trouble;
use spec_model::kinds::{Bucket, Object, Versioning};
use spec_model::{Address, Kind, Shaped};
use tempfile::TempDir;

use crate::bucket::bucket;
use crate::ground::{Look, Place, World, address};

const BUCKET: &str = "igv-demo-bucket";

struct Ground {
    world: World,
    parent: Address,
    at: Address,
    folder: TempDir,
}

impl Ground {
    async fn new(versioning: Option<Versioning>) -> Self {
        let (world, parent) = (World::new().await, address(Kind::Bucket, BUCKET));
        let want = Bucket {
            versioning,
            ..bucket(&world, &parent, BUCKET)
        };
        world.create(&Place::at(&parent), &want).await;
        Self {
            world,
            parent,
            at: address(Kind::Object, &format!("{BUCKET}/data/a.bam")),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn place(&self, source: Option<PathBuf>) -> Place<'_> {
        Place {
            source,
            ..Place::under(&self.at, &self.parent, BUCKET)
        }
    }

    /// A local file of so many bytes, each different from its neighbours.
    fn file(&self, name: &str, size: usize) -> PathBuf {
        let path = self.folder.path().join(name);
        let bytes: Vec<u8> = (0..size)
            .map(|at| u8::try_from((at * 31 + at / 255 + name.len()) % 251).unwrap())
            .collect();
        fs_err::write(&path, bytes).unwrap();
        path
    }

    async fn put(&self, key: &str) {
        self.world
            .clients
            .s3
            .put_object()
            .bucket(BUCKET)
            .key(key)
            .body(ByteStream::from_static(b"content"))
            .send()
            .await
            .unwrap();
    }

    async fn bytes(&self) -> Vec<u8> {
        let answer = self
            .world
            .clients
            .s3
            .get_object()
            .bucket(BUCKET)
            .key("data/a.bam")
            .send();
        answer.await.unwrap().body.collect().await.unwrap().to_vec()
    }
}

fn object(fingerprint: Option<String>) -> Object {
    Object {
        bucket: BUCKET.to_owned(),
        key: "data/a.bam".to_owned(),
        fingerprint,
    }
}

fn of(path: &std::path::Path) -> Object {
    object(Some(fingerprint::fingerprint(path, None).unwrap()))
}

#[tokio::test(start_paused = true)]
async fn files_of_every_size_go_up_whole_and_come_back_as_ours() {
    const PART: usize = 16 * 1024 * 1024;
    for versioning in [None, Some(Versioning::Enabled)] {
        let ground = Ground::new(versioning).await;
        // Versions change nothing about how the bytes go up.
        let sizes: &[usize] = match versioning {
            None => &[5, PART + 1],
            Some(_) => &[0, 5, PART - 1, PART, PART + 1, 2 * PART + 5],
        };
        for (count, &size) in sizes.iter().enumerate() {
            let path = ground.file(&format!("f{size}"), size);
            let (place, want) = (ground.place(Some(path.clone())), of(&path));
            ground.world.sandbox.clear_calls();
            if count == 0 {
                assert_eq!(ground.world.found(&place, &want).await, Found::Absent);
                ground.world.create(&place, &want).await;
            } else {
                ground.world.update(&place, &want).await;
            }
            let parts = ground.world.writes().iter().filter(|it| *it == "UploadPart").count();
            assert_eq!(parts, if size < PART { 0 } else { size.div_ceil(PART) });
            let found = ground.world.ours(&place, &want).await;
            assert_eq!(found.value, want.to_value());
            assert_eq!(ground.bytes().await, fs_err::read(&path).unwrap());
        }
        let place = ground.place(None);
        let live = Object::from_value(&ground.world.ours(&place, &object(None)).await.value).unwrap();
        let target = place.target(&ground.world.stack);
        for _ in 0..2 {
            Object::delete(&ground.world.clients, &target, &live.key, &live)
                .await
                .unwrap();
            assert_eq!(ground.world.found(&place, &live).await, Found::Absent);
        }
        let versions = ground.world.clients.s3.list_object_versions().bucket(BUCKET).send();
        let versions = versions.await.unwrap();
        assert!(versions.versions().is_empty() && versions.delete_markers().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a_file_that_is_there_without_our_mark_is_provided_and_never_written() {
    let ground = Ground::new(None).await;
    ground.put("data/a.bam").await;
    let path = ground.file("a.bam", 100);
    let (place, want) = (ground.place(Some(path.clone())), of(&path));
    let id = format!("{BUCKET}/data/a.bam");
    assert_eq!(
        ground.world.found(&place, &want).await,
        Found::Provided { id: id.clone() }
    );
    let target = place.target(&ground.world.stack);
    let error = Object::create(&ground.world.clients, &target, want.clone())
        .await
        .unwrap_err();
    assert!(error.has_code("PreconditionFailed"), "{error}");
    Object::delete(&ground.world.clients, &target, &id, &want)
        .await
        .unwrap();
    assert_eq!(ground.bytes().await, b"content");

    // Adopted, it gets the mark and nothing else.
    let adopting = Place {
        adopt: Some(&id),
        ..ground.place(None)
    };
    assert!(!ground.world.ours(&adopting, &object(None)).await.marked);
    ground.world.sandbox.clear_calls();
    ground.world.update(&adopting, &object(None)).await;
    assert_eq!(ground.world.writes(), ["PutObjectTagging"]);
    assert!(ground.world.ours(&place, &object(None)).await.marked);
    Object::release(&ground.world.clients, &target, &id).await.unwrap();
    assert_eq!(ground.world.found(&place, &want).await, Found::Provided { id });
}

#[tokio::test(start_paused = true)]
async fn a_file_that_changed_since_it_was_looked_at_is_not_uploaded() {
    let ground = Ground::new(None).await;
    for size in [100, 17 * 1024 * 1024] {
        let path = ground.file("a.bam", size);
        let want = of(&path);
        let mut bytes = fs_err::read(&path).unwrap();
        bytes[7] ^= 1;
        fs_err::write(&path, bytes).unwrap();
        let place = ground.place(Some(path));
        let error = Object::create(&ground.world.clients, &place.target(&ground.world.stack), want.clone())
            .await
            .unwrap_err();
        assert!(error.message.contains("changed since"), "{error}");
        assert_eq!(ground.world.found(&place, &want).await, Found::Absent);
        let uploads = ground.world.clients.s3.list_multipart_uploads().bucket(BUCKET).send();
        assert!(uploads.await.unwrap().uploads().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a_difference_of_size_alone_is_enough_to_upload() {
    let ground = Ground::new(None).await;
    let path = ground.file("a.bam", 100);
    let place = ground.place(Some(path.clone()));
    ground.world.create(&place, &object(None)).await;
    assert_eq!(
        ground.world.ours(&place, &object(None)).await.value,
        of(&path).to_value()
    );
    let path = ground.file("a.bam", 101);
    ground
        .world
        .update(&place, &object(Some("101-(another size)".to_owned())))
        .await;
    assert_eq!(
        ground.world.ours(&place, &object(None)).await.value,
        of(&path).to_value()
    );
}

#[tokio::test(start_paused = true)]
async fn l52_lost_answers_end_in_one_whole_object() {
    let ground = Ground::new(Some(Versioning::Enabled)).await;
    for size in [100, 17 * 1024 * 1024] {
        let path = ground.file("a.bam", size);
        let (place, want) = (ground.place(Some(path.clone())), of(&path));
        for call in 1..=(if size > 1000 { 4 } else { 1 }) {
            ground.world.sandbox.set_trouble(Trouble {
                lose_answer_of: Some(call),
                mutating_only: true,
                ..Trouble::default()
            });
            ground.world.create(&place, &want).await;
            ground.world.sandbox.set_trouble(Trouble::default());
            assert_eq!(ground.world.ours(&place, &want).await.value, want.to_value());
            let target = place.target(&ground.world.stack);
            Object::delete(&ground.world.clients, &target, &want.key, &want)
                .await
                .unwrap();
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_left_the_file_is_found_and_what_others_put_there_is_not() {
    let ground = Ground::new(None).await;
    let path = ground.file("a.bam", 100);
    let place = ground.place(Some(path.clone()));
    ground.world.create(&place, &of(&path)).await;
    ground.put("data/theirs.bam").await;
    let look = Look {
        parent: Some((&ground.parent, BUCKET)),
        ..Look::default()
    };
    let sightings = ground.world.look::<Object>(&look).await;
    assert_eq!(sightings.leftovers.len(), 1);
    assert_eq!(sightings.leftovers[0].address, ground.at);
    assert_eq!(sightings.leftovers[0].object.value, of(&path).to_value());
    let look = Look {
        wanted: vec![(ground.at.clone(), object(None).to_value())],
        parent: Some((&ground.parent, BUCKET)),
        ..Look::default()
    };
    assert_eq!(ground.world.look::<Object>(&look).await.leftovers, []);
}

#[tokio::test(start_paused = true)]
async fn many_files_are_one_paged_list() {
    let ground = Ground::new(None).await;
    let wanted: Vec<(Address, spec_model::Value)> = (0..30)
        .map(|number| {
            let key = format!("data/{number}.bam");
            let noun = Object {
                key: key.clone(),
                ..object(None)
            };
            (address(Kind::Object, &format!("{BUCKET}/{key}")), noun.to_value())
        })
        .collect();
    for (_, fields) in &wanted[..20] {
        ground.put(fields.get("key").and_then(|it| it.as_text()).unwrap()).await;
    }
    ground.world.sandbox.set_trouble(Trouble {
        page_size: Some(7),
        ..Trouble::default()
    });
    ground.world.sandbox.clear_calls();
    let look = Look {
        wanted,
        parent: Some((&ground.parent, BUCKET)),
        ..Look::default()
    };
    let sightings = ground.world.look::<Object>(&look).await;
    let provided = sightings
        .found
        .values()
        .filter(|it| matches!(it, Found::Provided { .. }))
        .count();
    let absent = sightings.found.values().filter(|it| **it == Found::Absent).count();
    assert_eq!((provided, absent), (20, 10));
    let calls = ground.world.sandbox.calls();
    let of = |name: &str| calls.iter().filter(|it| it.operation == name).count();
    assert_eq!((of("ListObjectsV2"), of("GetObjectTagging"), calls.len()), (3, 20, 23));
}

#[tokio::test(start_paused = true)]
async fn l52_whatever_call_a_run_is_killed_at_the_next_goes_on() {
    let ground = Ground::new(Some(Versioning::Enabled)).await;
    for size in [100, 17 * 1024 * 1024] {
        let path = ground.file("a.bam", size);
        let (place, want) = (ground.place(Some(path.clone())), of(&path));
        let before = ground.file("before.bam", 10);
        let first = Place {
            source: Some(before.clone()),
            ..place.clone()
        };
        ground.world.survives(&first, &of(&before), &of(&before)).await;
        ground.world.survives(&place, &want, &want).await;
    }
}
