#!/usr/bin/env python3
"""Recipe for the detection of Alzheimer's dementia on ADReSS 2020 after DINO: an
encoder learns without labels, then in two steps the classes, first its embedding
layer with a new output, then all of it (Cho et al. 2022,
https://arxiv.org/abs/2208.05445). Folds are by subject; a subject's chunks make
one decision. The official test part is heard by the models of all folds.

To run this recipe, do the following, for each fold 1 to 10:
> python train.py hparams/cho2022.yaml --data_folder=/path/to/ADReSS-IS2020-data --unlabelled=/path/to/VoxCeleb2 --fold=1

--pretrained=results/AD_DINO_cho2022/1986/fold_1/pretrain takes the encoder of an
earlier run, or of the recipes of VoxCeleb, in place of pretraining. Each fold
ends with the scores of all that are done, in results.json of the output folder.

Authors
 * The sb_contrastive developers 2026
"""

import copy
import sys
from pathlib import Path

import speechbrain as sb
import torch
from hyperpyyaml import load_hyperpyyaml
from speechbrain.dataio.dataset import DynamicItemDataset
from speechbrain.utils.distributed import if_main_process, run_on_main

from sb_contrastive.brains import ClassificationBrain, DINOBrain
from sb_contrastive.data.audio.reading import read_span
from sb_contrastive.data.folds.folds import split_fold
from sb_contrastive.data.folds.validation_split import validation_split
from sb_contrastive.data.manifests.manifest import known_speakers, read_manifest
from sb_contrastive.data.manifests.preparation import write_unlabelled
from sb_contrastive.encoders.fresh_affine import with_fresh_affine
from sb_contrastive.encoders.weights import load_weights, save_weights
from sb_contrastive.evaluation.classification.fold_report import evaluate_fold
from sb_contrastive.export import classifier_card, export_classifier
from sb_contrastive.rows.recordings import write_recordings
from sb_contrastive.training.length import optimizer_steps


def join_recordings(hparams):
    """Joins what is heard of each subject into one file, and draws the folds."""
    if not Path(hparams["manifest"]).is_file():
        write_recordings(
            read_manifest(hparams["turns"], hparams["data_folder"]),
            Path(hparams["manifest"]),
            content=hparams["recordings"],
            pause_db=hparams["pause_db"],
            folds=hparams["folds"],
            validation=hparams["validation"],
        )


def dataio_prep(hparams):
    """Reads the manifests and makes datasets: random crops to train on, all
    overlapping chunks of a subject to judge by.

    Returns
    -------
    tuple of dict
        Manifest rows and datasets: train, valid and test with labels,
        unlabelled and watched to pretrain on and to log; rows also held_out,
        the official test part, empty where there is none.
    """

    @sb.utils.data_pipeline.takes("id", "wav", "start", "stop")
    @sb.utils.data_pipeline.provides("long", "short")
    def views_pipeline(utterance, wav, start, stop):
        yield from hparams["views"](
            utterance, wav, start, stop
        )  # [2, S], [4, S']

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

    rows = read_manifest(hparams["manifest"], required=["label"])
    unlabelled, valid, test = split_fold(
        rows, hparams["fold"], hparams["validation"]
    )
    # After the split: chunks of a subject stay on one side
    rows = {
        "train": hparams["training_chunks"](unlabelled),
        "valid": hparams["test_chunks"](valid),
        "test": hparams["test_chunks"](test),
        "held_out": [],
    }
    if Path(hparams["held_out"]).is_file():
        held_out = read_manifest(hparams["held_out"])
        rows["held_out"] = hparams["test_chunks"](held_out)
    if hparams["unlabelled"] and not hparams["pretrained"]:
        unlabelled = read_manifest(hparams["unlabelled_manifest"])
    rows["unlabelled"], rows["watched"] = validation_split(
        unlabelled, hparams["pretrain_validation_share"]
    )
    views = ["id", "long", "short"], [views_pipeline]
    crops = ["id", "crop", "target"], [crop_pipeline, label_pipeline]
    whole = ["id", "sig", "target"], [audio_pipeline, label_pipeline]
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
    """Trains the encoder without labels and leaves it in the pretraining folder.

    Returns
    -------
    dict
        How fast it was.
    """
    batches = len(rows["unlabelled"]) // hparams["pretrain_batch_size"]
    brain = DINOBrain(
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
        loss=hparams["loss"],
        teacher_momentum=hparams["teacher_momentum"],
        teacher_temperature=hparams["teacher_temperature"],
        freeze_prototypes=hparams["freeze_prototypes"],
        crops=hparams["views"],
        augmentation=hparams["augmentation"],
        speakers=known_speakers(rows["watched"]),
    )
    hparams["augmentation"].prepare(rows["unlabelled"], brain.device)
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


def finetune(step, hparams, run_opts, rows, datasets):
    """Trains what the step allows to be trained, and takes its best epoch.

    Returns
    -------
    ClassificationBrain
    """
    batches = len(rows["train"]) // hparams["batch_size"]
    brain = ClassificationBrain(
        modules=hparams["modules"],
        opt_class=hparams["opt_class"],
        learning_rate=step["learning_rate"],
        total_steps=optimizer_steps(
            step["epoch_counter"].limit, batches, hparams, run_opts
        ),
        hparams=hparams,
        run_opts=run_opts,
        checkpointer=step["checkpointer"],
        train_loggers=[step["train_logger"]],
        classes=hparams["classes"],
        trainable=step["trainable"],
        crops=hparams["crops"],
        augmentation=hparams["finetune_augmentation"],
    )
    if brain.augmentation is not None:
        brain.augmentation.prepare(rows["train"], brain.device)
    brain.fit(
        step["epoch_counter"],
        datasets["train"],
        datasets["valid"],
        train_loader_kwargs=hparams["train_dataloader_opts"],
        valid_loader_kwargs=hparams["valid_dataloader_opts"],
    )
    brain.load_best()  # by UA of the validation part
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

    # Dataset preparation (parsing ADReSS)
    from adress_prepare import prepare_adress

    run_on_main(
        prepare_adress,
        kwargs={
            "data_folder": hparams["data_folder"],
            "save_csv": hparams["turns"],
            "audio": hparams["audio"],
            "expected_subjects": hparams["expected_subjects"],
            "skip_prep": hparams["skip_prep"],
        },
    )
    run_on_main(join_recordings, args=[hparams])
    if hparams["unlabelled"] and not hparams["pretrained"]:
        run_on_main(
            write_unlabelled,
            args=[hparams["unlabelled"], hparams["unlabelled_manifest"]],
        )
    rows, datasets = dataio_prep(hparams)

    encoder = hparams["modules"]["encoder"]
    untrained, speeds = copy.deepcopy(encoder), []
    if not hparams["pretrained"]:
        speeds.append(pretrain(hparams, run_opts, rows, datasets))
    # The teacher's weights: the encoder of this process is the student
    load_weights(encoder, hparams["pretrained"] or hparams["pretrain_folder"])
    if hparams["fresh_affine"]:
        state = with_fresh_affine(untrained, encoder.state_dict())
        encoder.load_state_dict(state)
    for step in hparams["steps"]:
        brain = finetune(step, hparams, run_opts, rows, datasets)
        speeds.append(brain.speed())

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
                "split": f"{hparams['folds']} folds by subject, stratified",
                "heard": hparams["recordings"],
                "decision": "mean posterior of overlapping chunks",
                "selection": "best validation UA, validation: "
                + hparams["validation"],
                "pretraining": hparams["pretrained"]
                or hparams["unlabelled"]
                or "training part of each fold",
            },
            speeds=speeds,
            held_out=rows["held_out"],
            task="Alzheimer's detection",
            about="dementia",
            positive="dementia",
        )
        # A folder that EncoderClassifier.from_hparams loads
        export_classifier(
            Path(hparams["fold_folder"]) / "model",
            hparams_file,
            hparams["modules"]["encoder"],
            hparams["modules"]["classifier"],
            hparams["classes"],
            classifier_card(
                results, hparams["experiment"], str(hparams["fold"])
            ),
            overrides,
        )
