"""Do at random what people do on the Explore page, and see that they end with the same ids.

    python -m benchmarks.sequences --times 200

Two people work on one study, each on a page of their own. They turn the weight, the cuts and the
budget, look for words, place samples, undo and redo, recolour the map, go to another page and come
back, go back in the browser, reload, follow each other's links, and the server loses all it had in
memory. A plain account of what they set is kept beside it. In the end the command that the page
shows must choose exactly the ids that the account chooses, straight from the tables of scores.
"""

from __future__ import annotations

import argparse
import logging
import os
import tempfile
from collections.abc import Callable
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from random import Random

import numpy as np
import pyarrow.parquet as pq
import streamlit as st

from benchmarks.generate_study import SUBJECTS, generate_study
from benchmarks.visitor import Account, Differs, Ground, Visitor
from diq_core.cli import app as diq

SAMPLES, STEPS = 240, 10


def weigh(who: Visitor, random: Random) -> None:
    """Order by the balance weight, and turn it."""
    who.turn("segmented_control", "explore:rule", "weight")
    who.account.set(rule="weight")
    who.note()
    weight = random.randrange(21) / 20
    who.turn("slider", "explore:weight", weight)
    who.account.set(weight=weight)


def cut(who: Visitor, random: Random) -> None:
    """Move one of the cuts."""
    name, at = random.choice(("difficulty_cut", "influence_cut")), float(random.randrange(5, 96))
    who.turn("slider", f"explore:{name}", at)
    who.account.set(**{name: at})


def spend(who: Visitor, random: Random) -> None:
    """Change the budget; a small one may leave no room for what was put in."""
    share = random.choice((2, 5, 10, 15, 30, 60))
    who.turn("number_input", "explore:amount", float(share))
    who.account.set(budget=f"{share}%")


def look_for(who: Visitor, random: Random) -> None:
    """Choose among what holds a word, or mark it and perhaps place all of it."""
    marks = random.random() < 0.5
    if not who.turn("toggle", "explore:marks", marks):
        return
    who.account.set(marks=marks)
    who.note()
    word = random.choice((*SUBJECTS, "nothing")).split()[0]
    who.turn("text_input", "explore:find", word)
    who.account.set(words=word)
    who.note()
    if marks and who.press("explore-list-found") and random.random() < 0.5:
        who.note()
        where = random.choice(("take out", "put in", "by the rule"))
        if who.press(f"place-all-{where}"):
            who.account.place(who.ground.found(word), where)


def place(who: Visitor, random: Random) -> None:
    """Open a sample of the list and place it."""
    who.turn("segmented_control", "explore:panel", "sample")
    for _ in range(random.randrange(1, 4)):
        who.note()
        who.press("explore-next")
    who.note()
    where, id = random.choice(("take out", "put in", "by the rule")), who.address.get("sample")
    if id and who.press(f"place-{where}"):
        who.account.place([id], where)


def undo(who: Visitor, random: Random) -> None:
    """Undo, or redo."""
    by = random.choice((-1, -1, 1))
    can = 0 <= who.account.at + by < len(who.account.steps)
    if who.press("explore-undo" if by < 0 else "explore-redo") is not can:
        raise Differs(f"{'undo' if by < 0 else 'redo'} could {'not ' * can}be pressed")
    who.account.at += by * can


def recolour(who: Visitor, random: Random) -> None:
    """Have the map drawn otherwise; that chooses nothing."""
    which = {"scale": ("values", "ranks"), "maps": ("scores", "meaning", "both"),
             "panel": ("summary", "list")}  # fmt: skip
    name = random.choice(sorted(which))
    who.turn("segmented_control", f"explore:{name}", random.choice(which[name]))


def go_elsewhere(who: Visitor, _: Random) -> None:
    """Go to another page and come back by the menu."""
    who.go_away_and_back()


def go_back(who: Visitor, _: Random) -> None:
    """Go back in the browser."""
    who.go_back()


def reload(who: Visitor, _: Random) -> None:
    """Reload the page."""
    who.reload()


def lose_memory(who: Visitor, _: Random) -> None:
    """Have the server begin anew; the browser still has its address."""
    st.cache_resource.clear()
    st.cache_data.clear()
    who.reload()


ACTIONS: tuple[Callable[[Visitor, Random], None], ...] = (
    weigh, cut, spend, look_for, place, place, undo, undo, recolour, go_elsewhere, go_back, reload,
    lose_memory,
)  # fmt: skip


def share(sender: Visitor, receiver: Visitor) -> None:
    """Have one person follow the link that the other one sends."""
    receiver.account = Account([dict(sender.account.now)])
    receiver.reload(sender.address)


def play(ground: Ground, seed: int, *, steps: int = STEPS) -> list[str]:
    """Play one sequence for two people and return what they did.

    Raises:
        Differs: a page ended with other ids than its account; the message says what was done.
    """
    random, told = Random(seed), list[str]()
    people = [Visitor(ground), Visitor(ground)]
    try:
        for _ in range(steps):
            number = random.randrange(2)
            if random.random() < 0.08:
                told.append(f"{number} follows the other's link")
                share(people[1 - number], people[number])
            else:
                act = random.choice(ACTIONS)
                told.append(f"{number} {act.__name__}")
                act(people[number], random)
            people[number].note()
        for number, who in enumerate(people):
            told.append(f"{number} compares")
            _compare(who, f"seed{seed}-{number}")
    except Differs as error:
        raise Differs(f"seed {seed}: {error}; after: {', '.join(told)}") from None
    return told


def _compare(who: Visitor, name: str) -> None:
    expected = who.account.ids(who.ground)
    if expected is None:
        if not who.tells_problem:
            raise Differs("the page does not say that this cannot be chosen")
        return
    command = who.command()
    command[command.index("--name") + 1] = name  # The other one may have fixed that name before.
    with redirect_stdout(StringIO()):
        diq(command, standalone_mode=False)
    fixed = who.ground.study.find("selection", name).file("selection.parquet")
    table = pq.ParquetFile(fixed).read(columns=["id", "kept"])
    found = sorted(np.array(table["id"].to_pylist())[table["kept"].to_numpy()].tolist())
    if found != expected:
        odd = sorted({*found} ^ {*expected})
        raise Differs(f"{len(odd)} ids differ, the first {odd[:3]}")


def main() -> None:
    """Read the command line and play."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0, help="of the first sequence")
    parser.add_argument("--steps", type=int, default=STEPS)
    given = parser.parse_args()
    # Streamlit says at each page that it runs without a server.
    logging.disable(logging.WARNING)
    bad = 0
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DIQ_WORKSPACE"] = folder
        ground = Ground.of(generate_study(Path(folder) / "made", SAMPLES))
        for seed in range(given.seed, given.seed + given.times):
            try:
                play(ground, seed, steps=given.steps)
            except Differs as error:
                bad += 1
                print(error, flush=True)
            if (seed - given.seed) % 10 == 9:
                print(f"{seed - given.seed + 1} sequences, {bad} ended otherwise", flush=True)
    print(f"{given.times} sequences of {given.steps} steps by two people, {bad} ended otherwise")
    raise SystemExit(bool(bad))


if __name__ == "__main__":
    main()
