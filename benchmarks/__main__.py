"""`make bench`: accuracy on the labelled questions, and one table of what everything costs beside named baselines."""

from __future__ import annotations

from benchmarks import answers, digest_compose, reports, slack_path
from benchmarks.accuracy import print_baselines, print_groups
from benchmarks.evaluation import ask_desk, run
from benchmarks.figures import print_table
from bot.compiled import Workshop
from bot.desk import Desk
from bot.encoder import find_encoder
from bot.library import Library
from bot.settings import Settings


def main() -> None:
    settings = Settings()
    encoder = find_encoder(settings.cache)
    library = Library(settings.content, Workshop(settings.cache, encoder), interval=3600)
    index = library.current()
    ours = run(ask_desk(Desk(library)))
    print_groups("Sellerbot", ours)
    if encoder is not None:
        plain = Library(settings.content, Workshop(settings.cache, None), interval=3600)
        print_groups("Sellerbot without the encoder", run(ask_desk(Desk(plain))))
    costs = print_baselines(index, ours)
    figures = [
        *answers.figures(settings, index, costs),
        *slack_path.figures(),
        *reports.figures(),
        *digest_compose.figures(),
    ]
    print_table(figures)


if __name__ == "__main__":
    main()
