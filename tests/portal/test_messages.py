"""No message stays untranslated: what is said in templates and code is what the catalogue holds, with the same parts."""

from __future__ import annotations

import re
import string
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Message

from lakmus.portal.i18n import number, preferred
from lakmus.portal.words import WORDS, size_text, word

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tools"))
import messages  # noqa: E402

TEMPLATES = sorted((messages.PORTAL / "templates").rglob("*.html"))
# Outside tags and expressions a template says nothing in words of its own; code samples and names are no words.
SAMPLES = re.compile(
    r"<pre>.*?</pre>|<code>.*?</code>|\{%.*?%\}|\{\{.*?\}\}|<[^>]*>|SHA-256|GET|Lakmus", re.DOTALL
)
PARTS = re.compile(r"%\((\w+)\)s")


def said() -> set[str | tuple[str, ...]]:
    return {_key(message) for message in messages.said() if message.id}


def _key(message: Message) -> str | tuple[str, ...]:
    return message.id if isinstance(message.id, str) else tuple(message.id)


@pytest.mark.parametrize("locale", ["ru"])
def test_every_message_is_translated_and_none_is_left_over(locale: str) -> None:
    catalog = messages.translated(locale)
    held = {_key(message) for message in catalog if message.id}
    assert said() == held
    assert [m.id for m in catalog if m.id and (m.fuzzy or not all(_strings(m)))] == []


@pytest.mark.parametrize("locale", ["ru"])
def test_translations_have_the_parts_of_their_message(locale: str) -> None:
    for message in messages.translated(locale):
        ids = [message.id] if isinstance(message.id, str) else list(message.id)
        wanted = set(PARTS.findall(" ".join(ids)))
        assert all(set(PARTS.findall(text)) == wanted for text in _strings(message) if message.id), message.id


def _strings(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_templates_say_nothing_outside_of_messages(template: Path) -> None:
    left = SAMPLES.sub(" ", template.read_text("utf-8"))
    assert not [word for word in left.split() if len(word.strip(string.punctuation)) > 1]


def test_russian_words_are_russian() -> None:
    assert all(word(name, "ru") != word(name, "en") for name in WORDS)
    assert word("a name", "ru") == "a name"


@pytest.mark.parametrize(
    ("header", "locale"),
    [
        ("ru-RU,ru;q=0.9,en;q=0.8", "ru"),
        ("en-GB,ru;q=0.9", "en"),
        ("de,ru;q=0.1", "ru"),
        ("de", "en"),
        ("", "en"),
        ("ru;q=0", "en"),
        ("ru;q=x,en", "en"),
        ("," * 5000, "en"),
    ],
)
def test_the_language_a_browser_prefers(header: str, locale: str) -> None:
    assert preferred(header, "en") == locale


def test_numbers_and_sizes_follow_the_language() -> None:
    assert number(1234567, "en") == "1,234,567"
    assert size_text(999, "en") == "999 bytes"
    assert size_text(1_500_000, "ru") == "1,5 МБ"
