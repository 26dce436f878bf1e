"""Bringing one file: breaks, ranges, changes, refusals, pages, and hosts that misbehave."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from safelight.catalog.downloads.download import download
from safelight.catalog.downloads.part import Part
from safelight.domain.errors import (
    Conflict,
    CorruptFile,
    DownloadFailed,
    DownloadRefused,
    InvalidInput,
    NotFound,
    StorageFailed,
    TooLarge,
)
from safelight.domain.events import Phase
from safelight.domain.work import DownloadRequest
from safelight.settings import Settings
from tests.hosts import Faults, Host, cut, held, refused, whole
from tests.unit.downloads.conftest import Told, lora

Pull = Callable[..., Any]
DATA = lora(64)
BIG = lora(3000)


def models(settings: Settings) -> Path:
    return settings.models_dir


def files_below(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


async def test_a_file_lands_in_the_folder_of_its_kind(
    pull: Pull, cdn: Host, web_settings: Callable[..., Settings], told: Told
) -> None:
    served = cdn.serve("/some/style.safetensors", DATA)
    (file,) = await pull(f"{cdn.url}/some/style.safetensors?x=y")
    assert (file.name, file.bytes, file.sha256) == ("lora/style.safetensors", len(DATA), served.sha256)
    folder = models(web_settings())
    assert files_below(folder) == ["lora/style.safetensors"]
    assert (folder / file.name).read_bytes() == DATA
    last = told.all[-1]
    assert (last.done, last.total, last.phase) == (len(DATA), len(DATA), Phase.CHECKING)


async def test_a_type_that_the_header_contradicts_is_said_to_be_ignored(pull: Pull, cdn: Host) -> None:
    cdn.serve("/style.safetensors", DATA)
    (right,) = await pull(f"{cdn.url}/style.safetensors", type="lora", name="a.safetensors")
    assert right.name == "lora/a.safetensors" and right.notes == ()
    (wrong,) = await pull(f"{cdn.url}/style.safetensors", type="vae", name="b.safetensors")
    assert wrong.name == "lora/b.safetensors"
    assert wrong.notes == ("It was asked for as vae, and its header says that it is lora: it lies with those.",)


async def test_the_users_own_name_for_a_folder_is_used(
    pull: Pull, cdn: Host, web_settings: Callable[..., Settings]
) -> None:
    (models(web_settings()) / "Loras").mkdir(parents=True)
    cdn.serve("/style.safetensors", DATA)
    (file,) = await pull(f"{cdn.url}/style.safetensors", name="mine.safetensors")
    assert file.name == "Loras/mine.safetensors"


async def test_a_cut_connection_is_resumed_where_it_broke(pull: Pull, cdn: Host) -> None:
    served = cdn.serve("/big.safetensors", BIG, faults=Faults(cut(1_500_000), cut(100_000)))
    (file,) = await pull(f"{cdn.url}/big.safetensors")
    assert file.sha256 == served.sha256
    ranges = [asked.range for asked in cdn.asked]
    assert ranges == [None, "bytes=1500000-", "bytes=1600000-"]
    assert cdn.asked[1].headers["if-range"] == f'"{served.sha256[:20]}"'


async def test_a_later_call_goes_on_from_what_has_arrived(
    pull: Pull, cdn: Host, web_settings: Callable[..., Settings]
) -> None:
    served = cdn.serve("/big.safetensors", BIG, faults=Faults(*[cut(50_000)] * 4))
    with pytest.raises(DownloadFailed, match="4 times in a row") as caught:
        await pull(f"{cdn.url}/big.safetensors")
    assert "is kept" in str(caught.value.hint)
    assert (await pull(f"{cdn.url}/big.safetensors"))[0].sha256 == served.sha256
    assert cdn.asked[-1].range == "bytes=200000-"
    assert files_below(models(web_settings())) == ["lora/big.safetensors"]


async def test_a_host_without_ranges_sends_everything_again(pull: Pull, cdn: Host) -> None:
    served = cdn.serve("/big.safetensors", BIG, faults=Faults(cut(2_000_000), whole))
    assert (await pull(f"{cdn.url}/big.safetensors"))[0].sha256 == served.sha256
    assert [asked.range for asked in cdn.asked] == [None, "bytes=2000000-"]


async def test_a_file_that_changes_in_between_is_begun_anew(pull: Pull, cdn: Host) -> None:
    other = lora(3000, seed=1)

    def change(reply: Any) -> None:
        cut(2_000_000)(reply)
        reply.served.data = other

    cdn.serve("/big.safetensors", BIG, faults=Faults(change))
    (file,) = await pull(f"{cdn.url}/big.safetensors")
    assert file.sha256 == hashlib.sha256(other).hexdigest()
    assert [asked.range for asked in cdn.asked] == [None, "bytes=2000000-"]  # If-Range: the host sends all, as 200


async def test_a_206_of_another_version_is_not_appended(pull: Pull, cdn: Host) -> None:
    other = lora(3000, seed=1)

    def careless(reply: Any) -> None:  # ignores If-Range
        del reply.handler.headers["If-Range"]
        reply.served.data = other

    served = cdn.serve("/big.safetensors", BIG, faults=Faults(cut(2_000_000), careless))
    (file,) = await pull(f"{cdn.url}/big.safetensors")
    assert file.sha256 == hashlib.sha256(other).hexdigest() == served.sha256
    assert [asked.range for asked in cdn.asked] == [None, "bytes=2000000-", None]


async def test_a_206_of_another_place_is_not_appended(pull: Pull, cdn: Host) -> None:
    def shifted(reply: Any) -> None:
        reply.handler.send_response(206)
        reply.handler.send_header("Content-Range", f"bytes 5-{len(BIG) - 1}/{len(BIG)}")
        reply.handler.send_header("Content-Length", str(len(BIG) - 5))
        reply.handler.end_headers()
        reply.handler.wfile.write(BIG[5:])
        reply.done = True

    served = cdn.serve("/big.safetensors", BIG, faults=Faults(cut(2_000_000), shifted))
    assert (await pull(f"{cdn.url}/big.safetensors"))[0].sha256 == served.sha256


async def test_without_etag_or_hash_nothing_is_resumed(pull: Pull, cdn: Host) -> None:
    served = cdn.serve("/big.safetensors", BIG, etag="", faults=Faults(cut(2_000_000)))
    assert (await pull(f"{cdn.url}/big.safetensors"))[0].sha256 == served.sha256
    assert [asked.range for asked in cdn.asked] == [None, None]


async def test_with_a_hash_it_is_resumed_without_an_etag(pull: Pull, cdn: Host) -> None:
    served = cdn.serve("/big.safetensors", BIG, etag="", faults=Faults(cut(2_000_000)))
    assert (await pull(f"{cdn.url}/big.safetensors", sha256=served.sha256))[0].sha256 == served.sha256
    assert [asked.range for asked in cdn.asked] == [None, "bytes=2000000-"]


async def test_parts_that_do_not_belong_together_are_fetched_again_whole(pull: Pull, cdn: Host) -> None:
    other = lora(3000, seed=1)

    def change(reply: Any) -> None:
        cut(2_000_000)(reply)
        reply.served.data = other

    cdn.serve("/big.safetensors", BIG, etag="", faults=Faults(change))
    sha256 = hashlib.sha256(other).hexdigest()
    assert (await pull(f"{cdn.url}/big.safetensors", sha256=sha256))[0].sha256 == sha256
    assert [asked.range for asked in cdn.asked] == [None, "bytes=2000000-", None]


async def test_416_means_that_nothing_is_left(pull: Pull, cdn: Host) -> None:
    """All had arrived when the connection broke, and the length was never told."""

    def endless(reply: Any) -> None:
        reply.handler.send_response(200)
        reply.handler.send_header("ETag", f'"{reply.served.sha256[:20]}"')
        reply.handler.send_header("Transfer-Encoding", "chunked")
        reply.handler.end_headers()
        reply.handler.wfile.write(f"{len(BIG):x}\r\n".encode() + BIG + b"\r\n")  # and no last chunk
        reply.done = reply.handler.close_connection = True

    served = cdn.serve("/big.safetensors", BIG, faults=Faults(endless))
    assert (await pull(f"{cdn.url}/big.safetensors"))[0].sha256 == served.sha256
    assert [asked.range for asked in cdn.asked] == [None, f"bytes={len(BIG)}-"]


async def test_416_for_a_shorter_file_begins_anew(pull: Pull, cdn: Host) -> None:
    def shrink(reply: Any) -> None:
        cut(2_000_000)(reply)
        reply.served.data = DATA

    cdn.serve("/big.safetensors", BIG, etag='"same"', faults=Faults(shrink))
    (file,) = await pull(f"{cdn.url}/big.safetensors")
    assert file.sha256 == hashlib.sha256(DATA).hexdigest()


async def test_a_wrong_hash_is_refused_and_nothing_is_kept(
    pull: Pull, cdn: Host, web_settings: Callable[..., Settings]
) -> None:
    cdn.serve("/style.safetensors", DATA)
    with pytest.raises(CorruptFile, match=r"has the SHA-256 .* should have 0000"):
        await pull(f"{cdn.url}/style.safetensors", sha256="0" * 64)
    assert files_below(models(web_settings())) == []
    assert len(cdn.asked) == 1


@pytest.mark.parametrize(
    ("kind", "page"), [("text/html", b"x" * 4000), ("application/octet-stream", b"\n <!DOCTYPE html>")]
)
async def test_a_web_page_is_no_model(
    pull: Pull, cdn: Host, web_settings: Callable[..., Settings], kind: str, page: bytes
) -> None:
    cdn.serve("/style.safetensors", page, content_type=kind)
    with pytest.raises(CorruptFile, match="leads to a web page"):
        await pull(f"{cdn.url}/style.safetensors")
    assert files_below(models(web_settings())) == []


@pytest.mark.parametrize("content", [b"not a model at all" * 100, b"PK\x03\x04" + b"\0" * 600, DATA[: len(DATA) // 2]])
async def test_what_is_no_model_is_not_listed(
    pull: Pull, cdn: Host, web_settings: Callable[..., Settings], content: bytes
) -> None:
    cdn.serve("/style.safetensors", content)
    with pytest.raises(InvalidInput):
        await pull(f"{cdn.url}/style.safetensors")
    assert files_below(models(web_settings())) == []


async def test_a_busy_host_is_asked_again_when_it_says(pull: Pull, cdn: Host, told: Told) -> None:
    faults = Faults(refused(429, {"Retry-After": "0"}), refused(503), refused(502))
    served = cdn.serve("/style.safetensors", DATA, faults=faults)
    assert (await pull(f"{cdn.url}/style.safetensors"))[0].sha256 == served.sha256
    assert len(cdn.asked) == 4
    assert Phase.WAITING in {progress.phase for progress in told.all}


async def test_a_host_that_asks_for_hours_is_not_waited_for(pull: Pull, cdn: Host) -> None:
    cdn.serve("/style.safetensors", DATA, faults=Faults(refused(429, {"Retry-After": "7200"})))
    with pytest.raises(DownloadFailed, match="asks to wait 120 min"):
        await pull(f"{cdn.url}/style.safetensors")


@pytest.mark.parametrize(
    ("status", "error", "words"),
    [
        (401, DownloadRefused, "not give"),
        (403, DownloadRefused, 'The creator of this asset requires you to be logged in to download it"'),
        (404, NotFound, "has no style"),
        (400, DownloadFailed, "status 400"),
    ],
)
async def test_refusals_are_explained(pull: Pull, cdn: Host, status: int, error: type[Exception], words: str) -> None:
    body = b'{"error":"Unauthorized","message":"The creator of this asset requires you to be logged in to download it"}'
    cdn.serve("/style.safetensors", DATA, faults=Faults(refused(status, {}, body)))
    with pytest.raises(error, match=words):
        await pull(f"{cdn.url}/style.safetensors")
    assert len(cdn.asked) == 1


async def test_a_trickle_is_not_waited_for(pull: Pull, cdn: Host) -> None:
    go_on = threading.Event()
    served = cdn.serve("/big.safetensors", BIG, faults=Faults(held(1_200_000, go_on)))
    (file,) = await pull(f"{cdn.url}/big.safetensors", settings={"download_stall_seconds": 0.3})
    go_on.set()
    assert file.sha256 == served.sha256
    assert cdn.asked[1].range == "bytes=1200000-"


async def test_drops_that_never_stop_are_given_up(pull: Pull, cdn: Host) -> None:
    stop = threading.Event()

    def drip(reply: Any) -> None:
        reply.handler.send_response(200)
        reply.handler.send_header("Content-Length", str(len(BIG)))
        reply.handler.end_headers()
        for place in range(len(BIG)):
            if stop.wait(0.02):
                break
            reply.handler.wfile.write(BIG[place : place + 1])
        reply.done = True

    cdn.serve("/big.safetensors", BIG, etag="", faults=Faults(drip, drip))
    with pytest.raises(DownloadFailed, match="too slowly, 2 times"):
        await pull(f"{cdn.url}/big.safetensors", settings={"download_stall_seconds": 0.2, "download_tries": 2})
    stop.set()


async def test_a_full_disk_is_seen_before_anything_is_written(pull: Pull, cdn: Host) -> None:
    def boast(reply: Any) -> None:
        reply.handler.send_response(200)
        reply.handler.send_header("Content-Length", str(10**17))
        reply.handler.end_headers()
        reply.done = True

    cdn.serve("/style.safetensors", DATA, faults=Faults(boast, boast))
    with pytest.raises(StorageFailed, match=r"needs 100,000,000 GB more"):
        await pull(f"{cdn.url}/style.safetensors", settings={"max_download_bytes": 10**18})
    with pytest.raises(TooLarge):
        await pull(f"{cdn.url}/style.safetensors")


async def test_more_than_was_announced_or_is_allowed_is_refused(pull: Pull, cdn: Host) -> None:
    cdn.serve("/style.safetensors", DATA)
    with pytest.raises(TooLarge, match="100,000 bytes"):
        await pull(f"{cdn.url}/style.safetensors", settings={"max_download_bytes": 100_000})


async def test_another_file_is_never_replaced(pull: Pull, cdn: Host, web_settings: Callable[..., Settings]) -> None:
    mine = models(web_settings()) / "lora" / "style.safetensors"
    mine.parent.mkdir(parents=True)
    mine.write_bytes(b"mine")
    cdn.serve("/style.safetensors", DATA)
    with pytest.raises(Conflict, match="left as it is"):
        await pull(f"{cdn.url}/style.safetensors")
    assert mine.read_bytes() == b"mine"
    (file,) = await pull(f"{cdn.url}/style.safetensors", name="other.safetensors")  # what has arrived was kept
    assert file.name == "lora/other.safetensors"
    assert len(cdn.asked) == 1


async def test_a_link_in_the_place_of_a_file_is_not_followed(
    pull: Pull, cdn: Host, web_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    folder = models(web_settings()) / "lora"
    folder.mkdir(parents=True)
    (folder / "style.safetensors").symlink_to(tmp_path / "outside.safetensors")
    cdn.serve("/style.safetensors", DATA)
    with pytest.raises(Conflict):
        await pull(f"{cdn.url}/style.safetensors")
    assert not (tmp_path / "outside.safetensors").exists()


async def test_the_same_file_is_not_fetched_twice(pull: Pull, cdn: Host) -> None:
    served = cdn.serve("/style.safetensors", DATA)
    await pull(f"{cdn.url}/style.safetensors")
    (file,) = await pull(f"{cdn.url}/style.safetensors", sha256=served.sha256)
    assert file.notes == ("It was there already.",)
    assert len(cdn.asked) == 1


async def test_a_cancelled_download_is_kept_or_not_as_asked(cdn: Host, web_settings: Callable[..., Settings]) -> None:
    for keep, left in ((True, ["big.safetensors.part", "big.safetensors.part.json"]), (False, [])):
        go_on, arrived = threading.Event(), asyncio.Event()
        cdn.serve("/big.safetensors", BIG, faults=Faults(held(2_000_000, go_on)))

        def tell(progress: Any, arrived: asyncio.Event = arrived) -> None:
            if progress.phase is Phase.DOWNLOADING:
                arrived.set()

        request = DownloadRequest(source=f"{cdn.url}/big.safetensors")
        running = asyncio.create_task(download(request, web_settings(), tell, keep=partial(bool, keep)))
        await asyncio.wait_for(arrived.wait(), 10)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        go_on.set()
        below = models(web_settings())
        assert [Path(name).name for name in files_below(below) if not name.endswith((".lock", ".asked"))] == left


async def test_a_cancel_while_bytes_are_written_writes_them_once(
    pull: Pull, cdn: Host, web_settings: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    served = cdn.serve("/big.safetensors", BIG)
    writing, go_on, write = threading.Event(), threading.Event(), Part.write

    def slow_write(part: Part, data: bytes) -> None:
        writing.set()
        go_on.wait(30)
        write(part, data)

    monkeypatch.setattr(Part, "write", slow_write)
    request = DownloadRequest(source=f"{cdn.url}/big.safetensors")
    task = asyncio.create_task(download(request, web_settings(), lambda progress: None))
    await asyncio.to_thread(writing.wait, 30)
    task.cancel()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    (part,) = models(web_settings()).rglob("*.part")
    assert BIG.startswith(part.read_bytes())
    assert (await pull(f"{cdn.url}/big.safetensors"))[0].sha256 == served.sha256


async def test_one_download_of_the_same_at_a_time(cdn: Host, web_settings: Callable[..., Settings]) -> None:
    go_on, arrived = threading.Event(), asyncio.Event()
    cdn.serve("/big.safetensors", BIG, faults=Faults(held(2_000_000, go_on)))
    request = DownloadRequest(source=f"{cdn.url}/big.safetensors")

    def tell(progress: Any) -> None:
        if progress.phase is Phase.DOWNLOADING:
            arrived.set()

    first = asyncio.create_task(download(request, web_settings(), tell))
    await asyncio.wait_for(arrived.wait(), 10)
    with pytest.raises(Conflict, match="being downloaded already"):
        await download(request, web_settings(), lambda progress: None)
    go_on.set()
    assert (await first)[0].name == "lora/big.safetensors"


async def test_the_host_may_name_the_file(pull: Pull, cdn: Host) -> None:
    cdn.serve("/get", DATA, headers={"Content-Disposition": 'attachment; filename="../../up.safetensors"'})
    assert (await pull(f"{cdn.url}/get?id=4"))[0].name == "lora/up.safetensors"
    encoded = "attachment; filename*=UTF-8''..%2Fst%C3%BCl.safetensors"
    cdn.serve("/get", lora(64, seed=4), headers={"Content-Disposition": encoded})
    assert (await pull(f"{cdn.url}/get?id=5"))[0].name == "lora/stül.safetensors"
    cdn.serve("/get", lora(64, seed=5), headers={})
    assert (await pull(f"{cdn.url}/get?id=6"))[0].name == "lora/get.safetensors"
    cdn.serve("/model.safetensors", lora(64, seed=6), headers={"Content-Disposition": 'attachment; filename="x.exe"'})
    assert (await pull(f"{cdn.url}/model.safetensors"))[0].name == "lora/model.safetensors"


async def test_a_page_in_place_of_the_rest_does_not_cost_what_has_arrived(pull: Pull, cdn: Host) -> None:
    def login(reply: Any) -> None:
        reply.handler.send_response(200)
        reply.handler.send_header("Content-Type", "text/html; charset=utf-8")
        reply.handler.send_header("Content-Length", "6")
        reply.handler.end_headers()
        reply.handler.wfile.write(b"<html>")
        reply.done = True

    served = cdn.serve("/big.safetensors", BIG, faults=Faults(cut(2_000_000), login))
    with pytest.raises(DownloadFailed, match="now answers with a web page"):
        await pull(f"{cdn.url}/big.safetensors")
    assert (await pull(f"{cdn.url}/big.safetensors"))[0].sha256 == served.sha256
    assert cdn.asked[-1].range == "bytes=2000000-"


async def test_what_never_began_leaves_nothing(pull: Pull, web_settings: Callable[..., Settings]) -> None:
    with pytest.raises(InvalidInput, match="not at a public address"):
        await pull("https://127.0.0.1:1/big.safetensors")
    assert list(models(web_settings()).rglob("*")) == []
