//! What becomes of a dataset that is refused, and of a namespace whose key is lost.

use std::path::PathBuf;

use irongate_gate::GateError;

use crate::data::{Tables, specs};
use crate::world::{Size, World};

/// Columns of which a spec is longer than an entry of the log.
const COLUMNS: usize = 700;

fn stored(world: &World) -> Vec<PathBuf> {
    let versions = std::fs::read_dir(world.root.join("home/data/visits"));
    let versions = versions.unwrap().map(|entry| entry.unwrap().path());
    let mut versions: Vec<_> = versions.collect();
    versions.sort();
    versions
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_draft_that_is_refused_leaves_no_version_and_stops_nobody() {
    let root = tempfile::tempdir().unwrap();
    let world = World::make(root.path(), &Tables::of(60), &Size::default()).await;
    let [(_, visits), ..] = specs("2.0");
    let before = stored(&world);
    // Too long to be logged.
    let columns = (0..COLUMNS).map(|n| {
        format!("extra_{n} = {{ type = \"bool\", role = \"attribute\", null = \"drop\" }}\n")
    });
    let wide = visits.clone() + &columns.collect::<String>();
    let header: String = (0..COLUMNS).map(|n| format!(",extra_{n}")).collect();
    let text = format!(
        "id,year,level,visits,fee,note{header}\n3,1984,1,2,3.00,x{}\n",
        ",true".repeat(COLUMNS)
    );
    let refused = world.ingest("visits", &wide, &text).await.unwrap_err();
    assert!(matches!(refused, GateError::Rejected(_)), "{refused:?}");
    assert!(
        refused.to_string().contains("cannot be logged"),
        "{refused}"
    );
    // Denied.
    let other = visits.replace("provider = \"", "provider = \"no-");
    let text = "id,year,level,visits,fee,note\n3,1984,1,2,3.00,x\n";
    let denied = world.ingest("visits", &other, text).await.unwrap_err();
    assert!(matches!(denied, GateError::Denied(_)), "{denied:?}");
    assert_eq!(stored(&world), before);
    world.ingest("visits", &visits, text).await.unwrap();
    assert_eq!(stored(&world).len(), before.len() + 1);
    world.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_key_of_a_namespace_with_data_is_never_made_anew() {
    let root = tempfile::tempdir().unwrap();
    let world = World::make(root.path(), &Tables::of(60), &Size::default()).await;
    let [(_, visits), ..] = specs("2.0");
    let keys = world.root.join("home/keys/namespace");
    let count = || std::fs::read_dir(&keys).unwrap().count();
    assert!(count() > 0);
    std::fs::remove_dir_all(&keys).unwrap();
    std::fs::create_dir(&keys).unwrap();
    let text = "id,year,level,visits,fee,note\n3,1984,1,2,3.00,x\n";
    let lost = world.ingest("visits", &visits, text).await;
    assert!(lost.is_err(), "other pseudonyms for the same persons");
    assert_eq!(count(), 0);
    world.close().await;
}
