"""Where downloads may not go, and what they may not bring."""

from __future__ import annotations

import io
import pickle
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
import torch

from safelight.catalog.downloads.download import download, look
from safelight.domain.errors import DownloadFailed, InvalidInput
from safelight.domain.work import DownloadRequest
from safelight.outbound.addresses import Reach, is_public
from safelight.settings import Settings, load_settings
from tests.hosts import Host, Hub
from tests.unit.downloads.conftest import lora
from tests.unit.downloads.test_transfer import files_below

Pull = Callable[..., Any]
DATA = lora(64)


async def fetch(url: str, settings: Settings, reach: Reach | None = None) -> None:
    await download(DownloadRequest(source=url), settings, lambda progress: None, reach=reach)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "0", "169.254.169.254", "2130706433"])
async def test_private_addresses_are_refused_by_default(cdn: Host, host: str) -> None:
    cdn.serve("/style.safetensors", DATA)
    port = cdn.address.partition(":")[2]
    with pytest.raises(InvalidInput, match=r"not at a public address|was not found"):
        await fetch(f"https://{host}:{port}/style.safetensors", load_settings())
    assert cdn.asked == []


async def test_nothing_is_fetched_without_encryption() -> None:
    with pytest.raises(InvalidInput, match="without encryption"):
        await fetch("http://example.org/style.safetensors", load_settings())


async def test_a_redirect_to_a_private_address_is_refused(
    pull: Pull, cdn: Host, hub: Hub, web_settings: Callable[..., Settings]
) -> None:
    """The first host is trusted, the one it leads to is not."""
    secret = cdn.serve("/latest/meta-data/secret.safetensors", DATA)
    hub.redirect("/style.safetensors", f"{cdn.url}/latest/meta-data/secret.safetensors")
    hub.redirect("/tls.safetensors", f"https://{cdn.address}/latest/meta-data/secret.safetensors")
    only_hub = web_settings(download_hosts=(hub.address,))
    with pytest.raises(InvalidInput, match="without encryption"):
        await fetch(f"{hub.url}/style.safetensors", only_hub)
    with pytest.raises(InvalidInput, match="not at a public address"):
        await fetch(f"{hub.url}/tls.safetensors", only_hub)
    assert cdn.asked == [] and secret.data


async def test_a_name_that_turns_private_between_look_and_fetch_is_refused(
    cdn: Host, web_settings: Callable[..., Settings]
) -> None:
    """DNS rebinding: every request resolves, checks and connects to what was checked."""
    answers = iter([["93.184.216.34", "10.0.0.7"]])

    async def resolve(host: str, port: int) -> list[str]:
        return next(answers)

    reach = Reach("The address of a download", resolve=resolve, accept=is_public, https_only=True)
    with pytest.raises(InvalidInput, match="not at a public address"):
        await fetch("https://rebinding.example/style.safetensors", web_settings(), reach)


async def test_endless_redirects_end(pull: Pull, cdn: Host) -> None:
    cdn.redirect("/a.safetensors", f"{cdn.url}/a.safetensors")
    with pytest.raises(DownloadFailed, match="redirects"):
        await pull(f"{cdn.url}/a.safetensors")
    assert len(cdn.asked) == 11


async def test_an_unreachable_host_is_said(web_settings: Callable[..., Settings]) -> None:
    gone = Host()
    gone.close()
    settings = web_settings(download_hosts=(gone.address,), download_tries=2)
    with pytest.raises(DownloadFailed, match="2 times in a row"):
        await fetch(f"{gone.url}/a.safetensors", settings)


def checkpoint(**extra: Any) -> bytes:
    """A torch checkpoint."""
    file = io.BytesIO()
    torch.save({"state_dict": {"lora_unet_mid.lora_down.weight": torch.zeros(4, 4)}, **extra}, file)
    return file.getvalue()


class Callback:
    """Stands for what training frameworks leave in checkpoints."""


class Attack:
    def __reduce__(self) -> tuple[Any, ...]:
        return (eval, ("print('run')",))


async def test_pickles_report_what_they_ask_for(pull: Pull, cdn: Host) -> None:
    cdn.serve("/plain.ckpt", checkpoint())
    (plain,) = await pull(f"{cdn.url}/plain.ckpt")
    assert plain.name == "lora/plain.ckpt"
    assert plain.notes == ("plain.ckpt is a pickle: it asks for tensors only.",)
    cdn.serve("/odd.ckpt", checkpoint(callbacks=Callback()))
    (odd,) = await pull(f"{cdn.url}/odd.ckpt")
    assert "asks for tests.unit.downloads.test_safety.Callback" in odd.notes[0]


async def test_dangerous_pickles_are_not_kept(
    pull: Pull, cdn: Host, web_settings: Callable[..., Settings], capfd: pytest.CaptureFixture[str]
) -> None:
    cdn.serve("/evil.ckpt", checkpoint(callbacks=Attack()))
    with pytest.raises(InvalidInput, match="eval"):
        await pull(f"{cdn.url}/evil.ckpt")
    assert files_below(web_settings().models_dir) == []
    assert "run" not in capfd.readouterr().out


async def test_a_bare_pickle_and_a_plain_archive_are_no_models(pull: Pull, cdn: Host) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("hello.txt", "hello")
    for name, data in (("a.pt", pickle.dumps({"a": 1}, protocol=4)), ("b.ckpt", archive.getvalue())):
        cdn.serve(f"/{name}", data)
        with pytest.raises(InvalidInput):
            await pull(f"{cdn.url}/{name}")


@pytest.mark.parametrize("name", ["../x.safetensors", "/etc/x.safetensors", ".x.safetensors", "a\0b", "CON"])
async def test_users_cannot_name_files_outside(web_settings: Callable[..., Settings], name: str) -> None:
    with pytest.raises(InvalidInput, match="can't be the name"):
        await look(DownloadRequest(source="https://example.org/x", name=name), web_settings())


def test_keys_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAFELIGHT_HF_TOKEN", "hf_secret")
    assert "hf_secret" not in load_settings().model_dump_json() + repr(load_settings())
    with pytest.raises(InvalidInput) as caught:
        load_settings(civitai_key=("civ_secret",))
    assert "civ_secret" not in str(caught.value)
