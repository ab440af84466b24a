"""Uses an ONNX file that `sb-contrastive export --onnx` has written. This file needs
numpy, soundfile and onnxruntime alone, and may be copied to where it is used.

    python run.py encoder.onnx a.wav b.wav       cosine, and whether it is one speaker
    python run.py classifier.onnx a.wav b.wav    class and posterior of each file
    python run.py encoder.onnx a.wav -o out.npz  the embeddings
"""

import argparse
import json

import numpy as np
import soundfile

FRAME = 400  # samples that are loud or silent together
MARGIN = 0.1  # seconds that are kept before and after the speech


def speech(audio, below_db, rate):
    """Cut the silence at both ends as the training of the model did.

    Arguments
    ---------
    audio : numpy.ndarray
        [S], without offset.
    below_db : float
        Frames this far below the loud ones are silent; 0 cuts nothing.
    rate : int
        Samples per second.

    Returns
    -------
    numpy.ndarray
        A part of the audio.
    """
    frames = len(audio) // FRAME
    if not below_db or frames < 3:
        return audio
    power = (audio[: frames * FRAME].reshape(frames, FRAME) ** 2).mean(axis=1)
    loud = np.percentile(power, 95) * 10 ** (-below_db / 10)
    heard = np.flatnonzero(power > loud)
    if not len(heard):
        return audio
    extra = round(MARGIN * rate)
    first = max(heard[0] * FRAME - extra, 0)
    return audio[first : (heard[-1] + 1) * FRAME + extra]


class OnnxModel:
    """A model in an ONNX file.

    Arguments
    ---------
    path : str
        The file.
    """

    def __init__(self, path):
        import onnxruntime

        self.session = onnxruntime.InferenceSession(
            path, providers=["CPUExecutionProvider"]
        )
        told = self.session.get_modelmeta().custom_metadata_map
        self.sample_rate = int(told["sample_rate"])
        self.trim_silence_db = float(told["trim_silence_db"])
        self.classes = json.loads(told.get("classes", "[]"))
        self.threshold = told.get("threshold") and float(told["threshold"])

    def read(self, path):
        """Read a file as the model was trained on audio; returns [S]."""
        audio, rate = soundfile.read(path, dtype="float64", always_2d=True)
        if rate != self.sample_rate:
            raise SystemExit(
                f"{path} has {rate} samples per second, the model takes "
                f"{self.sample_rate}: convert it first"
            )
        audio = audio.mean(axis=1)
        audio = audio - audio.mean()
        return speech(audio, self.trim_silence_db, rate)

    def run(self, wavs):
        """Run the model on waveforms [B, S]; returns {output: array [B, ...]}."""
        names = [output.name for output in self.session.get_outputs()]
        wavs = np.asarray(wavs, dtype=np.float32)
        found = self.session.run(names, {"waveforms": wavs})
        return dict(zip(names, found))


def main():
    """Print what the model says of each file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("model", help="the ONNX file")
    parser.add_argument("wavs", nargs="+", help="audio files")
    parser.add_argument("-o", "--output", help="an .npz for the embeddings")
    options = parser.parse_args()
    model, embeddings = OnnxModel(options.model), []
    for path in options.wavs:
        found = model.run(model.read(path)[None])
        z = found["embedding"][0]
        embeddings.append(z / np.linalg.norm(z))
        if model.classes:
            p = found["posteriors"][0]
            print(f"{path}: {model.classes[p.argmax()]} ({p.max():.4f})")
        elif len(embeddings) > 1:
            cosine = float(embeddings[0] @ embeddings[-1])
            said = ""
            if model.threshold is not None:
                same = cosine > model.threshold
                said = ": the same speaker" if same else ": two speakers"
            print(f"{options.wavs[0]}, {path}: cosine {cosine:.4f}{said}")
    if options.output:
        np.savez(options.output, embeddings=embeddings, wavs=options.wavs)


if __name__ == "__main__":
    main()
