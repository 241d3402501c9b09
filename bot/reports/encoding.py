"""Which encoding a file is in, and the same file as UTF-8.

Uploads carry no charset, so bytes are tested: byte-order mark, NUL pattern, strict UTF-8, and then the three legacy
encodings that Amazon serves or spreadsheets write (Japan's cp932, China's GB18030, the West's cp1252), judged by how
much the text looks like the language.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CHUNK = 1 << 22
_SAMPLE = 200_000
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NAMES = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_HIGH = re.compile(r"[^\x00-\x7f]+")
_FEW_BROKEN = 0.01
"""Share of broken sequences among the non-ASCII ones up to which a text still counts as UTF-8."""


@dataclass(frozen=True)
class Decoded:
    """A file as UTF-8 text."""

    path: Path
    """The file itself where it is UTF-8 already, else a copy."""
    encoding: str
    is_lossy: bool
    newlines: int
    returns: int
    """Carriage returns that are not part of a line end."""
    quotes: int
    nuls: int
    ends_open: bool
    """Whether the last line has no line end."""


def decode(path: Path, scratch: Path, headings: frozenset[str] = frozenset()) -> Decoded:
    """Finds the encoding of `path`; writes a UTF-8 copy to `scratch` unless it is UTF-8 already.

    `headings` are known headings that are not ASCII; one of them read rightly settles which legacy encoding it is.
    """
    name, errors, cut = _find(path, headings)
    if name in ("utf-8", "utf-8-sig") and errors == "strict" and not cut:
        return _counted(path, name, is_lossy=False)
    codec = {"utf-16-le": "utf-16-le", "utf-16-be": "utf-16-be"}.get(name, name)
    with path.open("rb") as source, scratch.open("w", encoding="utf-8", newline="", errors="replace") as target:
        decoder = codecs.getincrementaldecoder(codec)(errors="replace")
        first = True
        while chunk := source.read(CHUNK):
            text = decoder.decode(chunk)
            target.write(text.lstrip("\ufeff") if first else text)
            first = False
        # What is left of a character that was cut off at the end of the file is dropped.
        if not cut:
            target.write(decoder.decode(b"", final=True))
    return _counted(scratch, name, is_lossy=errors == "replace" or cut)


def _counted(path: Path, name: str, *, is_lossy: bool) -> Decoded:
    newlines = returns = quotes = nuls = 0
    last = b""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            # Looking for a byte that is not there is far faster than counting it.
            newlines += chunk.count(b"\n")
            if b"\r" in chunk or last == b"\r":
                returns += chunk.count(b"\r") - chunk.count(b"\r\n") - (last == b"\r" and chunk.startswith(b"\n"))
            quotes += chunk.count(b'"') if b'"' in chunk else 0
            nuls += chunk.count(b"\0") if b"\0" in chunk else 0
            last = chunk[-1:]
    return Decoded(path, name, is_lossy, newlines, returns, quotes, nuls, last not in (b"\n", b"\r", b""))


def _find(path: Path, headings: frozenset[str]) -> tuple[str, str, bool]:
    """Encoding, error handler, and whether the file ends in the middle of a character."""
    with path.open("rb") as file:
        head = file.read(_SAMPLE)
    for mark, name in _MARKS:
        if head.startswith(mark):
            if name == "utf-8-sig":
                return _utf8(path, "utf-8-sig", headings)
            return _NAMES.get(mark, name), "strict", False
    if len(head) > 1 and b"\0" in head[:4000]:
        even, odd = head[:4000:2].count(0), head[1:4000:2].count(0)
        some = len(head[:4000]) / 20
        if odd > max(4 * even, some):
            return "utf-16-le", "strict", False
        if even > max(4 * odd, some):
            return "utf-16-be", "strict", False
    return _utf8(path, "utf-8", headings)


def _utf8(path: Path, name: str, headings: frozenset[str]) -> tuple[str, str, bool]:
    good = broken = 0
    sample = bytearray()
    decoder = codecs.getincrementaldecoder("utf-8")(errors="strict")
    is_strict = True
    for chunk in _chunks(path):
        if chunk.isascii() and not decoder.getstate()[0]:
            continue
        if len(sample) < _SAMPLE:
            sample += _high_lines(chunk, _SAMPLE - len(sample))
        if is_strict:
            try:
                decoder.decode(chunk)
                good += 1
                continue
            except UnicodeDecodeError:
                is_strict = False
        text = chunk.decode("utf-8", errors="replace")
        broken += text.count("\ufffd")
        good += sum(1 for char in text if ord(char) > 127 and char != "\ufffd")
    if is_strict:
        left = decoder.getstate()[0]
        if not left:
            return name, "strict", False
        if good > 1 or name == "utf-8-sig":
            return name, "replace", True
    if name == "utf-8-sig" or (broken and broken <= _FEW_BROKEN * good):
        return name, "replace", False
    return _legacy(bytes(sample), headings)


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def _high_lines(chunk: bytes, room: int) -> bytes:
    """The lines of a chunk that hold anything but ASCII."""
    lines = bytearray()
    for line in chunk.split(b"\n"):
        if not line.isascii():
            lines += line + b"\n"
            if len(lines) > room:
                break
    return bytes(lines)


def _legacy(sample: bytes, headings: frozenset[str]) -> tuple[str, str, bool]:
    read = {name: _headings_in(sample, name, headings) for name in ("cp932", "gb18030", "cp1252")}
    best = max(read, key=lambda name: read[name])
    if not read[best]:
        scores = {"cp1252": _western_score(sample), "cp932": _japanese_score(sample), "gb18030": _chinese_score(sample)}
        best = max(scores, key=lambda name: scores[name])
    try:
        sample.decode(best)
    except UnicodeDecodeError:
        return best, "strict" if best == "cp1252" else "replace", False
    return best, "strict", False


def _headings_in(sample: bytes, name: str, headings: frozenset[str]) -> int:
    """How many known headings the first lines hold, read in this encoding."""
    lines = sample.decode(name, errors="replace").splitlines()[:30]
    return len({cell.strip().strip('"').lower() for line in lines for cell in re.split(r"[\t,;|]", line)} & headings)


def _western_score(sample: bytes) -> float:
    """Share of high bytes that stand alone or in pairs beside ASCII, as letters and marks that people type do."""
    text = f" {sample.decode('cp1252', errors='replace')} "
    good = total = 0
    for found in _HIGH.finditer(text):
        run = found[0]
        total += len(run)
        plausible = _is_western(run, text[found.start() - 1], text[found.end()])
        good += (len(run) if plausible else -len(run)) - 3 * run.count("\ufffd")
    return good / total if total else 0.0


def _is_western(run: str, before: str, after: str) -> bool:
    """Whether letters and marks beyond ASCII can stand like that; two bytes of another script seldom look so."""
    if len(run) > 2:
        return False
    letters = [char for char in run if char.isalpha() and char not in "ªºµ"]
    if letters and (before.isdigit() or after.isdigit()):
        return False
    if (run[0] in "“‘" and before.isalnum()) or (run[-1] == "”" and after.isalnum()):
        return False
    if len(letters) == 2 and run[0].isupper():
        in_capitals = before.isupper() or after.isupper()
        return in_capitals if run[1].isupper() else not before.isalnum() and after.isalpha()
    return True


_COMMON_MARKS = set("、。，．・：；？！（）「」『』【】“”‘’《》—…～％＆＋－／　①②③④⑤⑥⑦⑧⑨")


def _japanese_score(sample: bytes) -> float:
    """Kana and common kanji; half-width katakana are what other encodings turn into."""
    text, broken = _lenient(sample, "cp932")
    counts: Counter[str] = Counter()
    for char in text:
        code = ord(char)
        if 0x3040 <= code <= 0x30FF or char in _COMMON_MARKS or 0xFF01 <= code <= 0xFF5E:
            counts["good"] += 1
        elif 0x4E00 <= code <= 0x9FFF:
            lead = char.encode("cp932", errors="replace")[0]
            counts["good" if 0x88 <= lead <= 0x97 else "rare"] += 1
        elif 0xFF61 <= code <= 0xFF9F:
            counts["bad"] += 1
        elif code > 127:
            counts["rare"] += 1
    total = sum(counts.values())
    kana = any(0x3040 <= ord(char) <= 0x30FF for char in text)
    return ((counts["good"] - counts["bad"]) / total + (0.1 if kana else -0.2) - 5 * broken / total) if total else 0.0


def _chinese_score(sample: bytes) -> float:
    """The 3,755 common characters (their lead bytes are B0 to D7) and Chinese punctuation."""
    text, broken = _lenient(sample, "gb18030")
    good = total = 0
    for char in text:
        if ord(char) <= 127:
            continue
        total += 1
        code = char.encode("gb18030")
        if (
            char in _COMMON_MARKS
            or 0xFF01 <= ord(char) <= 0xFF5E
            or (len(code) == 2 and 0xB0 <= code[0] <= 0xD7 and code[1] >= 0xA1)
        ):
            good += 1
    return (good - 5 * broken) / total if total else 0.0


def _lenient(sample: bytes, name: str) -> tuple[str, int]:
    """Text and number of places that are not valid in that encoding (a cut last character is forgiven)."""
    text = sample.decode(name, errors="replace")
    broken = text.count("\ufffd")
    return text.replace("\ufffd", ""), max(0, broken - 1)
