//! The compile worker, and its cache.

use irongate_sandbox::{Layers, Limits, QueryOptions, compile_worker_main, lock_in};

use crate::guests::{MEMORY, Sandbox, asks_with_everything, asks_with_everything_of, good, lifted};

/// This binary as a worker; does nothing but read its standard input when run otherwise.
#[test]
#[ignore = "a child of other tests"]
fn as_worker() {
    let code = compile_worker_main();
    std::process::exit(i32::from(code != std::process::ExitCode::SUCCESS));
}

#[test]
fn a_good_job_comes_through_twice_with_the_same_fuel() {
    let sandbox = Sandbox::new();
    let first = sandbox.good_job();
    assert_eq!(first, sandbox.good_job());
    assert_eq!((first.queries, first.host_calls), (1, 3));
}

#[test]
fn every_option_of_a_question_reaches_the_host() {
    let (ended, seen) = Sandbox::new().run(&asks_with_everything(), &Limits::default());
    ended.expect("the job finishes");
    let text = |text: &str| text.to_owned();
    let expected = QueryOptions {
        epsilon: Some(text("S")),
        rho: Some(text("E")),
        delta: Some(text("L")),
        max_groups_per_unit: Some(4),
        max_rows_per_group: Some(3),
        max_values_per_group: Some(2),
        accuracy: vec![text("E"), text("LE")],
        shares: vec![5, 6],
    };
    assert_eq!(seen.queries, [(text("SELECT 1"), expected)]);
}

#[test]
fn options_count_towards_the_bytes_of_a_statement() {
    let many = asks_with_everything_of(50_000);
    let (ended, seen) = Sandbox::new().run(&many, &Limits::default());
    assert_eq!(ended.unwrap_err().code.as_str(), "output-bytes");
    assert!(seen.queries.is_empty());
}

#[test]
fn a_tampered_or_swapped_artifact_is_refused_and_made_anew() {
    let sandbox = Sandbox::new();
    sandbox.good_job();
    let entry = std::fs::read_dir(sandbox.dir.path())
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let genuine = std::fs::read(&entry).unwrap();
    // Another module's genuine entry, under this one's name.
    let other = crate::guests::component(MEMORY, &crate::guests::run("unreachable"));
    assert!(sandbox.run(&other, &Limits::default()).0.is_err());
    let swapped = std::fs::read_dir(sandbox.dir.path())
        .unwrap()
        .map(|e| e.unwrap().path())
        .find(|p| *p != entry)
        .unwrap();
    let swapped = std::fs::read(swapped).unwrap();
    let mut flipped = genuine.clone();
    *flipped.last_mut().unwrap() ^= 1;
    for bad in [swapped, flipped, genuine[..10].to_vec(), vec![]] {
        std::fs::write(&entry, &bad).unwrap();
        // Were the swapped entry believed, this would trap.
        sandbox.good_job();
        assert_eq!(
            std::fs::read(&entry).unwrap(),
            genuine,
            "the entry was made anew"
        );
    }
    assert!(!good().is_empty());
}

/// Tries what a worker must not be able to do, after locking itself in.
#[test]
#[ignore = "a child of `a_worker_cannot_reach_anything`"]
fn probe() {
    let reach = || {
        [
            std::fs::read("/proc/self/environ").is_ok() || std::fs::read("/etc/passwd").is_ok(),
            std::net::TcpListener::bind("127.0.0.1:0").is_ok(),
            std::net::UdpSocket::bind("127.0.0.1:0").is_ok(),
            std::process::Command::new("/bin/true").status().is_ok(),
        ]
    };
    let before = reach();
    let layers = lock_in().unwrap();
    let after = reach();
    let names = [
        (Layers::RLIMITS, "rlimits"),
        (Layers::LANDLOCK, "landlock"),
        (Layers::SECCOMP, "seccomp"),
    ];
    let on: Vec<_> = names
        .iter()
        .filter(|(l, _)| layers.contains(*l))
        .map(|(_, n)| *n)
        .collect();
    eprintln!("PROBE {before:?} {after:?} {}", on.join("+"));
    std::process::exit(0);
}

#[test]
fn a_worker_cannot_reach_anything() {
    let out = std::process::Command::new(std::env::current_exe().unwrap())
        .args([
            "--ignored",
            "--exact",
            "worker::probe",
            "--nocapture",
            "--test-threads=1",
        ])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(
        said.contains("PROBE [true, true, true, true] [false, false, false, false] rlimits"),
        "{said}"
    );
    // What this kernel offers is on: a kernel with neither layer fails the line above.
    assert!(
        said.contains("landlock") || said.contains("seccomp"),
        "{said}"
    );
}

/// Guests of the SDK free the text of their error in `post-return`, and an allocator writes over what is freed.
#[test]
fn the_text_of_an_error_is_taken_before_the_guest_frees_it() {
    let main = r#"
      (func (export "run") (result i32)
        (i32.store8 (i32.const 16) (i32.const 1))
        (i32.store (i32.const 20) (i32.const 1024))
        (i32.store (i32.const 24) (i32.const 8))
        (i32.const 16))
      (func (export "free") (param i32)
        (memory.fill (i32.const 1024) (i32.const 255) (i32.const 8)))"#;
    let bytes = lifted(MEMORY, main, r#"(post-return (core func $main "free"))"#);
    let (ended, _) = Sandbox::new().run(&bytes, &Limits::default());
    let failure = ended.unwrap_err();
    assert_eq!(
        (failure.code.as_str(), failure.text.as_str()),
        ("guest-error", "SELECT 1")
    );
}
