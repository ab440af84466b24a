# An image with the package and its command, on the CPU. It was written without
# Docker at hand and has NOT been built by its authors: please report what fails.
#
#   docker build -t sb_contrastive .
#   docker run --rm -v "$PWD:/work" sb_contrastive train dino_ser
#   docker run --rm -v "$PWD:/work" sb_contrastive embed model wavs/ -o embeddings.npz
FROM python:3.11-slim

# The wheel of soundfile holds libsndfile: nothing else is needed
WORKDIR /src
COPY setup.py pyproject.toml README.md LICENSE ./
COPY sb_contrastive sb_contrastive
COPY hparams hparams
COPY recipes recipes
COPY tests/recipes tests/recipes
RUN pip install --no-cache-dir ".[onnx]" && rm -rf /src

# Results land in the mounted folder
WORKDIR /work
ENTRYPOINT ["sb-contrastive"]
CMD ["--help"]
