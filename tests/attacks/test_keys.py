"""A key goes to its own origin and to no other."""

from __future__ import annotations

import pytest

from diq_core.asking.address import KEY_VARIABLE
from diq_core.asking.keys import ORIGINS_VARIABLE, key_for
from diq_core.errors import BadSetting

OWN = "https://models.example"
OTHERS = [
    "http://models.example/v1", "https://models.example:444/v1", "https://models.example.org/v1",
    "https://models.example.evil.example/v1", "https://evil.example/models.example/v1",
    "https://xmodels.example/v1", "https://sub.models.example/v1", "http://10.0.0.1/v1",
    "http://169.254.169.254/v1", "http://[::ffff:10.0.0.1]/v1", "http://0x7f000001.example/v1",
    "http://localhost.evil.example/v1", "http://127.0.0.1.evil.example/v1", "http://[fe80::1]/v1",
]  # fmt: skip


@pytest.mark.parametrize("url", OTHERS)
def test_no_other_origin_gets_a_key(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "sk-here")
    monkeypatch.setenv("MODELS_KEY", "sk-models")
    monkeypatch.setenv(ORIGINS_VARIABLE, f"{OWN}=MODELS_KEY")
    assert key_for(url) == ""


@pytest.mark.parametrize("url", [f"{OWN}/v1", f"{OWN}:443/v1", "https://MODELS.example/v1"])
def test_its_own_origin_gets_it(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODELS_KEY", "sk-models")
    monkeypatch.setenv(ORIGINS_VARIABLE, f"{OWN}=MODELS_KEY")
    assert key_for(url) == "sk-models"


@pytest.mark.parametrize("pairs", ["x", "=A", "https://a.example=", "https://a.example/v1=A"])
def test_pairs_that_cannot_be_read_are_refused(pairs: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ORIGINS_VARIABLE, pairs)
    with pytest.raises(BadSetting, match=ORIGINS_VARIABLE):
        key_for(OWN)
