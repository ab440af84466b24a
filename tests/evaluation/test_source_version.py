"""A run names the commit that it was run from."""

import subprocess

import pytest

import sb_contrastive
from sb_contrastive.evaluation import source_version as module
from sb_contrastive.evaluation.source_version import source_version

RELEASE = sb_contrastive.__version__


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A folder that stands for the checkout, and a function that runs git there."""
    package = tmp_path / "project" / "sb_contrastive"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    monkeypatch.setattr(module, "PACKAGE", package)
    source_version.cache_clear()

    def git(*arguments, folder=package.parent):
        identity = ["-c", "user.name=a", "-c", "user.email=a@b.example"]
        return subprocess.run(
            ["git", "-C", str(folder), *identity, *arguments],
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()

    yield package, git
    source_version.cache_clear()


def test_without_a_checkout_it_is_the_release(checkout):
    assert source_version() == RELEASE


def test_a_repository_without_commits_has_no_commit(checkout):
    _, git = checkout
    git("init", "--quiet")
    assert source_version() == RELEASE


@pytest.mark.parametrize("changed", [False, True])
def test_a_checkout_adds_its_commit(checkout, changed):
    package, git = checkout
    git("init", "--quiet")
    git("add", ".")
    git("commit", "--quiet", "-m", "first")
    (package / "untracked.txt").write_text("results")
    if changed:
        (package / "__init__.py").write_text("changed = True\n")
    commit = git("rev-parse", "HEAD")
    version, _, local = source_version().partition("+g")
    short, _, state = local.partition(".")
    assert version == RELEASE
    assert len(short) >= 12 and commit.startswith(short)
    assert state == ("dirty" if changed else "")


def test_a_package_within_another_checkout_is_not_taken_for_it(checkout):
    package, git = checkout
    outer = package.parent.parent
    git("init", "--quiet", folder=outer)
    git("add", ".", folder=outer)
    git("commit", "--quiet", "-m", "another project", folder=outer)
    assert source_version() == RELEASE
