//! Who is heard before whom, and where paths begin.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use super::super::{Effect, OPTIONS, Opt, Origin, Output, Setting};
use super::*;
use crate::host::engine::Sockets;
use crate::host::selection::{Level, Selection};

/// What a command line says.
fn typed(options: &[(&str, &[&str])]) -> Layer {
    let mut layer = Layer::default();
    for (key, words) in options {
        let words: Vec<_> = words.iter().map(OsStr::new).collect();
        layer.take(Opt::by_key(key).unwrap(), &words).unwrap();
    }
    layer
}

fn sources(file: &Path, command_line: Layer, docker_host: Option<&str>) -> Sources {
    Sources {
        file: File::Named(file.to_owned()),
        command_line,
        docker_host: docker_host.map(str::to_owned),
    }
}

#[test]
fn the_command_line_goes_before_the_file_and_that_before_the_defaults() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("mine.toml");
    fs::write(
        &file,
        "watch = [\"pid=1\", \"pid=2\"]\noutput = \"json\"\nlevel = \"all\"\n",
    )
    .unwrap();
    let command_line = typed(&[("watch", &["container=a"]), ("level", &["auto"])]);
    let settings = sources(&file, command_line, None).read().unwrap();
    assert_eq!(settings.file.as_deref(), Some(&*file));
    assert_eq!(
        settings.watch,
        Setting {
            value: vec!["container=a".parse().unwrap()],
            origin: Origin::CommandLine,
        }
    );
    assert_eq!(settings.level.value, None);
    let line = |line| Origin::File {
        path: file.clone(),
        line,
    };
    assert_eq!(
        settings.output,
        Setting {
            value: Output::Json,
            origin: line(2)
        }
    );
    assert_eq!(settings.state_dir.origin, Origin::Default);
}

#[test]
fn engines_are_those_given_then_the_variable_then_the_usual_ones() {
    let named = |path: &str| Sockets::Named(vec![PathBuf::from(path)]);
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("mine.toml");
    let engines = |text: &str, typed: Layer, host| {
        fs::write(&file, text).unwrap();
        sources(&file, typed, host)
            .read()
            .map(|settings| settings.engines)
    };
    let host = Some("unix:///run/other.sock");
    let variable = Origin::Environment {
        variable: "DOCKER_HOST",
    };
    let given = "engines = [\"/a.sock\"]";
    let by_file = Origin::File {
        path: file.clone(),
        line: 1,
    };
    for (text, host, value, origin) in [
        ("", None, Sockets::Usual, Origin::Default),
        ("", Some(""), Sockets::Usual, Origin::Default),
        ("", host, named("/run/other.sock"), variable.clone()),
        ("engines = []", host, named("/run/other.sock"), variable),
        (given, host, named("/a.sock"), by_file.clone()),
        (
            given,
            Some("tcp://10.0.0.1:2376"),
            named("/a.sock"),
            by_file,
        ),
    ] {
        let found = engines(text, Layer::default(), host).unwrap();
        assert_eq!(found, Setting { value, origin }, "{text} {host:?}");
    }
    let typed = typed(&[("engines", &["unix:///b.sock"])]);
    let found = engines(given, typed, host).unwrap();
    assert_eq!(
        found,
        Setting {
            value: named("/b.sock"),
            origin: Origin::CommandLine
        }
    );
    let error = engines("", Layer::default(), Some("tcp://10.0.0.1:2376")).unwrap_err();
    let error = error.to_string();
    assert!(
        error.starts_with("DOCKER_HOST: \"tcp://10.0.0.1:2376\" is not a socket"),
        "{error}"
    );
    assert!(error.ends_with("unset it, or give --engine"), "{error}");
}

#[test]
fn paths_begin_where_they_were_written() {
    let settings = settings(
        "rules = [\"mine\", \"/etc/rules\"]\nstate_dir = \"../state\"\ncapture = \"none\"\n",
    );
    let paths = |paths: &[&str]| paths.iter().map(PathBuf::from).collect::<Vec<_>>();
    assert_eq!(settings.rules.value, paths(&["/etc/x/mine", "/etc/rules"]));
    assert_eq!(settings.state_dir.value, Path::new("/etc/x/../state"));
    assert_eq!(settings.capture.value, None);
    let typed = typed(&[("rules", &["mine"]), ("capture", &["./none"])]);
    assert_eq!(typed.rules.unwrap().value, paths(&["mine"]));
    assert_eq!(typed.capture.unwrap().value, Some("./none".into()));
}

#[test]
fn a_path_of_the_command_line_is_what_the_system_takes_for_one() {
    let path = OsStr::from_bytes(b"/srv/caf\xe9");
    let mut layer = Layer::default();
    layer
        .take(Opt::by_key("capture").unwrap(), &[path])
        .unwrap();
    assert_eq!(layer.capture.as_ref().unwrap().value, Some(path.into()));
    for key in ["output", "level", "watch", "engines"] {
        let error = layer.take(Opt::by_key(key).unwrap(), &[path]).unwrap_err();
        assert!(error.to_string().contains("is not UTF-8"), "{error}");
    }
}

#[test]
fn the_usual_file_is_read_if_it_is_there_and_must_then_be_right() {
    let directory = tempfile::tempdir().unwrap();
    let usual = directory.path().join("config.toml");
    let sources = Sources {
        file: File::Usual(usual.clone()),
        command_line: Layer::default(),
        docker_host: None,
    };
    assert_eq!(sources.read().unwrap(), Settings::default());
    fs::write(&usual, "level = \"all\"\n").unwrap();
    assert_eq!(sources.read().unwrap().level.value, Some(Level::All));
    fs::write(&usual, "level = \"loud\"\n").unwrap();
    assert!(sources.read().is_err());
    fs::remove_file(&usual).unwrap();
    std::os::unix::fs::symlink("nowhere", &usual).unwrap();
    assert!(sources.read().is_err());
    let named = Sources {
        file: File::Named(usual),
        ..sources
    };
    assert!(named.read().is_err());
}

#[test]
fn the_selection_is_what_the_options_say() {
    assert_eq!(settings("").selection(), Selection::default());
    let said = settings(
        "watch = [\"pid=7\"]\nlevel = \"operations\"\n\
         [[container]]\nwatch = \"container=a\"\nlevel = \"all\"\n\
         [[container]]\nwatch = \"all-containers\"\nlevel = \"rules\"\n",
    );
    let expected = Selection {
        selectors: vec!["pid=7".parse().unwrap()],
        level: Some(Level::Operations),
        levels: vec![
            ("container=a".parse().unwrap(), Level::All),
            ("all-containers".parse().unwrap(), Level::Rules),
        ],
    };
    assert_eq!(said.selection(), expected);
}

#[test]
fn a_running_detector_takes_up_what_the_table_says_that_it_can() {
    let before = Settings::default();
    assert_eq!(before.changes(&before), []);
    for option in OPTIONS {
        let read = settings(&format!("{} = {}\n", option.key, option.example));
        let changes = before.changes(&read);
        let keys: Vec<_> = changes.iter().map(|change| change.key).collect();
        assert_eq!(keys, [option.key]);
        let renewed = before.renewed(read.clone());
        let still = renewed.changes(&read);
        match option.effect {
            Effect::Reload => assert_eq!(still, []),
            Effect::Start => assert_eq!(still, changes),
        }
    }
    let read = settings("[[container]]\nwatch = \"pid=7\"\nlevel = \"all\"\n");
    let changes = before.changes(&read);
    assert_eq!(changes[0].from, "[]");
    assert_eq!(changes[0].to, "[{ watch = \"pid=7\", level = \"all\" }]");
    assert_eq!(before.renewed(read.clone()).changes(&read), []);
}
