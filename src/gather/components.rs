//! Which repository the versions of each component are commits of, decided once per component
//! (spec 2.3), and what every version resolves to there. `walks` reads the histories afterwards.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::model::github::GithubRepository;
use crate::model::{CommitId, DecidedBy, Notice, Settings};
use crate::sources::git::{Abbreviation, GitError, Repository};
use crate::sources::version_text::{Reading, readings};

use super::github::{CachedGithub, RemoteHistory};
use super::releases::NamedRelease;

/// Every version text of every component, as the sources name them.
#[derive(Debug, Default)]
pub(super) struct Catalogue {
    texts: BTreeMap<String, BTreeSet<String>>,
    images: BTreeMap<String, Vec<String>>,
    /// Components that stand for the whole repository: what runs of its workflows deploy.
    whole: BTreeSet<String>,
}

impl Catalogue {
    pub(super) fn add(&mut self, component: &str, text: &str) {
        let texts = match self.texts.get_mut(component) {
            Some(texts) => texts,
            None => self.texts.entry(component.to_owned()).or_default(),
        };
        if !texts.contains(text) {
            texts.insert(text.to_owned());
        }
    }

    /// A version of the whole analysed repository, under a name that nothing else uses.
    pub(super) fn add_whole(&mut self, component: &str, text: &str) {
        if self.whole.contains(component) || !self.texts.contains_key(component) {
            self.whole.insert(component.to_owned());
        }
        self.add(component, text);
    }

    pub(super) fn add_all(&mut self, versions: &BTreeMap<String, String>) {
        for (component, text) in versions {
            self.add(component, text);
        }
    }

    pub(super) fn images_of(&self, component: &str) -> &[String] {
        self.images.get(component).map_or(&[], Vec::as_slice)
    }

    pub(super) fn add_image(&mut self, component: &str, image: &str) {
        self.images
            .entry(component.to_owned())
            .or_default()
            .push(image.to_owned());
    }
}

/// Where the commits of a component come from that are not in the analysed repository.
pub(super) enum Neighbour {
    /// A clone.
    Clone {
        repository: Repository,
        /// Where it lies, as a person would write it (`../shop-web`).
        place: String,
    },
    /// GitHub told them.
    Github(RemoteHistory),
}

impl Neighbour {
    /// The clone, if it is one.
    pub(super) fn clone_of_it(&self) -> Option<&Repository> {
        match self {
            Self::Clone { repository, .. } => Some(repository),
            Self::Github(_) => None,
        }
    }

    pub(super) fn name(&self) -> String {
        match self {
            Self::Clone { repository, .. } => repository.name(),
            Self::Github(history) => history.name(),
        }
    }

    pub(super) fn place(&self) -> String {
        match self {
            Self::Clone { place, .. } => place.clone(),
            Self::Github(history) => history.place(),
        }
    }

    fn resolve(&self, component: &str, text: &str) -> Result<Result<CommitId, String>, GitError> {
        match self {
            Self::Clone { repository, .. } => resolve_version(repository, component, text),
            Self::Github(history) => Ok(history.resolve(component, text)),
        }
    }
}

/// One component with its repository and versions.
#[derive(Debug)]
pub(super) struct ResolvedComponent {
    pub(super) name: String,
    /// 0 is the analysed repository, n the n-th neighbour.
    pub(super) repository: Option<usize>,
    pub(super) decided_by: DecidedBy,
    /// Whether it stands for the whole repository.
    pub(super) is_whole: bool,
    /// Version text → commit, or the reason why there is none.
    pub(super) versions: BTreeMap<String, Result<CommitId, String>>,
}

/// All components, and the repositories that were opened for them.
pub(super) struct Resolved {
    pub(super) components: Vec<ResolvedComponent>,
    pub(super) neighbours: Vec<Neighbour>,
}

impl Resolved {
    /// Adds what release tags name: their commits are known already.
    pub(super) fn add_releases(&mut self, releases: &[NamedRelease]) {
        for release in releases {
            for (name, version) in &release.versions {
                let place = match self.components.iter().position(|known| known.name == *name) {
                    Some(place) => place,
                    None => {
                        self.components.push(ResolvedComponent {
                            name: name.clone(),
                            repository: Some(0),
                            decided_by: DecidedBy::ThisRepository,
                            is_whole: false,
                            versions: BTreeMap::new(),
                        });
                        self.components.len() - 1
                    }
                };
                self.components[place]
                    .versions
                    .insert(version.text.clone(), Ok(release.commit));
            }
        }
        self.components.sort_by(|a, b| a.name.cmp(&b.name));
    }
}

/// Decides the repository of every component in the catalogue and resolves its versions there.
///
/// # Errors
/// When an object that has to be looked at cannot be read.
pub(super) fn resolve(
    home: &Repository,
    catalogue: &Catalogue,
    settings: &Settings,
    github: &mut CachedGithub,
    notices: &mut Vec<Notice>,
) -> Result<Resolved, GitError> {
    let mut search = Search {
        home,
        settings,
        github,
        neighbours: Vec::new(),
        by_path: BTreeMap::new(),
        by_name: Vec::new(),
        notices,
    };
    let mut components = Vec::with_capacity(catalogue.texts.len());
    for (name, texts) in &catalogue.texts {
        let images = catalogue.images_of(name);
        let (repository, decided_by) = search.repository_of(name, texts, images)?;
        let versions = texts
            .iter()
            .map(|text| Ok((text.clone(), search.version(repository, name, text)?)))
            .collect::<Result<_, GitError>>()?;
        components.push(ResolvedComponent {
            name: name.clone(),
            repository,
            decided_by,
            is_whole: catalogue.whole.contains(name),
            versions,
        });
    }
    let neighbours = search.neighbours;
    Ok(Resolved {
        components,
        neighbours,
    })
}

struct Search<'a> {
    home: &'a Repository,
    settings: &'a Settings,
    github: &'a mut CachedGithub,
    neighbours: Vec<Neighbour>,
    /// Repositories on GitHub of which commits are cached, with their numbers.
    by_name: Vec<(GithubRepository, usize)>,
    /// Directories that were looked at: the neighbour's number, or `None` where nothing opens.
    by_path: BTreeMap<PathBuf, Option<usize>>,
    notices: &'a mut Vec<Notice>,
}

impl Search<'_> {
    fn repository_of(
        &mut self,
        name: &str,
        texts: &BTreeSet<String>,
        images: &[String],
    ) -> Result<(Option<usize>, DecidedBy), GitError> {
        let configured = self
            .settings
            .components
            .get(name)
            .and_then(|component| component.repository.clone());
        if let Some(configured) = configured {
            return Ok((self.configured(name, &configured), DecidedBy::Config));
        }
        if self.any_resolves(0, name, texts)? {
            return Ok((Some(0), DecidedBy::ThisRepository));
        }
        for directory in self.sibling_names(name, images) {
            let place = format!("../{directory}");
            let Some(path) = self
                .home
                .root()
                .parent()
                .map(|parent| parent.join(&directory))
            else {
                break;
            };
            if let Some(number) = self.open(&path, &place)
                && self.any_resolves(number, name, texts)?
            {
                return Ok((Some(number), DecidedBy::Sibling));
            }
        }
        let here = self.github.repository.clone();
        for candidate in candidates(name, images, here.as_ref(), self.settings) {
            if let Some(number) = self.on_github(&candidate, name)
                && self.any_resolves(number, name, texts)?
            {
                return Ok((Some(number), DecidedBy::Github));
            }
        }
        Ok((None, DecidedBy::Nobody))
    }

    /// A repository of which GitHub told the commits.
    fn on_github(&mut self, repository: &GithubRepository, component: &str) -> Option<usize> {
        if let Some((_, number)) = self.by_name.iter().find(|(known, _)| known == repository) {
            return Some(*number);
        }
        // One that was only asked in vain is no neighbour.
        if !self.github.is_repository_of(repository, component) {
            return None;
        }
        let commits = self.github.take_commits(repository)?;
        self.neighbours
            .push(Neighbour::Github(RemoteHistory::new(commits)));
        let number = self.neighbours.len();
        self.by_name.push((repository.clone(), number));
        Some(number)
    }

    fn configured(&mut self, name: &str, configured: &str) -> Option<usize> {
        let path = self.home.root().join(configured);
        let found = self.open(&path, configured);
        if found.is_none() {
            self.notices.push(
                Notice::new(
                    "component-repository-missing",
                    format!(
                        "components.{name}.repository names `{configured}`, which is not a git \
                         repository that can be read"
                    ),
                )
                .hint(format!(
                    "clone it there, or correct components.{name}.repository"
                ))
                .incomplete(),
            );
        }
        found
    }

    /// Names of directories beside this repository that may be the component's clone, in the order
    /// of spec 2.3. Foreign text becomes a path only when it is a plain name.
    fn sibling_names(&self, component: &str, images: &[String]) -> Vec<String> {
        let last = component.rsplit('/').next().unwrap_or(component);
        let joined = component.replace('/', "-");
        let here = self.home.name();
        let image_names = images
            .iter()
            .map(|image| image.rsplit('/').next().unwrap_or(image));
        let mut names: Vec<String> = image_names.map(str::to_owned).collect();
        names.extend([
            format!("{here}-{joined}"),
            format!("{here}-{last}"),
            joined.clone(),
            last.to_owned(),
        ]);
        let mut seen = BTreeSet::new();
        names
            .into_iter()
            .filter(|name| is_plain_name(name) && seen.insert(name.clone()))
            .flat_map(|name| [format!("{name}.git"), name].into_iter().rev())
            .collect()
    }

    /// Opens a repository whose root is exactly this directory; 0 is the analysed one itself.
    fn open(&mut self, path: &Path, place: &str) -> Option<usize> {
        let path = path.canonicalize().ok()?;
        if let Some(&known) = self.by_path.get(&path) {
            return known;
        }
        let is_root = |repository: &Repository| {
            repository
                .root()
                .canonicalize()
                .is_ok_and(|root| root == path)
                || repository
                    .git_directory()
                    .canonicalize()
                    .is_ok_and(|root| root == path)
        };
        let number = match Repository::open(&path).ok().filter(is_root) {
            Some(opened) if same_directory(opened.root(), self.home.root()) => Some(0),
            Some(repository) => {
                self.neighbours.push(Neighbour::Clone {
                    repository,
                    place: place.to_owned(),
                });
                Some(self.neighbours.len())
            }
            None => None,
        };
        self.by_path.insert(path, number);
        number
    }

    fn resolve_in(
        &self,
        number: usize,
        component: &str,
        text: &str,
    ) -> Result<Result<CommitId, String>, GitError> {
        match number.checked_sub(1) {
            None => resolve_version(self.home, component, text),
            Some(neighbour) => self.neighbours[neighbour].resolve(component, text),
        }
    }

    fn any_resolves(
        &self,
        number: usize,
        component: &str,
        texts: &BTreeSet<String>,
    ) -> Result<bool, GitError> {
        for text in texts {
            if self.resolve_in(number, component, text)?.is_ok() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn version(
        &self,
        repository: Option<usize>,
        component: &str,
        text: &str,
    ) -> Result<Result<CommitId, String>, GitError> {
        match repository {
            Some(number) => self.resolve_in(number, component, text),
            None => Ok(Err(match readings(text, component).into_iter().next() {
                Some(Reading::Nothing(reason)) => reason,
                _ => "no repository here holds it".to_owned(),
            })),
        }
    }
}

/// Repositories on GitHub that may be a component's, the likeliest first: the one that config names;
/// else the owner and name of its image; else those of the owner of the analysed one that are called
/// like its image, `<this repository>-<component>` or `<component>`. All of them on the host of the
/// analysed repository: no content names a host.
pub(super) fn candidates(
    component: &str,
    images: &[String],
    here: Option<&GithubRepository>,
    settings: &Settings,
) -> Vec<GithubRepository> {
    let Some(here) = here else {
        return Vec::new();
    };
    let configured = settings
        .components
        .get(component)
        .and_then(|known| known.github.as_deref());
    let names: Vec<(String, String)> = match configured.and_then(|text| text.split_once('/')) {
        Some((owner, name)) => vec![(owner.to_owned(), name.to_owned())],
        None => {
            let of_owner = |name: &str| (here.owner.clone(), name.to_owned());
            let last = component.rsplit('/').next().unwrap_or(component);
            let joined = component.replace('/', "-");
            let owned = images.iter().filter_map(|image| image.split_once('/'));
            let named = images.iter().filter_map(|image| image.rsplit('/').next());
            owned
                .map(|(owner, name)| (owner.to_owned(), name.to_owned()))
                .chain(named.map(of_owner))
                .chain([
                    of_owner(&format!("{}-{joined}", here.name)),
                    of_owner(&format!("{}-{last}", here.name)),
                    of_owner(&joined),
                    of_owner(last),
                ])
                .collect()
        }
    };
    let mut found: Vec<GithubRepository> = Vec::new();
    for (owner, name) in names {
        if let Some(candidate) = GithubRepository::new(&here.host, &owner, &name)
            && candidate != *here
            && !found.contains(&candidate)
        {
            found.push(candidate);
        }
    }
    found
}

/// Tries the readings of a version text in a repository, in order (spec 2.3).
fn resolve_version(
    repository: &Repository,
    component: &str,
    text: &str,
) -> Result<Result<CommitId, String>, GitError> {
    for reading in readings(text, component) {
        match reading {
            Reading::FullId(id) => {
                return Ok(if repository.commit_exists(id) {
                    Ok(id)
                } else {
                    Err("no such commit".to_owned())
                });
            }
            Reading::LongId => return Ok(Err("a SHA-256 id in a SHA-1 repository".to_owned())),
            Reading::Nothing(reason) => return Ok(Err(reason)),
            Reading::Tags(names) => {
                for name in names {
                    if let Some(commit) = repository.tag_commit(&name) {
                        return Ok(Ok(commit));
                    }
                }
            }
            Reading::Abbreviation(digits) => match repository.commit_by_abbreviation(&digits) {
                Abbreviation::Unique(commit) => return Ok(Ok(commit)),
                Abbreviation::Ambiguous => {
                    return Ok(Err("the abbreviated id is not unique".to_owned()));
                }
                Abbreviation::None => {}
            },
        }
    }
    Ok(Err("no such tag or commit".to_owned()))
}

/// A name that cannot lead anywhere but to a direct sibling.
fn is_plain_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 100
        && !name.starts_with(['.', '-'])
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
}

fn same_directory(a: &Path, b: &Path) -> bool {
    match (a.canonicalize(), b.canonicalize()) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_components_repository_on_github_is_sought_by_config_then_image_then_name() {
        let here = GithubRepository::new("github.com", "acme", "shop");
        let mut settings = Settings::default();
        let images = ["other/shop-front".to_owned(), "front".to_owned()];
        let names = |component: &str, settings: &Settings| -> Vec<String> {
            let found = candidates(component, &images, here.as_ref(), settings);
            found.iter().map(ToString::to_string).collect()
        };
        assert_eq!(
            names("ui/front", &settings),
            [
                "github.com/other/shop-front",
                "github.com/acme/shop-front",
                "github.com/acme/front",
                "github.com/acme/shop-ui-front",
                "github.com/acme/ui-front",
            ]
        );
        let known = settings
            .components
            .entry("ui/front".to_owned())
            .or_default();
        known.github = Some("team/ui".to_owned());
        assert_eq!(names("ui/front", &settings), ["github.com/team/ui"]);
        assert!(candidates("web", &images, None, &settings).is_empty());
        assert_eq!(candidates("../x", &[], here.as_ref(), &settings).len(), 3);
    }

    #[test]
    fn only_plain_names_become_directories() {
        for name in ["shop-web", "web", "a.b", "x_1"] {
            assert!(is_plain_name(name), "{name}");
        }
        for name in [
            "",
            "..",
            ".git",
            "-rf",
            "a/b",
            "a b",
            "caf\u{e9}",
            "a\u{202e}b",
        ] {
            assert!(!is_plain_name(name), "{name}");
        }
    }
}
