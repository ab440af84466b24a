"""A model builds parts for speech; whatever else its description names is refused before it is built."""

import pytest

from sb_contrastive.command_line import main
from sb_contrastive.export import export_encoder
from sb_contrastive.export.loading.load_model import load_model
from sb_contrastive.export.loading.tags import compose, refuse_unknown_tags

HARMLESS = """
features: !new:speechbrain.lobes.features.Fbank
    n_mels: !ref <mels> * 2
mels: 20
activation: !name:torch.nn.LeakyReLU
resample: !new:torchaudio.transforms.Resample
    orig_freq: 16000
backbone: !new:sb_contrastive.encoders.ResNet34
    channels: [4, 4, 4, 4]
shape: (2, 3)
size: !apply:getattr [!ref <backbone>, embedding_dim]
again: !copy <shape>
length: !apply:speechbrain.dataio.encoder.CategoricalEncoder.expect_len [1]
"""


@pytest.mark.parametrize(
    "tag",
    [
        "!apply:os.system",
        "!new:subprocess.Popen",
        "!name:builtins.exec",
        "!module:shutil",
        "!apply:eval",
        "!applyref:os.system",  # runs while references are resolved
        "!include:/etc/passwd",
        "!!python/object/apply:os.system",
        "!new:my_module.Backbone",
        "!new:torchevil.Net",  # begins like a known name
        # Through a known package to what is none of it
        "!apply:torch.os.system",
        "!module:torch.os",
        "!apply:sb_contrastive.files.os.remove",
        # Known packages can run code, too
        "!apply:torch.hub.load",
        "!apply:torch.load",
        "!apply:torch.utils.cpp_extension.load",
        "!apply:speechbrain.utils.superpowers.run_shell",
        "!module:sb_contrastive.__main__",
        "!apply:sb_contrastive.load",  # of another folder, with trust
        "!apply:sb_contrastive.export.loading.load_model.load_model",
    ],
)
def test_what_may_run_code_is_refused_with_its_line(tag):
    node = compose("m.yaml", f"a: 1\nb:\n  c: [1, {tag} [x]]\n")
    with pytest.raises(ValueError, match=r"m.yaml, line 3: the tag .* --trust"):
        refuse_unknown_tags("m.yaml", node)


@pytest.mark.parametrize("asked", ["__globals__", "_modules"])
def test_the_insides_of_python_are_no_attribute(asked):
    text = f"a: !apply:getattr [!name:torch.relu , {asked}]"
    with pytest.raises(ValueError, match="asks for an attribute"):
        refuse_unknown_tags("m.yaml", compose("m.yaml", text))


def test_parts_of_models_are_taken():
    refuse_unknown_tags("m.yaml", compose("m.yaml", HARMLESS))


@pytest.mark.parametrize("command", ["embed", "verify", "evaluate"])
def test_no_command_runs_it(command, tmp_path, monkeypatch, capsys, ecapa):
    _, _, folder = ecapa
    ran = tmp_path / "ran"
    evil = tmp_path / "evil"
    evil.mkdir()
    text = (folder / "hyperparams.yaml").read_text()
    (evil / "hyperparams.yaml").write_text(
        f"{text}\nx: !apply:pathlib.Path.touch [!new:pathlib.Path [{ran}]]\n"
    )
    audio = tmp_path / "a.wav"
    audio.touch()
    (tmp_path / "t.txt").write_text("1 a.wav a.wav\n0 a.wav b.wav\n")
    rest = {
        "embed": [audio, "-o", tmp_path / "o.npz"],
        "verify": [audio, audio],
        "evaluate": ["--trials", tmp_path / "t.txt"],
    }[command]
    with pytest.raises(SystemExit):
        main([command, str(evil), *map(str, rest)])
    said = capsys.readouterr().err
    assert "!apply:pathlib.Path.touch names code outside" in said
    assert not ran.exists()


def test_own_modules_need_trust(tmp_path, monkeypatch, small_yaml, built):
    (tmp_path / "sbc_own_norm.py").write_text(
        "import torch\n"
        "class Same(torch.nn.Module):\n"
        "    def forward(self, features, lengths):\n"
        "        return features\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    path = small_yaml(norm="!new:sbc_own_norm.Same {}")
    encoder = built(path)
    folder = export_encoder(tmp_path / "m", path, encoder, {"title": "t"})
    with pytest.raises(
        ValueError, match="sbc_own_norm.Same names code outside"
    ):
        load_model(folder, "cpu")
    model = load_model(folder, "cpu", trust=True)
    assert type(model.mods.mean_var_norm).__name__ == "Same"
