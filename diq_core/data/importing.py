"""From a file to samples, findings and reasons: what an import decides, without writing it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path
from typing import Any, Literal

from diq_core.data.assembling import Assembled, assemble, how_numbers_count
from diq_core.data.findings import Finding, finding
from diq_core.data.formats import choose_format
from diq_core.data.image_tree import found_elsewhere
from diq_core.data.images import ImageStore
from diq_core.data.limits import limits
from diq_core.data.overlap import NEAR_THRESHOLD, Match
from diq_core.data.readers import MAX_LINE_BYTES, Row, open_source
from diq_core.data.sample import Sample
from diq_core.data.screening import Screened, screen
from diq_core.data.shelf import Shelf
from diq_core.data.unused import ColumnsLeft, Unused
from diq_core.errors import BadFile

FIRST_ROWS = 200
"""By so many rows the format is chosen, and how numbers as answers count."""

Tick = Callable[[str, int], None]


@dataclass(frozen=True)
class Imported:
    """What a file turned out to hold.

    Attributes:
        samples: every readable sample, in file order; also those in `excluded`.
        excluded: id → why it is left out by default.
        findings: in file order, then those about images and text, then comparisons.
        matches: the duplicates and overlaps behind the last findings.
        format: name of the format that was used.
        reason: why that format.
        kind: what the file is and how that was recognised, in words.
        unused: columns of the file that were not used.
        counts: "rows" read, "samples", "included", "unreadable" rows, "excluded" and "findings"
            by rule.
    """

    samples: Sequence[Sample]
    excluded: dict[str, str]
    findings: Sequence[Finding]
    matches: list[Match]
    format: str
    reason: str
    kind: str
    unused: list[Unused]
    counts: dict[str, Any]


def import_samples(
    source: str | Path,
    *,
    format: str | None = None,
    mapping: Mapping[str, str] | None = None,
    ignore: Collection[str] | None = (),
    answer_numbers: Literal["0", "1", "text"] | None = None,
    encoding: str | None = None,
    split: str | None = None,
    limit: int | None = None,
    before: Sequence[Sample] = (),
    against: Mapping[str, Sequence[Sample]] | None = None,
    near_threshold: float = NEAR_THRESHOLD,
    exclude_duplicates: bool = True,
    exclude_overlap: bool = True,
    keep: Collection[str] = (),
    leave_out: Collection[str] = (),
    compare: bool = True,
    images_to: Path | None = None,
    folder: Path | None = None,
    further: Callable[[Sample], list[Finding]] | None = None,
    hide: Callable[[str, str], str] | None = None,
    max_line_bytes: int = MAX_LINE_BYTES,
    seed: int = 0,
    tick: Tick | None = None,
) -> Imported:
    """Return the samples of a file, what was noticed about them, and what is left out and why.

    The only thing that is there afterwards is images, and only when `images_to` is given. However
    many rows there are, only a few numbers of each are held in memory.

    Args:
        source: file, folder or hub id; see `open_source`.
        format: name of the format; None = recognise it.
        mapping: our field → column; see `choose_format`.
        ignore: columns that may stay unused, whatever they hold; None = all.
        answer_numbers: what numbers as answers are: counted from 0 or from 1, or the text itself;
            None = as the first rows prove it.
        encoding: of a text file; None = find out, and ask where nothing proves it.
        split: which part of the data is read; None = that for training.
        limit: read at most this many rows; None = all.
        before: samples that the file is added to; they come first and keep their ids.
        against: name → validation or test questions that must not be trained on.
        near_threshold: see `overlap`.
        exclude_duplicates, exclude_overlap: leave them out, or only report them.
        keep, leave_out: samples that a person chose to keep although they are duplicates, or to
            leave out, each by its id or its `content_id`.
        compare: look for duplicates and overlap at all.
        images_to: folder that images are copied to; None = only check them.
        folder: where what does not fit into memory lies meanwhile; None = where the system
            puts what is temporary.
        further: what else to find in each sample; it leaves a sample out as `check` does.
        hide: (column, example) → the example as it may be kept and said; None = as it is.
        max_line_bytes: a longer line is skipped.
        seed: of the comparison.
        tick: called as (what is being done, how many so far); may raise to stop.

    Raises:
        BadFile: nothing in it can be read.
        ColumnsLeft: a column that was not used holds what must not be lost in silence.
        NotFound: it does not exist.
        UnknownFormat: its fields fit no format.
        BadSetting: format, mapping, split or encoding is not possible.
        SettingNeeded: split or encoding must be named, or answers are numbers of which nothing
            proves how they count.
    """
    opened = open_source(source, encoding=encoding, split=split, max_line_bytes=max_line_bytes)
    remarks: list[Finding] = []
    counter = _Counter(tick, opened.name)
    rows = counter.rows(opened.rows(), limit, remarks)
    first = list(islice(rows, FIRST_ROWS))
    if not first:
        raise _nothing(opened.name, remarks)
    match = choose_format(
        [row.values for row in first], name=format, mapping=mapping, ignore=ignore or ()
    )
    store = ImageStore(opened.root, images_to, beside=opened.beside)
    numbers = answer_numbers or how_numbers_count(first, match.format)
    assembled = assemble(
        chain(first, rows), match.format, store, numbers=numbers, before=before, folder=folder
    )
    samples = assembled.samples
    by_name = found_elsewhere(store.found_by_name, store.found_below, opened.name)
    said = chain(remarks, counter.not_listed(), assembled.findings, by_name)
    findings: Shelf[Finding] = Shelf(said, folder=folder)
    if not assembled.rows:
        raise _nothing(opened.name, findings)
    unused = [
        replace(each, example=hide(each.column, each.example)) if hide else each
        for each in assembled.unused
    ]
    asked = [each for each in unused if each.why and each.column not in (ignore or ())]
    if asked and ignore is not None:
        raise ColumnsLeft.of(asked, file=opened.name)
    found = screen(
        samples,
        findings,
        against=against,
        near_threshold=near_threshold,
        exclude_duplicates=exclude_duplicates,
        exclude_overlap=exclude_overlap,
        keep=keep,
        leave_out=leave_out,
        compare=compare,
        further=further,
        folder=folder,
        seed=seed,
        tick=counter.ticker("Comparing"),
    )
    kind = f"{opened.kind}: {opened.reason}"
    counts = _counts(counter.read, assembled, found)
    return Imported(
        samples, found.reasons, found.findings, found.matches, match.format.name, match.reason,
        kind, unused, counts,
    )  # fmt: skip


class _Counter:
    """Counts rows and tells the caller about it."""

    def __init__(self, tick: Tick | None, file: str) -> None:
        self._tick, self._file = tick, file
        self._bad = 0
        self.read = 0

    def rows(
        self, items: Iterable[Row | Finding], limit: int | None, findings: list[Finding]
    ) -> Iterator[Row]:
        """Yield the rows among `items`, put the findings aside, and stop at `limit`."""
        for item in items:
            # A remark about the whole file is not a row.
            if isinstance(item, Finding) and item.severity != "error":
                findings.append(item)
                continue
            if limit is not None and self.read >= limit:
                return
            self.read += 1
            if self._tick:
                self._tick("Reading", self.read)
            if not isinstance(item, Finding):
                yield item
                continue
            self._bad += 1
            if self._bad <= limits().problems:
                findings.append(item)

    def not_listed(self) -> list[Finding]:
        """Return the finding that says how many unreadable rows are not listed; often none."""
        more = self._bad - limits().problems
        if more <= 0:
            return []
        message = f"{more:,} more rows cannot be read; they are counted and not listed"
        hint = "check that this is the right file"
        return [finding("not-listed", message, hint=hint, file=self._file)]

    def ticker(self, what: str) -> Callable[[], None] | None:
        """Return a function that reports one more of `what`."""
        tick, done = self._tick, 0
        if tick is None:
            return None

        def one_more() -> None:
            nonlocal done
            done += 1
            tick(what, done)

        return one_more


def _counts(read: int, assembled: Assembled, found: Screened) -> dict[str, Any]:
    return {
        "rows": read,
        "unreadable": read - assembled.rows,
        **found.counts(len(assembled.samples)),
    }


def _nothing(name: str, findings: Sequence[Finding]) -> BadFile:
    errors = [found for found in findings if found.severity == "error"]
    if not errors:
        return BadFile("The file has no rows", which=name, todo="choose a file with samples")
    first = errors[0]
    return BadFile(
        f"None of the {len(errors)} rows can be read; the first: {first.message}",
        which=f"{first.file or name}, line {first.line}",
        todo=first.hint or "check that this is the right file",
    )
