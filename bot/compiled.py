"""Keeps what is slow to make between runs: compiled content, trained models, sentence vectors. No pickles."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bot.encoder import VERSION
from bot.rulebook.book import Rulebook
from bot.rulebook.loader import write_atomically
from bot.understanding.index import Encoder, Index, from_arrays, to_arrays, train
from bot.understanding.lexical import Floats

FORMAT = "6"
KEPT = 6
"""Trained models of so many states of the content are kept."""


@dataclass(frozen=True)
class Workshop:
    """Where trained models come from: the cache folder (None: nothing is kept) and the encoder (None: without)."""

    cache: Path | None
    encoder: Encoder | None

    def index(self, book: Rulebook) -> Index:
        """The index of `book`, from the cache or trained anew."""
        path = self._path(book)
        if path is not None and self.has_index(book):
            with np.load(path, allow_pickle=False) as stored:
                arrays = {name: stored[name] for name in stored.files if name != "plain"}
                plain = json.loads(stored["plain"].tobytes())
            if self.encoder:
                # By far the largest, and a question looks at a few of its rows: they are read from disk when needed.
                arrays["vectors"] = np.asarray(np.load(_beside(path), mmap_mode="r", allow_pickle=False))
            return Index(book, from_arrays(arrays, plain), self.encoder)
        trained = train(book, self.vectors() if self.encoder else None, self._is_word())
        if path is not None:
            arrays, data = to_arrays(trained)
            if "vectors" in arrays:
                buffer = io.BytesIO()
                np.save(buffer, arrays.pop("vectors"), allow_pickle=False)
                write_atomically(_beside(path), buffer.getvalue())
            buffer = io.BytesIO()
            arrays["plain"] = np.frombuffer(json.dumps(data).encode(), dtype=np.uint8)
            np.savez(buffer, **arrays)  # type: ignore[arg-type]  # numpy's stub takes **arrays for its own flag
            write_atomically(path, buffer.getvalue())
            for old in sorted(path.parent.glob("index-*.npz"), key=lambda p: p.stat().st_mtime, reverse=True)[KEPT:]:
                old.unlink(missing_ok=True)
                _beside(old).unlink(missing_ok=True)
        return Index(book, trained, self.encoder)

    def has_index(self, book: Rulebook) -> bool:
        path = self._path(book)
        return path is not None and path.exists() and (self.encoder is None or _beside(path).exists())

    def _path(self, book: Rulebook) -> Path | None:
        if self.cache is None:
            return None
        with_vectors = VERSION if self.encoder else "none"
        return self.cache / f"index-{FORMAT}-{with_vectors}-{book.digest}.npz"

    def _is_word(self) -> Callable[[str], bool]:
        return self.encoder.is_word if self.encoder else lambda _: False

    def vectors(self) -> Callable[[Sequence[str]], Floats]:
        """Encodes only texts that were not encoded before; the others come from the cache by the hash of the text."""
        encoder = self.encoder
        assert encoder is not None  # noqa: S101 - asked only where there is one
        if self.cache is None:
            return encoder.encode
        path = self.cache / f"vectors-{VERSION}.npz"

        def vectors(texts: Sequence[str]) -> Floats:
            keys = [hashlib.blake2b(text.encode(), digest_size=16).hexdigest() for text in texts]
            known = _stored_vectors(path)
            missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
            if missing:
                known.update(zip(missing, encoder.encode(list(missing.values())), strict=True))
                kept = dict.fromkeys(keys)
                buffer = io.BytesIO()
                np.savez(
                    buffer,
                    keys=np.array([bytes.fromhex(key) for key in kept], dtype="S16"),
                    vectors=np.stack([known[key] for key in kept]).astype(np.float32),
                )
                write_atomically(path, buffer.getvalue())
            return np.stack([known[key] for key in keys])

        return vectors


def _beside(index: Path) -> Path:
    """Where the vectors of an index are kept."""
    return index.with_suffix(".vectors.npy")


def _stored_vectors(path: Path) -> dict[str, Floats]:
    if not path.exists():
        return {}
    with np.load(path, allow_pickle=False) as stored:
        # numpy drops trailing zero bytes of byte strings; the hashes have a fixed length.
        keys = [bytes(key).ljust(16, b"\0").hex() for key in stored["keys"]]
        return dict(zip(keys, stored["vectors"], strict=True))
