"""Writes a trained model in another form.

    sb-contrastive export MODEL --onnx     one ONNX file, for use without torch
    sb-contrastive export RUN              the model folder of a finished run
    sb-contrastive export RUN --all_data   a final model of the data of all folds

An ONNX file takes waveforms and gives embeddings, and posteriors where the model names
classes; features are inside. sb_contrastive/onnx/run.py uses it with onnxruntime alone.
"""

from sb_contrastive.command_line.export.command import add_arguments, run

__all__ = ["add_arguments", "run"]
