//! Where the repository comes from: the address of its remote. What an address means at GitHub is told
//! in `sources::github`.

use super::Repository;

impl Repository {
    /// The address of the remote: of HEAD's upstream, else of `origin`, else of the only one there is;
    /// `url.<base>.insteadOf` is applied. `None` without a remote or with an address that is no UTF-8.
    /// User name and password, which an address may hold, are left out.
    pub fn remote_address(&self) -> Option<String> {
        let address = self
            .upstream_address()
            .or_else(|| self.address_of("origin"))
            .or_else(|| self.only_address())?;
        Some(without_login(&address))
    }

    fn upstream_address(&self) -> Option<String> {
        let head = self.git.find_reference("HEAD").ok()?;
        let branch = head.symbolic_target().ok()??;
        let remote = self.git.branch_upstream_remote(branch).ok()?;
        self.address_of(remote.as_str().ok()?)
    }

    fn only_address(&self) -> Option<String> {
        let remotes = self.git.remotes().ok()?;
        if remotes.len() != 1 {
            return None;
        }
        self.address_of(remotes.get(0).ok()??)
    }

    /// libgit2 applies `insteadOf` itself.
    fn address_of(&self, remote: &str) -> Option<String> {
        let remote = self.git.find_remote(remote).ok()?;
        let url = remote.url().ok()?;
        (!url.is_empty()).then(|| url.to_owned())
    }
}

/// `https://me:secret@host/path` without `me:secret@`.
fn without_login(address: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else {
        return address.to_owned();
    };
    let end = rest.find('/').unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let host = authority.rsplit_once('@').map_or(authority, |(_, it)| it);
    format!("{scheme}://{host}{path}")
}

#[cfg(test)]
mod tests {
    use super::super::fixture::World;

    fn world() -> World {
        let world = World::new();
        world.commit_file("a.txt", "a", "feat: a");
        world
    }

    fn add(world: &World, name: &str, url: &str) {
        world.git(&["remote", "add", name, url]);
    }

    #[test]
    fn a_repository_without_remote_comes_from_nowhere() {
        assert_eq!(world().open().remote_address(), None);
    }

    #[test]
    fn the_upstream_of_head_goes_before_origin_and_origin_before_others() {
        let world = world();
        add(&world, "fork", "git@github.com:me/shop.git");
        let told = || world.open().remote_address();
        assert_eq!(told().as_deref(), Some("git@github.com:me/shop.git"));
        add(&world, "second", "git@github.com:you/shop.git");
        assert_eq!(told(), None, "two, and neither is origin");
        add(&world, "origin", "https://github.com/acme/shop.git");
        assert_eq!(told().as_deref(), Some("https://github.com/acme/shop.git"));
        world.git(&["config", "branch.main.remote", "second"]);
        world.git(&["config", "branch.main.merge", "refs/heads/main"]);
        assert_eq!(told().as_deref(), Some("git@github.com:you/shop.git"));
        world.git(&["config", "branch.main.remote", "."]);
        assert_eq!(
            told().as_deref(),
            Some("https://github.com/acme/shop.git"),
            "an upstream in the same repository is no remote"
        );
        world.git(&["checkout", "-q", "--detach"]);
        assert_eq!(told().as_deref(), Some("https://github.com/acme/shop.git"));
    }

    #[test]
    fn the_upstream_counts_on_a_branch_without_commits() {
        let world = World::new();
        add(&world, "origin", "https://github.com/acme/shop.git");
        let told = world.open().remote_address();
        assert_eq!(told.as_deref(), Some("https://github.com/acme/shop.git"));
    }

    #[test]
    fn instead_of_is_applied() {
        let world = world();
        add(&world, "origin", "gh:acme/shop.git");
        world.git(&["config", "url.https://github.com/.insteadOf", "gh:"]);
        assert_eq!(
            world.open().remote_address().as_deref(),
            Some("https://github.com/acme/shop.git")
        );
    }

    #[test]
    fn a_password_in_the_address_is_left_out() {
        let world = world();
        add(&world, "origin", "https://me:s3c@ret@github.com/acme/shop");
        assert_eq!(
            world.open().remote_address().as_deref(),
            Some("https://github.com/acme/shop")
        );
        let other = self::world();
        add(&other, "origin", "gh:acme/shop.git");
        other.git(&["config", "url.https://t0ken@github.com/.insteadOf", "gh:"]);
        assert_eq!(
            other.open().remote_address().as_deref(),
            Some("https://github.com/acme/shop.git")
        );
    }
}
