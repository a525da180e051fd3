"""Writes the package as one file, to be copied beside a program: `python3 clients/python/rediswq/single_file.py -o rediswq.py`.

It imports nothing of the package: with -m, Python would take a rediswq.py of the current folder for it.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import List

_FILE = '''"""rediswq as one file, which clients/python/rediswq/single_file.py has written. Its modules stand in it as texts."""

import importlib.abc
import importlib.util
import sys

FILES = {{
{files}
}}


class _Modules(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Finds the modules of this package in this file."""

    def find_spec(self, fullname, path=None, target=None):
        package, _, name = fullname.rpartition(".")
        if package == __name__ and name + ".py" in FILES:
            return importlib.util.spec_from_loader(fullname, self, origin="<rediswq.py>/" + name + ".py")
        return None

    def get_source(self, fullname):
        return FILES[fullname.rpartition(".")[2] + ".py"]

    def exec_module(self, module):
        module.__file__ = module.__spec__.origin
        exec(compile(self.get_source(module.__name__), module.__file__, "exec"), module.__dict__)

    def get_data(self, path):
        return FILES[path.rpartition("/")[2]].encode()


__path__ = []
__package__ = __name__
__spec__.submodule_search_locations = __path__
__loader__ = __spec__.loader = _Modules()
sys.meta_path.insert(0, __loader__)
exec(compile(FILES["__init__.py"], "<rediswq.py>/__init__.py", "exec"), globals())
'''

_WITHOUT = ("single_file.py",)


def single_file() -> str:
    """The text of the file."""
    folder = Path(__file__).parent
    names = sorted(file.name for file in folder.iterdir() if file.suffix in (".py", ".json"))
    files: List[str] = []
    for name in names:
        if name not in _WITHOUT:
            files.append(f"    {name!r}: {_literal((folder / name).read_text(encoding='utf-8'))},")
    return _FILE.format(files="\n".join(files))


def _literal(text: str) -> str:
    """A text as Python has it, line by line where that is possible."""
    return repr(text) if "'''" in text or text.endswith("\\") else f"r'''{text}'''"


def main() -> None:
    parser = argparse.ArgumentParser(prog="rediswq.single_file", description="Writes rediswq as one file.")
    parser.add_argument("-o", "--output", help="the file, such as rediswq.py; without it, standard output")
    given = parser.parse_args()
    if given.output is None:
        sys.stdout.write(single_file())
    else:
        Path(given.output).write_text(single_file(), encoding="utf-8")


if __name__ == "__main__":
    main()
