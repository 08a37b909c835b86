//! `config.toml`: any text is read or refused at a place inside it, without repeating it.
#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use skyswitch::config::{ConfigError, ConfigFile, SETTINGS};

fuzz_target!(|text: &str| {
    match ConfigFile::parse(Path::new("config.toml"), text.to_owned()) {
        Ok(config) => {
            for (name, profile) in &config.profiles {
                assert!((1..=64).contains(&name.len()), "{name}");
                assert!(
                    profile
                        .credential_command
                        .as_ref()
                        .is_none_or(|words| !words.is_empty())
                );
                let said = SETTINGS.iter().filter_map(|names| profile.text(names));
                said.for_each(|text| assert!(!text.is_empty()));
            }
        }
        Err(ConfigError::At {
            line, column, what, ..
        }) => {
            let rows: Vec<&str> = text.split('\n').collect();
            assert!((1..=rows.len()).contains(&line), "line {line}: {what}");
            let width = rows[line - 1].chars().count();
            assert!(
                (1..=width + 1).contains(&column),
                "column {column} of {width}: {what}"
            );
        }
        Err(error) => panic!("{error}"),
    }
});
