//! Stored instances: a file of the user's own that holds their credentials.

use std::collections::BTreeMap;
use std::env;
use std::fs::{self, DirBuilder};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use directories::ProjectDirs;
use green_api::{ConfigError, Credentials, PartnerCredentials};
use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// The profile of an instance that is used when none is named.
pub(crate) const DEFAULT: &str = "default";
/// The profile of a partner's account that is used when none is named.
pub(crate) const PARTNER: &str = "partner";

/// The folder, where it is not the system's usual one.
const FOLDER: &str = "GREEN_API_CONFIG_DIR";
const FILE: &str = "profiles.json";

/// All profiles, as they stand in the file.
#[derive(Default, Deserialize, Serialize)]
pub(crate) struct Profiles {
    profiles: BTreeMap<String, Profile>,
}

/// No `Debug`: it has a token.
#[derive(Deserialize, Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
pub(crate) enum Profile {
    Instance {
        api_url: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        media_url: Option<String>,
        id_instance: String,
        api_token_instance: String,
    },
    Partner {
        api_url: String,
        partner_token: String,
    },
}

impl Profile {
    pub(crate) fn api_url(&self) -> &str {
        match self {
            Self::Instance { api_url, .. } | Self::Partner { api_url, .. } => api_url,
        }
    }

    /// The number of the instance; a partner's account has none.
    pub(crate) fn id_instance(&self) -> Option<&str> {
        match self {
            Self::Instance { id_instance, .. } => Some(id_instance),
            Self::Partner { .. } => None,
        }
    }

    /// The credentials of an instance; `None` if it is a partner's account.
    pub(crate) fn instance(&self) -> Option<Result<Credentials, ConfigError>> {
        let Self::Instance {
            api_url,
            media_url,
            id_instance,
            api_token_instance,
        } = self
        else {
            return None;
        };
        let credentials = Credentials::new(api_url, id_instance, api_token_instance);
        Some(match media_url {
            Some(media_url) => {
                credentials.and_then(|credentials| credentials.with_media_url(media_url))
            }
            None => credentials,
        })
    }

    /// The credentials of a partner's account; `None` if it is an instance.
    pub(crate) fn partner(&self) -> Option<Result<PartnerCredentials, ConfigError>> {
        let Self::Partner {
            api_url,
            partner_token,
        } = self
        else {
            return None;
        };
        Some(PartnerCredentials::new(api_url, partner_token))
    }
}

impl Profiles {
    pub(crate) fn get(&self, name: &str) -> Option<&Profile> {
        self.profiles.get(name)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Profile)> {
        self.profiles
            .iter()
            .map(|(name, profile)| (name.as_str(), profile))
    }

    pub(crate) fn insert(&mut self, name: &str, profile: Profile) {
        self.profiles.insert(name.to_owned(), profile);
    }

    pub(crate) fn remove(&mut self, name: &str) -> bool {
        self.profiles.remove(name).is_some()
    }

    /// The names, for messages.
    pub(crate) fn names(&self) -> String {
        let names: Vec<&str> = self.profiles.keys().map(String::as_str).collect();
        if names.is_empty() {
            "none".to_owned()
        } else {
            names.join(", ")
        }
    }
}

/// Where the profiles are.
pub(crate) struct Store {
    path: PathBuf,
}

impl Store {
    /// In the folder that `GREEN_API_CONFIG_DIR` names, or else in the user's configuration folder.
    pub(crate) fn locate() -> Result<Self, Failure> {
        let folder = match env::var_os(FOLDER).filter(|folder| !folder.is_empty()) {
            Some(folder) => folder.into(),
            None => ProjectDirs::from("", "", "green-api")
                .map(|folders| folders.config_dir().to_owned())
                .ok_or_else(|| {
                    Failure::configuration(format!(
                        "there is no configuration folder for this user; name one with {FOLDER}"
                    ))
                })?,
        };
        Ok(Self {
            path: folder.join(FILE),
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// All profiles; none if there is no file yet.
    pub(crate) fn load(&self) -> Result<Profiles, Failure> {
        let text = match fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Profiles::default()),
            Err(error) => {
                return Err(Failure::configuration(format!(
                    "the profiles in {} cannot be read: {error}",
                    self.path.display()
                )));
            }
        };
        // What is wrong is told by its place alone: the text around it holds tokens.
        serde_json::from_str(&text).map_err(|error| {
            Failure::configuration(format!(
                "{} is damaged at line {}, column {}; mend it, or delete it and log in again",
                self.path.display(),
                error.line(),
                error.column()
            ))
        })
    }

    /// Replaces the file at once, so that it is never half written. Only the user can read it.
    pub(crate) fn save(&self, profiles: &Profiles) -> Result<(), Failure> {
        self.write(profiles).map_err(|error| {
            let path = self.path.display();
            Failure::configuration(format!(
                "the profiles cannot be written to {path}: {error}; nothing was stored"
            ))
        })
    }

    fn write(&self, profiles: &Profiles) -> io::Result<()> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        create_private(folder)?;
        // Temporary files have mode 0600.
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        serde_json::to_writer_pretty(&mut file, profiles)?;
        file.write_all(b"\n")?;
        file.as_file().sync_all()?;
        file.persist(&self.path)?;
        Ok(())
    }

    /// What to say if others can read the file.
    pub(crate) fn warning(&self) -> Option<String> {
        let mode = readable_by_others(&self.path)?;
        let path = self.path.display();
        Some(format!(
            "{path} holds tokens, and others on this computer can read it (mode {mode:04o}); run: chmod 600 '{path}'"
        ))
    }
}

/// Makes a folder that is the user's alone. One that is there stays as it is.
fn create_private(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// The mode of a file that has rights for others than its owner.
#[cfg(unix)]
fn readable_by_others(path: &Path) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = fs::metadata(path).ok()?.permissions().mode() & 0o777;
    (mode & 0o077 != 0).then_some(mode)
}

/// Files have no modes here; the user's folder is theirs alone.
#[cfg(not(unix))]
fn readable_by_others(_: &Path) -> Option<u32> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instance() -> Profile {
        Profile::Instance {
            api_url: "https://7103.api.greenapi.com".to_owned(),
            media_url: None,
            id_instance: "7103000001".to_owned(),
            api_token_instance: "0123456789abcdef".to_owned(),
        }
    }

    #[test]
    fn what_was_saved_is_loaded() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store {
            path: folder.path().join("new").join(FILE),
        };
        let mut profiles = store.load().unwrap();
        profiles.insert("sales", instance());
        profiles.insert(
            PARTNER,
            Profile::Partner {
                api_url: "https://api.green-api.com".to_owned(),
                partner_token: "fedcba98".to_owned(),
            },
        );
        store.save(&profiles).unwrap();
        let loaded = store.load().unwrap();
        assert_eq!(loaded.names(), "partner, sales");
        let sales = loaded.get("sales").unwrap();
        assert_eq!(
            sales.instance().unwrap().unwrap().token().expose(),
            "0123456789abcdef"
        );
        assert!(sales.partner().is_none());
        assert!(loaded.get(PARTNER).unwrap().partner().unwrap().is_ok());
    }

    #[cfg(unix)]
    #[test]
    fn only_the_user_can_read_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let store = Store {
            path: folder.path().join("new").join(FILE),
        };
        store.save(&Profiles::default()).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(
            (mode(&store.path), mode(store.path.parent().unwrap())),
            (0o600, 0o700)
        );
        assert_eq!(store.warning(), None);
        fs::set_permissions(&store.path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(store.warning().unwrap().contains("mode 0644"));
        // Writing it again makes it right.
        store.save(&Profiles::default()).unwrap();
        assert_eq!(store.warning(), None);
    }

    #[test]
    fn a_damaged_file_is_told_without_its_text() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store {
            path: folder.path().join(FILE),
        };
        fs::write(
            &store.path,
            r#"{"profiles": {"a": {"apiTokenInstance": "0123456789abcdef"}}}"#,
        )
        .unwrap();
        let Err(failure) = store.load() else {
            panic!("it was read")
        };
        assert!(
            failure.message.contains("is damaged at line 1"),
            "{}",
            failure.message
        );
        assert!(!failure.message.contains("0123456789abcdef"));
    }
}
