#!/usr/bin/env python3
"""Recipe for speech emotion recognition on IEMOCAP with a light adapter over a
frozen encoder: without labels it predicts masked frames, follows its own moving
average and learns local attributes, clusters of frames; then it is fine-tuned to
the classes (Song et al. 2025, https://arxiv.org/abs/2509.23795). One session is
left out for the test.

To run this recipe, do the following, for each fold 1 to 5:
> python train.py hparams/hubert.yaml --data_folder=/path/to/IEMOCAP_full_release --unlabelled=/path/to/LibriSpeech/train-clean-100 --fold=1

--pretrained=results/SER_Adapter_hubert/1986/fold_1/pretrain takes the adapter of
an earlier run in place of training without labels. Each fold ends with the
scores of all that are done, in results.json of the output folder.

Authors
 * The sb_contrastive developers 2026
"""

import sys
from pathlib import Path

import speechbrain as sb
from hyperpyyaml import load_hyperpyyaml
from speechbrain.dataio.dataset import DynamicItemDataset
from speechbrain.utils.distributed import (
    if_main_process,
    infer_device,
    run_on_main,
)

from sb_contrastive.brains import AdapterBrain, ClassificationBrain
from sb_contrastive.data.features.cache import FeatureCache
from sb_contrastive.data.folds.folds import split_fold
from sb_contrastive.data.folds.validation_split import validation_split
from sb_contrastive.data.manifests.manifest import known_speakers, read_manifest
from sb_contrastive.data.manifests.preparation import write_unlabelled
from sb_contrastive.encoders.weights import load_weights, save_weights
from sb_contrastive.evaluation.classification.fold_report import evaluate_fold
from sb_contrastive.training.length import optimizer_steps


def dataio_prep(hparams, device):
    """Reads the manifests, computes the frames of the frozen encoder once, and
    makes datasets of frames: crops to train on, whole utterances to judge by.

    Returns
    -------
    tuple of dict
        Manifest rows and datasets: train, valid and test with labels,
        unlabelled and watched to train on without labels and to log.
    """
    rows = read_manifest(hparams["manifest"], hparams["data_folder"])
    parts = split_fold(rows, hparams["fold"], hparams["validation"])
    rows = dict(zip(("train", "valid", "test"), parts))
    unlabelled = rows["train"]
    if hparams["unlabelled"] and not hparams["pretrained"]:
        unlabelled = read_manifest(hparams["unlabelled_manifest"])
    rows["unlabelled"], rows["watched"] = validation_split(
        unlabelled, hparams["pretrain_validation_share"]
    )
    cache = FeatureCache(
        hparams["features_folder"], hparams["frozen"], device=device
    )
    for part in rows.values():
        run_on_main(cache.build, args=[part])
        cache.build(part)  # the other processes find what is there

    @sb.utils.data_pipeline.takes("id")
    @sb.utils.data_pipeline.provides("features")
    def view_pipeline(utterance):
        frames = cache.frames(utterance)
        start, stop = hparams["views"](utterance, frames)
        return cache.crop(utterance, start, stop)  # [T, D]

    @sb.utils.data_pipeline.takes("id")
    @sb.utils.data_pipeline.provides("features")
    def crop_pipeline(utterance):
        frames = cache.frames(utterance)
        start, stop = hparams["crops"](utterance, frames)
        return cache.crop(utterance, start, stop)  # [T, D]

    @sb.utils.data_pipeline.takes("id")
    @sb.utils.data_pipeline.provides("features")
    def frames_pipeline(utterance):
        return cache[utterance]  # [T, D]

    @sb.utils.data_pipeline.takes("label")
    @sb.utils.data_pipeline.provides("target")
    def label_pipeline(label):
        return hparams["classes"].index(label)

    views = ["id", "features"], [view_pipeline]
    crops = ["id", "features", "target"], [crop_pipeline, label_pipeline]
    whole = ["id", "features", "target"], [frames_pipeline, label_pipeline]
    kinds = {"train": crops, "valid": whole, "test": whole}
    kinds |= {"unlabelled": views, "watched": views}
    datasets = {
        part: DynamicItemDataset(
            {row["ID"]: row for row in rows[part]}, pipelines, keys
        )
        for part, (keys, pipelines) in kinds.items()
    }
    return rows, datasets


def pretrain(hparams, run_opts, rows, datasets):
    """Trains the adapter without labels, leaves it in the pretraining folder.

    Returns
    -------
    dict
        How fast it was.
    """
    batches = len(rows["unlabelled"]) // hparams["pretrain_batch_size"]
    brain = AdapterBrain(
        modules=hparams["pretrain_modules"],
        opt_class=hparams["pretrain_opt_class"],
        learning_rate=hparams["pretrain_learning_rate"],
        total_steps=optimizer_steps(
            hparams["pretrain_epochs"], batches, hparams, run_opts
        ),
        hparams=hparams,
        run_opts=run_opts,
        checkpointer=hparams["pretrain_checkpointer"],
        train_loggers=[hparams["pretrain_logger"]],
        encoder=hparams["encoder"],
        objective=hparams["objective"],
        masking=hparams["masking"],
        teacher_momentum=hparams["teacher_momentum"],
        check_from=hparams["check_from"],
        keep=hparams["finetune_from"],
        crops=hparams["views"],
        speakers=known_speakers(rows["watched"]),
    )
    brain.fit(
        hparams["pretrain_epoch_counter"],
        datasets["unlabelled"],
        datasets["watched"],
        train_loader_kwargs=hparams["pretrain_dataloader_opts"],
        valid_loader_kwargs=hparams["pretrain_valid_dataloader_opts"],
    )
    path = Path(hparams["pretrain_folder"]) / "encoder.ckpt"
    run_on_main(save_weights, args=[brain.pretrained_encoder(), path])
    return brain.speed()


def finetune(hparams, run_opts, rows, datasets):
    """Trains adapter, pooling and classifier, and takes the best epoch.

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
        trainable=hparams["trainable"],
        encoder_rate=hparams["encoder_rate"],
        crops=hparams["crops"],
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
    if hparams["unlabelled"] and not hparams["pretrained"]:
        run_on_main(
            write_unlabelled,
            args=[hparams["unlabelled"], hparams["unlabelled_manifest"]],
        )
    rows, datasets = dataio_prep(hparams, run_opts.device or infer_device())

    speeds = []
    if not hparams["pretrained"]:
        speeds.append(pretrain(hparams, run_opts, rows, datasets))
    load_weights(
        hparams["encoder"], hparams["pretrained"] or hparams["pretrain_folder"]
    )
    brain = finetune(hparams, run_opts, rows, datasets)
    speeds.append(brain.speed())

    brain.evaluate(
        datasets["test"],
        max_key="valid_UA",
        test_loader_kwargs=dict(hparams["valid_dataloader_opts"]),
    )
    if if_main_process():
        evaluate_fold(
            brain,
            rows["test"],
            fold=hparams["fold"],
            folder=hparams["output_folder"],
            experiment=hparams["experiment"],
            seed=hparams["seed"],
            corpus=hparams["data_folder"],
            protocol={
                "split": "leave one session out",
                "selection": "best validation UA, validation: "
                + hparams["validation"],
                "pretraining": hparams["pretrained"]
                or hparams["unlabelled"]
                or "training part of each fold",
                "frozen_encoder": hparams["frozen"].name,
            },
            speeds=speeds,
        )
