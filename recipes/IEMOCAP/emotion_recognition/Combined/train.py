#!/usr/bin/env python3
"""Recipe for speech emotion recognition on IEMOCAP in two steps: a contrastive
and a non-contrastive loss reshape the embedding space by class, then a small
adapter learns the classes from it, frozen (Lux, Chen and Vu 2022,
https://arxiv.org/abs/2211.01964). One session is left out for the test.

To run this recipe, do the following, for each fold 1 to 5:
> python train.py hparams/lux2022.yaml --data_folder=/path/to/IEMOCAP_full_release --fold=1

Each fold ends with the scores of all that are done, in results.json of the
output folder.

Authors
 * The sb_contrastive developers 2026
"""

import sys
from pathlib import Path

import speechbrain as sb
import torch
from hyperpyyaml import load_hyperpyyaml
from speechbrain.dataio.dataset import DynamicItemDataset
from speechbrain.utils.distributed import if_main_process, run_on_main

from sb_contrastive.brains import ClassificationBrain, MetricLearningBrain
from sb_contrastive.data.audio.reading import read_span
from sb_contrastive.data.folds.folds import split_fold
from sb_contrastive.data.manifests.manifest import read_manifest
from sb_contrastive.data.sampling.class_batches import ClassBatches
from sb_contrastive.data.sampling.class_weights import class_weights
from sb_contrastive.data.sampling.triplets import ClassTriplets
from sb_contrastive.distributed import world_size
from sb_contrastive.encoders.weights import load_weights
from sb_contrastive.evaluation.classification.fold_report import evaluate_fold
from sb_contrastive.export import classifier_card, export_classifier
from sb_contrastive.training.length import optimizer_steps


def dataio_prep(hparams):
    """Reads the manifest and makes datasets: random crops to train on, whole
    utterances to judge by.

    Returns
    -------
    tuple of dict
        Manifest rows and datasets, each of train, valid and test.
    """

    @sb.utils.data_pipeline.takes("id", "wav", "start", "stop")
    @sb.utils.data_pipeline.provides("crop")
    def crop_pipeline(utterance, wav, start, stop):
        yield from hparams["crops"](utterance, wav, start, stop)  # [1, S]

    @sb.utils.data_pipeline.takes("wav", "start", "stop")
    @sb.utils.data_pipeline.provides("sig")
    def audio_pipeline(wav, start, stop):
        return torch.from_numpy(read_span(wav, int(start), int(stop)))  # [S]

    @sb.utils.data_pipeline.takes("label")
    @sb.utils.data_pipeline.provides("target")
    def label_pipeline(label):
        return hparams["classes"].index(label)

    rows = read_manifest(hparams["manifest"], hparams["data_folder"])
    parts = split_fold(rows, hparams["fold"], hparams["validation"])
    rows = dict(zip(("train", "valid", "test"), parts))
    crops = ["id", "crop", "target"], [crop_pipeline, label_pipeline]
    whole = ["id", "sig", "target"], [audio_pipeline, label_pipeline]
    kinds = {"train": crops, "valid": whole, "test": whole}
    datasets = {
        part: DynamicItemDataset(
            {row["ID"]: row for row in rows[part]}, pipelines, keys
        )
        for part, (keys, pipelines) in kinds.items()
    }
    return rows, datasets


def reshape(hparams, run_opts, rows, datasets):
    """Step 1: trains encoder and projector with both losses, and takes the
    epoch whose space suits the validation part best.

    Returns
    -------
    MetricLearningBrain
    """
    # P classes by Q items of different recordings, drawn anew for each epoch
    sampler = ClassBatches(
        rows["train"],
        hparams["items_per_class"],
        seed=hparams["seed"],
        processes=world_size(),
    )
    brain = MetricLearningBrain(
        modules=hparams["reshape_modules"],
        opt_class=hparams["reshape_opt_class"],
        learning_rate=hparams["reshape_learning_rate"],
        total_steps=optimizer_steps(
            hparams["reshape_epochs"], len(sampler), hparams, run_opts
        ),
        hparams=hparams,
        run_opts=run_opts,
        checkpointer=hparams["reshape_checkpointer"],
        train_loggers=[hparams["reshape_logger"]],
        loss=hparams["loss"],
        triplets=ClassTriplets(rows["train"], hparams["seed"]),
        embedding=hparams["embedding"],
        select=hparams["select"],
        classes=hparams["classes"],
        trainable=hparams["trainable"],
        crops=hparams["crops"],
        augmentation=hparams["augmentation"],
        sampler=sampler,
    )
    if brain.augmentation is not None:
        brain.augmentation.prepare(rows["train"], brain.device)
    brain.fit(
        hparams["reshape_epoch_counter"],
        datasets["train"],
        datasets["valid"],
        train_loader_kwargs={
            "batch_sampler": sampler,
            "num_workers": hparams["num_workers"],
        },
        valid_loader_kwargs=hparams["valid_dataloader_opts"],
    )
    brain.load_best()
    return brain


def classify(hparams, run_opts, rows, datasets):
    """Step 2: trains a small network from the frozen space to the classes.

    Returns
    -------
    ClassificationBrain
    """
    batches = len(rows["train"]) // hparams["batch_size"]
    brain = ClassificationBrain(
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
        classes=hparams["classes"],
        trainable="output",
        class_weights=class_weights(rows["train"], hparams["classes"]),
        crops=hparams["crops"],
        augmentation=hparams["augmentation"],
    )
    brain.fit(
        hparams["epoch_counter"],
        datasets["train"],
        datasets["valid"],
        train_loader_kwargs=hparams["train_dataloader_opts"],
        valid_loader_kwargs=hparams["valid_dataloader_opts"],
    )
    return brain


if __name__ == "__main__":
    hparams_file, run_opts, overrides = sb.parse_arguments(sys.argv[1:])

    # Initialize ddp (useful only for multi-GPU training)
    sb.utils.distributed.ddp_init_group(run_opts)

    with open(hparams_file, encoding="utf-8") as fin:
        hparams = load_hyperpyyaml(fin, overrides)

    sb.create_experiment_directory(
        experiment_directory=hparams["fold_folder"],
        hyperparams_to_save=hparams_file,
        overrides=overrides,
    )

    # Dataset preparation (parsing IEMOCAP)
    from iemocap_prepare import prepare_iemocap

    run_on_main(
        prepare_iemocap,
        kwargs={
            "data_folder": hparams["data_folder"],
            "save_csv": hparams["manifest"],
            "expected_utterances": hparams["expected_utterances"],
            "skip_prep": hparams["skip_prep"],
        },
    )
    rows, datasets = dataio_prep(hparams)

    if hparams["pretrained"]:
        load_weights(hparams["encoder"], hparams["pretrained"])
    steps = [
        step(hparams, run_opts, rows, datasets) for step in (reshape, classify)
    ]
    brain = steps[-1]

    brain.evaluate(
        datasets["test"],
        max_key="valid_UA",
        test_loader_kwargs=dict(hparams["valid_dataloader_opts"]),
    )
    if if_main_process():
        results = evaluate_fold(
            brain,
            rows["test"],
            fold=hparams["fold"],
            folder=hparams["output_folder"],
            experiment=hparams["experiment"],
            seed=hparams["seed"],
            corpus=hparams["data_folder"],
            protocol={
                "split": "leave one session out",
                "selection": f"step 1 by {hparams['select']}, step 2 by UA; "
                f"validation: {hparams['validation']}",
                "pretraining": hparams["pretrained"] or "none",
            },
            speeds=[step.speed() for step in steps],
        )
        # A folder that EncoderClassifier.from_hparams loads
        export_classifier(
            Path(hparams["fold_folder"]) / "model",
            hparams_file,
            hparams["encoder"],
            hparams["head"],
            hparams["classes"],
            classifier_card(
                results, hparams["experiment"], str(hparams["fold"])
            ),
            overrides,
        )
