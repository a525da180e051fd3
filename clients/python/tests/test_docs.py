"""The programs of docs/python.md are typed as a reader pastes them, and so is the package."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PACKAGE = ROOT / "clients/python"
PAGES = [ROOT / "docs/python.md", PACKAGE / "README.md"]

needs_mypy = pytest.mark.skipif(shutil.which("mypy") is None, reason="NOT RUN: mypy is not here")


def check_types(*what: object) -> None:
    command = ["mypy", "--strict", "--cache-dir=/dev/null", f"--config-file={PACKAGE / 'pyproject.toml'}"]
    checked = subprocess.run([*command, *(str(each) for each in what)], cwd=PACKAGE, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr


@needs_mypy
def test_mypy_strict_finds_nothing_in_the_package_and_its_tests() -> None:
    check_types("rediswq", "tests")


@needs_mypy
def test_the_programs_of_the_pages_are_typed(tmp_path: Path) -> None:
    programs: list[Path] = []
    for page in PAGES:
        for code in re.findall(r"^```python\n(.*?)^```$", page.read_text(encoding="utf-8"), re.S | re.M):
            programs.append(tmp_path / f"sample_{len(programs)}.py")
            programs[-1].write_text(code, encoding="utf-8")
    assert len(programs) >= 5
    check_types(*programs)
