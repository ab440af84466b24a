"""A study runs many experiments and compares their results."""

from sb_contrastive.study.execution import run_all
from sb_contrastive.study.plan import Run, plan_runs

__all__ = ["Run", "plan_runs", "run_all"]
