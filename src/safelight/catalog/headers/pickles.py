"""A pickle machine that executes nothing: it builds plain containers, and names where Python would call things.

Python's own unpickler imports and calls what a pickle asks for. This one walks the opcodes (read by `pickletools`)
on a stack and a memo of its own. A call becomes what `Builder.construct` makes of the callable's *name* and the
arguments, or else a `Stub` that merely holds them. Work and memory are bounded by `MAX_STEPS`.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable, Iterable
from typing import NamedTuple, Protocol

MAX_STEPS = 1_000_000
"""Most opcodes (and copied elements) of one pickle; a Stable Diffusion checkpoint has about 100,000."""

MAX_NAME = 1_000
"""Longest dictionary key or Python name, in characters."""

_MAX_INTEGER_KEY = 2**63


class MalformedPickle(Exception):
    """The bytes are not a pickle that a checkpoint can hold; the text says what was seen, as part of a sentence."""


class Global(NamedTuple):
    """The name of something in a Python module."""

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


class Stub:
    """What stands for an object of a class that is not known here. Inert: it only keeps what it was given."""

    __slots__ = ("args", "items", "origin", "state")

    def __init__(self, origin: Global, args: object) -> None:
        self.origin = origin
        self.args = args
        self.state: object = None
        self.items: list[object] = []


class Builder(Protocol):
    """Turns names and persistent ids of a pickle into values; must not call anything that the pickle chose."""

    def name(self, name: Global) -> None:
        """Take note of a name that the pickle asks for."""

    def construct(self, name: Global, args: tuple[object, ...]) -> object:
        """The value of calling `name` with `args`; `NotImplemented` for a stub."""

    def persistent(self, pid: object) -> object:
        """The value of a persistent id (torch uses them for storages)."""


def load(data: bytes, builder: Builder) -> object:
    """Walk one pickle and return what it builds.

    Returns:
        Dicts, lists, tuples, numbers, text, bytes, `Global`s, `Stub`s and what `builder` makes. Sets become lists.
        Dictionary keys that are neither text, numbers, bytes nor names are dropped with their values: hashing and
        comparing those that stay takes constant time.

    Raises:
        MalformedPickle: Not a pickle, or beyond the bounds.
    """
    machine = _Machine(builder)
    try:
        for opcode, argument, _ in pickletools.genops(data):
            machine.charge(1)
            if opcode.name == "STOP":
                return machine.pop()
            machine.step(opcode.name, argument)
    except (ValueError, IndexError, OverflowError, Warning) as error:
        raise MalformedPickle(f"has a damaged pickle ({type(error).__name__})") from error
    raise MalformedPickle("has a pickle that does not end")


_LITERALS = frozenset(
    """
    INT BININT BININT1 BININT2 LONG LONG1 LONG4 FLOAT BINFLOAT STRING BINSTRING SHORT_BINSTRING UNICODE BINUNICODE
    SHORT_BINUNICODE BINUNICODE8 BINBYTES SHORT_BINBYTES BINBYTES8 BYTEARRAY8
    """.split()  # noqa: SIM905 - opcode names, as in pickletools
)
_CONTAINERS = frozenset({"list", "dict", "set", "frozenset", "tuple", "OrderedDict", "defaultdict", "Counter"})
_CONTAINER_MODULES = frozenset({"builtins", "__builtin__", "collections"})


class _Machine:
    def __init__(self, builder: Builder) -> None:
        self._builder = builder
        self._stack: list[object] = []
        self._marks: list[int] = []
        self._memo: dict[int, object] = {}
        self._left = MAX_STEPS

    def charge(self, cost: int) -> None:
        self._left -= cost
        if self._left < 0:
            raise MalformedPickle(f"has a pickle of more than {MAX_STEPS:,} steps")

    def step(self, name: str, argument: object) -> None:
        if name in _LITERALS:
            self._stack.append(argument)
            return
        action = _ACTIONS.get(name)
        if action is None:
            raise MalformedPickle(f"has a pickle with the opcode {name}, which no checkpoint needs")
        action(self, argument)

    # The stack

    def pop(self) -> object:
        if len(self._stack) <= (self._marks[-1] if self._marks else 0):
            raise MalformedPickle("has a damaged pickle (stack underflow)")
        return self._stack.pop()

    def _top(self) -> object:
        value = self.pop()
        self._stack.append(value)
        return value

    def _pop_mark(self) -> list[object]:
        if not self._marks:
            raise MalformedPickle("has a damaged pickle (missing mark)")
        start = self._marks.pop()
        items = self._stack[start:]
        del self._stack[start:]
        return items

    def mark(self, _: object) -> None:
        self._marks.append(len(self._stack))

    def drop(self, _: object) -> None:
        if self._marks and self._marks[-1] == len(self._stack):
            self._marks.pop()
        else:
            self.pop()

    def drop_mark(self, _: object) -> None:
        self._pop_mark()

    def duplicate(self, _: object) -> None:
        self._stack.append(self._top())

    # The memo

    def put(self, index: object) -> None:
        self._memo[_integer(index)] = self._top()

    def memoize(self, _: object) -> None:
        self._memo[len(self._memo)] = self._top()

    def get(self, index: object) -> None:
        number = _integer(index)
        if number not in self._memo:
            raise MalformedPickle("has a damaged pickle (unknown memo entry)")
        self._stack.append(self._memo[number])

    # Containers

    def make_list(self, _: object) -> None:
        self._stack.append(self._pop_mark())

    def make_tuple(self, _: object) -> None:
        self._stack.append(tuple(self._pop_mark()))

    def make_dict(self, _: object) -> None:
        table: dict[object, object] = {}
        _set_items(table, self._pop_mark())
        self._stack.append(table)

    def append(self, _: object) -> None:
        value = self.pop()
        self._extend([value])

    def append_all(self, _: object) -> None:
        self._extend(self._pop_mark())

    def set_item(self, _: object) -> None:
        value, key = self.pop(), self.pop()
        _set_items(self._top(), [key, value])

    def set_items(self, _: object) -> None:
        items = self._pop_mark()
        _set_items(self._top(), items)

    def _extend(self, items: list[object]) -> None:
        target = self._top()
        if isinstance(target, Stub):
            target = target.items
        if not isinstance(target, list):
            raise MalformedPickle("has a damaged pickle (appends to what is not a list)")
        target.extend(items)

    # Names and calls

    def name(self, argument: object) -> None:
        module, _, name = str(argument).partition(" ")
        self._push_name(module, name)

    def stack_name(self, _: object) -> None:
        name, module = self.pop(), self.pop()
        if not isinstance(name, str) or not isinstance(module, str):
            raise MalformedPickle("has a damaged pickle (a name that is not text)")
        self._push_name(module, name)

    def _push_name(self, module: str, name: str) -> None:
        if len(module) + len(name) > MAX_NAME:
            raise MalformedPickle("has a damaged pickle (an endless name)")
        full = Global(module, name)
        self._builder.name(full)
        self._stack.append(full)

    def call(self, _: object) -> None:
        args, callee = self.pop(), self.pop()
        self._construct(callee, args)

    def call_keywords(self, _: object) -> None:
        self.pop()
        self.call(None)

    def call_marked(self, _: object) -> None:
        items = self._pop_mark()
        if not items:
            raise MalformedPickle("has a damaged pickle (a call of nothing)")
        self._construct(items[0], tuple(items[1:]))

    def call_named(self, argument: object) -> None:
        args = tuple(self._pop_mark())
        self.name(argument)
        self._construct(self.pop(), args)

    def _construct(self, callee: object, args: object) -> None:
        if isinstance(callee, Stub):
            self._stack.append(Stub(callee.origin, args))
            return
        if not isinstance(callee, Global) or not isinstance(args, tuple):
            raise MalformedPickle("has a damaged pickle (a call of what has no name)")
        value = self._container(callee, args)
        if value is NotImplemented:
            value = self._builder.construct(callee, args)
        self._stack.append(Stub(callee, args) if value is NotImplemented else value)

    def _container(self, callee: Global, args: tuple[object, ...]) -> object:
        if callee.module not in _CONTAINER_MODULES or callee.name not in _CONTAINERS:
            return NotImplemented
        given = args[-1] if args else None
        self.charge(len(given) if isinstance(given, list | tuple | dict) else 0)
        if callee.name in {"list", "tuple", "set", "frozenset"}:
            items = list(given) if isinstance(given, list | tuple) else []
            return tuple(items) if callee.name == "tuple" else items
        if isinstance(given, dict):
            return dict(given)
        table: dict[object, object] = {}
        for pair in given if isinstance(given, list | tuple) else ():
            if isinstance(pair, list | tuple) and len(pair) == 2:  # noqa: PLR2004 - a key and a value
                _set_items(table, list(pair))
        return table

    def set_state(self, _: object) -> None:
        state = self.pop()
        target = self._top()
        if isinstance(target, Stub):
            target.state = state

    def persistent(self, argument: object) -> None:
        self._stack.append(self._builder.persistent(argument))

    def stack_persistent(self, _: object) -> None:
        self._stack.append(self._builder.persistent(self.pop()))


def _integer(value: object) -> int:
    if not isinstance(value, int):
        raise MalformedPickle("has a damaged pickle (a memo entry without number)")
    return value


def _set_items(target: object, items: list[object]) -> None:
    """Store keys and values that alternate in `items`. Only keys that hash in constant time are kept."""
    if isinstance(target, Stub):
        target.items.extend(items)
        return
    if not isinstance(target, dict) or len(items) % 2:
        raise MalformedPickle("has a damaged pickle (sets an item of what is not a dictionary)")
    for key, value in zip(items[::2], items[1::2], strict=True):
        if isinstance(key, str | bytes) and len(key) > MAX_NAME:
            raise MalformedPickle(f"has a pickle with a key of {len(key):,} characters")
        if isinstance(key, int) and abs(key) >= _MAX_INTEGER_KEY:
            continue
        if key is None or isinstance(key, str | int | float | bytes | Global):
            target[key] = value


def _push(make: Callable[[], object]) -> Callable[[_Machine, object], None]:
    return lambda machine, _: machine._stack.append(make())


def _pack(count: int) -> Callable[[_Machine, object], None]:
    def action(machine: _Machine, _: object) -> None:
        machine._stack.append(tuple([machine.pop() for _ in range(count)][::-1]))

    return action


def _named(names: Iterable[str], action: Callable[[_Machine, object], None]) -> dict[str, Callable[..., None]]:
    return dict.fromkeys(names, action)


_ACTIONS: dict[str, Callable[[_Machine, object], None]] = {
    **_named(("PROTO", "FRAME"), lambda machine, _: None),
    "MARK": _Machine.mark,
    "POP": _Machine.drop,
    "POP_MARK": _Machine.drop_mark,
    "DUP": _Machine.duplicate,
    **_named(("PUT", "BINPUT", "LONG_BINPUT"), _Machine.put),
    **_named(("GET", "BINGET", "LONG_BINGET"), _Machine.get),
    "MEMOIZE": _Machine.memoize,
    "NONE": _push(lambda: None),
    "NEWTRUE": _push(lambda: True),
    "NEWFALSE": _push(lambda: False),
    **_named(("EMPTY_LIST", "EMPTY_SET"), _push(list)),
    "EMPTY_TUPLE": _push(tuple),
    "EMPTY_DICT": _push(dict),
    **_named(("LIST", "FROZENSET"), _Machine.make_list),
    "TUPLE": _Machine.make_tuple,
    "TUPLE1": _pack(1),
    "TUPLE2": _pack(2),
    "TUPLE3": _pack(3),
    "DICT": _Machine.make_dict,
    "APPEND": _Machine.append,
    **_named(("APPENDS", "ADDITEMS"), _Machine.append_all),
    "SETITEM": _Machine.set_item,
    "SETITEMS": _Machine.set_items,
    "GLOBAL": _Machine.name,
    "STACK_GLOBAL": _Machine.stack_name,
    **_named(("REDUCE", "NEWOBJ"), _Machine.call),
    "NEWOBJ_EX": _Machine.call_keywords,
    "OBJ": _Machine.call_marked,
    "INST": _Machine.call_named,
    "BUILD": _Machine.set_state,
    "PERSID": _Machine.persistent,
    "BINPERSID": _Machine.stack_persistent,
}
