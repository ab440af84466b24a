"""Versions are known without importing the packages."""

import subprocess
import sys

import numpy as np
import torch

from sb_contrastive.evaluation.package_versions import versions


def test_versions_are_those_of_the_packages():
    found = versions()
    assert found["torch"] == torch.__version__.split("+")[0]
    assert found["numpy"] == np.__version__
    assert found["python"] == ".".join(map(str, sys.version_info[:3]))


def test_heavy_packages_are_imported_late():
    code = (
        "import sys; from sb_contrastive.evaluation import versions; "
        "versions(); heavy = {'torchaudio', 'speechbrain', 'matplotlib', "
        "'sklearn', 'scipy'}; sys.exit(str(heavy & set(sys.modules) or ''))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True
    )
    assert run.stderr.strip() == ""
