"""The command `export`: its arguments, and what it prints."""

from pathlib import Path

from sb_contrastive.command_line.options import check_output
from sb_contrastive.inference import load
from sb_contrastive.onnx.writing import write_onnx


def add_arguments(parser):
    """Add the arguments of this command to its parser."""
    parser.add_argument(
        "model",
        metavar="MODEL",
        help="folder of an exported model, or of another model that "
        "SpeechBrain's EncoderClassifier or SpeakerRecognition loads",
    )
    parser.add_argument(
        "--onnx",
        action="store_true",
        required=True,
        help="write the model as ONNX: waveforms [B, S] in, embeddings [B, D] "
        "out, and posteriors [B, C] where the model names classes",
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="OUT.onnx",
        help="the file (default: MODEL.onnx, beside the folder)",
    )
    parser.add_argument(
        "--trust",
        action="store_true",
        help="let the model run code from outside of the packages for speech: "
        "for models of authors that you trust",
    )


def run(options):
    """Write the ONNX file that the options ask for."""
    folder = Path(options.model)
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
