#!/usr/bin/env python3
"""Recipe for training speaker embeddings without labels on VoxCeleb: MoCo, a
queue of momentum embeddings, with an additive margin on the positive pair
(Lepage and Dehak 2024, https://arxiv.org/abs/2404.14913).

To run this recipe, do the following:
> python train.py hparams/odyssey2024.yaml --data_folder=/path/to/VoxCeleb

The same command continues where it was stopped. It ends with EER and minDCF on
the trial lists, in results.json of the output folder.

Authors
 * The sb_contrastive developers 2026
"""

import sys
from pathlib import Path

import speechbrain as sb
from hyperpyyaml import load_hyperpyyaml
from speechbrain.dataio.dataset import DynamicItemDataset
from speechbrain.utils.distributed import if_main_process, run_on_main

from sb_contrastive.brains import MoCoBrain
from sb_contrastive.corpora.voxceleb.layout import as_list, find_trials
from sb_contrastive.data.manifests.manifest import read_manifest
from sb_contrastive.data.trials.trial_sets import find_trial_sets
from sb_contrastive.evaluation.verification.verify_encoders import (
    verify_encoders,
)
from sb_contrastive.export import export_verified_encoder
from sb_contrastive.training.length import optimizer_steps


def dataio_prep(hparams):
    """Reads the manifests and makes datasets of pairs of crops.

    Returns
    -------
    tuple of dict
        Manifest rows and datasets, each of train, valid and test.
    """

    views = ["pair"]
    if hparams["crops"].reference is not None:
        views.append("reference")  # [1, S], by which utterances are clustered

    @sb.utils.data_pipeline.takes("id", "wav", "start", "stop")
    @sb.utils.data_pipeline.provides(*views)
    def audio_pipeline(utterance, wav, start, stop):
        yield from hparams["crops"](utterance, wav, start, stop)  # [2, S]

    csv = {
        "train": hparams["train_csv"],
        "valid": hparams["valid_csv"],
        "test": hparams["test_csv"],
    }
    # Of several data folders the paths in the manifests are absolute
    root = as_list(hparams["data_folder"])[0]
    rows = {part: read_manifest(path, root) for part, path in csv.items()}
    datasets = {
        part: DynamicItemDataset(
            {row["ID"]: row for row in rows[part]},
            dynamic_items=[audio_pipeline],
            output_keys=["id", *views],
        )
        for part in ("train", "valid")
    }
    return rows, datasets


if __name__ == "__main__":
    hparams_file, run_opts, overrides = sb.parse_arguments(sys.argv[1:])

    # Initialize ddp (useful only for multi-GPU training)
    sb.utils.distributed.ddp_init_group(run_opts)

    with open(hparams_file, encoding="utf-8") as fin:
        hparams = load_hyperpyyaml(fin, overrides)

    sb.create_experiment_directory(
        experiment_directory=hparams["output_folder"],
        hyperparams_to_save=hparams_file,
        overrides=overrides,
    )

    # Dataset preparation (parsing VoxCeleb): no speaker of a trial is trained on
    from voxceleb_prepare import prepare_voxceleb

    run_on_main(
        prepare_voxceleb,
        kwargs={
            "data_folder": hparams["data_folder"],
            "save_csv": hparams["train_csv"],
            "valid_csv": hparams["valid_csv"],
            "test_csv": hparams["test_csv"],
            "trials": hparams["trials"],
            "validation_speakers": hparams["validation_speakers"],
            "skip_prep": hparams["skip_prep"],
        },
    )
    rows, datasets = dataio_prep(hparams)

    batches = len(rows["train"]) // hparams["batch_size"]
    brain = MoCoBrain(
        modules=hparams["modules"],
        opt_class=hparams["opt_class"],
        learning_rate=hparams["learning_rate"],
        total_steps=optimizer_steps(
            hparams["number_of_epochs"], batches, hparams, run_opts
        ),
        hparams=hparams,
        run_opts=run_opts,
        checkpointer=hparams["checkpointer"],
        train_loggers=[hparams["train_logger"]],
        loss=hparams["loss"],
        queue=hparams["queue"],
        key_momentum=hparams["key_momentum"],
        views_apart=hparams["views_apart"],
        averaged_checkpoints=hparams["averaged_checkpoints"],
        crops=hparams["crops"],
        augmentation=hparams["augmentation"],
        positives=hparams["positives"],
        speakers={row["ID"]: row["spk_id"] for row in rows["valid"]},
    )
    brain.prepare(rows["train"])

    brain.fit(
        hparams["epoch_counter"],
        datasets["train"],
        datasets["valid"],
        train_loader_kwargs=hparams["train_dataloader_opts"],
        valid_loader_kwargs=hparams["valid_dataloader_opts"],
    )

    if if_main_process():
        lists = {
            Path(name).stem: find_trials(hparams["data_folder"], name)
            for name in hparams["trials"]
        }
        results = verify_encoders(
            {"": brain.pretrained_encoder},
            find_trial_sets(lists, rows["test"]),
            hparams["scoring"],
            experiment=hparams["experiment"],
            seed=hparams["seed"],
            corpus=hparams["data_folder"],
            protocol={
                "training_utterances": len(rows["train"]),
                "selection": "none: the last epochs' encoders, mean of "
                f"{hparams['averaged_checkpoints']}",
            },
            training=rows["train"],
            folder=hparams["output_folder"],
            speed=brain.speed(),
            device=brain.device,
        )
        # A folder that SpeakerRecognition.from_hparams loads
        export_verified_encoder(
            Path(hparams["output_folder"]) / "encoder",
            hparams_file,
            brain.pretrained_encoder(),
            results,
            name="encoder",
            overrides=overrides,
        )
