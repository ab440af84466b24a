"""Answers of a study, by the kind of question: classes (UA), speakers (EER), clusters (NMI), or ranks."""

from sb_contrastive.study.answers import classes, clusters, ranks, speakers
from sb_contrastive.study.answers.systems import check_systems
from sb_contrastive.suggestions import check_choice

__all__ = ["answer_all", "check_questions", "kind_of"]

MEASURES = {"UA": classes, "EER": speakers, "NMI": clusters}


def kind_of(question):
    """Find the module that answers a question.

    Arguments
    ---------
    question : dict
        With `ranks`, names of other questions, it is about all of these;
        otherwise `measure` is UA (the default), EER or NMI.

    Returns
    -------
    module
        With `answer`, `markdown`, `draw`, and the name `KEY` of its answer in
        results.json.

    Example
    -------
    >>> kind_of({"systems": {"SwAV": "swav/verify"}, "measure": "EER"}).KEY
    'trials'
    """
    if "ranks" in question:
        return ranks
    measure = question.get("measure", "UA")
    check_choice("measure of a question", measure, MEASURES)
    return MEASURES[measure]


def check_questions(questions, runs):
    """Refuse questions about runs, or about other questions, that there are not.

    Arguments
    ---------
    questions : dict of str to dict
        By name.
    runs : list of Run
        All runs of the study.

    Raises
    ------
    ValueError
        With the nearest name.
    """
    for question in questions.values():
        if kind_of(question) is ranks:
            ranks.check_ranks(question, questions)
        else:
            check_systems(question, runs)


def answer_all(questions, runs):
    """Answer the questions of a study.

    Arguments
    ---------
    questions, runs
        See `check_questions`.

    Returns
    -------
    dict of str to dict
        The answer to each question, see `answer` of its kind; an empty one where
        its runs have not started.
    """
    check_questions(questions, runs)
    found, columns, seconds = {}, {}, {}
    for key, question in questions.items():
        kind = kind_of(question)
        if kind is not ranks:
            found[key] = kind.answer(question, runs)
            columns[key] = kind.columns(found[key])
            if kind is speakers:
                seconds |= speakers.training_seconds(found[key])
    for key, question in questions.items():
        if kind_of(question) is ranks:
            found[key] = ranks.answer(question, columns, seconds)
    return {key: found[key] for key in questions}
