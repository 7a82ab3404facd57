"""A pack that somebody changed: the refusal names the file, and nothing is there afterwards."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from diq_core.cli import app
from diq_core.errors import BadFile, BadSetting, NotFound, OutOfSpace, UserError
from diq_core.packing.pack import pack
from diq_core.packing.unpack import unpack
from diq_core.review.form.form import load_form
from diq_core.review.store import reading
from diq_core.review.store.changes import open_store
from diq_core.review.store.checking import check_store
from diq_core.review.store.roles import Actor
from diq_core.status import faults
from diq_core.study import open_study
from tests.support import postgres
from tests.support.reviews import ANN, rate
from tests.support.tampering import vouched_anew

ADMIN = Actor("admin@example.org", "admin")
SAMPLES = "study/dataset/main/samples.parquet"
FIRST = "study/dataset/main/manifest.json"
Members = list[tuple[tarfile.TarInfo, bytes]]
Change = Callable[[Members], None]


@pytest.fixture
def packed(study: Path, tmp_path: Path) -> Path:
    store = open_store(open_study(study))
    rate(store, load_form(), ANN, "s1")
    store.close()
    pack(open_study(study), tmp_path / "study.tar")
    return tmp_path / "study.tar"


def members(file: Path) -> Members:
    with tarfile.open(file) as archive:
        return [(one, archive.extractfile(one).read()) for one in archive]  # type: ignore[union-attr]


def rewritten(file: Path, found: Members) -> Path:
    """Write a pack of these members, each header as packing writes it where it can be so."""
    target = file.with_name("changed.tar")
    with target.open("wb") as out:
        for info, content in found:
            form = tarfile.GNU_FORMAT if len(info.name) > 100 else tarfile.USTAR_FORMAT
            out.write(info.tobuf(form, "utf-8", "surrogateescape"))
            out.write(content + bytes(-len(content) % tarfile.BLOCKSIZE))
        out.write(bytes(2 * tarfile.BLOCKSIZE))
    return target


def at(found: Members, name: str) -> int:
    return next(number for number, (info, _) in enumerate(found) if info.name == name)


def member(name: str, content: bytes = b"", **fields: object) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for key, value in fields.items():
        setattr(info, key, value)
    return info, content


def put(found: Members, name: str, content: bytes) -> None:
    found[at(found, name)] = member(name, content)


def relisted(found: Members, *, also: Members = (), only: str = "") -> None:  # type: ignore[assignment]
    """Write the list anew, so that it vouches for what is in the pack now."""
    found += also
    head, rest = found[0], sorted(found[1:], key=lambda one: one[0].name)
    lines = ['{"diq_pack":1}']
    for info, content in rest:
        entry = {
            "path": info.name.removeprefix("study/"),
            "sha256": hashlib.sha256(content).hexdigest(),
            "size": len(content),
        }
        lines.append(json.dumps(entry, sort_keys=True, separators=(",", ":")))
    found[:] = [member(head[0].name, ("\n".join(lines) + "\n").encode()), *rest]


def listing(change: Callable[[str], str]) -> Change:
    def apply(found: Members) -> None:
        put(found, "pack.jsonl", change(found[0][1].decode()).encode())

    return apply


def added(name: str, content: bytes = b"x") -> Change:
    return lambda found: relisted(found, also=[member(f"study/{name}", content)])


def retyped(kind: bytes, target: str = "") -> Change:
    def apply(found: Members) -> None:
        found[at(found, SAMPLES)] = member(SAMPLES, b"", type=kind, linkname=target)

    return apply


def vouched(name: str, content: bytes) -> Change:
    """Put other bytes into a file, and into the list their digest."""

    def apply(found: Members) -> None:
        put(found, f"study/{name}", content)
        relisted(found)

    return apply


def flipped(found: Members) -> None:
    content = bytearray(found[at(found, SAMPLES)][1])
    content[len(content) // 2] ^= 1
    put(found, SAMPLES, bytes(content))


def without(name: str, *, said: bool) -> Change:
    def apply(found: Members) -> None:
        del found[at(found, f"study/{name}")]
        if said:
            relisted(found)

    return apply


def other_review(found: Members) -> None:
    content = found[at(found, "study/reviews.jsonl")][1]
    put(found, "study/reviews.jsonl", content.replace(b"Dr Ann", b"Dr Eve"))
    relisted(found)


def swapped(found: Members) -> None:
    found[1], found[2] = found[2], found[1]


ATTACKS: dict[str, tuple[Change, str]] = {
    "one bit": (flipped, r"digest differs.*samples\.parquet"),
    "longer": (
        lambda found: put(found, SAMPLES, found[at(found, SAMPLES)][1] + b"x"),
        r"bytes in the pack.*samples\.parquet",
    ),
    "missing": (
        without("dataset/main/samples.parquet", said=False),
        r"where the list has.*samples",
    ),
    "missing and unlisted": (
        without("dataset/main/samples.parquet", said=True),
        r"samples\.parquet is missing",
    ),
    "without a manifest": (
        without("selection/diq-10/manifest.json", said=True),
        r"No manifest.*selection/diq-10/selection\.parquet",
    ),
    "without study.toml": (without("study.toml", said=True), r"lacks.*study\.toml"),
    "added unlisted": (
        lambda found: found.append(member("study/zzz.sh", b"rm")),
        r"not in its list.*zzz\.sh",
    ),
    "added to an artefact": (
        added("dataset/main/extra.parquet"),
        r"extra\.parquet is not in its manifest",
    ),
    "added hidden": (added("dataset/main/.hidden"), r"No manifest.*\.hidden"),
    "a queue": (added("jobs/queue/entries.json", b"[]"), r"No study has.*jobs/queue/entries\.json"),
    "a database": (added("review.db"), r"No study has.*review\.db"),
    "a strange folder": (added("secrets/x"), r"No study has.*secrets/x"),
    "unfinished": (added("dataset/new.part/plan.json"), r"No study has.*new\.part"),
    "twice": (
        lambda found: relisted(found, also=[found[at(found, SAMPLES)]]),
        r"names the file twice.*samples\.parquet",
    ),
    "out of order": (swapped, r"where the list has.*dataset/main"),
    "another case": (added("dataset/main/Samples.PARQUET"), r"the same as that of.*samples"),
    "another folder's case": (added("dataset/Main/x"), r"the same as that of.*dataset/.ain"),
    "a file as a folder": (
        added("dataset/main/samples.parquet/x"),
        r"a file and a folder.*samples",
    ),
    "up and out": (added("dataset/../../outside/x"), r"leads out.*outside"),
    "absolute": (added("/etc/passwd"), r"leads out.*etc/passwd"),
    "a drive": (added("uploads/C:x"), r"leads out.*C:x"),
    "backslashes": (added("uploads/..\\x"), r"leads out.*x"),
    "a control character": (added("uploads/a\nb"), r"leads out.*a"),
    "a device of Windows": (added("uploads/con.txt"), r"on every system.*con\.txt"),
    "an end that Windows drops": (added("uploads/x."), r"on every system.*x\."),
    "a symbolic link": (retyped(tarfile.SYMTYPE, "/etc/passwd"), r"It is a link.*samples"),
    "a hard link": (retyped(tarfile.LNKTYPE, "study/study.toml"), r"It is a link.*samples"),
    "a device": (retyped(tarfile.CHRTYPE), r"It is a device.*samples"),
    "a pipe": (retyped(tarfile.FIFOTYPE), r"It is a pipe.*samples"),
    "a folder": (retyped(tarfile.DIRTYPE), r"It is a folder.*samples"),
    "sparse": (retyped(tarfile.GNUTYPE_SPARSE), r"It is a sparse file.*samples"),
    "an extended header": (retyped(tarfile.XHDTYPE), r"It is an extended header.*samples"),
    "an owner": (
        lambda found: found.__setitem__(1, member(FIRST, found[1][1], uid=0o777, mode=0o4755)),
        r"not as packing writes it.*dataset/main/manifest\.json",
    ),
    "another version": (
        listing(lambda text: text.replace('"diq_pack":1', '"diq_pack":2')),
        r"of version '2'.*pack\.jsonl",
    ),
    "a list that is none": (listing(lambda _: "[" * 100_000), r"damaged.*pack\.jsonl"),
    "a line that is none": (listing(lambda text: text + "[1]\n"), r"damaged.*pack\.jsonl.*line"),
    "a line as long as a book": (
        listing(lambda text: text + '"' + "x" * 10_000 + '"\n'),
        r"too long.*pack\.jsonl.*line",
    ),
    "a list with more in it": (
        listing(lambda text: text.replace('{"path"', '{"more":1,"path"', 1)),
        r"not written as packing writes it.*pack\.jsonl",
    ),
    "no digest": (
        listing(lambda text: text.replace('"sha256":"', '"sha256":"x', 1)),
        r"has no digest.*dataset",
    ),
    "a size from nowhere": (
        listing(lambda text: text.replace('"size":', '"size":-', 1)),
        r"size is none.*dataset",
    ),
    "an enormous size": (
        listing(lambda text: text.replace('"size":', '"size":9999999', 1)),
        r"(bytes in the pack|size is none).*dataset",
    ),
    "a database elsewhere": (
        vouched("study.toml", b'store = "postgresql+psycopg://them@example.org/x"\n'),
        r"database elsewhere.*study\.toml",
    ),
    "study.toml that is none": (vouched("study.toml", b"\xff="), r"damaged.*study\.toml"),
    "other samples, listed": (
        vouched("dataset/main/samples.parquet", b"PAR1"),
        r"samples\.parquet was changed",
    ),
    "another reviewer": (other_review, r"checksum differs.*reviews\.jsonl"),
    "reviews that are none": (vouched("reviews.jsonl", b""), r"damaged.*reviews\.jsonl"),
    "a database as reviews": (
        vouched("reviews.jsonl", b"SQLite format 3\0" + bytes(200)),
        r"damaged.*reviews\.jsonl",
    ),
    "a manifest that is none": (
        vouched("dataset/main/manifest.json", b"{}"),
        r"damaged.*dataset/main/manifest\.json",
    ),
}


def refused(file: Path, words: str, **how: str) -> None:
    target = file.parent / "opened"
    with pytest.raises(UserError, match=f"(?s){words}"):
        unpack(file, target, ADMIN, **how)
    assert not target.exists()
    assert not target.with_name("opened.part").exists()


@pytest.mark.parametrize(("change", "words"), ATTACKS.values(), ids=ATTACKS)
def test_what_was_changed_is_named(packed: Path, outside: Path, change: Change, words: str) -> None:
    found = members(packed)
    change(found)
    refused(rewritten(packed, found), words)


@pytest.mark.parametrize("kept", [0, 1, 511, 512, 1000, 20_000, -1024, -1])
def test_a_pack_that_was_cut_short_is_refused(packed: Path, kept: int) -> None:
    content = packed.read_bytes()
    cut = packed.with_name("cut.tar")
    cut.write_bytes(content[:kept])
    refused(cut, r"(no pack|ends before|follows the last).*file")


@pytest.mark.parametrize("more", [b"\0", b"x" * 512, bytes(10_240)])
def test_what_follows_the_end_is_refused(packed: Path, more: bytes) -> None:
    longer = packed.with_name("longer.tar")
    longer.write_bytes(packed.read_bytes() + more)
    refused(longer, r"follows the last file")


def test_a_packed_archive_is_no_pack(packed: Path) -> None:
    import gzip

    bomb = packed.with_name("bomb.tar.gz")
    with gzip.open(bomb, "wb") as out:
        out.write(packed.read_bytes() + bytes(50_000_000))
    refused(bomb, r"no pack of a study.*bomb")


def test_only_the_digest_shows_a_pack_that_was_made_up_whole(packed: Path, tmp_path: Path) -> None:
    digest = hashlib.sha256(members(packed)[0][1]).hexdigest()
    study = unpack(packed, tmp_path / "first", ADMIN, digest=digest).study
    vouched_anew(study.path / "selection" / "diq-10", facts={"notes": ["made up"]})
    pack(open_study(study.path), tmp_path / "other.tar")
    refused(tmp_path / "other.tar", r"not the one you gave.*pack\.jsonl", digest=digest)
    unpack(tmp_path / "other.tar", tmp_path / "opened", ADMIN)


def test_a_study_comes_out_as_it_went_in(study: Path, packed: Path, tmp_path: Path) -> None:
    made = unpack(packed, tmp_path / "elsewhere", ADMIN)
    assert faults(made.study) == []
    assert not list((tmp_path / "elsewhere").glob("reviews*"))
    for file in study.rglob("*.parquet"):
        name = file.relative_to(study)
        assert (made.study.path / name).read_bytes() == file.read_bytes()
    store = open_store(made.study)
    assert [one.reviewer for one in reading.judgements(store, ADMIN, "verdict")] == ["Dr Ann"]
    rate(store, load_form(), ANN, "s2")
    assert check_store(store) == []
    store.close()
    typed = ["select", "--study", str(made.study.path), "--name", "again", "--budget", "5%"]
    assert CliRunner().invoke(app, typed).exit_code == 0


def test_the_same_study_gives_the_same_bytes(packed: Path, tmp_path: Path) -> None:
    made = unpack(packed, tmp_path / "elsewhere", ADMIN)
    pack(made.study, tmp_path / "again.tar")
    assert (tmp_path / "again.tar").read_bytes() == packed.read_bytes()


def test_what_would_run_or_is_half_done_stays_where_it_is(study: Path, tmp_path: Path) -> None:
    (study / "jobs" / "queue").mkdir(parents=True)
    (study / "jobs" / "queue" / "entries.json").write_text("[]")
    (study / "dataset" / "new.part").mkdir()
    (study / "dataset" / "new.part" / "plan.json").write_text("{}")
    made = pack(open_study(study), tmp_path / "p.tar")
    assert {"jobs", "dataset/new.part"} <= set(made.left_out)
    names = " ".join(info.name for info, _ in members(tmp_path / "p.tar"))
    assert "jobs" not in names
    assert "new.part" not in names


def test_a_damaged_study_is_not_packed(study: Path, tmp_path: Path) -> None:
    (study / "dataset" / "main" / "samples.parquet").write_bytes(b"x")
    with pytest.raises(BadFile, match=r"not packed.*samples\.parquet was changed"):
        pack(open_study(study), tmp_path / "p.tar")
    assert not (tmp_path / "p.tar").exists()


def test_a_link_in_a_study_is_not_packed(study: Path, outside: Path, tmp_path: Path) -> None:
    (study / "uploads" / "x.jsonl").symlink_to(outside / "secret.txt")
    with pytest.raises(BadFile, match=r"is a link.*x\.jsonl"):
        pack(open_study(study), tmp_path / "p.tar")
    assert not list(tmp_path.glob("*p.tar*"))


@pytest.mark.slow
@pytest.mark.xdist_group("postgresql")
def test_reviews_in_a_shared_database_come_along_and_its_address_does_not(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    try:
        with postgres.server(durable=False) as url:
            url = url.set(password="the-password")
            postgres.keep_reviews_in(url, study, monkeypatch.setenv)
            store = open_store(open_study(study))
            rate(store, load_form(), ANN, "s1")
            store.close()
            pack(open_study(study), tmp_path / "p.tar")
    except postgres.NoPostgres as missing:
        pytest.skip(str(missing))
    assert b"the-password" not in (tmp_path / "p.tar").read_bytes()
    made = unpack(tmp_path / "p.tar", tmp_path / "elsewhere", ADMIN)
    assert made.reviews >= 1
    assert made.study.facts == {"title": "t"}
    assert (made.study.path / "review.db").is_file()
    assert faults(made.study) == []


def test_nothing_is_replaced(packed: Path, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    with pytest.raises(BadSetting, match=r"exists already.*there"):
        unpack(packed, tmp_path / "there", ADMIN)
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    with pytest.raises(BadSetting, match=r"exists already.*link"):
        unpack(packed, tmp_path / "link", ADMIN)
    with pytest.raises(BadSetting, match=r"exists already"):
        pack(open_study(tmp_path / "study"), packed)


@pytest.mark.parametrize("kind", ["absent", "folder", "pipe"])
def test_what_is_no_file_is_not_opened(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "p.tar"
    if kind == "folder":
        file.mkdir()
    elif kind == "pipe":
        os.mkfifo(file)
    with pytest.raises((BadFile, NotFound), match=r"p\.tar"):
        unpack(file, tmp_path / "opened", ADMIN)


def test_a_disk_without_space_is_said_before_anything_is_written(
    packed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(1, 1, 1000))  # type: ignore[attr-defined]
    with pytest.raises(OutOfSpace, match=r"needs [\d,]+ bytes, and the disk has 1,000"):
        unpack(packed, tmp_path / "opened", ADMIN)
    assert not (tmp_path / "opened.part").exists()


KILLED = """
import os, signal, sys
from pathlib import Path
from diq_core.packing import archive, unpack
from diq_core.review.store.roles import Actor
last, read = int(sys.argv[3]), archive.read_file
seen = []
def counted(*args):
    seen.append(read(*args))
    if len(seen) == last:
        os.kill(os.getpid(), signal.SIGKILL)
archive.read_file = counted
if last == 0:
    unpack._flush = lambda: os.kill(os.getpid(), signal.SIGKILL)
unpack.unpack(Path(sys.argv[1]), Path(sys.argv[2]), Actor("a", "admin"))
"""


@pytest.mark.slow
@pytest.mark.parametrize("last", [1, 7, 0])
def test_a_kill_in_the_middle_leaves_nothing_under_the_final_name(
    packed: Path, tmp_path: Path, last: int
) -> None:
    target = tmp_path / "opened"
    command = [sys.executable, "-c", KILLED, str(packed), str(target), str(last)]
    assert subprocess.run(command, check=False).returncode == -9
    assert not target.exists()
    with pytest.raises(BadSetting, match=r"was cut off.*--restart"):
        unpack(packed, target, ADMIN)
    assert faults(unpack(packed, target, ADMIN, restart=True).study) == []
    assert not (tmp_path / "opened.part").exists()


def test_the_command_says_what_is_known_and_what_is_not(
    study: Path, packed: Path, tmp_path: Path
) -> None:
    run = CliRunner().invoke
    said = run(app, ["pack", "--study", str(study), str(tmp_path / "p.tar")]).output
    assert "with the names of the people" in said
    digest = said.split("Digest: ")[1].split()[0]
    known = run(app, ["unpack", str(packed), str(tmp_path / "one"), "--digest", digest])
    assert "is the one with that digest" in known.output
    unknown = run(app, ["unpack", str(packed), str(tmp_path / "two"), "--json"])
    assert json.loads(unknown.output)["compared"] is False
