//! The file of stored credentials.

use std::collections::BTreeMap;
use std::env;
use std::fs::{self, DirBuilder, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use directories::ProjectDirs;
use green_api::{ConfigError, Credentials, PartnerCredentials};
use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// The instance's profile to use if none is named.
pub(crate) const DEFAULT: &str = "default";
/// The partner account's profile to use if none is named.
pub(crate) const PARTNER: &str = "partner";

/// Overrides the directory of the file.
const DIRECTORY: &str = "GREEN_API_CONFIG_DIR";
const FILE: &str = "profiles.json";

/// The content of the file.
#[derive(Default, Deserialize, Serialize)]
pub(crate) struct Profiles {
    pub profiles: BTreeMap<String, Profile>,
}

/// Locked while profiles change. A file of its own, since the other one is replaced.
const LOCK: &str = "profiles.lock";
/// How long to wait for the lock.
const PATIENCE: Duration = Duration::from_secs(10);

/// Stored credentials. Without `Debug`, since they include a token.
#[derive(Clone, Deserialize, Serialize)]
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

    /// Returns the instance's id; `None` for a partner account.
    pub(crate) fn id_instance(&self) -> Option<&str> {
        match self {
            Self::Instance { id_instance, .. } => Some(id_instance),
            Self::Partner { .. } => None,
        }
    }

    /// Returns the credentials of an instance; `None` for a partner account.
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

    /// Returns the credentials of a partner account; `None` for an instance.
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
    /// Lists the names, for messages.
    fn names(&self) -> String {
        let names: Vec<&str> = self.profiles.keys().map(String::as_str).collect();
        if names.is_empty() {
            "there are no profiles".to_owned()
        } else {
            format!("stored profiles: {}", names.join(", "))
        }
    }

    /// Reports a profile that does not exist.
    pub(crate) fn unknown(&self, name: &str) -> Failure {
        Failure::configuration(format!("no profile {name}; {}", self.names()))
    }
}

/// Reads and writes the file.
pub(crate) struct Store {
    path: PathBuf,
}

impl Store {
    /// Uses the directory in `GREEN_API_CONFIG_DIR`, or else the user's configuration directory.
    pub(crate) fn locate() -> Result<Self, Failure> {
        let folder = match env::var_os(DIRECTORY).filter(|folder| !folder.is_empty()) {
            Some(folder) => folder.into(),
            None => ProjectDirs::from("", "", "green-api")
                .map(|folders| folders.config_dir().to_owned())
                .ok_or_else(|| {
                    Failure::configuration(format!(
                        "this user has no configuration directory; set {DIRECTORY}"
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

    /// Reads the file; without one, there are no profiles.
    pub(crate) fn load(&self) -> Result<Profiles, Failure> {
        let text = match regular(&self.path).and_then(|()| fs::read_to_string(&self.path)) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Profiles::default()),
            Err(error) => {
                return Err(Failure::configuration(format!(
                    "cannot read the profiles in {}: {error}",
                    self.path.display()
                )));
            }
        };
        // The error's message could quote the text around it, which holds tokens.
        serde_json::from_str(&text).map_err(|error| {
            Failure::configuration(format!(
                "{} is damaged at line {}, column {}; fix it, or delete it and log in again",
                self.path.display(),
                error.line(),
                error.column()
            ))
        })
    }

    /// Loads the file, changes it and saves it. Whoever else changes it meanwhile waits.
    pub(crate) fn change<T>(
        &self,
        change: impl FnOnce(&mut Profiles) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let _lock = create_private(folder)
            .and_then(|()| lock(&folder.join(LOCK)))
            .map_err(|error| self.unwritable(&error))?;
        let mut profiles = self.load().map_err(Failure::nothing_stored)?;
        let changed = change(&mut profiles)?;
        self.save(&profiles)?;
        Ok(changed)
    }

    /// Replaces the file atomically. Only the user can read it.
    fn save(&self, profiles: &Profiles) -> Result<(), Failure> {
        self.write(profiles)
            .map_err(|error| self.unwritable(&error))
    }

    fn unwritable(&self, error: &io::Error) -> Failure {
        let path = self.path.display();
        let message = format!("cannot write the profiles to {path}: {error}");
        Failure::configuration(message).nothing_stored()
    }

    fn write(&self, profiles: &Profiles) -> io::Result<()> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        create_private(folder)?;
        // Temporary files are created with mode 0600.
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        serde_json::to_writer_pretty(&mut file, profiles)?;
        file.write_all(b"\n")?;
        file.as_file().sync_all()?;
        file.persist(&self.path)?;
        Ok(())
    }

    /// Returns a warning if others can read the file.
    pub(crate) fn warning(&self) -> Option<String> {
        warning(&self.path, "tokens")
    }
}

/// Returns a warning if others can read a file that holds something private.
pub(crate) fn warning(path: &Path, holds: &str) -> Option<String> {
    let mode = readable_by_others(path)?;
    let path = path.display();
    Some(format!(
        "{path} holds {holds} and is readable by other users (mode {mode:04o}); run: chmod 600 '{path}'"
    ))
}

/// Refuses what is there and is not a file: opening a pipe would wait for its other end.
fn regular(path: &Path) -> io::Result<()> {
    if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        return Err(io::Error::other("it is not a file"));
    }
    Ok(())
}

/// Waits for a lock, which lasts until the file is closed.
fn lock(path: &Path) -> io::Result<File> {
    regular(path)
        .map_err(|error| io::Error::other(format!("cannot lock {}: {error}", path.display())))?;
    let begin = Instant::now();
    loop {
        match try_lock(path) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            result => return result,
        }
        if begin.elapsed() >= PATIENCE {
            return Err(io::Error::new(
                io::ErrorKind::TimedOut,
                format!(
                    "another command has locked {} for {} s",
                    path.display(),
                    PATIENCE.as_secs()
                ),
            ));
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[cfg(unix)]
fn try_lock(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = File::options();
    let file = options
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)?;
    // `File::lock` is newer than the oldest supported Rust.
    rustix::fs::flock(&file, rustix::fs::FlockOperation::NonBlockingLockExclusive)?;
    Ok(file)
}

/// Opens the file for nobody else, which is a lock.
#[cfg(windows)]
fn try_lock(path: &Path) -> io::Result<File> {
    use std::os::windows::fs::OpenOptionsExt as _;
    const SHARING_VIOLATION: i32 = 32;
    let mut options = File::options();
    options
        .write(true)
        .create(true)
        .truncate(false)
        .share_mode(0);
    options
        .open(path)
        .map_err(|error| match error.raw_os_error() {
            Some(SHARING_VIOLATION) => io::ErrorKind::WouldBlock.into(),
            _ => error,
        })
}

/// Creates a directory that only the user can access, unless it exists.
pub(crate) fn create_private(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Returns the mode of a file that grants others any access.
#[cfg(unix)]
fn readable_by_others(path: &Path) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = fs::metadata(path).ok()?.permissions().mode() & 0o777;
    (mode & 0o077 != 0).then_some(mode)
}

/// Files have no modes here; the user's directory is private.
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
        let profiles_by_name = &mut profiles.profiles;
        profiles_by_name.insert("sales".to_owned(), instance());
        profiles_by_name.insert(
            PARTNER.to_owned(),
            Profile::Partner {
                api_url: "https://api.green-api.com".to_owned(),
                partner_token: "fedcba98".to_owned(),
            },
        );
        store.save(&profiles).unwrap();
        let loaded = store.load().unwrap();
        assert_eq!(loaded.names(), "stored profiles: partner, sales");
        let sales = &loaded.profiles["sales"];
        assert_eq!(
            sales.instance().unwrap().unwrap().token().expose(),
            "0123456789abcdef"
        );
        assert!(sales.partner().is_none());
        assert!(loaded.profiles[PARTNER].partner().unwrap().is_ok());
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
