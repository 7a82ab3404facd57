"""A Ray cluster: whether there is one, and how to get on it and off again.

Nothing here waits for ever: where no cluster answers, or none can give what is asked for, that is
said in one sentence within `PATIENCE_S`.
"""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from diq_core.errors import BadSetting
from diq_core.extras import need

PATIENCE_S = 120.0
_ANSWER_S = 5.0
_CONNECT_S = 45.0


def no_cluster(address: str, why: object, *, todo: str) -> BadSetting:
    """Return the refusal of an address where no cluster answers."""
    said = " ".join(str(why).split())[:200]
    return BadSetting(f"There is no Ray cluster: {said}", which=address, todo=todo)


@contextmanager
def connected(address: str) -> Iterator[Any]:
    """Yield the module `ray`, connected to the cluster at `address`; leave it afterwards.

    Args:
        address: ``"head-node:6379"``, ``"ray://head-node:10001"`` from a machine outside the
            cluster, or ``"auto"`` for the cluster that this machine is part of.

    Raises:
        BadSetting: Ray is not installed, or no cluster answers there.
    """
    need("ray", "ray")
    _check_answers(address)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    ray = _connect(address)
    try:
        # Ray ends the process on SIGTERM; a job of ours ends as stopped.
        if threading.current_thread() is threading.main_thread():
            for number, handler in handlers.items():
                signal.signal(number, handler)
        yield ray
    finally:
        ray.shutdown()


def _connect(address: str) -> Any:
    import ray

    failed: list[BaseException] = []

    def connect() -> None:
        try:
            ray.init(
                address=address,
                log_to_driver=False,
                logging_level="ERROR",
                runtime_env={"env_vars": {"TOKENIZERS_PARALLELISM": "false"}},
            )
        except BaseException as error:  # noqa: BLE001 — raised again below
            failed.append(error)

    # An address where something else listens would keep Ray waiting for minutes.
    thread = threading.Thread(target=connect, daemon=True, name="ray-connect")
    thread.start()
    thread.join(_CONNECT_S)
    if thread.is_alive():
        raise _wrong(address, f"nothing that speaks Ray answered within {_CONNECT_S:.0f} s")
    if failed:
        if not isinstance(failed[0], Exception):
            raise failed[0]
        raise _wrong(address, failed[0])
    return ray


def _check_answers(address: str) -> None:
    if address == "auto":
        return
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not host or not port.isdigit():
        raise _wrong(address, "an address is HOST:PORT, ray://HOST:PORT or auto")
    try:
        socket.create_connection((host, int(port)), timeout=_ANSWER_S).close()
    except OSError as error:
        raise _wrong(address, f"nobody answers there ({error})") from None


def _wrong(address: str, why: object) -> BadSetting:
    return no_cluster(
        address, why, todo="give --address the head node's, e.g. head-node:6379, or start one "
        "with: ray start --head"
    )  # fmt: skip
