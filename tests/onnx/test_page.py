"""docs/onnx.md: its snippet runs on a file that the command has written."""

import re

from tests.support.doc_pages import ROOT

PAGE = (ROOT / "docs/onnx.md").read_text(encoding="utf-8")


def test_the_snippet_runs(files, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "encoder.onnx").symlink_to(files["ecapa"])
    for code in re.findall(r"^```python\n(.*?)```", PAGE, re.M | re.S):
        exec(code, {})
    said = capsys.readouterr().out
    assert said == "(2, 8)\n16000 25 ['happy', 'sad']\n"
