#!/usr/bin/env python3
"""Runs the experiment that a YAML describes, see `sb-contrastive train`.

python train.py hparams/dino_ser.yaml [--key value ...]
python train.py hparams/dino_ser.yaml --help
"""

from sb_contrastive.command_line.train import train

if __name__ == "__main__":
    train()
