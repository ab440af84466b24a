"""Writes a trained model as an ONNX file, and compares the file with the model."""

import json
import logging
import warnings
from pathlib import Path

import torch

from sb_contrastive.encoders.pretrained.frames import PretrainedFrames
from sb_contrastive.files import write_atomically
from sb_contrastive.onnx.comparison import check_same
from sb_contrastive.onnx.graph import Graph

EXAMPLE = (2, 16000)  # rows and samples that are traced; both stay free
INPUT = "waveforms"
NEEDED = ("onnx", "onnxscript", "onnxruntime")


def write_onnx(model, path):
    """Write a model as one ONNX file, and compare it with the model.

    Arguments
    ---------
    model : Model
        From `sb_contrastive.load`: an ECAPA-TDNN, x-vector or ResNet on
        log-mels, SpeechBrain's own models among them, with a classifier or
        without.
    path : str or pathlib.Path
        The file. Its input `waveforms` [B, S] holds float32 at the rate of the
        model, without padding; its outputs are `embedding` [B, D] and, where
        the model names classes, `posteriors` [B, C]. Its metadata hold what a
        user has to know: `sample_rate`, `trim_silence_db`, `threshold`,
        `classes`.

    Returns
    -------
    float
        The largest difference, see `check_same`.

    Raises
    ------
    ModuleNotFoundError
        When onnx, onnxscript or onnxruntime is not installed.
    ValueError
        When the model cannot be written, or the file computes something else.

    Example
    -------
    >>> import sb_contrastive
    >>> model = sb_contrastive.load("my_run/encoder")  # doctest: +SKIP
    >>> write_onnx(model, "encoder.onnx")  # doctest: +SKIP
    1.2e-07
    """
    path, graph = Path(path), Graph(model)
    pretrained = [
        type(part).__name__
        for part in graph.features.modules()
        if isinstance(part, PretrainedFrames)
    ]
    if pretrained:
        raise ValueError(
            f"this model cannot be written as ONNX: it reads the frames of a "
            f"pretrained network ({pretrained[0]}); ECAPA-TDNN, x-vector and "
            f"ResNet on log-mels can be"
        )
    program = _traced(graph)
    for output in program.model.graph.outputs:
        output.shape[0] = "batch"
    program.model.graph.inputs[0].shape[0] = "batch"
    program.model.graph.inputs[0].shape[1] = "samples"
    program.model.metadata_props.update(_told(model))
    found = []

    def write(partial):
        program.save(str(partial))
        found.append(check_same(model, graph.outputs, partial))

    write_atomically(path, write)
    return found[0]


def _traced(graph):
    """Trace a graph for any number of rows and samples."""
    free = torch.export.Dim.DYNAMIC
    shouting = logging.getLogger("torch.onnx")
    level = shouting.level
    try:
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")  # of libraries, about themselves
            shouting.setLevel(logging.ERROR)
            return torch.onnx.export(
                graph,
                (0.1 * torch.randn(EXAMPLE),),
                input_names=[INPUT],
                output_names=graph.outputs,
                dynamic_shapes=({0: free, 1: free},),
                dynamo=True,
                verbose=False,
            )
    except ModuleNotFoundError as error:
        if error.name not in NEEDED:
            raise
        raise ModuleNotFoundError(
            f"{error.name} writes ONNX files and is not installed: "
            f"pip install {' '.join(NEEDED)}",
            name=error.name,
        ) from error
    except Exception as error:  # of any class: a tracer has many
        parts = {type(graph.features).__name__, type(graph.network).__name__}
        raise ValueError(
            f"this model cannot be written as ONNX, which works for ECAPA-TDNN, "
            f"x-vector and ResNet on log-mels: it has {' and '.join(parts)}, "
            f"and {str(error).strip().splitlines()[0][:150]}"
        ) from error
    finally:
        shouting.setLevel(level)


def _told(model):
    """Collect what a user of the file has to know, as text by name."""
    told = {
        "sample_rate": f"{model.sample_rate}",
        "trim_silence_db": f"{model.trim_silence_db:g}",
    }
    if model.threshold is not None:
        told["threshold"] = f"{model.threshold:g}"
    if model.classifier is not None:
        told["classes"] = json.dumps(list(model.classes), ensure_ascii=False)
    return told
