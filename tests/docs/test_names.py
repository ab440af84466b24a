"""Every name that the pages mention exists: dotted names, files, tests and links."""

import importlib
import re

import pytest

from tests.support.doc_pages import PAGES, ROOT, in_backticks

# Folders where a path of the pages may begin
STARTS = (ROOT, ROOT / "sb_contrastive", ROOT / "tests", ROOT / "hparams")
# Files that a user writes, or that stand in SpeechBrain's repository
FOREIGN = {"my_net.py", "encoder.py", "model.py", "corpus_prepare.py"}
# Beginnings of paths in folders of the user and of runs
OUTPUTS = ("my_", "results/", "path/", "encoder/", "model/")
PATH = re.compile(r"[\w*./{},-]+(\.py|/)")
IN_COMMANDS = re.compile(
    r"(?<![\w/])(?:hparams|benchmarks|recipes|tests)/[\w/.-]+\.\w+"
)
TEST = re.compile(r"test_\w+")


@pytest.fixture(params=PAGES, ids=lambda page: page.name)
def page(request):
    return request.param.read_text(encoding="utf-8")


def exists(dotted):
    """Tell whether a dotted name is a module, or an attribute of one."""
    parts = dotted.split(".")
    for n in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:n]))
        except ModuleNotFoundError:
            continue
        try:
            for name in parts[n:]:
                found = getattr(found, name)
        except AttributeError:
            return False
        return True
    return False


def is_file(path):
    """Tell whether a path, maybe with * or {a,b}, is one of the repository."""
    brace = re.search(r"\{([^}]*)\}", path)
    if brace:
        before, after = path[: brace.start()], path[brace.end() :]
        return all(
            is_file(before + option + after) for option in brace[1].split(",")
        )
    if "/" not in path:
        return any(ROOT.glob(f"*/**/{path}")) or (ROOT / path).is_file()
    return any(any(start.glob(path.rstrip("/"))) for start in STARTS)


def test_a_name_that_does_not_exist_is_found_out():
    assert exists("sb_contrastive.losses.NTXentLoss")
    assert not exists("sb_contrastive.losses.NTXentLos")
    assert not exists("sb_contrastive.no_such_room")
    assert is_file("losses/contrastive/{nt_xent,moco}.py")
    assert not is_file("losses/contrastive/{nt_xent,no_such}.py")
    assert not is_file("no_such_file.py")


def test_dotted_names_exist(page):
    names = set(re.findall(r"\bsb_contrastive(?:\.\w+)+", page))
    assert [name for name in sorted(names) if not exists(name)] == []


def test_python_files_and_folders_exist(page):
    missing = [
        code
        for code in in_backticks(page)
        if PATH.fullmatch(path := code.partition("::")[0])
        and path not in FOREIGN
        and not path.startswith(OUTPUTS)
        and not is_file(path)
    ]
    assert missing == []


def test_files_in_commands_exist(page):
    paths = {p for p in IN_COMMANDS.findall(page) if "CORPUS" not in p}
    assert [p for p in sorted(paths) if not (ROOT / p).exists()] == []


def test_tests_exist(page):
    known = "".join(
        f"{path.stem}\n{path.read_text(encoding='utf-8')}"
        for path in ROOT.glob("tests/**/*.py")
    )
    names = {
        name.removesuffix("_")  # of `test_bf16_...`, the beginning
        for code in in_backticks(page)
        for name in TEST.findall(code)
    }
    assert [name for name in sorted(names) if name not in known] == []


@pytest.mark.parametrize("path", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(path):
    text = path.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith("http"):
            continue
        name, _, anchor = target.partition("#")
        file = path.parent / name if name else path
        assert file.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.*)$", file.read_text(), re.MULTILINE)
            anchors = {
                re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
                for heading in headings
            }
            assert anchor in anchors, target
