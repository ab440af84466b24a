"""A training step of `cross_validate` that reshapes the embedding space by class, before any classifier."""

import torch
from speechbrain.utils.distributed import run_on_main

from sb_contrastive.data.sampling.class_batches import ClassBatches
from sb_contrastive.data.sampling.triplets import ClassTriplets
from sb_contrastive.distributed import world_size
from sb_contrastive.evaluation.embeddings.embed import embed
from sb_contrastive.stages.classifier_step import ClassifierStep
from sb_contrastive.stages.space_measures import measurable, write_space
from sb_contrastive.weights_file import weights_from


class MetricLearningStep(ClassifierStep):
    """Trains `metric_brain` on the training part of a fold and keeps the epoch
    whose space suits the validation part best.

    Leaves, besides model.ckpt and log.json, `space.json`, the measures of the
    test part's space before and after, and `space.png`, a map of both: neither
    has any part in training or selection.

    Options of the step: `loss`, `trainable`, `epochs`, `least_steps`,
    `learning_rate`, `fresh_affine`, and `embedding`, r or z, which is used
    afterwards. The YAML also gives `projector`, `items_per_class`, `classes_per_batch`, `chunk`,
    `reshape_augmentation`.
    """

    predicts = False

    def run(self, parts, start, first):
        """Trains and measures: as for `ClassifierStep.run`."""
        train, valid, test = parts
        judged = measurable(valid, "validation part")
        if not judged:
            raise ValueError(
                f"the validation part has no two classes of two utterances to "
                f"judge a space by ({self.folder}): choose folds of several "
                f"speakers, or validation: next_fold"
            )
        brain = super().run((train, judged, test), start, first)
        run_on_main(self._measure, args=[brain, test, start, first])
        return brain

    def batches(self, train):
        """P classes by Q items, drawn anew for each epoch."""
        return {"batch_sampler": self.sampler}

    def make_brain(self, train):
        """A Brain for this training part, and the counter of its epochs."""
        hparams = self.hparams
        self.sampler = ClassBatches(
            train,
            hparams["items_per_class"],
            hparams["classes_per_batch"],
            hparams["seed"],
            processes=world_size(),
        )
        counter = self.counter(len(self.sampler))
        augmentation = hparams["reshape_augmentation"]
        brain = hparams["metric_brain"](
            modules={
                "encoder": hparams["encoder"],
                "projector": hparams["projector"],
            },
            loss=self.options["loss"],
            triplets=ClassTriplets(train, hparams["seed"]),
            crops=hparams["chunk"],
            augmentation=augmentation,
            embedding=self.options.get("embedding", "r"),
            sampler=self.sampler,
            **self.brain_options(counter, len(self.sampler)),
        )
        if augmentation is not None:
            augmentation.prepare(train, brain.device)
        return brain, counter

    def _measure(self, brain, test, start, first):
        test = measurable(test, "test part")
        if not test:
            return
        fresh = self.experiment.load()
        modules = torch.nn.ModuleDict(
            {name: fresh[name] for name in ("encoder", "projector")}
        ).to(brain.device)
        if start is not None:
            self._take_over(modules, start, first)
        before = self._embeddings(modules, test, brain.device)
        with weights_from(self.folder / "model.ckpt") as best:
            modules.load_state_dict(best)
        after = self._embeddings(modules, test, brain.device)
        labels = [row["label"] for row in test]
        write_space(self.folder, before, after, labels)

    @torch.no_grad()
    def _embeddings(self, modules, rows, device):
        z = torch.from_numpy(embed(modules.encoder, rows, device))
        if self.options.get("embedding", "r") == "z":
            z = modules.projector.eval()(z.to(device)).cpu()
        return z
