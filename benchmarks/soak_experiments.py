"""Command lines of tiny experiments, one of each kind, for soak.py."""

from pathlib import Path

from sb_contrastive.synthetic import write_iemocap, write_voxceleb

ROOT = Path(__file__).resolve().parents[1]
ENCODER = """
!new:sb_contrastive.encoders.UtteranceEncoder
embedding_dim: 8
compute_features: !new:speechbrain.lobes.features.Fbank
    n_mels: 16
    hop_length: 20
backbone: !new:speechbrain.lobes.models.Xvector.Xvector
    in_channels: 16
    lin_neurons: !ref <embedding_dim>
    tdnn_channels: [8, 8, 8, 8, 16]
affine: [blocks.16]
frame_layer: blocks.14
frame_axis: 1
"""
RATE = "!new:sb_contrastive.schedules.WarmupCosine {peak: 0.01}"
STEP = "{trainable: all, least_steps: STEPS, epochs: 1, learning_rate: RATE}"
SPEAKERS = {
    "pretrain": "{least_steps: STEPS}",
    "epochs": 1,
    "pretrain_validation_share": 0.2,
    "stages": "[pretrain]",
}
EMOTIONS = {
    "prepare": "!name:sb_contrastive.corpora.prepare_iemocap"
    " {expected_utterances: 40}",
    "fold": 1,
    "batch_size": 4,
}
FIRST = {"pretrain": "{epochs: 1, least_steps: STEPS}"}
EXPERIMENTS = {
    "dino_sv": {**SPEAKERS, "prototypes": 64},
    "moco_am_sv": {**SPEAKERS, "queue_size": 8},
    "dino_ser": {
        **EMOTIONS,
        **FIRST,
        "prototypes": 16,
        "finetune_affine": STEP,
        "finetune_all": STEP,
        "stages": "[pretrain, two_step, report]",
    },
    "combined_ser": {
        **EMOTIONS,
        "projection_dim": 4,
        "reshape": STEP,
        "adapter": STEP.replace("all", "output"),
        "stages": "[two_step, report]",
    },
    "adapter_ser": {
        **EMOTIONS,
        **FIRST,
        "prototypes": 16,
        "adapt": "{epochs: 1, least_steps: STEPS}",
        "adapter_dim": 16,
        "num_attributes": 4,
        "check_from": 2,  # tiny frames may well all look alike
        "finetune": STEP,
        "stages": "[pretrain, adapt, adapted, report]",
    },
}


def write_inputs(folder):
    """Write both corpora and the encoder to a folder."""
    write_voxceleb(folder / "voxceleb", speakers=12, videos=2, utterances=1)
    write_iemocap(folder / "iemocap", utterances_per_speaker=4)
    (folder / "tiny.yaml").write_text(ENCODER, encoding="utf-8")


def command(name, folder, output, steps):
    """Return the command line of all attempts at an experiment: `steps` is the
    least number of steps of each of its parts that trains."""
    values = {
        "output_folder": output,
        "data_folder": folder / "voxceleb",
        "encoder": folder / "tiny.yaml",
        "pretrain_batch_size": 4,
        "ckpt_interval_steps": 1,
        "device": "cpu",
        **EXPERIMENTS[name],
    }
    if name.endswith("_ser"):
        values["unlabelled"] = values["data_folder"]
        values["data_folder"] = folder / "iemocap"
    if name == "combined_ser":  # it pretrains nothing
        del values["pretrain_batch_size"], values["unlabelled"]
    line = ["train.py", str(ROOT / f"hparams/{name}.yaml"), "--noprogressbar"]
    for key, value in values.items():
        text = str(value).replace("STEPS", str(steps)).replace("RATE", RATE)
        line += [f"--{key}", text]
    return line
