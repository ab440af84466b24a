"""The losses of the adapter: mask prediction, self-distillation and local attributes.

Song et al. 2025 (https://arxiv.org/abs/2509.23795) name them, but their
abstract does not say what each of them regresses to, so arguments offer the
choices. All losses compute in float32 and take a mean over chosen frames; in a
batch without such frames they are 0, with a gradient of 0. Teacher tensors get
no gradient.
"""
