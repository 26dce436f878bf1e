"""A second engine for scripted models, taken when the first one fails; only the tests that want it see it."""

from scripted_spec import SPEC as SCRIPTED

SPEC = SCRIPTED.model_copy(update={"name": "spare", "samplers": {"euler": ("discrete",)}})
