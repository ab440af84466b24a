"""Writes a trained model as one ONNX file, for use without torch.

The file takes waveforms and gives embeddings, and posteriors where the model names
classes; features are inside. sb_contrastive/onnx/run.py uses it with onnxruntime alone.
"""

from sb_contrastive.command_line.export.command import add_arguments, run

__all__ = ["add_arguments", "run"]
