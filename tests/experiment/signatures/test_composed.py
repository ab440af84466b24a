"""Arguments that a class gives to its bases itself are found in its source."""

import pytest

from sb_contrastive.experiment.checks import check_arguments
from sb_contrastive.experiment.document import Document
from sb_contrastive.experiment.signatures import composed, parameters


class Base:
    def __init__(self, size, shape=1, colour=2, taste=3):
        self.given = size, shape, colour, taste


class Middle(Base):
    def __init__(self, *args, shape=0, **kwargs):
        taste = kwargs.pop("taste", 5)
        super().__init__(*args, shape=shape, taste=taste, **kwargs)


class Leaf(Middle):
    def __init__(self, **kwargs):
        super().__init__(size=1, colour=4, **kwargs)


def test_what_is_given_once_more_is_a_type_error():
    found = {name: base.__name__ for name, base in composed(Leaf).items()}
    assert found == {"size": "Base", "colour": "Base"}
    assert list(parameters(Leaf)) == ["shape", "taste"]
    for name in ("shape", "taste"):
        Leaf(**{name: 1})
    for name in found:
        with pytest.raises(TypeError, match="multiple values"):
            Leaf(**{name: 1})


@pytest.mark.parametrize(
    "brain, argument",
    [
        ("SimCLRBrain", "objectives"),
        ("MoCoBrain", "objectives"),
        ("DINOBrain", "keep"),
        ("DINOBrain", "weights"),
        ("MetricLearningBrain", "objectives"),
    ],
)
def test_a_sentence_says_where_it_belongs(brain, argument):
    text = f"brain: !name:sb_contrastive.brains.{brain} {{{argument}: null}}"
    with pytest.raises(
        ValueError,
        match=f"my.yaml: brain has an argument '{argument}' that {brain} makes "
        f"itself: .*!name:sb_contrastive.brains.PretrainingBrain",
    ):
        check_arguments(Document(text), "my.yaml")


def test_more_in_a_list_than_a_callable_takes():
    text = "schedule: !name:sb_contrastive.schedules.Constant [1, 2, 3]"
    with pytest.raises(ValueError, match="gives 3 arguments .* takes value"):
        check_arguments(Document(text), "my.yaml")
