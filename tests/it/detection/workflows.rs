//! The workflow files of the project, as they lie in its repository: `project` commits them, `github`
//! tells of their runs.

use super::story::Part;

/// The state file that the pipeline commits.
pub(super) const STATE: &str = "state/production-deployed-versions.json";

/// The deploy workflow of a part.
pub(super) fn workflow(part: Part) -> String {
    let name = part.name();
    format!(
        "name: Deploy {name}
on:
  push:
    branches: [main]
    paths: ['{name}/**']
  pull_request:
    paths: ['{name}/**']
  workflow_dispatch:
    inputs:
      version:
        description: the commit to deploy
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: make -C {name} image
  staging:
    needs: build
    if: github.event_name != 'pull_request'
    runs-on: ubuntu-latest
    environment: staging
    steps:
      - run: ./deploy {name} staging
  production:
    needs: staging
    runs-on: ubuntu-latest
    environment: production
    steps:
      - run: ./deploy {name} production
      - run: |
          ./record {name} > {STATE}
          git add {STATE}
          git commit -m 'chore: deploy {name} to production'
          git push
  smoke-test:
    needs: production
    runs-on: ubuntu-latest
    steps:
      - run: make -C {name} smoke
  announce:
    needs: smoke-test
    runs-on: ubuntu-latest
    steps:
      - run: ./announce {name}
"
    )
}

/// The workflow that tests pull requests; it deploys nothing.
pub(super) const CI: &str = "name: CI
on: [push, pull_request]
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: make test
";
