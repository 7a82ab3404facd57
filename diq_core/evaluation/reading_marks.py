"""A written answer as the roles of its words, and the places where it speaks of an option."""

from __future__ import annotations

from diq_core.evaluation.reading_mentions import LABEL, TEXT, Marked, Mention
from diq_core.evaluation.reading_tokens import (
    CLOSE,
    DASH,
    OPEN,
    PHRASES,
    STOP,
    Choices,
    Token,
    is_short,
    is_word,
    pieces_of,
    text_words,
    tokens,
)
from diq_core.evaluation.reading_words import ARTICLES, SPECIES

_VOWELS = frozenset("AEIOUY")


class Marker:
    """Reads the roles of one text from left to right."""

    def __init__(self, text: str, choices: Choices) -> None:
        self._text = text
        self._choices = choices
        self._found = tokens(text)
        self._roles: list[str] = []
        self._mentions: list[Mention] = []

    def marked(self) -> Marked:
        place = 0
        while place < len(self._found):
            place = self._label(place) or self._option_text(place) or self._word(place)
        words = text_words(self._found)
        everything = self._where(0, len(self._found)) if self._found else None
        return Marked("".join(self._roles), tuple(self._mentions), words, everything)

    # Each of these returns the place behind what it read, or 0 where it read nothing.

    def _label(self, place: int) -> int:
        label = self._choices.labels.get(self._found[place].word)
        if label is None or not self._is_label(place):
            return 0
        after = self._skip(place + 1)
        labels = {label} | self._choices.clash(label)
        own = self._matches(after, self._choices.texts[label]) if after else 0
        if own:
            labels = {label}
            after = own
        else:
            after = place + 1
            other = self._other_text(self._skip(place + 1), label)
            labels |= other
        led, item = self._is_led(place, after, bool(own)), bool(own) or self._is_item(place)
        role = len(self._roles)
        where = self._where(place, after)
        self._mention(
            LABEL, Mention(role, role + 1, label, frozenset(labels), bool(own), led, item, where)
        )
        return after

    def _mention(self, role: str, mention: Mention) -> None:
        self._roles.append(role)
        self._mentions.append(mention)

    def _where(self, place: int, end: int) -> tuple[int, int]:
        """Return where the tokens from `place` to before `end` stand in the text."""
        return self._found[place].start, self._found[end - 1].end

    def _skip(self, place: int) -> int:
        """Return the place behind brackets, points and dashes that part a label from its text."""
        last = place + 4
        while place < len(self._found) and place < last:
            text = self._found[place].text
            if text not in ".:,)]}([\"'“”’" and text not in DASH and text not in "】」":
                break
            place += 1
        return place

    def _other_text(self, place: int, label: str) -> set[str]:
        """Return the other option whose text follows a label and ends the line, if there is one."""
        place = self._first_word(place)
        if place >= len(self._found):
            return set()
        for words, other in self._choices.first.get(self._found[place].word, ()):
            end = self._matches(place, words) if other != label else 0
            if end and self._ends_line(end):
                return {other}
        return set()

    def _first_word(self, place: int) -> int:
        """Return the place of the first word from `place` on that is no article."""
        while place < len(self._found) and self._found[place].text in ARTICLES:
            place += 1
        return place

    def _is_item(self, place: int) -> bool:
        if place + 2 >= len(self._found) or self._found[place + 1].text not in ".):":
            return False
        return self._found[place + 2].text[0].isalnum()

    def _ends_line(self, place: int) -> bool:
        while place < len(self._found) and self._found[place].text in ".!\"')]":
            place += 1
        return place >= len(self._found) or self._found[place].text == "\n"

    def _matches(self, place: int, words: tuple[str, ...]) -> int:
        """Return the place behind `words` where they stand at `place`, else 0."""
        if not words:
            return 0
        reached = 0
        while reached < len(words):
            if place >= len(self._found):
                return 0
            token = self._found[place]
            pieces = pieces_of(token.text)
            if not pieces and token.text == "\n":
                return 0
            if tuple(words[reached : reached + len(pieces)]) != pieces:
                return 0
            reached += len(pieces)
            place += 1
        return place

    def _option_text(self, place: int) -> int:
        pieces = pieces_of(self._found[place].text)
        if not pieces:
            return 0
        for words, _ in self._choices.first.get(pieces[0], ()):
            end = self._matches(place, words)
            if end and (not is_short(words) or self._stands_alone(end)):
                labels = frozenset(self._choices.whole(words))
                role, where = len(self._roles), self._where(place, end)
                self._mention(
                    TEXT, Mention(role, role + 1, min(labels), labels, False, False, False, where)
                )
                return end
        return 0

    def _stands_alone(self, end: int) -> bool:
        """Return whether a short text is all that is said between two signs."""
        before = self._last_role()
        stated = before in ("", "\n", ":", ".") or (before == "b" and self._roles[-2:-1] != ["P"])
        return stated and self._ends(end)

    def _ends(self, place: int) -> bool:
        while place < len(self._found) and self._found[place].text in "\"'“”’)]}】」":
            place += 1
        return place >= len(self._found) or self._found[place].text in STOP

    def _last_role(self) -> str:
        return self._roles[-1] if self._roles else ""

    def _next_role(self, place: int) -> str:
        while place < len(self._found):
            if self._found[place].text in self._choices.exact:
                return LABEL
            roles, used = self._role(place)
            if roles:
                return roles[0]
            place += used
        return "\n"

    def _is_label(self, place: int) -> bool:
        token, text = self._found[place], self._text
        before, after = text[token.start - 1 : token.start], text[token.end : token.end + 1]
        if before.isascii() and (before.isalnum() or before in tuple("-+'.")):
            return False
        if before == "’" or (after.isascii() and after.isalnum()):
            return False
        if after in ("-", "'", "’", "+") and text[token.end + 1 : token.end + 2].isalnum():
            return False
        closed = place + 1 < len(self._found) and self._found[place + 1].text in CLOSE
        if closed and place and self._found[place - 1].text in OPEN:
            return True
        if self._is_genus(place):
            return False
        role, coming = self._last_role(), self._next_role(place + 1)
        named = role in ("O", "N", ":", "b", "C")
        if token.word[0].isdigit():
            return role in ("O", ":", "b", "C") or (role in ("", "\n") and self._ends(place + 1))
        if role == "x" and not self._own_follows(place):
            return False
        exact = token.text in self._choices.exact
        if not exact and token.text.islower():
            return role in ("O", "N") or self._is_alone(place, role)
        if exact and token.text.islower() and token.word.isascii():
            return role in ("O", "N", "o") or self._is_alone(place, role)
        if token.text[:1] in _VOWELS and len(token.text) == 1:
            return self._is_letter(place, role, coming, named)
        return True

    def _own_follows(self, place: int) -> bool:
        label = self._choices.labels[self._found[place].word]
        after = self._skip(place + 1)
        return after > place + 1 and bool(self._matches(after, self._choices.texts[label]))

    def _is_alone(self, place: int, role: str) -> bool:
        """Return whether a small letter is set off as a label: ``c.``, ``Answer: c``."""
        if role not in ("", "\n", ":", "b", "C", "T", ","):
            return False
        return self._ends(place + 1) or (
            role in ("", "\n") and self._found[place + 1].text in CLOSE | {":"}
        ) or self._own_follows(place)  # fmt: skip

    def _is_letter(self, place: int, role: str, coming: str, named: bool) -> bool:
        """Return whether a capital that is also a word (A, I) is a letter here."""
        if coming in ".?\n:" or self._own_follows(place):
            return True
        if coming in ",o" and coming:
            return self._found[place].text != "I" or named or role == "o"
        if self._found[place].text == "I":
            return coming == "b" and self._found[place + 1].word == "is"
        if role in ("", "\n", ".", ":", "?"):
            return coming in "bmhRWLc-T"
        return True

    def _is_genus(self, place: int) -> bool:
        """Return whether a letter stands for a name, as in ``E. coli``."""
        if place + 2 >= len(self._found) or self._found[place + 1].text != ".":
            return False
        token, following = self._found[place], self._found[place + 2]
        if not token.text.isupper() or not following.text.islower() or self._own_follows(place):
            return False
        near = following.start - self._found[place + 1].end < 2
        if self._last_role() in ("", "\n", ":", ".", "N", "O"):
            return near and following.word in SPECIES
        return near and following.text.isascii() and self._role(place + 2)[0] == "x"

    def _is_led(self, place: int, end: int, own: bool) -> bool:
        """Return whether a label begins its line and is parted from what follows."""
        before = next((role for role in reversed(self._roles) if role not in ":NOT"), "\n")
        if before != "\n":
            return False
        if own or self._ends(end):
            return True
        following = self._found[end].text
        if self._found[place].word[0].isdigit():
            return False
        return following in CLOSE or following in DASH or following == ":"

    def _word(self, place: int) -> int:
        roles, used = self._role(place)
        self._roles += roles
        return place + used

    def _role(self, place: int) -> tuple[str, int]:
        """Return the roles of the phrase at `place`, and of how many words it is."""
        token = self._found[place]
        for words, role in PHRASES.get(token.word, ()):
            if len(words) == 1 or all(
                place + step < len(self._found) and self._found[place + step].word == word
                for step, word in enumerate(words)
            ):
                return role, len(words)
        if token.text in STOP:
            return STOP[token.text], 1
        if token.text in DASH:
            spaced = self._text[token.start - 1 : token.start].isspace() or not token.start
            return (":" if spaced else ""), 1
        if not is_word(token.text):
            return "", 1
        return self._elided(token), 1

    def _elided(self, token: Token) -> str:
        """Return the role of a word behind an elided article (l'option), else that of any word."""
        _, mark, rest = token.word.partition("'")
        known = PHRASES.get(rest, ()) if mark else ()
        return next((role for words, role in known if len(words) == 1), "x")
