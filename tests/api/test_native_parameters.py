"""What the server says can be asked for is what it accepts, to the last value; estimates come from what was drawn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.servers import Server, running_server


def ask(server: Server, path: str, **body: Any) -> dict[str, Any]:
    """POST a generation body for the scripted model."""
    given = {"prompt": "x", "model": "scripted"} | body
    found: dict[str, Any] = server.client.post(f"/api/v1/{path}", json=given).raise_for_status().json()
    return found


def numbers(server: Server) -> list[dict[str, Any]]:
    shown = server.client.get("/api/v1/parameters", params={"model": "scripted"}).json()
    return [one for one in shown["parameters"] if one["type"] in ("integer", "number")]


def test_options_of_engines_are_checked_by_their_own_types(server: Server) -> None:
    def answer(**options: Any) -> Any:
        return server.client.post(
            "/api/v1/generate", json={"prompt": "x", "model": "scripted", "engine_options": options, "wait": False}
        )

    assert answer(sdcpp={"flow_shift": 3}).status_code == 202
    refused = answer(sdcpp={"flow_shift": -3})
    assert refused.status_code == 422 and "engine_options.sdcpp.flow_shift" in refused.json()["detail"]
    outside = answer(sdcpp={"loras": [{"model": "../../out.safetensors"}]})
    assert outside.status_code == 422 and "There is no model called" in outside.json()["detail"]
    unsent = answer(sdcpp={"control": {"image": {"sha256": "a" * 64}}})
    assert unsent.status_code == 422 and "not sent" in unsent.json()["detail"]


def test_every_sampler_listed_draws_and_no_other(server: Server) -> None:
    listed = server.client.get("/api/v1/samplers", params={"model": "scripted"}).json()
    pairs = {(one["name"], scheduler) for one in listed for scheduler in one["engines"]["scripted"]}
    assert pairs == {("euler", "discrete"), ("euler", "karras"), ("dpmpp_2m", "karras")}
    for sampler, scheduler in pairs:
        drawn = server.draw(sampler=sampler, scheduler=scheduler)["parameters"]
        assert (drawn["sampler"], drawn["scheduler"]) == (sampler, scheduler)
    assert not ask(server, "validate", sampler="heun")["valid"]
    assert [one["name"] for one in listed if one["default"]] == [server.draw()["parameters"]["sampler"]]


def test_schedulers_mirror_samplers(server: Server) -> None:
    for model in ({"model": "scripted"}, {"model": "doodle"}, {}):
        samplers = server.client.get("/api/samplers", params=model).json()
        schedulers = server.client.get("/api/schedulers", params=model).json()
        one_way = {(e, s["name"], c) for s in samplers for e, able in s["engines"].items() for c in able}
        other_way = {(e, s, c["name"]) for c in schedulers for e, able in c["engines"].items() for s in able}
        assert one_way == other_way
    assert server.client.get("/api/v1/samplers", params={"model": "nope"}).status_code == 404


def test_all_samplers_say_why_an_engine_lacks_them(server: Server) -> None:
    every = {one["name"]: one for one in server.client.get("/api/v1/samplers").json()}
    assert "seeded" in every["dpmpp_sde"]["missing"]["diffusers"]
    assert "k_euler_a" in every["euler_a"]["aliases"]


def test_defaults_are_what_is_drawn_when_nothing_is_said(server: Server) -> None:
    shown = server.client.get("/api/v1/parameters", params={"model": "scripted"}).json()["parameters"]
    defaults = {one["name"]: one["default"] for one in shown if one["default"] is not None}
    drawn = ask(server, "generate")["parameters"]
    both = (defaults.keys() & drawn.keys()) - {"seed"}
    idle = {"strength", "mask_blur"}  # told only of jobs that start from an image
    assert {name: defaults[name] for name in both - idle} == {name: drawn[name] for name in both - idle}
    assert {"width", "steps", "sampler", "cfg_scale", "clip_skip", "quality"} <= both


def test_ranges_are_those_that_hold(server: Server) -> None:
    names = set()
    image = server.draw()["images"][0]["data"]
    for one in numbers(server):
        name, step = one["name"], one["multiple_of"] or (1 if one["type"] == "integer" else 0.5)
        init = {"init_image": image, "mask_image": image}
        for bound, sign in (("minimum", -1), ("maximum", 1)):
            if one[bound] is None:
                continue
            names.add(name)
            kind = int if one["type"] == "integer" else float
            assert ask(server, "validate", **init, **{name: kind(one[bound])})["valid"], (name, bound)
            wrong = kind(one[bound] + sign * step)
            if name == "seed" and wrong < 0:
                continue  # draws a random one
            found = ask(server, "validate", **init, **{name: wrong})
            assert [error["field"] for error in found["errors"]] == [name], (name, bound, found)
    assert {"width", "height", "steps", "cfg_scale", "batch_count", "batch_size", "strength", "priority"} <= names


def test_validate_resolves_what_generate_then_draws_and_queues_nothing(server: Server) -> None:
    before = server.client.get("/api/v1/jobs").json()["total"]
    body = {"seed": 11, "sampler": "DPM++ 2M Karras", "width": 128, "steps": 3}
    checked = ask(server, "validate", **body)
    assert checked["valid"] and checked["errors"] == [] and checked["mode"] == "text-to-image"
    assert server.client.get("/api/v1/jobs").json()["total"] == before
    assert ask(server, "generate", **body)["parameters"] == checked["parameters"]


def test_validate_tells_everything_that_is_wrong_at_once(server: Server) -> None:
    found = ask(server, "validate", width=7, height=9999, steps=0, sampler="eulr", init_image="%%%", strength=0.5)
    assert not found["valid"] and found["parameters"] is None
    errors = {error["field"]: error for error in found["errors"]}
    assert set(errors) == {"width", "height", "steps", "sampler", "init_image"}
    assert "euler" in errors["sampler"]["hint"]
    refused = server.client.post("/api/v1/generate", json={"prompt": "x", "model": "scripted", "steps": 0})
    assert refused.json()["detail"] == errors["steps"]["message"]


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"prompt": 1, "foo": 2}, {"prompt", "foo"}),
        ({}, {"prompt"}),
        ([], {None}),
        ({"prompt": "x", "model": "nope"}, {"model"}),
        ({"prompt": "x", "strength": 0.5}, {"strength"}),
        ({"prompt": "x", "mask_image": "aGVsbG8="}, {"mask_image"}),
        ({"prompt": "x", "cfg_scale": "many"}, {"cfg_scale"}),
    ],
)
def test_validate_names_the_field(server: Server, body: Any, fields: set[str | None]) -> None:
    answer = server.client.post("/api/v1/validate", json=body)
    assert answer.status_code == 200
    assert {error["field"] for error in answer.json()["errors"]} == fields
    assert server.client.post("/api/v1/generate", json=body).status_code in (404, 422)


def test_an_estimate_comes_from_what_was_drawn_and_outlives_a_restart(folder: Path) -> None:
    slow = {"prompt": '{"pace": 0.05}', "model": "scripted", "steps": 10}
    with running_server(folder) as server:
        nothing = ask(server, "estimate", **slow)
        assert nothing["draw"]["value"] is nothing["load"]["value"] is nothing["total"] is nothing["plan"] is None
        assert all(nothing[one]["basis"] for one in ("draw", "load"))
        assert nothing["memory"]["value"] > 0 and "weights" in nothing["memory"]["basis"]  # its engine was asked
        ask(server, "generate", **slow)
        guess = ask(server, "estimate", **slow | {"steps": 20, "batch_count": 2})
        took = ask(server, "generate", **slow | {"steps": 20, "batch_count": 2})["generation_time"]
        assert guess["draw"]["value"] == pytest.approx(took, rel=0.5)
        assert guess["loaded"] and guess["load"]["value"] == 0 and guess["total"] == guess["draw"]["value"]
        assert "measured" in guess["memory"]["basis"]
        assert guess["plan"] == server.client.get("/api/v1/models/scripted").json()["loaded"]["plan"]
        assert server.stop() in (0, -15)
    with running_server(folder) as server:
        cold = ask(server, "estimate", **slow)
        assert not cold["loaded"] and cold["load"]["value"] > 0.1
        assert cold["total"] == pytest.approx(cold["draw"]["value"] + cold["load"]["value"])
        assert "weights" in cold["memory"]["basis"] and cold["memory"]["value"] > 0
        unknown = ask(server, "estimate", model="doodle")
        assert unknown["draw"]["value"] is None and "doodle" in unknown["draw"]["basis"]


def test_an_estimate_counts_the_jobs_before_it(folder: Path, tmp_path: Path) -> None:
    with running_server(folder) as server:
        server.draw({"pace": 0.1}, steps=4)
        gate = tmp_path / "gate"
        server.wait_for(server.queue({"wait": str(gate)}, steps=4), "running")
        for _ in range(3):
            server.queue("x", steps=4)
        found = ask(server, "estimate", steps=4)
        assert found["jobs_ahead"] == 4
        assert 0.9 <= found["wait"]["value"] <= 2.4  # 0.4 s each, of the running one what is left
        assert ask(server, "estimate", priority=1)["jobs_ahead"] == 1
        server.client.post("/api/v1/queue/pause")
        paused = ask(server, "estimate")
        assert paused["wait"] == {"value": None, "basis": "The queue is paused."} and paused["total"] is None
        gate.touch()
