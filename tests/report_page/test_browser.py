"""In a browser the page opens without an error, tables sort and marks tell their names."""

import re
import shutil
import subprocess

import pytest

from sb_contrastive.report_page import write_comparison, write_page

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
# What a reader does; the end of it is read from the title
ACTIONS = """
<script>
window.onerror = (message) => { document.title = "ERROR " + message; };
const head = document.querySelector("table.sortable th:nth-child(2)");
const first = () => head.closest("table").tBodies[0].rows[0].cells[1].textContent;
head.click();
const rising = parseFloat(first());
head.click();
const falling = parseFloat(first());
const mark = document.querySelector("[data-tip]");
mark.dispatchEvent(new MouseEvent("mousemove", {bubbles: true, clientX: 5, clientY: 5}));
const shown = document.getElementById("tip").textContent === mark.dataset.tip;
const wide = document.documentElement.scrollWidth > innerWidth;
document.title = [rising <= falling, shown, wide, document.querySelectorAll("h2").length].join();
</script>
"""


@pytest.fixture(scope="module")
def browser():
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip(f"no browser is installed: none of {', '.join(NAMES)}")

    def open_page(path, width=1000):
        page = path.with_name("acted.html")
        page.write_text(path.read_text() + ACTIONS)
        done = subprocess.run(
            [
                *(found, "--headless", "--no-sandbox", "--disable-gpu"),
                *("--enable-logging=stderr", "--dump-dom"),
                f"--user-data-dir={path.parent / 'profile'}",
                f"--window-size={width},900",
                page.as_uri(),
            ],
            capture_output=True,
            text=True,
            timeout=120,
        )
        told = re.search("<title>(.*?)</title>", done.stdout, re.S)
        return told and told[1], re.findall("CONSOLE.*", done.stderr)

    return open_page


def test_pages_open_and_react(browser, classified, verified, tmp_path):
    for path in (
        write_page(classified()),
        write_page(verified()),
        write_comparison(
            [classified("a"), classified("b")], tmp_path / "c.html"
        ),
    ):
        title, errors = browser(path)
        assert not errors
        rises, shown, wide, sections = title.split(",")
        assert (rises, shown, wide) == ("true", "true", "false")
        assert int(sections) >= 2


def test_a_narrow_screen_needs_no_scrolling_to_the_side(browser, classified):
    title, _ = browser(write_page(classified()), width=500)
    assert title.split(",")[2] == "false"
