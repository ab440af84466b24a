"""A value of a run that is chosen without labels: one try for each candidate, with the first seed."""

from sb_contrastive.study.choice.settling import (
    as_word,
    go_on_from_try,
    settled,
)
from sb_contrastive.study.choice.tries import (
    STAGE,
    Choice,
    all_choices,
    look_at,
)
from sb_contrastive.study.choice.written import candidate_name, read_choose

__all__ = [
    "STAGE",
    "Choice",
    "all_choices",
    "as_word",
    "candidate_name",
    "go_on_from_try",
    "look_at",
    "read_choose",
    "settled",
]
