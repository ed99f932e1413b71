"""The pinned files under requirements/ against the code: nothing missing, nothing that says where to download from."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PEERS = ROOT / "benchmarks" / "peers"
OURS = {"app", "benchmarks", "bot", "handlers", "playground", "storage", "tests"}
SHIPPED = ["app.py", "bot", "handlers", "playground", "storage"]
LOCKS = [pytest.param(path, id=path.name) for path in sorted((ROOT / "requirements").glob("*.txt"))]


@pytest.mark.parametrize(
    ("sources", "locks"),
    [
        pytest.param(SHIPPED, ["run.txt"], id="what make run installs"),
        pytest.param(["tests", "benchmarks"], ["run.txt", "dev.txt"], id="what make install installs"),
    ],
)
def test_everything_the_code_imports_is_pinned(sources: list[str], locks: list[str]) -> None:
    pinned = {name for lock in locks for name in pinned_in(ROOT / "requirements" / lock)}
    distributions = packages_distributions()
    unpinned = {
        f"{path.relative_to(ROOT)} imports {package}"
        for path in python_files(sources)
        for package in imported_by(path) - OURS - sys.stdlib_module_names
        if not pinned & {normal(name) for name in distributions.get(package, [package])}
    }
    assert not unpinned


def test_everything_asked_for_in_pyproject_is_pinned() -> None:
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text())
    asked = {"run": pyproject["project"]["dependencies"], **pyproject["dependency-groups"]}
    for lock, requirements in asked.items():
        names = {normal(re.split(r"[\[<>=! ;]", requirement)[0]) for requirement in requirements}
        assert names <= pinned_in(ROOT / "requirements" / f"{lock}.txt"), lock


def test_a_package_in_several_files_has_one_version() -> None:
    run, dev = (pins_in(ROOT / "requirements" / name) for name in ("run.txt", "dev.txt"))
    assert {name: run[name] for name in run.keys() & dev.keys()} == {
        name: dev[name] for name in run.keys() & dev.keys()
    }


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_carries_a_hash_and_no_file_says_where_to_download_from(lock: Path) -> None:
    text = lock.read_text()
    requirements = re.split(r"\n(?=[a-z])", text.partition("\n#    make lock\n")[2])
    assert requirements
    assert all("--hash=sha256:" in requirement for requirement in requirements)
    assert not re.search(r"://|--(extra-)?index-url|--find-links|^-[a-z]", text, re.MULTILINE)


def pins_in(lock: Path) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9-]+)==([^\s;]+)", lock.read_text(), re.MULTILINE))


def pinned_in(lock: Path) -> set[str]:
    return set(pins_in(lock))


def python_files(sources: list[str]) -> list[Path]:
    files = [path for source in sources for path in (ROOT / source, *(ROOT / source).rglob("*.py")) if path.is_file()]
    # Those who pair beside Tandem have environments of their own.
    return [path for path in files if not path.is_relative_to(PEERS) or not path.name.startswith("pair_")]


def imported_by(path: Path) -> set[str]:
    """Return the top-level packages that the file imports, anywhere in it."""
    imported: set[str] = set()
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            imported.add(node.module.partition(".")[0])
    return imported


def normal(name: str) -> str:
    """Return a distribution's name as the requirement files spell it."""
    return re.sub(r"[-_.]+", "-", name).lower()
