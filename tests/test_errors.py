"""A user's error keeps its three parts, also across a cache or another process."""

from __future__ import annotations

import pickle

from diq_core.errors import BadFile, SettingNeeded


def test_a_message_says_what_which_and_what_to_do() -> None:
    error = BadFile("The file is empty", which="a.csv, line 1", todo="choose another file")
    assert str(error) == "The file is empty (a.csv, line 1). Choose another file."
    assert str(BadFile("It is empty", todo="Go on")) == "It is empty. Go on."


def test_a_copy_through_pickle_is_the_same_error() -> None:
    error = BadFile("The file is empty", which="a.csv", todo="choose another file")
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is BadFile
    assert (copy.what, copy.which, copy.todo) == (error.what, error.which, error.todo)
    assert str(copy) == str(error)


def test_a_copy_of_a_question_still_has_its_choices() -> None:
    choices = {"0": "from 0", "1": "from 1"}
    error = SettingNeeded("It is open", todo="say it", setting="answer_numbers", choices=choices)
    copy = pickle.loads(pickle.dumps(error))
    assert (str(copy), copy.setting, copy.choices) == (str(error), "answer_numbers", choices)
