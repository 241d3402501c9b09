"""The content of a small invented shop that sells kites: one page of each kind."""

from __future__ import annotations

from pathlib import Path

FILES = {
    "knowledge/sources.yaml": """\
- id: kite-law
  title: Kite law
  publisher: Office of Kites
  url: https://kites.example/law
  published: 2020-01-01
  retrieved: 2026-11-01
  language: en
  authority: amazon
  review_by: 2027-01-01
- id: kite-blog
  title: Kite blog
  publisher: A blog
  url: https://kites.example/blog
  retrieved: 2026-11-01
  language: en
  authority: secondary
  review_by: 2026-01-01
""",
    "knowledge/glossary.yaml": """\
- id: kite
  title: {en: kite, zh: 风筝}
  en: [kite, flyer]
  zh: [纸鸢]
- id: licence
  title: {en: licence, zh: 执照}
  en: [license, permit]
  zh: [许可证]
""",
    "knowledge/marketplaces.yaml": """\
- id: US
  title: {en: United States, zh: 美国站}
  said: {en: [amazon us, the states], zh: [美国, 美站]}
  currency: USD
  calendar: US
- id: DE
  title: {en: Germany, zh: 德国站}
  said: {en: [germany, german store], zh: [德国, 德亚]}
  currency: EUR
  calendar: DE
  groups: [eu]
""",
    "knowledge/facts.yaml": """\
- id: pilot
  type: choice
  name: {en: pilot, zh: 放飞者}
  ask: {en: Who flies the kite?, zh: 谁放风筝？}
  choices:
  - value: adult
    label: {en: an adult, zh: 成年人}
    said: {en: ["(i am|i'm) [an] adult", grown up], zh: [成年人]}
    mentioned: {en: [adults], zh: []}
    negated: child
  - value: child
    label: {en: a child, zh: 儿童}
    said: {en: ["(my|a) (kid|child)"], zh: [小孩]}
- id: windy
  type: yes_no
  name: {en: strong wind, zh: 大风}
  default_by: workspace
  ask: {en: Is the wind strong?, zh: 风大吗？}
  choices:
  - {value: "yes", label: {en: windy, zh: 有大风}, said: {en: [windy, strong wind], zh: [大风]}}
  - {value: "no", label: {en: calm, zh: 没有大风}, said: {en: [calm], zh: [风小]}}
- id: store
  type: marketplace
  name: {en: store, zh: 站点}
  default_by: person
  ask: {en: Which store?, zh: 哪个站点？}
- id: flight_day
  type: date
  name: {en: day of flight, zh: 放飞日}
  ask: {en: When do you fly?, zh: 哪天放？}
  said: {en: ["(fly|flew|flying) [on] [in] {date}"], zh: ["{date}放"]}
- id: kites
  type: number
  name: {en: number of kites, zh: 风筝数}
  ask: {en: How many kites?, zh: 几只风筝？}
  said: {en: ["{number} kites"], zh: ["{number}只"]}
  minimum: 1
- id: units
  type: number
  name: {en: units, zh: 件数}
  ask: {en: How many units?, zh: 几件？}
- id: exchange_rate
  type: number
  name: {en: exchange rate, zh: 汇率}
  ask: {en: Which exchange rate?, zh: 汇率多少？}
- id: postage
  type: money
  name: {en: postage, zh: 邮费}
  ask: {en: What is the postage?, zh: 邮费多少？}
- id: price
  type: money
  name: {en: price of a kite, zh: 单价}
  ask: {en: What does a kite cost?, zh: 一只多少钱？}
  said: {en: ["{money} each"], zh: ["每只{money}"]}
""",
    "knowledge/calendar.yaml": """\
- id: ahead
  days: 30
  questions: {en: [policy calendar], zh: [政策日历]}
""",
    "knowledge/outside.yaml": """\
- id: balloons
  title: {en: balloons, zh: 气球}
  questions:
    en: [how do i inflate a balloon, hot air balloon ride cost, helium balloon for party, where to buy balloons]
    zh: [气球怎么充气, 热气球多少钱, 氦气球聚会, 哪里买气球]
""",
    "knowledge/kites/what-is-a-kite.yaml": """\
id: kites.what-is-a-kite
kind: reference
author: test
modified: 2026-11-01
title: {en: What a kite is, zh: 什么是风筝}
questions:
  en: [what is a kite, define kite, kite meaning, whats a flyer]
  zh: [风筝是什么, 什么叫纸鸢, 风筝啥意思]
tests:
- {ask: explain kite to me, says: [string]}
versions:
- verdict: {en: A kite flies on a string., zh: 风筝是用线牵着飞的。}
  text: {en: ["- It needs wind."], zh: ["- 需要风。"]}
  cite: [{source: kite-law, section: Part 1}]
  conflicts:
  - about: {en: the string, zh: 线}
    act_on: {text: {en: A string is needed., zh: 必须有线。}, cite: [{source: kite-law}]}
    other: {text: {en: No string is needed., zh: 不需要线。}, cite: [{source: kite-blog}]}
    why: {en: The law is above a blog., zh: 法律高于博客。}
""",
    "rules/kites/may-i-fly.yaml": """\
id: kites.may-i-fly
kind: decision
author: test
modified: 2026-11-01
title: {en: May I fly a kite?, zh: 可以放风筝吗？}
questions:
  en: [may i fly a kite, am i allowed to fly, can we fly here, is flying allowed, do i need a permit to fly]
  zh: [可以放风筝吗, 能放吗, 让不让放风筝, 放风筝要许可证吗]
dated_by: flight_day
tests:
- {facts: {windy: "yes", pilot: child}, expect: too_windy}
- {facts: {pilot: adult}, expect: allowed}
- {facts: {pilot: child}, expect: with_parent}
- {facts: {flight_day: 2019-05-01}, expect: old_free}
versions:
- to: 2019-12-31
  cases:
  - id: old_free
    verdict: {en: "Yes: until 2019 anybody could fly.", zh: 可以：2019 年以前谁都可以放。}
    cite: [{source: kite-law}]
- from: 2020-01-01
  assume: {windy: "no"}
  ask: [pilot]
  cases:
  - id: too_windy
    when: {windy: "yes"}
    verdict: {en: "No: not in a strong wind.", zh: 不可以：风太大。}
    cite: [{source: kite-law}]
  - id: allowed
    when: {pilot: adult}
    verdict: {en: "Yes: adults may fly.", zh: 可以：成年人可以放。}
    cite: [{source: kite-law}]
  - id: with_parent
    verdict: {en: "Yes, with a parent.", zh: 可以，但要家长陪同。}
    cite: [{source: kite-law}]
""",
    "rules/kites/cost.yaml": """\
id: kites.cost
kind: calculation
author: test
modified: 2026-11-01
title: {en: What kites cost, zh: 风筝多少钱}
questions:
  en: [what do the kites cost, total price of kites, kites cost in all, sum for my kites]
  zh: [风筝一共多少钱, 总价多少, 合计多少钱]
tests:
- {facts: {kites: 3, price: 2.50 USD}, expect: total_cost}
versions:
- ask: [kites, price]
  compute:
  - {id: total, label: {en: total, zh: 合计}, unit: money, formula: kites * price}
  cases:
  - id: total_cost
    verdict: {en: "In all {{ total }} for {{ kites }} kites.", zh: "{{ kites }} 只合计 {{ total }}。"}
    cite: [{source: kite-law}]
""",
    "rules/kites/cost-sent.yaml": """\
id: kites.cost-sent
kind: calculation
author: test
modified: 2026-11-01
title: {en: What sent kites cost, zh: 寄风筝多少钱}
questions:
  en: [cost with postage, how much to send the parcel]
  zh: [加邮费多少钱, 寄出去要多少]
tests:
- {facts: {kites: 3, price: 2.50 USD, postage: 1 USD}, expect: total_cost}
versions:
- ask: [kites, price, postage]
  compute:
  - {id: total, label: {en: total, zh: 合计}, unit: money, formula: kites * price + postage}
  cases:
  - id: total_cost
    verdict: {en: "In all {{ total }}.", zh: "合计 {{ total }}。"}
    cite: [{source: kite-law}]
""",
    "rules/kites/draft-permit.yaml": """\
id: kites.draft-permit
kind: draft
author: test
modified: 2026-11-01
title: {en: Permit request, zh: 许可申请}
questions:
  en: [write a permit request, draft a letter for a permit, letter asking for the licence]
  zh: [帮我写许可申请, 写个申请执照的信]
versions:
- verdict: {en: "Your letter:", zh: 申请信：}
  ask: [kites]
  body:
    en: "Dear {{ blank(\\"office\\") }}, I have {{ kites or blank(\\"number\\") }} kites."
    zh: "{{ kites or blank(\\"几\\") }} 只"
""",
}


def write_shop(root: Path) -> Path:
    """Writes the shop's files below `root` and returns it."""
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root
