"""Keys in files and what they seal."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakmus.core.errors import InputError, NotFoundError
from lakmus.ops import KeyStore, Sealer
from lakmus.ops.keys import pseudonyms


def test_a_key_is_made_once_and_found_again(tmp_path: Path) -> None:
    first = KeyStore(tmp_path / "keys").ensure("lake")
    assert KeyStore(tmp_path / "keys").ensure("lake") == first
    assert (len(first.secret), first.id) == (32, "lake.1")


def test_only_the_owner_may_read_folder_and_files(keys: KeyStore) -> None:
    keys.ensure("lake")
    assert stat.S_IMODE(keys.folder.stat().st_mode) == 0o700
    assert [stat.S_IMODE(file.stat().st_mode) for file in keys.folder.iterdir()] == [0o600]


@pytest.mark.parametrize(("path", "mode"), [("lake.1.key", 0o640), ("lake.1.key", 0o604), (".", 0o750)])
def test_a_key_others_may_read_is_not_used(tmp_path: Path, path: str, mode: int) -> None:
    KeyStore(tmp_path / "keys").ensure("lake")
    (tmp_path / "keys" / path).chmod(mode)
    with pytest.raises(InputError, match=r"others than its owner.*\n.*chmod"):
        KeyStore(tmp_path / "keys").key("lake")


@pytest.mark.parametrize("text", ["", "lakmus-key-1 AAAA\n", "lakmus-key-1 no base64!\n", "A" * 44])
def test_a_damaged_key_file_is_said_so_without_its_content(tmp_path: Path, text: str) -> None:
    KeyStore(tmp_path / "keys").ensure("lake")
    (tmp_path / "keys" / "lake.1.key").write_text(text)
    with pytest.raises(InputError, match="is not a key file") as caught:
        KeyStore(tmp_path / "keys").key("lake")
    assert not text or text.strip() not in str(caught.value)


@pytest.mark.parametrize("name", ["", "Lake", "../lake", "a/b", "-a", "a" * 64, "lake.1"])
def test_names_cannot_climb_out_of_the_folder(keys: KeyStore, name: str) -> None:
    with pytest.raises(InputError, match="cannot name a key"):
        keys.ensure(name)


def test_a_missing_key_is_said_so(keys: KeyStore) -> None:
    with pytest.raises(NotFoundError, match=r"lake\.1 is not in"):
        keys.key("lake")


def test_rotating_keeps_the_old_versions(keys: KeyStore) -> None:
    old, new = keys.ensure("lake"), keys.rotate("lake")
    assert (keys.key("lake"), keys.key("lake", 1), keys.versions("lake")) == (new, old, [1, 2])
    assert old.secret != new.secret


def test_releases_of_different_families_have_different_keys(keys: KeyStore) -> None:
    assert keys.ensure(pseudonyms("oncology")).secret != keys.ensure(pseudonyms("heart")).secret
    assert keys.names() == ["pseudonyms-heart", "pseudonyms-oncology"]


def test_a_secret_is_not_printed(keys: KeyStore) -> None:
    key = keys.ensure("lake")
    assert repr(key.secret) not in repr(key)


def test_many_who_ask_at_once_get_one_key(tmp_path: Path) -> None:
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(KeyStore(tmp_path / "keys").ensure("lake").secret))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1
    assert [file.name for file in (tmp_path / "keys").iterdir()] == ["lake.1.key"]


def test_what_was_sealed_opens_after_a_rotation(keys: KeyStore) -> None:
    sealer = Sealer(keys, "quarantine")
    sealed = sealer.seal(b"first", b"item 1")
    keys.rotate("quarantine")
    assert sealer.open(sealed, b"item 1") == b"first"
    assert (sealer.is_current(sealed), sealer.is_current(sealer.seal(b"x"))) == (False, True)


def test_without_the_key_nothing_opens(keys: KeyStore) -> None:
    sealer = Sealer(keys, "quarantine")
    sealed = sealer.seal(b"gone")
    with pytest.raises(InputError, match="do not open"):
        Sealer(keys, "other").open(sealed)
    keys.destroy("quarantine", 1)
    with pytest.raises(NotFoundError, match=r"quarantine\.1"):
        sealer.open(sealed)


@given(plain=st.binary(max_size=300), context=st.binary(max_size=30), data=st.data())
def test_a_flipped_bit_anywhere_is_found(
    tmp_path_factory: pytest.TempPathFactory, plain: bytes, context: bytes, data: st.DataObject
) -> None:
    sealer = Sealer(KeyStore(tmp_path_factory.getbasetemp() / "flip"), "k")
    sealed = bytearray(sealer.seal(plain, context))
    assert sealer.open(bytes(sealed), context) == plain
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(InputError):
        sealer.open(bytes(sealed), context)


@pytest.mark.parametrize("bytes_", [b"", b"LKS1", b"plain text that was never sealed at all"])
def test_what_is_not_sealed_is_said_so(keys: KeyStore, bytes_: bytes) -> None:
    with pytest.raises(InputError, match="not sealed by Lakmus"):
        Sealer(keys, "k").open(bytes_)


def test_the_context_binds(keys: KeyStore) -> None:
    sealer = Sealer(keys, "k")
    with pytest.raises(InputError, match="do not open"):
        sealer.open(sealer.seal(b"x", b"item 1"), b"item 2")
