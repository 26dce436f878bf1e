"""Where downloads grow: what is found again by its request, and what is left alone."""

from __future__ import annotations

from pathlib import Path

from safelight.catalog.downloads.workspace import discard, workspace

ASKED, OTHER = "a" * 64, "b" * 64


def begun(models: Path, key: str, asked: str) -> Path:
    """What is left of a download that broke off."""
    with workspace(models, key, asked) as folder:
        folder.mkdir()
        (folder / "x.part").write_bytes(b"x")
    return folder


def test_what_is_left_of_a_request_is_deleted_and_nothing_else(tmp_path: Path) -> None:
    first, second, other = begun(tmp_path, "1", ASKED), begun(tmp_path, "2", ASKED), begun(tmp_path, "3", OTHER)
    discard(tmp_path, ASKED)
    assert not first.exists() and not second.exists() and (other / "x.part").exists()
    discard(tmp_path, OTHER)
    assert not (tmp_path / ".downloads").exists()
    discard(tmp_path, OTHER)


def test_what_another_request_went_on_with_is_that_one_s(tmp_path: Path) -> None:
    folder = begun(tmp_path, "1", ASKED)
    with workspace(tmp_path, "1", OTHER):
        pass
    discard(tmp_path, ASKED)
    assert folder.exists()


def test_what_is_worked_on_stays(tmp_path: Path) -> None:
    with workspace(tmp_path, "1", ASKED) as folder:
        folder.mkdir()
        discard(tmp_path, ASKED)
        assert folder.exists()
        folder.rmdir()
    assert not (tmp_path / ".downloads").exists()
