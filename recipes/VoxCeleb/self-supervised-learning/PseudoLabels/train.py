#!/usr/bin/env python3
"""Recipe for training speaker embeddings on pseudo-labels on VoxCeleb: clusters of
a network that was trained without labels stand for speakers; doubtful ones are
left out or corrected (Han et al. 2022, https://arxiv.org/abs/2208.01928; Miara et
al. 2024, https://arxiv.org/abs/2406.02285).

To run this recipe, do the following, with a model that another recipe has left:
> python train.py hparams/wavlm.yaml --data_folder=/path/to/VoxCeleb \
    --teacher=../DINO/results/DINO_ecapa/1986/encoder

A call is one training. The README has the calls of whole rounds: the next one
clusters what this one has left, or goes on with its clusters and its network. The
same command continues where it was stopped. It ends with EER and minDCF on the
trial lists, in results.json of the output folder.

Authors
 * The sb_contrastive developers 2026
"""

import sys
from pathlib import Path

import speechbrain as sb
from hyperpyyaml import load_hyperpyyaml
from speechbrain.dataio.dataset import DynamicItemDataset
from speechbrain.utils.distributed import if_main_process, run_on_main

import sb_contrastive
from sb_contrastive.brains import ClusterBrain
from sb_contrastive.corpora.voxceleb.layout import as_list, find_trials
from sb_contrastive.data.manifests.manifest import read_manifest
from sb_contrastive.data.trials.trial_sets import find_trial_sets
from sb_contrastive.device import run_device
from sb_contrastive.encoders.weights import load_weights, save_weights
from sb_contrastive.evaluation.clustering.label_table import (
    COLUMN,
    labelled_by_clusters,
    read_labels,
)
from sb_contrastive.evaluation.clustering.pseudo_labels import (
    find_pseudo_labels,
    leave_pseudo_labels,
)
from sb_contrastive.evaluation.embeddings.over_ranks import embed_over_ranks
from sb_contrastive.evaluation.verification.verify_encoders import (
    verify_encoders,
)
from sb_contrastive.export import export_verified_encoder
from sb_contrastive.training.length import optimizer_steps


def find_clusters(hparams, rows, device):
    """Embeds whole utterances by the network of `teacher`, and clusters them.

    Arguments
    ---------
    hparams : dict
        Values of the YAML.
    rows : list of dict
        Utterances to train on.
    device : str
        Where the teacher runs.

    Returns
    -------
    pathlib.Path
        pseudo_labels.csv: each utterance, its cluster, and whether it is kept.
    """
    if hparams["labels"]:
        return Path(hparams["labels"])
    folder = Path(hparams["output_folder"])
    path = folder / "pseudo_labels.csv"
    if path.is_file():
        return path
    if not hparams["teacher"]:
        raise ValueError(
            "pseudo-labels need a network that was trained without labels: give "
            "--teacher, the folder `encoder` of another recipe's output, or "
            "--labels, the pseudo_labels.csv of an earlier call"
        )
    encoder = sb_contrastive.load(hparams["teacher"], device=device).encoder
    z = embed_over_ranks(
        encoder,
        rows,
        device,
        max_seconds=hparams["embed_seconds"],
        batch_size=32,
    )
    found = find_pseudo_labels(
        z,
        [row["wav"] for row in rows],
        clusters=hparams["clusters"],
        least=hparams["least"],
        most=None,
        least_sure=hparams["least_sure"],
        whitening=hparams["whitening"],
        seed=hparams["seed"],
        speakers=[row["spk_id"] for row in rows],  # for judging only
        name="clustering",
    )
    run_on_main(
        leave_pseudo_labels, args=[folder, [r["ID"] for r in rows], found]
    )
    return path


def dataio_prep(hparams, rows):
    """Makes datasets of crops; those to train on have the number of their cluster.

    Arguments
    ---------
    hparams : dict
        Values of the YAML.
    rows : dict of str to list of dict
        Manifest rows of train, with their clusters, and of valid.

    Returns
    -------
    tuple of dict and list
        Datasets of train and valid, and the names of the clusters.
    """

    @sb.utils.data_pipeline.takes("id", "wav", "start", "stop")
    @sb.utils.data_pipeline.provides("crop")
    def audio_pipeline(utterance, wav, start, stop):
        yield from hparams["crops"](utterance, wav, start, stop)  # [1, S]

    classes = sorted({row[COLUMN] for row in rows["train"]})
    numbers = {name: n for n, name in enumerate(classes)}

    @sb.utils.data_pipeline.takes(COLUMN)
    @sb.utils.data_pipeline.provides("target")
    def label_pipeline(name):
        return numbers[name]

    items = {
        "train": ([audio_pipeline, label_pipeline], ["id", "crop", "target"]),
        "valid": ([audio_pipeline], ["id", "crop"]),
    }
    datasets = {
        part: DynamicItemDataset(
            {row["ID"]: row for row in rows[part]},
            dynamic_items=pipelines,
            output_keys=keys,
        )
        for part, (pipelines, keys) in items.items()
    }
    return datasets, classes


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
            "min_seconds": hparams["min_seconds"],
            "skip_prep": hparams["skip_prep"],
        },
    )
    csv = {
        "train": hparams["train_csv"],
        "valid": hparams["valid_csv"],
        "test": hparams["test_csv"],
    }
    # Of several data folders the paths in the manifests are absolute
    root = as_list(hparams["data_folder"])[0]
    rows = {part: read_manifest(path, root) for part, path in csv.items()}
    labels = find_clusters(hparams, rows["train"], run_device(run_opts))
    rows["train"] = labelled_by_clusters(
        rows["train"], read_labels(labels), labels.resolve()
    )
    datasets, classes = dataio_prep(hparams, rows)

    if hparams["start"]:
        load_weights(hparams["encoder"], hparams["start"])
    batches = len(rows["train"]) // hparams["batch_size"]
    brain = ClusterBrain(
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
        classes=classes,
        classifier=hparams["classifier"],
        loss=hparams["loss"],
        utterances=[row["ID"] for row in rows["train"]],
        gate=hparams["gate"],
        correction=hparams["correction"],
        margin=hparams["margin_schedule"],
        trainable=hparams["trainable"],
        crops=hparams["crops"],
        augmentation=hparams["augmentation"],
        speakers={row["ID"]: row["spk_id"] for row in rows["valid"]},
    )
    brain.prepare(rows["train"])
    if hparams["start"]:
        # The classifier too, where it has learnt these very clusters
        brain.start_beside(Path(hparams["start"]))

    brain.fit(
        hparams["epoch_counter"],
        datasets["train"],
        datasets["valid"],
        train_loader_kwargs=hparams["train_dataloader_opts"],
        valid_loader_kwargs=hparams["valid_dataloader_opts"],
    )

    if if_main_process():
        # What a later call goes on from, by --start
        save_folder = Path(hparams["save_folder"])
        save_weights(brain.pretrained_encoder(), save_folder / "encoder.ckpt")
        brain.write_beside(save_folder)
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
                "pseudo_labels": str(labels),
                "clusters": len(classes),
                "selection": "none: the last epoch",
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
