"""Installs sb_contrastive; each dependency says why it is here."""

from setuptools import find_packages, setup

setup(
    name="sb_contrastive",
    version="0.1.0",
    description="Speech embeddings without labels, inside SpeechBrain",
    long_description=open("README.md", encoding="utf-8").read(),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    packages=find_packages(include=["sb_contrastive", "sb_contrastive.*"]),
    package_data={"sb_contrastive": ["py.typed"]},  # it is typed
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
        "tqdm>=4.60",  # progress bars
    ],
    extras_require={
        "dev": [
            "pytest>=7.4",  # the test suite
            "pytest-xdist>=3.6",  # on two cores at once: half the time
            "hypothesis>=6.80",  # random corpora against the splits and parsers
            "ruff==0.12.4",  # lint and format, the version SpeechBrain uses
        ],
        "floors": [
            "opensmile>=2.5",  # functionals of acoustic features, for hparams/floors.yaml
        ],
        "tensorboard": ["tensorboard>=2.12"],  # --tensorboard True
    },
)
