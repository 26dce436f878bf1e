"""Where settings come from, and that bad ones are refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from safelight.domain.errors import InvalidInput
from safelight.domain.plans import DType
from safelight.settings import config_file, load_settings
from safelight.settings_page import page

DOCS = Path(__file__).parents[2] / "docs"


def write(text: str) -> None:
    config_file().write_text(text)


def test_a_flag_beats_the_environment_beats_the_file_beats_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().threads == 0
    write("threads = 2")
    assert load_settings().threads == 2
    monkeypatch.setenv("SAFELIGHT_THREADS", "3")
    assert load_settings().threads == 3
    assert load_settings(threads=4).threads == 4
    assert load_settings(threads=None).threads == 3


def test_words_become_types(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAFELIGHT_DTYPE", "bf16")
    assert load_settings().dtype is DType.BFLOAT16


@pytest.mark.parametrize(
    ("file", "variable", "flags", "sentence"),
    [
        ("threads = -1", None, {}, r"'threads' \(.*safelight.toml\).*greater than or equal to 0, got -1"),
        ("thread = 1", None, {}, r"'thread' \(.*safelight.toml\).*not permitted"),
        ("threads = ", None, {}, "is not valid TOML"),
        (None, ("SAFELIGHT_DTYPE", "f12"), {}, r"'dtype' \(SAFELIGHT_DTYPE\).*'f12'"),
        (None, None, {"memory_mode": "tiny"}, r"'memory_mode' \(--memory-mode\).*'tiny'"),
    ],
)
def test_a_bad_value_is_refused_with_its_source(
    monkeypatch: pytest.MonkeyPatch,
    file: str | None,
    variable: tuple[str, str] | None,
    flags: dict[str, str],
    sentence: str,
) -> None:
    if file:
        write(file)
    if variable:
        monkeypatch.setenv(*variable)
    with pytest.raises(InvalidInput, match=sentence):
        load_settings(**flags)


def test_the_page_of_settings_is_current() -> None:
    assert (DOCS / "settings.md").read_text() == page(), "run `make docs`"


def test_tests_run_in_their_own_user(tmp_path: Path) -> None:
    assert str(tmp_path) in os.environ["SAFELIGHT_MODELS_DIR"]
