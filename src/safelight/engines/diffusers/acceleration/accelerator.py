"""Puts OpenVINO behind the modules of a pipeline.

The modules stay where they are, with configuration, type and shapes, because pipelines ask for those (and `from_pipe`
leaves out components of any other class): only what they compute with is exchanged. Their weights are dropped as soon
as the converted ones are on the disk; where these are there already, they are not even loaded.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import diffusers
import torch
import transformers

from safelight.domain.errors import StorageFailed
from safelight.domain.models import ModelFormat, ModelInfo
from safelight.engines.diffusers.acceleration.cache import Cache
from safelight.engines.diffusers.acceleration.memory import release_freed
from safelight.engines.diffusers.acceleration.networks import Network, Unsuited, networks_of
from safelight.engines.diffusers.acceleration.running import Runner
from safelight.engines.diffusers.acceleration.toolkit import installed_version
from safelight.engines.diffusers.filling import hollow_out, is_hollow

log = logging.getLogger(__name__)

_FORMAT = "1"
"""Raised when networks are traced another way."""

_COMPONENTS = ("unet", "vae", "text_encoder", "text_encoder_2")
"""Which can be accelerated, and the networks they have."""

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
    """

    def __init__(self, model: ModelInfo, dtype: torch.dtype, cache: Cache, device: str = "CPU") -> None:
        self._model, self._dtype, self._cache, self._device = model, dtype, cache, device
        self._identity = _identity(model)
        self._reload: Callable[[frozenset[str]], Any] | None = None
        self.notice: Notice = lambda preparing: None

    @property
    def ready(self) -> frozenset[str]:
        """Components whose weights need not be loaded: all their networks are in the cache."""
        return frozenset(
            component
            for component in _COMPONENTS
            if all(self._cache.entry(self._key(name)).ready for name in _NETWORKS.get(component, (component,)))
        )

    def attach(self, pipe: Any, reload: Callable[[frozenset[str]], Any], *, texts: bool) -> None:
        """Exchange what the modules of `pipe` compute with.

        Args:
            pipe: The pipeline, its components in `ready` hollow.
            reload: Loads it again, with the components hollow that it is given.
            texts: Whether the text encoders are called by `PromptEncoder`.
        """
        self._reload = reload
        for component in _COMPONENTS[: None if texts else 2]:
            module = getattr(pipe, component, None)
            if module is None:
                continue
            try:
                networks = list(networks_of(component, module))
            except Unsuited as error:
                log.info("%s: %s is left to torch: %s.", self._model.id, component, error)
                continue
            for network in networks:
                _Behind(network, self)

    def runner(self, network: Network) -> Runner:
        """What runs a network, from this model's part of the cache."""
        return Runner(network, self._cache.entry(self._key(network.name)), self._device)

    def give_back(self, network: Network) -> None:
        """Load the weights of a network's modules again."""
        assert self._reload is not None  # noqa: S101 - nothing is hollow before `attach`
        log.info("%s: the weights of %s are loaded again.", self._model.id, network.name)
        fresh = getattr(self._reload(frozenset(_COMPONENTS) - {network.component}), network.component)
        [same] = [each for each in networks_of(network.component, fresh) if each.name == network.name]
        for hollow, loaded in zip(network.parts, same.parts, strict=True):
            weights = dict(loaded.named_parameters())
            for name, parameter in hollow.named_parameters():
                parameter.data = weights[name].data

    def _key(self, network: str) -> dict[str, str]:
        return {
            "format": _FORMAT,
            "network": network,
            "weights": self._identity,
            "dtype": str(self._dtype),
            "openvino": installed_version() or "",
            "diffusers": diffusers.__version__,
            "transformers": transformers.__version__,
        }


class _Behind:
    """Stands in for the `forward` of the module that a network's callers call."""

    def __init__(self, network: Network, accelerator: Accelerator) -> None:
        self._network, self._accelerator = network, accelerator
        self._runner = accelerator.runner(network)
        self._hollow = False
        if self._runner.kept:
            self._drop_weights()
        self._install()

    def __call__(self, *args: Any, **options: Any) -> Any:
        network = self._network
        try:
            inputs = network.inputs(*args, **options)
            if not self._runner.is_ready_for(inputs):
                self._prepare(inputs)
        except (Unsuited, RuntimeError, StorageFailed) as error:
            log.warning("%s is left to torch from now on: %s", network.name, error)
            self._leave()
            return network.by_itself(*args, **options)
        return network.answer(self._runner(inputs), **options)

    def _prepare(self, inputs: tuple[torch.Tensor, ...]) -> None:
        self._accelerator.notice(True)
        self._uninstall()  # what is traced is the module's own way
        try:
            try:
                self._compile(inputs)
            except RuntimeError as error:
                if not self._hollow:
                    raise
                log.info("What was kept of %s can't be read and is made again: %s", self._network.name, error)
                self._runner.forget()
                self._compile(inputs)
        finally:
            self._install()
            self._accelerator.notice(False)

    def _compile(self, inputs: tuple[torch.Tensor, ...]) -> None:
        if not self._runner.kept:
            if self._hollow:
                self._accelerator.give_back(self._network)
            self._runner.keep()
        self._drop_weights()
        self._runner.prepare(inputs)

    def _leave(self) -> None:
        self._uninstall()
        if self._hollow:
            self._accelerator.give_back(self._network)

    def _drop_weights(self) -> None:
        held = [weight for part in self._network.parts for weight in part.parameters() if not is_hollow(weight)]
        self._hollow = True
        if held:
            for part in self._network.parts:
                hollow_out(part)
            del held
            release_freed()

    def _install(self) -> None:
        called, *beside = self._network.parts
        called.forward = self
        for part in beside:
            part.forward = _unchanged

    def _uninstall(self) -> None:
        for part in self._network.parts:
            del part.forward


def _unchanged(tensor: torch.Tensor) -> torch.Tensor:
    """What a module does whose work is done by the network it belongs to."""
    return tensor


def _identity(model: ModelInfo) -> str:
    """Which weights these are: the model's files and its companions', by name, size and time of change."""
    if model.format is ModelFormat.DIFFUSERS:
        files = sorted(path for path in model.path.rglob("*") if path.is_file())
    else:
        files = [model.path, *(part.path for part in model.components if part.path)]
    return "\n".join(_stamp(file) for file in files)


def _stamp(file: Path) -> str:
    facts = file.stat()
    return f"{file.resolve()}|{facts.st_size}|{facts.st_mtime_ns}"
