"""Python names that no model file has a reason to ask for: whoever unpickles such a file runs its author's code.

The list joins what picklescan, fickling and ModelScan report as dangerous. A file with one of these names is refused
even though nothing here would execute it, because other programs would.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_MODULES = _words(
    """
    _io _osx_support _pickle _posixsubprocess _sitebuiltins _socket _thread _winapi aiohttp asyncio bdb cProfile cffi
    cloudpickle code codeop commands ctypes dill distutils doctest ensurepip fileinput ftplib httplib http httpx
    idlelib imaplib imp importlib io joblib lib2to3 linecache marshal mmap multiprocessing nntplib nt ntpath os
    paramiko pdb pickle pickletools pip pkgutil platform poplib posix posixpath profile pty py pydoc pytest requests
    runpy sched selectors setuptools shelve shutil site smtplib socket socketserver sqlite3 ssl subprocess sys tarfile
    telnetlib threading timeit tkinter trace turtle unittest urllib urllib2 urllib3 venv webbrowser winreg xmlrpc
    zipapp zipfile zipimport
    """
)
"""Top-level modules of which every name is refused."""

_NAMES = _words(
    """
    functools.reduce numpy.fromfile numpy.load numpy.memmap numpy.testing._private.utils.runstring
    operator.attrgetter operator.call operator.itemgetter operator.methodcaller
    torch.fx.experimental torch.hub torch.jit torch.load torch.package torch.save torch.serialization
    torch.utils._config_module torch.utils.cpp_extension
    types.CodeType types.FunctionType types.MethodType types.ModuleType uuid._get_command_stdout uuid._popen
    """
)
"""Single names, and packages inside otherwise harmless modules, that are refused with all they contain."""

_HARMLESS_BUILTINS = _words(
    """
    bool bytearray bytes complex dict float frozenset int list long object range set slice str tuple type unicode
    Ellipsis Exception NoneType NotImplemented RuntimeError ValueError
    """
)
"""The only names of `builtins` that are not refused."""

_PARTS = _words(
    """
    __builtin__ __builtins__ __globals__ __import__ __subclasses__ builtins ctypes eval exec execfile importlib nt os
    popen posix runpy shutil socket subprocess sys system
    """
)
"""Parts of a dotted path that betray a detour (`torch.serialization.os.system`)."""


def is_forbidden(module: str, name: str) -> bool:
    """Whether a pickle that asks for `name` of `module` is to be refused."""
    parts = f"{module}.{name}".split(".")
    if parts[0] in {"builtins", "__builtin__", "__builtins__"}:
        return len(parts) != 2 or parts[1] not in _HARMLESS_BUILTINS  # noqa: PLR2004 - builtins.name
    if parts[0] in _MODULES or _PARTS.intersection(parts):
        return True
    return any(".".join(parts[:length]) in _NAMES for length in range(2, len(parts) + 1))
