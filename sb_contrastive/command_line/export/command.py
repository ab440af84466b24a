"""The command `export`: its arguments, and what it prints."""

import argparse
from pathlib import Path

from sb_contrastive.command_line.options import check_output


def add_arguments(parser):
    """Add the arguments of this command to its parser."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument(
        "source",
        metavar="MODEL|RUN",
        help="folder of an exported model, or of another model that "
        "SpeechBrain's EncoderClassifier or SpeakerRecognition loads; or the "
        "output folder of an experiment, whose model folder is then written",
    )
    parser.add_argument(
        "--onnx",
        action="store_true",
        help="write the model as ONNX: waveforms [B, S] in, embeddings [B, D] "
        "out, and posteriors [B, C] where the model names classes",
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="OUT.onnx",
        help="the ONNX file (default: MODEL.onnx, beside the folder)",
    )
    parser.add_argument(
        "--trust",
        action="store_true",
        help="let the model run code from outside of the packages for speech: "
        "for models of authors that you trust",
    )
    parser.add_argument(
        "--system",
        help="of a run: the system to export (default: that of its stage export)",
    )
    parser.add_argument(
        "--all_data",
        action="store_true",
        help="of a run: train a final model on the data of all folds, unless it "
        "is there already; nothing is left to test it, and its card gives the "
        "cross-validated figure as the estimate",
    )


def run(options):
    """Write the ONNX file or the model folder that the options ask for."""
    if options.onnx:
        _write_onnx(options)
    else:
        _write_folder(options)


def _write_onnx(options):
    from sb_contrastive.inference import load
    from sb_contrastive.onnx.writing import write_onnx

    if options.system or options.all_data:
        raise ValueError(
            "--system and --all_data choose the model of a run: export that "
            "first, then its folder with --onnx"
        )
    folder = Path(options.source)
    output = options.output or f"{folder.resolve()}.onnx"
    check_output(Path(output), ".onnx", "ONNX models")
    model = load(folder, "cpu", options.trust)
    worst = write_onnx(model, output)
    given = "embedding"
    if model.classifier is not None:
        given += f" and posteriors of {', '.join(model.classes)}"
    print(
        f"{output}: waveforms [B, S] at {model.sample_rate} Hz -> {given}; differs "
        f"from the model by {worst:.1g} at most"
    )


def _write_folder(options):
    # Imported here: an experiment has many parts
    from sb_contrastive.command_line.export.finished_run import (
        export_run,
        is_run,
    )

    if options.output or options.trust:
        raise ValueError(
            "-o and --trust are for --onnx: the model folder of a run is `model` "
            "or `encoder` inside of it"
        )
    if not is_run(options.source):
        raise FileNotFoundError(
            f"{options.source} is not the output folder of an experiment: it has "
            f"no experiment.yaml; for a model folder say --onnx"
        )
    folder = export_run(options.source, options.system, options.all_data)
    print(f"{folder}: a model folder; its README.md says how to use it")
