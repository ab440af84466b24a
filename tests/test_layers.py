"""The package's layers: imports point down, and no folder holds more than a dozen files."""

import ast
import functools
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "sb_contrastive"
MOST_FILES = 12

# room: the rooms of sb_contrastive that its files may not import
FORBIDDEN = {
    "data": "brains evaluation experiment stages training",
    "encoders": "brains evaluation experiment stages training",
    "losses": "brains data encoders evaluation experiment stages training",
    "evaluation": "brains corpora experiment objectives rows stages synthetic systems",
    "training": "experiment stages",
    "brains": "experiment stages",
    "inference": "brains experiment stages systems",
    "report_page": "brains experiment objectives rows stages study systems",
}


@functools.cache
def imported(path, package=()):
    """Names of all modules that a file imports, at its top or later.

    `from a import b` counts as a.b, since b may be a module. Relative imports
    are completed with the names of the file's package.
    """
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = [node.module] if node.module else []
            if node.level:
                base = [*package[: len(package) + 1 - node.level], *base]
            names |= {".".join([*base, alias.name]) for alias in node.names}
    return names


def rooms_of(names):
    """The rooms of sb_contrastive among imported names: evaluation, momentum."""
    parts = [name.split(".") for name in names]
    return {p[1] for p in parts if p[0] == "sb_contrastive" and len(p) > 1}


def files(folder):
    return sorted(folder.rglob("*.py"))


@functools.cache
def room_imports():
    """{room: {room it imports: file that does so}}, without itself."""
    found = {}
    for path in files(PACKAGE):
        place = path.relative_to(PACKAGE)
        room = place.parts[0].removesuffix(".py")
        package = ("sb_contrastive", *place.parent.parts)
        for other in rooms_of(imported(path, package)) - {room}:
            found.setdefault(room, {}).setdefault(other, place.as_posix())
    return found


@pytest.mark.parametrize("room", FORBIDDEN)
def test_a_room_imports_only_what_is_below_it(room):
    wrong = {
        other: path
        for other, path in room_imports().get(room, {}).items()
        if other in FORBIDDEN[room].split()
    }
    assert (PACKAGE / room).is_dir() and not wrong


def test_recipes_do_not_need_experiments():
    wrong = [
        path.relative_to(ROOT).as_posix()
        for path in files(ROOT / "recipes")
        if rooms_of(imported(path)) & {"experiment", "stages", "systems"}
    ]
    assert not wrong


def test_the_package_does_not_need_recipes():
    wrong = [
        path.relative_to(ROOT).as_posix()
        for path in files(PACKAGE)
        if any(n.split(".")[0] == "recipes" for n in imported(path))
    ]
    assert not wrong


def test_no_folder_holds_more_than_a_dozen_files():
    counts = {}
    for path in files(PACKAGE):
        folder = path.parent.relative_to(PACKAGE).as_posix()
        if path.name != "__init__.py" and folder != ".":
            counts[folder] = counts.get(folder, 0) + 1
    assert not {f: n for f, n in counts.items() if n > MOST_FILES}


def test_rooms_do_not_import_each_other_in_circles():
    graph = {room: set(others) for room, others in room_imports().items()}
    # The package's own file names what users import from it
    graph.pop("__init__", None)
    assert not circle(graph), " -> ".join(circle(graph))


def circle(graph):
    """Rooms along a circle of imports, or an empty list."""
    done = set()

    def walk(room, way):
        if room in way:
            return [*way[way.index(room) :], room]
        if room in done:
            return []
        for other in sorted(graph.get(room, ())):
            found = walk(other, [*way, room])
            if found:
                return found
        done.add(room)
        return []

    for room in sorted(graph):
        found = walk(room, [])
        if found:
            return found
    return []


def test_the_reader_of_imports_sees_every_form(tmp_path):
    path = tmp_path / "module.py"
    path.write_text(
        "import a.b\nfrom c import d\nfrom . import e\nfrom ..f import g\n"
        "def late():\n    from sb_contrastive.stages import verify\n"
    )
    found = imported(path, ("sb_contrastive", "room"))
    assert found == {
        "a.b",
        "c.d",
        "sb_contrastive.room.e",
        "sb_contrastive.f.g",
        "sb_contrastive.stages.verify",
    }
    assert rooms_of(found) == {"room", "f", "stages"}
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c", "b"]
    assert circle({"a": {"b", "c"}, "b": {"c"}}) == []
