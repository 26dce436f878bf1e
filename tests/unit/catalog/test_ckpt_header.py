"""Torch checkpoints: their tensors are found, and nothing that their pickles ask for is executed."""

from __future__ import annotations

import builtins
import io
import os
import pickle
import pickletools
import struct
import subprocess
import sys
import types
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from safelight.catalog.headers.ckpt import read_header
from safelight.catalog.headers.forbidden import is_forbidden
from safelight.domain.errors import CorruptFile, InvalidInput, UnsupportedModel

if TYPE_CHECKING:
    from tests.unit.catalog.conftest import WriteCkpt


class Calls:
    """Pickles as a call of `function` with `args`."""

    def __init__(self, function: Callable[..., object], *args: object) -> None:
        self.function = function
        self.args = args

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return self.function, self.args


@pytest.fixture
def lightning() -> Iterator[type]:
    """The class that real Stable Diffusion 1.x checkpoints name, in a module that exists while it is pickled."""
    names = ["pytorch_lightning", "pytorch_lightning.callbacks", "pytorch_lightning.callbacks.model_checkpoint"]
    for name in names:
        sys.modules[name] = types.ModuleType(name)
    kind = type("ModelCheckpoint", (), {"__module__": names[-1]})
    vars(sys.modules[names[-1]])["ModelCheckpoint"] = kind
    yield kind
    for name in names:
        del sys.modules[name]


def saved(folder: Path, value: object, **options: int) -> Path:
    path = folder / "model.ckpt"
    torch.save(value, path, **options)  # type: ignore[arg-type]
    return path


def numbers(path: Path, name: str, dtype: type) -> list[float]:
    tensor = read_header(path).tensors[name]
    count = tensor.nbytes // np.dtype(dtype).itemsize
    return list(np.frombuffer(path.read_bytes(), dtype, count=count, offset=tensor.offset).tolist())


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_offsets_lead_to_the_numbers_that_torch_wrote(tmp_path: Path, protocol: int) -> None:
    grid = torch.arange(12, dtype=torch.float32).reshape(3, 4)
    state = OrderedDict(grid=grid, half=grid.half(), rows=grid[1:], parameter=torch.nn.Parameter(grid))
    path = saved(tmp_path, {"state_dict": state, "global_step": 470000, "epoch": 6}, pickle_protocol=protocol)
    header = read_header(path)
    assert list(header.tensors) == ["grid", "half", "rows", "parameter"]
    assert header.tensors["half"].dtype == "F16"
    assert numbers(path, "rows", np.float32) == list(range(4, 12))
    assert numbers(path, "half", np.float16) == list(range(12))
    assert header.tensors["grid"].offset == header.tensors["parameter"].offset
    assert header.scalars == {"global_step": 470000, "epoch": 6}
    assert header.stubs == ()


def test_plain_state_dicts_nested_tables_and_new_number_types(tmp_path: Path) -> None:
    path = saved(
        tmp_path,
        {
            "a": torch.zeros(2, 0),
            "b": torch.zeros(4, dtype=torch.float8_e4m3fn),
            "c": torch.tensor(7),
            "params_ema": {"d": [torch.zeros(3, dtype=torch.bfloat16)]},
        },
    )
    tensors = read_header(path).tensors
    assert {name: (tensor.dtype, tensor.shape) for name, tensor in tensors.items()} == {
        "a": ("F32", (2, 0)),
        "b": ("F8_E4M3", (4,)),
        "c": ("I64", ()),
        "params_ema.d.0": ("BF16", (3,)),
    }


def test_tensors_that_are_not_stored_row_by_row_say_so(tmp_path: Path) -> None:
    grid = torch.zeros(3, 4)
    tensors = read_header(saved(tmp_path, {"t": grid.T, "one": grid[:1, :1], "wide": grid[0, :1].expand(5)})).tensors
    assert tensors["t"].strides == (1, 4)
    assert tensors["one"].strides is None
    assert tensors["wide"].strides == (0,)


def test_lightning_and_numpy_objects_become_inert_stubs(tmp_path: Path, lightning: type) -> None:
    callback = lightning()
    callback.__dict__["best"] = torch.zeros(1)
    path = saved(
        tmp_path,
        {
            "state_dict": {"w": torch.zeros(2)},
            "callbacks": {lightning: {"best_model_score": np.float64(1.5), "callback": callback}},
            "lr": np.int64(3),
        },
    )
    header = read_header(path)
    assert list(header.tensors) == ["w"]
    assert "pytorch_lightning.callbacks.model_checkpoint.ModelCheckpoint" in header.stubs


def test_old_embeddings_keep_their_tensor_in_a_stub(tmp_path: Path) -> None:
    path = saved(tmp_path, {"string_to_param": torch.nn.ParameterDict({"*": torch.zeros(2, 768)}), "name": "cat"})
    header = read_header(path)
    assert {tensor.shape for tensor in header.tensors.values()} == {(2, 768)}
    assert header.scalars == {"name": "cat"}


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize(
    ("function", "name"),
    [(os.system, "system"), (exec, "exec"), (eval, "eval"), (subprocess.call, "call"), (getattr, "getattr")],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_forbidden_names_are_refused_and_never_run(
    tmp_path: Path, write_ckpt: WriteCkpt, function: Callable[..., object], name: str, protocol: int
) -> None:
    marker = tmp_path / "marker"
    code = f"open({str(marker)!r}, 'w')"
    args = {"system": (f"touch {marker}",), "call": (["touch", str(marker)],), "getattr": (os, "system")}
    call = Calls(function, *(args.get(name, (code,)) if name != "getattr" else ("text", "upper")))
    path = write_ckpt("evil.ckpt", pickle.dumps({"state_dict": {"w": call}}, protocol=protocol))
    with pytest.raises(InvalidInput) as caught:
        read_header(path)
    assert caught.value.message.startswith("evil.ckpt holds a pickle that asks for ")
    assert f".{name}; nothing was executed." in caught.value.message
    assert not marker.exists()


def test_this_very_pickle_would_have_run(tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    pickle.loads(pickle.dumps(Calls(os.system, f"touch {marker}")))  # noqa: S301 - shows that the test above can fail
    assert marker.exists()


def test_all_forbidden_names_are_told_even_when_the_pickle_breaks_off(write_ckpt: WriteCkpt) -> None:
    path = write_ckpt("evil.ckpt", b"cos\nsystem\ncbuiltins\neval\n")
    with pytest.raises(InvalidInput, match=r"asks for os\.system, builtins\.eval; nothing"):
        read_header(path)


@pytest.mark.parametrize(
    "name",
    [
        *("os.system", "nt.system", "posix.popen", "builtins.__import__", "builtins.open", "__builtin__.apply"),
        *("sys.exit", "socket.create_connection", "shutil.rmtree", "runpy.run_path", "importlib.import_module"),
        *("ctypes.CDLL", "pty.spawn", "webbrowser.open", "code.interact", "operator.attrgetter", "timeit.timeit"),
        *("torch.hub.load", "torch.load", "torch.serialization.os.system", "some.package.builtins.eval"),
        *("asyncio.create_subprocess_shell", "requests.api.get", "numpy.testing._private.utils.runstring"),
    ],
)
def test_names_that_are_forbidden(name: str) -> None:
    module, _, attribute = name.rpartition(".")
    assert is_forbidden(module, attribute)
    assert is_forbidden(*name.split(".", 1))


@pytest.mark.parametrize(
    "name",
    [
        *("collections.OrderedDict", "torch.FloatStorage", "torch._utils._rebuild_tensor_v2", "builtins.set"),
        *("numpy.core.multiarray.scalar", "omegaconf.dictconfig.DictConfig", "pathlib.PosixPath", "__main__.Config"),
    ],
)
def test_names_that_real_checkpoints_hold(name: str) -> None:
    assert not is_forbidden(*name.rsplit(".", 1))


def test_every_builtin_that_runs_code_is_forbidden() -> None:
    allowed = {name for name in dir(builtins) if not is_forbidden("builtins", name)}
    assert not allowed & {"eval", "exec", "compile", "open", "getattr", "setattr", "__import__", "input", "breakpoint"}


PERSISTENT = b"(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x04tQ"


def tensor_pickle(start: bytes = b"K\x00", shape: bytes = b"K\x04\x85", strides: bytes = b"K\x01\x85") -> bytes:
    """{"w": tensor of a storage of 4 numbers}, as torch writes it."""
    rebuilt = b"ctorch._utils\n_rebuild_tensor_v2\n(" + PERSISTENT + start + shape + strides + b"\x89Ntn"
    return b"\x80\x02}X\x01\x00\x00\x00w" + rebuilt.replace(b"tn", b"tR") + b"s."


def test_hand_written_pickle_is_the_real_thing(write_ckpt: WriteCkpt) -> None:
    pickletools.dis(tensor_pickle(), out=io.StringIO())
    header = read_header(write_ckpt("a.ckpt", tensor_pickle(), {"0": bytes(16)}))
    assert header.tensors["w"].shape == (4,)


@pytest.mark.parametrize(
    ("pickled", "storages", "said"),
    [
        pytest.param(tensor_pickle(), {}, "lacks data/0", id="no storage"),
        pytest.param(tensor_pickle(), {"0": bytes(12)}, "takes 16 bytes of the 12 stored", id="short storage"),
        pytest.param(tensor_pickle(start=b"K\x01"), {"0": bytes(16)}, "takes 20 bytes of the 16", id="start"),
        pytest.param(tensor_pickle(strides=b"K\x02\x85"), {"0": bytes(16)}, "takes 28 bytes", id="strides"),
        pytest.param(tensor_pickle(shape=b"J\xff\xff\xff\x7f\x85", strides=b"K\x00\x85"), {"0": bytes(16)}, "unfolds"),
        pytest.param(tensor_pickle(shape=b"J\xff\xff\xff\xff\x85"), {"0": bytes(16)}, "proper shape", id="negative"),
        pytest.param(tensor_pickle(shape=b"K\x04K\x01\x86"), {"0": bytes(16)}, "proper shape", id="rank"),
        pytest.param(b"\x80\x02}", {}, "damaged pickle", id="no end"),
        pytest.param(b"\x80\x02", {}, "damaged pickle", id="nothing"),
        pytest.param(b"\x80\x02.", {}, "underflow", id="underflow"),
        pytest.param(b"\x80\x02}r\xff\xff\xff\x7fj\xfe\xff\xff\x7f.", {}, "memo", id="memo"),
        pytest.param(b"\x80\x02\x8b\xff\xff\xff\x7fx.", {}, "damaged", id="endless number"),
        pytest.param(b"\x80\x05\x8e" + b"\xff" * 7 + b"\x7fx.", {}, "damaged", id="endless bytes"),
        pytest.param(b"\x80\x02\x82\x01.", {}, "EXT1", id="extension"),
        pytest.param(b"\x80\x05\x97.", {}, "NEXT_BUFFER", id="buffer"),
        pytest.param(b"(" * 2_000_000, {}, "more than 1,000,000 steps", id="steps"),
        pytest.param(b"\x80\x02}(" + b"]" * 998 + b"\x85" * 999 + b"K\x01u.", {}, "damaged", id="odd items"),
        pytest.param(b"\x80\x02}K\x01" + b"]" * 300 + b"a" * 299 + b"s.", {}, "nested too deeply", id="depth"),
        pytest.param(b"\x80\x02ccollections\n" + b"x" * 5000 + b"\n.", {}, "endless name", id="name"),
        pytest.param(b"\x80\x02ctorch\nQInt8Storage\n.", {}, "no table", id="no table"),
        pytest.param(b"\x80\x02}Q.", {}, "names no storage", id="persistent id"),
    ],
)
def test_broken_pickles_are_refused(
    write_ckpt: WriteCkpt, pickled: bytes, storages: dict[str, bytes], said: str
) -> None:
    with pytest.raises((CorruptFile, UnsupportedModel), match=said):
        read_header(write_ckpt("broken.ckpt", pickled, storages))


def test_a_billion_laughs_cost_nothing(write_ckpt: WriteCkpt) -> None:
    """Thirty tuples, each holding the one before it twice: 2**30 leaves for who walks them naively, or hashes them."""
    bomb = b"\x80\x02})" + b"2\x86" * 30
    path = write_ckpt("bomb.ckpt", bomb + b"K\x01s.")
    assert read_header(path).tensors == {}
    with pytest.raises(CorruptFile):
        read_header(write_ckpt("bomb.ckpt", b"\x80\x02}K\x01)" + b"2\x86" * 30 + b"s."))


def test_a_list_that_holds_itself_ends(write_ckpt: WriteCkpt) -> None:
    assert read_header(write_ckpt("loop.ckpt", b"\x80\x02}K\x01]q\x00h\x00as.")).tensors == {}


def test_archives_of_other_kinds(tmp_path: Path, write_ckpt: WriteCkpt) -> None:
    notes = tmp_path / "notes.zip"
    with zipfile.ZipFile(notes, "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(UnsupportedModel, match=r"no checkpoint: it holds readme\.txt"):
        read_header(notes)
    with pytest.raises(UnsupportedModel, match="TorchScript"):
        read_header(write_ckpt("script.pt", b"\x80\x02}.", None, **{"code/__torch__.py": b""}))
    with pytest.raises(UnsupportedModel, match="big-endian"):
        read_header(write_ckpt("big.pt", b"\x80\x02}.", None, byteorder=b"big"))
    module = tmp_path / "module.pt"
    torch.save(torch.nn.Linear(2, 2), module)
    with pytest.raises(UnsupportedModel, match=r"whole Python object \(torch\.nn\.modules\.linear\.Linear\)"):
        read_header(module)


def test_compressed_members_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "packed.ckpt"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", tensor_pickle())
    with pytest.raises(UnsupportedModel, match="compressed"):
        read_header(path)


def test_truncated_archive(tmp_path: Path) -> None:
    path = saved(tmp_path, {"w": torch.zeros(1000)})
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(CorruptFile, match=r"model\.ckpt begins like a checkpoint, but .* truncated"):
        read_header(path)


def test_a_storage_that_ends_beyond_the_file(write_ckpt: WriteCkpt) -> None:
    path = write_ckpt("short.ckpt", tensor_pickle(), {"0": bytes(16)})
    raw = bytearray(path.read_bytes())
    entry = raw.rindex(b"PK\x01\x02")  # the directory's entry for the storage: claim a size that is not there
    raw[entry + 20 : entry + 28] = (1 << 30).to_bytes(4, "little") * 2
    path.write_bytes(raw)
    with pytest.raises(CorruptFile, match="is truncated: data/0 ends at byte"):
        read_header(path)


def test_the_same_name_twice(tmp_path: Path) -> None:
    path = tmp_path / "twice.ckpt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", tensor_pickle())
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("archive/data.pkl", tensor_pickle())
    with pytest.raises(CorruptFile, match="twice"):
        read_header(path)


def test_members_with_long_local_headers(tmp_path: Path) -> None:
    """Archives of more than 4 GB have a ZIP64 field in the local header, which shifts the numbers."""
    path = tmp_path / "long.ckpt"
    data = np.arange(4, dtype=np.float32).tobytes()
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", tensor_pickle())
        with archive.open("archive/data/0", "w", force_zip64=True) as member:
            member.write(data)
    assert numbers(path, "w", np.float32) == [0, 1, 2, 3]


def test_an_endless_directory_is_not_read(tmp_path: Path) -> None:
    """The end record claims a directory of 400 MB; the file is sparse, so it even has room for it."""
    path = tmp_path / "sparse.ckpt"
    length = 400_000_000
    with path.open("wb") as file:
        file.write(b"PK\x03\x04")
        file.seek(4 + length)
        file.write(struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, length, 4, 0))
    with pytest.raises(CorruptFile, match="absurdly long directory"):
        read_header(path)
