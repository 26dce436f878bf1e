"""Presets by HTTP: files beside the models that people and programs write, and that a request can name."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from safelight.client import Client, Preset
from safelight.domain.errors import Conflict, NotFound
from tests.servers import Server, running_server

QUICK: dict[str, Any] = {
    "steps": 4,
    "width": 64,
    "height": 128,
    "sampler": "DPM++ 2M Karras",
    "negative_prompt": "grey",
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("presets")


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[Server]:
    with running_server(home) as running:
        yield running


@pytest.fixture
def presets(home: Path) -> Iterator[Path]:
    """The folder for them, empty."""
    folder = home / "models/presets"
    folder.mkdir(exist_ok=True)
    yield folder
    for path in folder.iterdir():
        path.unlink()


def save(server: Server, name: str, status: int = 201, **settings: Any) -> dict[str, Any]:
    answer = server.client.post("/api/v1/presets", json={"name": name, "settings": settings})
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_preset_is_a_file_beside_the_models_and_a_request_names_it(server: Server, presets: Path) -> None:
    saved = save(server, "Quick ones", **QUICK)
    assert (saved["settings"]["sampler"], saved["settings"]["scheduler"]) == ("dpmpp_2m", "karras")
    written = json.loads((presets / "Quick ones.json").read_text())
    assert written == QUICK | {"sampler": "dpmpp_2m", "scheduler": "karras"}
    asked = {"prompt": "x", "model": "scripted", "preset": "quick ONES", "steps": 3}
    drawn = server.client.post("/api/v1/generate", json=asked).raise_for_status().json()["parameters"]
    said = {"width": 64, "height": 128, "steps": 3, "sampler": "dpmpp_2m", "negative_prompt": "grey"}
    assert drawn | said == drawn, "what the request says itself wins"
    checked = server.client.post("/api/v1/validate", json=asked | {"preset": "none"}).json()
    assert [error["field"] for error in checked["errors"]] == ["preset"]


def test_it_is_replaced_renamed_and_deleted(server: Server, presets: Path) -> None:
    save(server, "one", steps=4)
    save(server, "two", steps=5)
    refused = save(server, "ONE", 409, steps=6)
    assert refused["code"] == "conflict" and json.loads((presets / "one.json").read_text()) == {"steps": 4}
    change = server.client.put("/api/v1/presets/one", json={"settings": {"steps": 7}, "name": "two"})
    assert change.status_code == 409
    change = server.client.put("/api/v1/presets/one", json={"settings": {"steps": 7}, "name": "drei Äpfel"})
    assert change.status_code == 200, change.text
    decomposed = unicodedata.normalize("NFD", "drei Äpfel")
    assert server.client.get(f"/api/v1/presets/{decomposed}").json()["name"] == "drei Äpfel"
    listed = {one["name"]: one["settings"] for one in server.client.get("/api/v1/presets").json()}
    assert {name: settings["steps"] for name, settings in listed.items()} == {"drei Äpfel": 7, "two": 5}
    assert server.client.delete("/api/v1/presets/two").status_code == 204
    assert [path.name for path in presets.iterdir()] == ["drei Äpfel.json"]
    assert server.client.get("/api/v1/presets/two").status_code == 404
    assert server.client.delete("/api/v1/presets/two").json()["code"] == "not_found"


def test_files_of_people_are_read_and_broken_ones_say_why(server: Server, presets: Path) -> None:
    (presets / "yaml.yml").write_text("steps: 12\nsampling_method: Euler a\ncount: 2\n")
    (presets / "aliases.yaml").write_text("a: &a [1]\nb: [*a, *a]\n")
    (presets / "far.json").write_text('{"steps": 100000}')
    (presets / "odd.json").write_text('{"stepps": 3}')
    (presets / "not.json").write_text("{")
    (presets / "gone.json").symlink_to("nowhere")
    (presets / "sampler.json").write_text('{"sampler": "eular"}')
    found = {one["name"]: one for one in server.client.get("/api/v1/presets").json()}
    assert (
        found["yaml"]["settings"] | {"steps": 12, "sampler": "euler_a", "batch_count": 2} == found["yaml"]["settings"]
    )
    problems = {name: one["problem"] for name, one in found.items() if one["problem"]}
    assert problems.keys() == {"aliases", "far", "odd", "not", "sampler"}
    assert "steps" in problems["far"] and "stepps" in problems["odd"] and "eular" in problems["sampler"]
    answer = server.client.post("/api/v1/generate", json={"prompt": "x", "preset": "far"})
    assert answer.status_code == 422 and "far" in answer.json()["detail"]
    change = server.client.put("/api/v1/presets/yaml", json={"settings": {"steps": 13}})
    assert change.status_code == 200
    assert not (presets / "yaml.yml").exists(), "there are not two of them now"


def test_a_replacement_and_a_deletion_are_taken_back_to_the_byte(server: Server, presets: Path) -> None:
    written = {"good.yaml": b"# mine\nsteps: 12\n", "broken.yaml": b"steps: [12 # a typo\n"}
    for place, content in written.items():
        (presets / place).write_bytes(content)
    change = server.client.put("/api/v1/presets/good", json={"settings": {"steps": 13}, "name": "better"})
    assert change.status_code == 200 and not (presets / "good.yaml").exists()
    back = server.client.post("/api/v1/presets/better/restore")
    assert back.status_code == 200 and back.json()["settings"]["steps"] == 12
    for name in ("good", "broken"):
        assert server.client.delete(f"/api/v1/presets/{name}").status_code == 204
        assert server.client.post(f"/api/v1/presets/{name}/restore").json()["name"] == name
        assert server.client.post(f"/api/v1/presets/{name}/restore").status_code == 404, "nothing is left of it"
    assert {path.name: path.read_bytes() for path in presets.iterdir()} == written
    # What has that name since is not written over.
    server.client.delete("/api/v1/presets/good").raise_for_status()
    (presets / "good.json").write_text('{"steps": 20}')
    assert server.client.post("/api/v1/presets/good/restore").status_code == 409
    assert (presets / "good.json").read_text() == '{"steps": 20}'


@pytest.mark.parametrize("name", ["../out", "a/b", "", " ", ".hidden", "con", "x\ny", "a" * 81, "what?"])
def test_names_that_would_leave_the_folder_or_fit_no_disk_are_refused(server: Server, presets: Path, name: str) -> None:
    before = sorted(presets.parent.rglob("*"))
    assert save(server, name, 422, steps=4)["code"] == "invalid_input"
    assert sorted(presets.parent.rglob("*")) == before


def test_a_preset_named_as_a_model_changes_no_models_name(server: Server, presets: Path) -> None:
    save(server, "scripted", steps=4)
    server.client.post("/api/v1/models/refresh").raise_for_status()
    models = {model["id"]: model["type"] for model in server.client.get("/api/v1/models").json()["models"]}
    assert models["scripted"] == "checkpoint" and "presets" in models.values(), models


def test_the_clients_have_them(server: Server, presets: Path) -> None:
    with Client(server.url) as client:
        client.add_preset("mine", Preset(steps=4, width=64, height=64))
        assert client.generate("x", model="scripted", preset="mine").request.size.width == 64
        with pytest.raises(Conflict):
            client.add_preset("mine", Preset())
        client.replace_preset("mine", Preset(steps=5), "yours")
        assert [(one.name, one.settings and one.settings.steps) for one in client.presets()] == [("yours", 5)]
        client.delete_preset("yours")
        with pytest.raises(NotFound):
            client.delete_preset("yours")


def test_a_key_that_draws_adds_and_only_an_admins_changes(tmp_path: Path) -> None:
    keys = {scope: f"{scope}-0123456789abcdef" for scope in ("read", "generate", "admin")}
    given = ",".join(f"{scope}:{scope}:{key}" for scope, key in keys.items())
    with running_server(tmp_path, api_keys=given) as locked:
        body = {"name": "mine", "settings": {"steps": 4}}
        for scope, codes in {"read": (403, 403, 403), "generate": (201, 403, 403), "admin": (409, 200, 204)}.items():
            headers = {"Authorization": f"Bearer {keys[scope]}"}
            added = locked.client.post("/api/v1/presets", json=body, headers=headers)
            changed = locked.client.put("/api/v1/presets/mine", json={"settings": {"steps": 5}}, headers=headers)
            deleted = locked.client.delete("/api/v1/presets/mine", headers=headers)
            assert (added.status_code, changed.status_code, deleted.status_code) == codes, scope


def test_a_private_server_reads_presets_and_writes_none(tmp_path: Path) -> None:
    folder = tmp_path / "models/presets"
    folder.mkdir(parents=True)
    (folder / "mine.json").write_text('{"steps": 4}')
    with running_server(tmp_path, "--private") as private:
        assert private.client.get("/api/v1/status").json()["private"] is True
        assert private.client.get("/api/v1/presets/mine").json()["settings"]["steps"] == 4
        save(private, "new", 409, prompt="secret")
        change = private.client.put("/api/v1/presets/mine", json={"settings": {"prompt": "secret"}})
        assert change.status_code == 409
        assert private.client.delete("/api/v1/presets/mine").status_code == 409
    assert [path.name for path in folder.iterdir()] == ["mine.json"]
    assert (folder / "mine.json").read_text() == '{"steps": 4}'


def test_prompts_in_their_folders_are_listed(server: Server, home: Path) -> None:
    for place, text in {
        "prompts/light.txt": " golden hour, rim light\n",
        "prompts/json.json": '{"prompt": "by an old master"}',
        "prompts/broken.json": "{",
        "prompts/empty.txt": "",
        "neg_prompts/usual.txt": "blurry",
        "other/no.txt": "no",
    }.items():
        path = home / "models" / place
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    found = server.client.get("/api/v1/prompts").raise_for_status().json()
    assert [(one["name"], one["negative"], one["text"]) for one in found] == [
        ("json", False, "by an old master"),
        ("light", False, "golden hour, rim light"),
        ("usual", True, "blurry"),
    ]
