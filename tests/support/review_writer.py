"""A reviewer in a process of its own, for tests that crowd or kill: judges until nothing is left.

    python -m tests.support.review_writer STUDY NAME

After every verdict that the store acknowledged it prints the sample's id. If it was killed and
is started again under the same name it goes on with what it held.
"""

from __future__ import annotations

import sys
import uuid
from pathlib import Path

from diq_core.review.form.form import load_form
from diq_core.review.queue import claiming as queue
from diq_core.review.store.changes import open_store
from diq_core.review.store.roles import Actor
from diq_core.study import open_study
from tests.support.reviews import answer


def main() -> None:
    """Claim and submit until the queue "q" is empty."""
    store = open_store(open_study(Path(sys.argv[1])))
    actor, form = Actor(sys.argv[2], "reviewer"), load_form()
    while tasks := queue.claim(store, actor, "q", ahead=2):
        sample, key = tasks[0].sample, uuid.uuid4().hex
        values = answer(comment="x" * 500)
        store.submit(actor, sample, values, form=form, version=0, key=key)
        sys.stdout.write(f"{sample}\n")
        sys.stdout.flush()
    store.close()


if __name__ == "__main__":
    main()
