//! Origin access controls.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use applier::Verbs;
use planner::Found;
use sandbox::Trouble;
use spec_model::kinds::OriginAccessControl;
use spec_model::{Kind, Shaped, Stack};

use crate::ground::{Look, Place, World, address};

fn control() -> OriginAccessControl {
    OriginAccessControl {
        description: String::new(),
        origin_type: "s3".to_owned(),
        signing_behavior: "always".to_owned(),
        signing_protocol: "sigv4".to_owned(),
    }
}

#[tokio::test(start_paused = true)]
async fn a_control_takes_on_each_state_and_goes() {
    let (world, at) = (World::new().await, address(Kind::OriginAccessControl, "config"));
    let with = |change: fn(&mut OriginAccessControl)| {
        let mut it = control();
        change(&mut it);
        it
    };
    let states = [
        control(),
        with(|it| it.description = "for igv".to_owned()),
        with(|it| it.signing_behavior = "never".to_owned()),
        with(|it| it.origin_type = "mediastore".to_owned()),
        control(),
    ];
    world.life(&Place::at(&at), &states).await;
}

#[tokio::test(start_paused = true)]
async fn l68_a_replacement_is_numbered_and_the_old_one_is_left_over() {
    let (world, at) = (World::new().await, address(Kind::OriginAccessControl, "config"));
    let place = Place::at(&at);
    let other = World::of(
        world.sandbox.clone(),
        Stack {
            name: "igv".to_owned(),
            ..world.stack.clone()
        },
    )
    .await;
    other.create(&place, &control()).await;
    let mut old = world.create(&place, &control()).await.id;
    for _ in 0..2 {
        let place = Place {
            replaces: Some(&old),
            ..place.clone()
        };
        let new = world.create(&place, &control()).await.id;
        assert_eq!(world.ours(&place, &control()).await.id, new);
        let look = Look {
            wanted: vec![(at.clone(), control().to_value())],
            ..Look::default()
        };
        let leftovers = world.look::<OriginAccessControl>(&look).await.leftovers;
        assert_eq!(leftovers.len(), 1);
        assert_eq!(
            (leftovers[0].object.id.as_str(), leftovers[0].replaced),
            (old.as_str(), true)
        );
        OriginAccessControl::delete(&world.clients, &place.target(&world.stack), &old, &control())
            .await
            .unwrap();
        old = new;
    }
    let leftovers = world.look::<OriginAccessControl>(&Look::default()).await.leftovers;
    assert_eq!((leftovers.len(), &leftovers[0].address), (1, &at));

    OriginAccessControl::release(&world.clients, &place.target(&world.stack), &old)
        .await
        .unwrap();
    assert_eq!(world.found(&place, &control()).await, Found::Absent);
    // Adopted again, it gets the name back.
    let adopting = Place {
        adopt: Some(&old),
        ..place.clone()
    };
    assert!(!world.ours(&adopting, &control()).await.marked);
    world.update(&adopting, &control()).await;
    assert!(world.ours(&place, &control()).await.marked);
}

#[tokio::test(start_paused = true)]
async fn l52_a_lost_answer_makes_no_second_control() {
    let (world, at) = (World::new().await, address(Kind::OriginAccessControl, "config"));
    world.sandbox.set_trouble(Trouble {
        lose_answer_of: Some(1),
        mutating_only: true,
        ..Trouble::default()
    });
    let made = world.create(&Place::at(&at), &control()).await;
    assert_eq!(world.ours(&Place::at(&at), &control()).await.id, made.id);
}

#[tokio::test(start_paused = true)]
async fn l52_whatever_call_a_run_is_killed_at_the_next_goes_on() {
    let (world, at) = (World::new().await, address(Kind::OriginAccessControl, "config"));
    let to = OriginAccessControl {
        description: "x".to_owned(),
        ..control()
    };
    world.survives(&Place::at(&at), &control(), &to).await;
}
