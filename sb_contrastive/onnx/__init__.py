"""Trained models as ONNX files: waveform in, embedding or posteriors out, without torch or this package."""
