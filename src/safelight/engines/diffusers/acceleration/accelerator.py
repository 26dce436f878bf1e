"""Puts OpenVINO behind the modules of a pipeline.

The modules stay where they are, with configuration, type and shapes, because pipelines ask for those (and `from_pipe`
leaves out components of any other class): only what they compute with is exchanged. Their weights are dropped as soon
as the converted ones are on the disk; where these are there already, they are not even loaded.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import diffusers
import torch
import transformers

from safelight.domain.errors import EngineFailure, StorageFailed
from safelight.domain.models import ModelFormat, ModelInfo
from safelight.engines.diffusers.acceleration.cache import Cache
from safelight.engines.diffusers.acceleration.compressing import compressing
from safelight.engines.diffusers.acceleration.memory import release_freed
from safelight.engines.diffusers.acceleration.network import Network, Unsuited
from safelight.engines.diffusers.acceleration.networks import networks_of
from safelight.engines.diffusers.acceleration.running import Runner
from safelight.engines.diffusers.acceleration.toolkit import installed_version
from safelight.engines.diffusers.acceleration.unets import UNet
from safelight.engines.diffusers.errors import ran_out_of_memory
from safelight.engines.diffusers.filling import hollow_out, is_hollow

log = logging.getLogger(__name__)

_FORMAT = "3"
"""Raised when networks are traced another way."""

_COMPONENTS = ("unet", "transformer", "vae", "text_encoder", "text_encoder_2", "text_encoder_3")
"""Which can be accelerated, and the networks they have."""

_NOTE = 200
"""Characters of an error that a picture's note repeats."""

_NETWORKS = {"vae": ("vae.decoder", "vae.encoder")}

Notice = Callable[[bool], None]
"""Told True when something is about to be compiled, and False when that is done."""


class Accelerator:
    """The networks of one loaded model.

    Args:
        model: What is loaded.
        dtype: The number type it computes in.
        cache: Where converted networks are kept.
        device: OpenVINO's name of the device.
        weight_type: What its weights are made; None: what they are computed in.

    Attributes:
        notice: Told of what is compiled.
        notes: For the pictures: what was left to torch.
        merged: The UNet with merged tokens, called with a layout of `token_merging`; None: torch's.
    """

    def __init__(
        self, model: ModelInfo, dtype: torch.dtype, cache: Cache, device: str = "CPU", weight_type: str | None = None
    ) -> None:
        self._model, self._dtype, self._cache, self._device = model, dtype, cache, device
        self._weight_type = weight_type
        self._identity = _identity(model)
        self._reload: Callable[[frozenset[str]], Any] | None = None
        self.notice: Notice = lambda preparing: None
        self.notes: tuple[str, ...] = ()
        self._compressed: set[str] = set()
        self._unet: _Computed | None = None
        self._outer: _Computed | None = None
        self.merged: _Computed | None = None

    @property
    def ready(self) -> frozenset[str]:
        """Components whose weights need not be loaded: all their networks are in the cache."""
        return frozenset(
            component
            for component in _COMPONENTS
            if all(self._cache.entry(self._key(name)).ready for name in _NETWORKS.get(component, (component,)))
        )

    def attach(self, pipe: Any, reload: Callable[[frozenset[str]], Any]) -> None:
        """Exchange what the modules of `pipe` compute with.

        Args:
            pipe: The pipeline, its components in `ready` hollow.
            reload: Loads it again, with the components hollow that it is given.
        """
        self._reload = reload
        for component in _COMPONENTS:
            module = getattr(pipe, component, None)
            if module is None:
                continue
            try:
                networks = list(networks_of(component, module))
            except Unsuited as error:
                log.info("%s: %s is left to torch: %s.", self._model.id, component, error)
                continue
            for network in networks:
                behind = _Behind(network, self)
                if isinstance(network, UNet):
                    self._unet = behind
                    self._outer = _Computed(network.outer, self) if network.outer else None
                    self.merged = _Computed(network.merged, self) if network.merged else None

    @property
    def ways(self) -> tuple[Callable[..., Any], Callable[..., Any]] | None:
        """The UNet with its inner features, and its outer layers on these, as `deep_cache` has them; None: torch's."""
        if self._unet is None or self._outer is None or self._unet.left:
            return None
        return partial(self._unet, with_inner=True), self._outer

    def preparing(self, network: Network) -> None:
        """A network is about to be compiled: of the UNet and that with merged tokens only one is held at a time."""
        unets = {each.network.name: each for each in (self._unet, self.merged) if each}
        if unets.pop(network.name, None):
            for other in unets.values():
                other.release()

    def runner(self, network: Network) -> Runner:
        """What runs a network, from this model's part of the cache."""
        change = compressing(network.component, self._weight_type)
        if change:
            self._compressed.add(network.component)
        return Runner(network, self._cache.entry(self._key(network.name)), self._device, change)

    def left(self, network: Network, error: Exception) -> None:
        """OpenVINO can't compute a network: torch does, which pictures drawn from now on say in a note."""
        why = " ".join(str(error).split())[:_NOTE]
        self._compressed.discard(network.component)
        log.warning("%s is left to torch from now on: %s", network.name, why)
        self.notes = (*self.notes, f"{network.name} was computed by torch, not by OpenVINO, which is faster: {why}")

    def give_back(self, network: Network) -> None:
        """Load the weights of a network's modules again.

        Raises:
            EngineFailure: The model's files are others by now.
        """
        assert self._reload is not None  # noqa: S101 - nothing is hollow before `attach`
        if _identity(self._model) != self._identity:
            raise EngineFailure(
                f"The files of {self._model.id} changed while it was loaded.", hint="Ask again: it is loaded anew."
            )
        log.info("%s: the weights of %s are loaded again.", self._model.id, network.name)
        fresh = getattr(self._reload(frozenset(_COMPONENTS) - {network.component}), network.component)
        owner = network.owner or network.name
        [same] = [each for each in networks_of(network.component, fresh) if each.name == owner]
        for hollow, loaded in zip(network.parts, same.parts, strict=True):
            weights = dict(loaded.named_parameters())
            for name, parameter in hollow.named_parameters():
                parameter.data = weights[name].data

    @property
    def details(self) -> dict[str, str]:
        """For the pictures' metadata."""
        return {"Weight type": self._weight_type} if self._weight_type and self._compressed else {}

    def beside(self, model: ModelInfo) -> Accelerator:
        """For the networks of a model that is loaded beside this one."""
        return Accelerator(model, self._dtype, self._cache, self._device, self._weight_type)

    def _key(self, network: str) -> dict[str, str]:
        compressed = compressing(network.partition(".")[0], self._weight_type)
        return ({"weight_type": self._weight_type or ""} if compressed else {}) | {
            "format": _FORMAT,
            "network": network,
            "weights": self._identity,
            "dtype": str(self._dtype),
            "openvino": installed_version() or "",
            "diffusers": diffusers.__version__,
            "transformers": transformers.__version__,
        }


class _Computed:
    """A network, called as its module is. What OpenVINO can't do is left to the module.

    Attributes:
        left: Whether that has happened.
    """

    def __init__(self, network: Network, accelerator: Accelerator) -> None:
        self.network, self.left = network, False
        self._accelerator, self._runner = accelerator, accelerator.runner(network)

    def __call__(self, *args: Any, **options: Any) -> Any:
        network = self.network
        if self.left:
            if self._hollow:  # who shares the modules was converted since
                self._accelerator.give_back(network)
            return network.by_itself(*args, **options)
        try:
            inputs = network.inputs(*args, **options)
            if not self._runner.is_ready_for(inputs):
                self._prepare(inputs)
            outputs = self._runner(inputs)
        except (Unsuited, RuntimeError, StorageFailed) as error:
            if ran_out_of_memory(error):
                raise
            self._leave(error)
            return network.by_itself(*args, **options)
        return network.answer(outputs, **options)

    def release(self) -> None:
        """Give back the memory of what is compiled; it is read from the disk again when it is needed."""
        self._runner.release()

    def _prepare(self, inputs: tuple[torch.Tensor, ...]) -> None:
        self._accelerator.notice(True)
        self._accelerator.preparing(self.network)
        try:
            self._compile(inputs)
        except RuntimeError as error:
            if not self._hollow:
                raise
            log.info("What was kept of %s can't be read and is made again: %s", self.network.name, error)
            self._runner.forget()
            self._compile(inputs)
        finally:
            self._accelerator.notice(False)

    def _compile(self, inputs: tuple[torch.Tensor, ...]) -> None:
        drops = self._hollow or not self.network.owner  # who shares the modules leaves them as they are found
        if not self._runner.kept:
            if self._hollow:
                self._accelerator.give_back(self.network)
            self._runner.keep()
        if drops:
            self._drop_weights()
        self._runner.prepare(inputs)

    def _leave(self, error: Exception) -> None:
        self.left = True
        self._accelerator.left(self.network, error)
        if self._hollow:
            self._accelerator.give_back(self.network)

    @property
    def _hollow(self) -> bool:
        return any(is_hollow(weight) for part in self.network.parts for weight in part.parameters())

    def _drop_weights(self) -> None:
        if all(is_hollow(weight) for part in self.network.parts for weight in part.parameters()):
            return
        for part in self.network.parts:
            hollow_out(part)
        release_freed()


class _Behind(_Computed):
    """Stands in for the `forward` of the module that a network's callers call."""

    def __init__(self, network: Network, accelerator: Accelerator) -> None:
        super().__init__(network, accelerator)
        if self._runner.kept:
            self._drop_weights()
        self._install()

    def _prepare(self, inputs: tuple[torch.Tensor, ...]) -> None:
        self._uninstall()  # what is traced is the module's own way
        try:
            super()._prepare(inputs)
        finally:
            self._install()

    def _leave(self, error: Exception) -> None:
        self._uninstall()
        super()._leave(error)

    def _install(self) -> None:
        called, *beside = self.network.parts
        called.forward = self
        for part in beside:
            part.forward = _unchanged

    def _uninstall(self) -> None:
        for part in self.network.parts:
            del part.forward


def _unchanged(tensor: torch.Tensor) -> torch.Tensor:
    """What a module does whose work is done by the network it belongs to."""
    return tensor


def _identity(model: ModelInfo) -> str:
    """Which weights these are: the files of the model and its companions, by name, size, time of change and inode."""
    if model.format is ModelFormat.DIFFUSERS:
        files = sorted(path for path in model.path.rglob("*") if path.is_file())
    else:
        files = [model.path, *(part.path for part in model.components if part.path)]
    return "\n".join(_stamp(file) for file in files)


def _stamp(file: Path) -> str:
    facts = file.stat()
    return f"{file.resolve()}|{facts.st_size}|{facts.st_mtime_ns}|{facts.st_ino}"
