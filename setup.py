"""Installs sb_contrastive; each dependency says why it is here."""

import re
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

# Folders at the top of the repository that an installed package holds too, see
# sb_contrastive/shipped.py: experiments, recipes, and the tables of recipes
SHIPPED = {
    "sb_contrastive.hparams": "hparams",
    "sb_contrastive.recipes": "recipes",
    "sb_contrastive.tests.recipes": "tests/recipes",
}
FILES = [f"**/*.{ending}" for ending in ("yaml", "py", "md", "txt")]
ONNX = [
    "onnx>=1.17",  # the file format of sb-contrastive export --onnx
    "onnxscript>=0.5",  # torch writes ONNX files by it
    "onnxruntime>=1.20",  # compares the file with the model, and runs it
]
FAISS = [
    "faiss-cpu>=1.8",  # k-means of 50 000 embeddings and more, in half the time of scikit-learn
]
# The package says its version once; importing it here would need torch
VERSION = re.search(
    r'__version__ = "(.+)"',
    Path("sb_contrastive/__init__.py").read_text("utf-8"),
)[1]


class Build(build_py):
    """Takes what FILES names from those folders, and no modules: there are tests
    beside the tables of recipes."""

    def find_package_modules(self, package, package_dir):
        if package in SHIPPED:
            return []
        return super().find_package_modules(package, package_dir)


setup(
    name="sb_contrastive",
    version=VERSION,
    description="Speech embeddings without labels, inside SpeechBrain",
    long_description=open("README.md", encoding="utf-8").read(),
    long_description_content_type="text/markdown",
    author="The authors of sb_contrastive",
    license="Apache-2.0",
    license_files=["LICENSE"],
    classifiers=[
        "Development Status :: 4 - Beta",
        "Intended Audience :: Developers",
        "Intended Audience :: Science/Research",
        "Operating System :: POSIX :: Linux",
        "Programming Language :: Python :: 3",
        "Programming Language :: Python :: 3.10",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
        "Programming Language :: Python :: 3.13",
        "Topic :: Multimedia :: Sound/Audio :: Speech",
        "Topic :: Scientific/Engineering :: Artificial Intelligence",
        "Typing :: Typed",
    ],
    keywords="speech embeddings self-supervised contrastive DINO SpeechBrain",
    packages=[
        *find_packages(include=["sb_contrastive", "sb_contrastive.*"]),
        *SHIPPED,
    ],
    package_dir=SHIPPED,
    cmdclass={"build_py": Build},
    package_data={
        "sb_contrastive": ["py.typed"],  # it is typed
        "sb_contrastive.report_page": ["static/*"],
        "sb_contrastive.models": ["*/*"],  # models
        "sb_contrastive.hparams": FILES,
        "sb_contrastive.recipes": FILES,
        "sb_contrastive.tests.recipes": ["*.csv", "setup/*/*"],
    },
    exclude_package_data={
        name: ["**/results/**", "**/__pycache__/**"] for name in SHIPPED
    },
    entry_points={
        "console_scripts": ["sb-contrastive=sb_contrastive.command_line:main"]
    },
    python_requires=">=3.10",
    install_requires=[
        "speechbrain>=1.1,<1.2",  # training loop, data pipelines, encoders, inference
        "torch>=2.7.1,<2.12",  # newer ones fail SpeechBrain's CUDA-version check of torchaudio
        "torchaudio>=2.7.1,<2.11.1",  # SpeechBrain needs it; 2.11.1 is built for a torch newer than the above
        "transformers>=5.0",  # Whisper, and HuBERT, wav2vec 2.0 and WavLM, which SpeechBrain's wrappers load
        "hyperpyyaml>=1.2.2",  # experiments are YAML files that build their objects
        "numpy>=1.24",  # metrics, crops, keyed random generators
        "scipy>=1.10",  # filters of the built-in corpus, resampling
        "soundfile>=0.12",  # headers and partial reads of audio files
        "scikit-learn>=1.3",  # linear probes, t-SNE of the embedding map
        "matplotlib>=3.7",  # plots
        "jinja2>=3.1",  # report.html: names in it are escaped; torch needs it anyway
        "tqdm>=4.60",  # progress bars
    ],
    extras_require={
        "dev": [
            "pytest>=7.4",  # the test suite
            "pytest-xdist>=3.6",  # on two cores at once: half the time
            "hypothesis>=6.80",  # random corpora against the splits and parsers
            "webdataset>=1.0",  # reads packed audio, as other programs do
            *ONNX,  # exported models are compared with torch
            *FAISS,  # its clusters are compared with scikit-learn's
            "ruff==0.12.4",  # lint and format, the version SpeechBrain uses
        ],
        "floors": [
            "opensmile>=2.5",  # functionals of acoustic features, for hparams/floors.yaml
        ],
        "docs": [
            "mkdocs-material>=9.5",  # the site of docs/
            "mkdocstrings[python]>=0.27",  # its API pages, from docstrings
        ],
        "faiss": FAISS,
        "onnx": ONNX,
        "tensorboard": ["tensorboard>=2.12"],  # --tensorboard True
    },
)
