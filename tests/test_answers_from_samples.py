"""Questions about the sample reports, answered from them: the part that is meant, counted and named."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from bot.answering.answer import Answer
from bot.answering.data import DataComposer
from bot.answering.uploads import KeptUpload
from bot.desk import Asker, Desk
from bot.office.examiner import Examiner, Telling, ToRead
from bot.reports.report import Limits
from bot.reports.samples import SAMPLE_DAY, sample_files

UPLOADED = int(datetime(2026, 11, 20, 9, tzinfo=UTC).timestamp())


@dataclass(frozen=True)
class About:
    id: str
    format: str
    description: str
    cases: str
    created: int


@dataclass(frozen=True)
class Shop:
    """A channel to which all samples were uploaded two days ago."""

    desk: Desk
    examiner: Examiner
    uploads: tuple[KeptUpload, ...]

    def ask(self, question: str) -> Answer:
        reply = self.desk.ask(question, Asker(SAMPLE_DAY))
        if reply.data is None:
            return reply.answers[0]
        composer = DataComposer(self.desk.book, reply.answers[0].language, SAMPLE_DAY)
        answer = asyncio.run(self.examiner.answer(reply.data, self.uploads, composer))
        return answer or reply.answers[0]


@pytest.fixture(scope="module")
def shop(desk: Desk) -> Iterator[Shop]:
    examiner = Examiner(Limits())
    composer = DataComposer(desk.book, "en", SAMPLE_DAY)
    files = [ToRead(path, path.name, path.name) for path in sample_files()]
    read = asyncio.run(examiner.examine(files, (), composer, Telling(), lambda *_: None))
    uploads = tuple(
        KeptUpload(About(str(number), one.format, one.description, one.cases, UPLOADED), one.rows)
        for number, one in enumerate(read.uploads)
    )
    yield Shop(desk, examiner, uploads)
    examiner.close()


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("how many are stranded because of the price", "1 SKU · 120 units · 1,554.00"),
        ("which orders are due tomorrow", "2 orders · 3 units"),
        ("how many of my items were returned as defective", "12 orders · 12 units"),
        ("which sku gets returned the most", "LAMP-BED-03 (9)"),
        ("top 3 stranded skus by units", "PRESS-01 (120), CABLE-2M (75), MUG-BLUE-01 (64)"),
        ("when is CABLE-2M removed", "2026-11-26"),
        ("current valid tracking rate pls", "98.24 %"),
        ("品牌不匹配的有几个", "1 个 SKU · 30 件 · 540.00"),
        ("明天要发的单有几个", "2 单 · 3 件"),
        ("有效追踪率现在多少", "98.24 %"),
        ("滞留超过30天的有几件", "48 件"),
        ("灯罩还剩几个", "库存 3"),
    ],
)
def test_the_part_that_is_meant_is_counted(question: str, said: str, shop: Shop) -> None:
    answer = shop.ask(question)
    assert answer.kind == "data"
    assert said in answer.verdict


def test_the_report_is_named_with_its_age(shop: Shop) -> None:
    text = shop.ask("how many skus are stranded right now").text
    assert any("stranded-inventory.txt" in line and "2 days ago" in line for line in text)


def test_a_chinese_table_has_chinese_headings_and_causes(shop: Shop) -> None:
    table = shop.ask("现在一共滞留了几个SKU").table
    assert table is not None
    assert {"原因", "滞留天数", "可售件数"} <= set(table.columns)
    assert any("价格超出限制" in row for row in table.rows)


@pytest.mark.parametrize(
    ("rule", "data"),
    [
        ("how many days until stranded stock is removed", "how many of mine are removed this week"),
        ("what is the late shipment rate limit", "what is my late shipment rate right now"),
        ("who pays return shipping for defective items", "how many items were returned as defective"),
        ("滞留库存多少天会被移除", "我的滞留库存这周有几个会移除"),
        ("取消率怎么算", "我的取消率现在多少"),
    ],
)
def test_near_questions_go_to_the_rule_or_to_the_data(rule: str, data: str, shop: Shop) -> None:
    assert shop.ask(rule).kind != "data"
    assert shop.ask(data).kind == "data"
