"""API keys: what is kept, how a request brings one, and when a running server looks again."""

from __future__ import annotations

import base64
import hashlib
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from starlette.datastructures import Headers

from safelight.domain.errors import Conflict, CorruptFile, InvalidInput, NotFound
from safelight.server.auth.callers import Caller, Scope
from safelight.server.auth.credentials import presented
from safelight.server.auth.keyfile import KeyFile
from safelight.server.auth.keyring import Keyring
from safelight.server.auth.keys import find, keys_of_setting
from safelight.settings import load_settings

LONG = "0123456789abcdef"


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


def keyring(folder: Path, *api_keys: str) -> Keyring:
    return Keyring(load_settings(data_dir=folder, api_keys=api_keys))


def test_a_file_holds_hashes_only_and_is_its_owners(tmp_path: Path) -> None:
    file = KeyFile(tmp_path / "data")
    secret = file.add("ann", Scope.READ)
    assert secret not in file.path.read_text()
    assert file.read()[0].sha256 == hashlib.sha256(secret.encode()).hexdigest()
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert len(secret) >= 43


def test_a_name_has_one_key(tmp_path: Path) -> None:
    file = KeyFile(tmp_path)
    file.add("ann", Scope.READ)
    with pytest.raises(Conflict):
        file.add("ann", Scope.ADMIN)
    file.remove("ann")
    assert file.read() == ()
    with pytest.raises(NotFound):
        file.remove("ann")


@pytest.mark.parametrize("name", ["", "a b", "a\n", "a:b", "x" * 65])
def test_names_that_would_confuse_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidInput):
        KeyFile(tmp_path).add(name, Scope.READ)
    assert KeyFile(tmp_path).read() == ()


def test_a_file_that_is_none_is_not_overwritten(tmp_path: Path) -> None:
    file = KeyFile(tmp_path)
    file.path.write_text("{}]")
    with pytest.raises(CorruptFile):
        file.add("ann", Scope.READ)
    assert file.path.read_text() == "{}]"


def test_commands_at_the_same_time_lose_no_key(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "safelight", "keys", "add", "--data-dir", str(tmp_path)]
    running = [
        subprocess.Popen([*command, f"n{i}"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) for i in range(4)
    ]
    secrets = [process.communicate()[0].decode().strip() for process in running]
    assert {key.name for key in KeyFile(tmp_path).read()} == {f"n{i}" for i in range(4)}
    assert all(find(KeyFile(tmp_path).read(), secret) for secret in secrets)


def test_the_setting_has_names_and_scopes() -> None:
    keys = keys_of_setting([f"ann:read:{LONG}1", f"bob:generate:{LONG}:2", f"{LONG}3"])
    assert [(key.name, key.scope) for key in keys] == [
        ("ann", Scope.READ),
        ("bob", Scope.GENERATE),
        ("key-3", Scope.ADMIN),
    ]
    found = find(keys, f"{LONG}:2")
    assert found is not None
    assert found.name == "bob"


@pytest.mark.parametrize(
    "entry", ["short", "ann:read:short", f"ann:root:{LONG}", f"ann:{LONG}", f"a b:read:{LONG}", ""]
)
def test_a_wrong_entry_is_refused_without_quoting_it(entry: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        keys_of_setting([entry])
    assert LONG not in str(refused.value)


def test_the_setting_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAFELIGHT_API_KEYS", f"ann:read:{LONG}1, {LONG}2")
    settings = load_settings()
    assert len(keys_of_setting([entry.get_secret_value() for entry in settings.api_keys])) == 2
    assert LONG not in repr(settings) + settings.model_dump_json()


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ({"authorization": "Bearer abc"}, "abc"),
        ({"authorization": "bearer  abc "}, "abc"),
        ({"authorization": basic("whoever:abc")}, "abc"),
        ({"authorization": basic(":abc")}, "abc"),
        ({"authorization": basic("abc:")}, "abc"),
        ({"authorization": basic("user:a:b:c")}, "a:b:c"),
        ({"x-api-key": "abc"}, "abc"),
        ({"authorization": "Basic ", "x-api-key": "abc"}, "abc"),
        ({"authorization": "Basic "}, None),
        ({"authorization": "Basic"}, None),
        ({"authorization": basic(":")}, None),
        ({"authorization": ""}, None),
        ({"authorization": "Bearer"}, None),
        ({"authorization": "Basic !!!"}, "!!!"),
        ({}, None),
    ],
)
def test_how_a_request_brings_its_key(headers: dict[str, str], found: str | None) -> None:
    assert presented(Headers(headers)) == found


def test_without_any_key_none_is_asked_for(tmp_path: Path) -> None:
    assert not keyring(tmp_path).required


def test_a_running_server_learns_of_keys_and_never_opens_again(tmp_path: Path) -> None:
    ring, file = keyring(tmp_path), KeyFile(tmp_path)
    secret = file.add("ann", Scope.READ)
    assert ring.required
    assert ring.who(secret) == Caller(name="ann", scope=Scope.READ)
    file.remove("ann")
    assert ring.who(secret) is None
    assert ring.required
    file.path.unlink()
    assert ring.required


def test_a_file_that_breaks_while_the_server_runs_changes_nothing(tmp_path: Path) -> None:
    file = KeyFile(tmp_path)
    secret = file.add("ann", Scope.READ)
    ring = keyring(tmp_path)
    file.path.write_text("broken")
    assert ring.who(secret)
    file.path.unlink()
    new = file.add("bob", Scope.READ)
    assert (ring.who(secret), bool(ring.who(new))) == (None, True)


def test_a_file_that_is_broken_at_the_start_stops_it(tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text("broken")
    with pytest.raises(CorruptFile):
        keyring(tmp_path)


def test_keys_of_the_setting_and_the_file_count_together(tmp_path: Path) -> None:
    secret = KeyFile(tmp_path).add("ann", Scope.READ)
    ring = keyring(tmp_path, f"bob:admin:{LONG}")
    assert ring.who(secret) == Caller(name="ann", scope=Scope.READ)
    assert ring.who(LONG) == Caller(name="bob", scope=Scope.ADMIN)
    assert ring.who(LONG + "x") is None
