"""Whether a file can be opened without harm, found out in a process of its own.

HDF5 is not made for damaged files: a wrong byte can end the process that reads one, or keep it busy
for ever. And a file can name others to read from: external links, external storage, virtual
datasets. So each file is first read through by a child process with limits of time and memory, by
h5py and by netCDF4; what the child survives and finds to lie within the file, the package opens.

The child runs this module alone: it imports nothing of the package.
"""
from __future__ import annotations

import json
import os
import resource
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, List, NoReturn, Sequence, Tuple, Union

LAYOUTS = (1, 2)
OBJECTS_MAX, ATTRIBUTES_MAX, TEXT_MAX = 100_000, 1000, 1 << 30
CHUNK_BYTES_MAX = 1 << 28
DEFLATE_MAX = 1100  # no deflated byte stands for more
UNWRITTEN_MAX = 1 << 26  # bytes of datasets that have no room in the file
SECONDS, MEMORY = 10, 512 << 20  # and more for large files

_START = """\
import json, sys, importlib.util as util
sys.path[:] = json.loads(sys.argv[1])
spec = util.spec_from_file_location("rnnsweep_inspection", sys.argv[2])
module = util.module_from_spec(spec)
spec.loader.exec_module(module)
module.inspect_all(sys.argv[3:])
"""


def inspect_files(paths: Sequence[Path]) -> None:
    """Returns when all files can be opened. FileNotFoundError; ValueError when one is no results
    file, is damaged, or leads elsewhere; OSError when it cannot be read for another reason."""
    for path in paths:
        _require_regular(path)
    findings = _findings([str(path) for path in paths], sum(path.stat().st_size for path in paths))
    for path in paths:
        problem = findings.get(str(path), "")
        if problem:
            raise ValueError(f"{path}: {problem}")


def _require_regular(path: Path) -> None:
    """A FIFO or a device would be waited for."""
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        raise FileNotFoundError(f"{path}: no such file") from None
    if not stat.S_ISREG(mode):
        raise ValueError(f"{path}: is no results file but a folder or device")


def _findings(paths: List[str], size: int) -> Dict[str, str]:
    """What is wrong with each file that could be looked at; "" for nothing."""
    done = subprocess.run(
        [sys.executable, "-c", _START, json.dumps(sys.path), __file__, str(size), *paths],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**os.environ, "HDF5_USE_FILE_LOCKING": "FALSE", "OMP_NUM_THREADS": "1",
             "OPENBLAS_NUM_THREADS": "1"})
    findings: Dict[str, str] = {}
    for line in done.stdout.decode(errors="replace").splitlines():
        path, problem = json.loads(line)
        findings[path] = problem
    if done.returncode != 0:
        # The first that the child did not come to an end with.
        _explain_end(next((path for path in paths if path not in findings), paths[-1]),
                     done.returncode, done.stderr.decode(errors="replace"))
    return findings


def _explain_end(path: str, code: int, said: str) -> NoReturn:
    faults = (signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGFPE, signal.SIGABRT)
    if -code in faults:
        raise ValueError(f"{path}: is damaged: the HDF5 library crashes on it")
    if -code == signal.SIGXCPU:
        raise ValueError(f"{path}: is damaged: the HDF5 library is not done with it in time")
    if code < 0:
        raise OSError(f"{path}: cannot be read: the process that read it was killed, as the system "
                      "does when memory runs out; the file may be whole")
    last = said.strip().splitlines()[-1:] or ["no reason given"]
    if "ModuleNotFoundError" in last[0]:
        raise ImportError(f"files are checked with h5py and netCDF4 before they are opened: "
                          f"{last[0]}")
    raise OSError(f"{path}: cannot be read: {last[0]}")


# ---- In the child --------------------------------------------------------------------------------


class _Refused(Exception):
    """The file is not to be opened."""


def inspect_all(arguments: List[str]) -> None:
    """Prints a line of JSON for each file: its path, and what is wrong with it."""
    import h5py  # noqa: F401  before the limits, which are for the files
    import netCDF4  # noqa: F401

    size, paths = int(arguments[0]), arguments[1:]
    _limit(resource.RLIMIT_CPU, SECONDS + size // (20 << 20) + _cpu_seconds())
    _limit(resource.RLIMIT_DATA, _data_bytes() + MEMORY + 2 * size)
    _limit(resource.RLIMIT_CORE, 0)
    for path in paths:
        print(json.dumps([path, _problem(path)]), flush=True)


def _limit(kind: int, value: int) -> None:
    soft, hard = resource.getrlimit(kind)
    if soft == resource.RLIM_INFINITY or soft > value:
        resource.setrlimit(kind, (value, hard))


def _cpu_seconds() -> int:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return int(used.ru_utime + used.ru_stime) + 1


def _data_bytes() -> int:
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[5]) * resource.getpagesize()


def _problem(path: str) -> str:
    try:
        _look_with_h5py(path)
        _look_with_netcdf(path)
    except _Refused as refused:
        return str(refused)
    except MemoryError:
        return "is damaged: reading it takes far more memory than its size"
    except Exception as error:  # whatever the libraries make of damage
        return f"is no results file of rnnsweep, or is damaged: {type(error).__name__}: {error}"
    return ""


def _look_with_h5py(path: str) -> None:
    import h5py

    size = os.stat(path).st_size
    with h5py.File(path, "r") as file:
        layout = file.attrs.get("rnnsweep_layout")
        if layout is None or "rnnsweep_sweep_hash" not in file.attrs:
            raise _Refused("is no results file of rnnsweep")
        if layout not in LAYOUTS:
            raise _Refused(f"has layout {layout}; this package reads {LAYOUTS[0]} to {LAYOUTS[-1]}")
        budget = _Budget(size)
        budget.attributes(file)

        links: List[str] = []  # h5py loses an exception on its way out of this visit

        def see_link(name: bytes, info: Any) -> None:
            if info.type != h5py.h5l.TYPE_HARD:
                links.append(_text(name))

        def see_object(name: str, item: Any) -> None:
            budget.attributes(item)
            if isinstance(item, h5py.Dataset):
                budget.dataset(name, item)

        file.id.links.visit(see_link, info=True)
        if links:
            raise _Refused(f"{links[0]} is a link to another place, which rnnsweep makes none of")
        file.visititems(see_object)


def _text(name: Union[bytes, str]) -> str:
    return name.decode(errors="replace") if isinstance(name, bytes) else name


class _Budget:
    """What a file of some size may hold."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.objects = self.unwritten = 0
        self.text = min(size, TEXT_MAX)

    def attributes(self, item: Any) -> None:
        """Reads them all, which a good file allows: each of its texts stands in it once."""
        self.objects += 1
        if self.objects > OBJECTS_MAX or len(item.attrs) > ATTRIBUTES_MAX:
            raise _Refused("is damaged: too many objects or attributes for a results file")
        for value in item.attrs.values():
            self.text -= len(value) if isinstance(value, (str, bytes)) else 0
            if self.text < 0:
                raise _Refused("is damaged: its texts are longer than the file")

    def dataset(self, name: str, item: Any) -> None:
        """All bytes of a dataset lie in the file, and are not more than it can hold."""
        import h5py

        properties = item.id.get_create_plist()
        layout, bytes_wanted = properties.get_layout(), (item.size or 0) * item.dtype.itemsize
        if properties.get_external_count() > 0:
            raise _Refused(f"{name} is stored in another file, which rnnsweep does not do")
        if layout == h5py.h5d.VIRTUAL:
            raise _Refused(f"{name} is a virtual dataset, which rnnsweep makes none of")
        if layout == h5py.h5d.CHUNKED:
            self._chunked(name, item, bytes_wanted)
        elif layout == h5py.h5d.CONTIGUOUS and item.id.get_offset() is not None:
            if item.id.get_offset() + bytes_wanted > self.size:
                raise _Refused(f"is damaged: {name} does not lie within it")
        elif layout == h5py.h5d.CONTIGUOUS:
            self._unwritten(name, bytes_wanted)

    def _chunked(self, name: str, item: Any, bytes_wanted: int) -> None:
        chunk_bytes = item.dtype.itemsize
        for extent in item.chunks:
            chunk_bytes *= extent
        if chunk_bytes > CHUNK_BYTES_MAX:
            raise _Refused(f"is damaged: {name} has chunks of {chunk_bytes} bytes")
        stored = item.id.get_storage_size()
        if stored > self.size:
            raise _Refused(f"is damaged: {name} does not lie within it")
        if bytes_wanted > stored * DEFLATE_MAX:
            self._unwritten(name, bytes_wanted)

    def _unwritten(self, name: str, bytes_wanted: int) -> None:
        self.unwritten += bytes_wanted
        if self.unwritten > UNWRITTEN_MAX:
            raise _Refused(f"is damaged: {name} has no room in it")


def _look_with_netcdf(path: str) -> None:
    import netCDF4

    with netCDF4.Dataset(path) as file:
        groups: List[Any] = [file]
        while groups:
            group = groups.pop()
            groups += group.groups.values()
            for item in (group, *group.variables.values()):
                for name in item.ncattrs():
                    item.getncattr(name)


__all__: Tuple[str, ...] = ("inspect_files", "inspect_all")
