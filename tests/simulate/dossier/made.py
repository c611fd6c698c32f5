"""A made-up document with every kind of block, for the tests of all products.

Nothing in it is real. It is hostile on purpose: names that are markup, formulas and typst code, rare
characters of place names, a table that is longer and one that is wider than a page.
"""

from __future__ import annotations

from geodata.messages import Lang
from simulate.dossier.model import (
    SUPPRESSED,
    Block,
    Bullets,
    Cards,
    Cited,
    Column,
    Document,
    Front,
    Heading,
    Missing,
    Paragraph,
    Part,
    Picture,
    Table,
    Value,
)

SCRIPT = "<script>alert(1)</script>"
FORMULA = '=HYPERLINK("http://x","y")'
TYPST = '#read("/etc/passwd") $x$ *b* @ref \\ `raw` [x]'
RARE = "漖滘塱埗"
HOSTILE = (SCRIPT, FORMULA, TYPST)

WIDE_COLUMNS = 12
LONG_ROWS = 60


def made_document(lang: Lang, public: bool = False, *, final: bool = False) -> Document:
    """Make the document.

    Parameters
    ----------
    lang : {"zh", "en"}
    public : bool
        Whether small counts are suppressed, as in a public pack.
    final : bool
        Whether it is no draft and has no watermark.
    """
    named = _Names(lang)
    parts = (
        Part(number=1, title=named("摘要", "Summary"), blocks=_summary(named)),
        Part(number=2, title=named("依据", "Basis"), blocks=_basis(named)),
        Part(number=3, title=named("学校", "Schools"), blocks=(long_table(lang),)),
        Part(number=4, title=named("学位需求", "Demand"), blocks=(wide_table(lang, public=public),)),
        Part(
            number=5, title=named("调整清单与变化", "Changes"), blocks=(grouped_table(lang, public=public),)
        ),
        Part(number=6, title=named("图件", "Pictures"), blocks=(picture(lang), small_picture(lang))),
        Part(number=7, title=named("参加听证的人员和意见", "People and opinions"), blocks=(form(lang),)),
        Part(number=8, title=named("尚缺的内容", "What is missing"), blocks=_missing(named)),
        Part(number=9, title=named("无内容的部分", "A part without anything"), blocks=()),
    )
    return Document(
        lang=lang,
        public=public,
        front=front(lang, public=public, final=final),
        parts=parts,
        cited=(Cited(text="12,345", value=12345, table="T1", row="S000", column="capacity"),),
    )


def front(lang: Lang, *, public: bool = False, final: bool = False) -> Front:
    """Make the front of the document."""
    named = _Names(lang)
    reach = named("公开版", "Public") if public else named("内部资料", "Internal")
    return Front(
        title=named("示例区招生片区调整听证材料", "Dossier for the hearing on a change of school zones"),
        subtitle=named("小学一年级", "Primary schools, first year"),
        project=named(f"示例区（{RARE}）", f"Example district ({RARE})"),
        year="2024",
        authority=named("示例区教育局", "Example district education bureau"),
        document_no=named("示教听〔2024〕____号", "No. ____ of 2024"),
        rules=named("示例规则 2024-04-01 版", "Example rules, version 2024-04-01"),
        draft="" if final else named("第1稿", "Draft 1"),
        watermark="" if final else named("草稿 虚构数据 SYNTHETIC", "DRAFT SYNTHETIC"),
        marks=("虚构数据 SYNTHETIC", reach),
        made_from=("run 1a2b3c4d " + "0" * 56, "run 5e6f7a8b " + "f" * 56),
        advice=named("本材料供参考，由主管部门决定。", "It advises; the authority decides."),
    )


def long_table(lang: Lang) -> Table:
    """Make a table of `LONG_ROWS` schools that runs over pages, hostile names first."""
    named = _Names(lang)
    columns = (
        Column(key="school", title=named("学校", "School"), kind="text", weight=3),
        Column(key="code", title=named("代码", "Code"), kind="code"),
        Column(key="capacity", title=named("计划招生数", "Intake"), kind="integer"),
        Column(key="applicants", title=named("报名数", "Applicants"), kind="integer", children=True),
        Column(key="used", title=named("使用率", "Utilisation"), kind="share"),
        Column(key="away", title=named("平均路程（公里）", "Mean way (km)"), kind="metres"),
        Column(key="since", title=named("开办年份", "Opened in"), kind="year"),
        Column(key="hearing", title=named("公示日期", "Published on"), kind="date"),
    )
    names = [*HOSTILE, *(f"{one}{named('小学', ' Primary School')}" for one in RARE)]
    names += [f"{named('示例第', 'Example ')}{n}{named('小学', ' Primary School')}" for n in range(60)]
    rows: list[tuple[Value, ...]] = []
    for n in range(LONG_ROWS - 1):
        capacity = 12345 if n == 0 else 90 + 45 * (n % 5)
        used = None if n == 7 else 0.62 + 0.013 * n
        rows.append(
            (names[n], f"0{n:03d}", capacity, 80 + 3 * n, used, 350.0 + 61 * n, 1956 + n, "2024-04-12")
        )
    total = sum(int(row[2] or 0) for row in rows), sum(int(row[3] or 0) for row in rows)
    rows.append((named("合计", "All"), "", *total, None, None, None, ""))
    keys = (*(f"S{n:03d}" for n in range(LONG_ROWS - 1)), "all")
    notes = (
        named(
            "使用率：报名数与计划招生数之比；来源：虚构。",
            "Utilisation: applicants over intake. Source: made up.",
        ),
        named("一所学校的使用率未知。", "The utilisation of one school is not known."),
    )
    return Table(
        id="T1",
        title=named("学校一览表", "List of schools"),
        columns=columns,
        rows=tuple(rows),
        keys=keys,
        totals=1,
        notes=notes,
    )


def wide_table(lang: Lang, *, public: bool = False) -> Table:
    """Make a table of `WIDE_COLUMNS` columns under grouped headings."""
    named = _Names(lang)
    first = Column(key="zone", title=named("招生片区", "Zone"), weight=2)
    stage = (named("幼升小适龄儿童", "Children of school age"), named("其中户籍", "of these, registered"))
    counted = tuple(
        Column(
            key=f"n{year}_{n}",
            title=title,
            kind="integer",
            children=True,
            group=named(f"{year}年", f"Year {year}"),
        )
        for year in range(2024, 2029)
        for n, title in enumerate(stage)
    )
    last = Column(key="growth", title=named("增减", "Change"), kind="share", decimals=2)
    few: Value = SUPPRESSED if public else 3
    rows = tuple(
        (
            named(f"第{n + 1}片区（含{RARE[n % 4]}村）", f"Zone {n + 1} (with {RARE[n % 4]})"),
            *((few if n == 2 and at == 4 else 100 + 37 * n + 5 * at) for at in range(10)),
            -0.05 + 0.0123 * n,
        )
        for n in range(14)
    )
    keys = tuple(f"Z{n:02d}" for n in range(14))
    notes = (named("“<5”：少于5人，不公布。", "“<5”: fewer than five, not told."),) if public else ()
    return Table(
        id="T2",
        title=named("各片区学位需求", "Demand by zone"),
        columns=(first, *counted, last),
        rows=rows,
        keys=keys,
        notes=notes,
    )


def grouped_table(lang: Lang, *, public: bool = False) -> Table:
    """Make a short table before / after, with long text in it, totals and nothing in places."""
    named = _Names(lang)
    before, after = named("调整前", "Before"), named("调整后", "After")
    columns = (
        Column(key="place", title=named("单元（小区）", "Unit"), weight=2),
        Column(key="school_before", title=named("学校", "School"), weight=2, group=before),
        Column(key="walk_before", title=named("步行（公里）", "Walk (km)"), kind="metres", group=before),
        Column(key="school_after", title=named("学校", "School"), weight=2, group=after),
        Column(key="walk_after", title=named("步行（公里）", "Walk (km)"), kind="metres", group=after),
        Column(key="children", title=named("儿童数", "Children"), kind="integer", children=True),
        Column(key="reason", title=named("理由", "Reason"), weight=3),
    )
    reason = named(
        "原学校已满，新学校步行更近，且不跨越城市主干道；已在读儿童不受影响。",
        "The old school is full, the new one is nearer on foot and across no main road; children already "
        "at school are not affected.",
    )
    few: Value = SUPPRESSED if public else 4
    rows = (
        (f"{RARE[0]}村花园{FORMULA}", SCRIPT, 1234.0, f"{RARE[1]}口小学", 640.0, 17, reason),
        (f"{RARE[2]}头新村", f"{RARE[3]}头小学", 980.0, SCRIPT, None, few, reason),
        (named("合计", "All"), "", None, "", None, SUPPRESSED if public else 21, ""),
    )
    return Table(
        id="T5",
        title=named("调整清单", "List of changes"),
        columns=columns,
        rows=rows,
        keys=("U1", "U2", "all"),
        totals=1,
        notes=(named("步行路程按直线估算（假定）。", "Walks are estimated as straight lines (assumed)."),),
    )


def form(lang: Lang) -> Table:
    """Make an empty form to fill in."""
    named = _Names(lang)
    columns = (
        Column(key="number", title=named("序号", "No."), kind="integer", weight=0.5),
        Column(key="who", title=named("人员类别", "Who"), weight=2),
        Column(key="opinion", title=named("意见", "Opinion"), weight=4),
        Column(key="adopted", title=named("是否采纳", "Adopted")),
    )
    rows: tuple[tuple[Value, ...], ...] = tuple((n, "", "", "") for n in range(1, 7))
    return Table(
        id="T13",
        title=named("意见采纳情况表", "Opinions and what became of them"),
        columns=columns,
        rows=rows,
        keys=tuple(f"row{n}" for n in range(1, 7)),
        form=True,
    )


def picture(lang: Lang) -> Picture:
    """Make a picture as wide as a page, with a page behind it."""
    named = _Names(lang)
    title = named(f"招生片区示意图（{RARE}）", f"Sketch of the zones ({RARE})")
    web = (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>map</title></head>'
        '<body><h1 id="deep">map</h1><script>document.body.dataset.ready="yes"</script></body></html>'
    )
    return Picture(
        id="M1",
        title=title,
        svg=_svg(title, 800, 480),
        alt=named("四个招生片区和四所学校的位置。", "Where four zones and four schools lie."),
        notes=(named("示意图，不作为划界依据。", "A sketch, no basis for borders."),),
        web=web,
    )


def small_picture(lang: Lang) -> Picture:
    """Make a picture half as wide as a page, on a screen the same as on paper."""
    named = _Names(lang)
    title = named("学校使用率", "Utilisation of schools")
    return Picture(
        id="P1",
        title=title,
        svg=_svg(title, 360, 240),
        alt=named("四所学校的使用率，最高104%。", "Utilisation of four schools, 104% at most."),
        wide=False,
    )


def _svg(title: str, width: int, height: int) -> str:
    colours = ("#2f7f93", "#8fb8d8", "#e0a33c", "#a31533")
    step = width / 4
    bars = "".join(
        f'<rect x="{step * n + 8:g}" y="60" width="{step - 16:g}" height="{height - 110}" '
        f'fill="{colours[n]}"/><text x="{step * (n + 0.5):g}" y="{height - 24}" '
        f'text-anchor="middle">{RARE[n]} &lt;{n}&gt; &amp;</text>'
        for n in range(4)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" font-family="Xuequ Sans" font-size="16">'
        f'<rect width="{width}" height="{height}" fill="#f4f7f9"/><text x="12" y="34">{title}</text>'
        f"{bars}</svg>"
    )


def _summary(named: _Names) -> tuple[Block, ...]:
    items = (
        (named("学位缺口", "Seats short"), "1,240", "310", named("较调整前少930", "930 fewer")),
        (named("平均路程", "Mean way"), "1.8 km", "1.6 km", ""),
        (
            named("就近入学比例", "Share at the nearest school"),
            "71.3%",
            "78.9%",
            named("假定人口不变", "assuming the same children"),
        ),
        (SCRIPT, "1", "2", FORMULA),
        (named("超额学校", "Schools above intake"), "9", "4", ""),
    )
    headings = (
        named("指标", "What"),
        named("调整前", "Before"),
        named("调整后", "After"),
        named("说明", "Remark"),
    )
    return (
        Paragraph(
            text=named(
                f"本次调整涉及{RARE}等地，共招收12,345人。",
                f"The change touches {RARE} and others: 12,345 seats.",
            )
        ),
        Cards(items=items, headings=headings),
        Paragraph(text=named("数据为虚构。", "The data are made up."), tone="warning"),
        Paragraph(
            text=named("人口不变为假定。", "That the number of children stays is assumed."), tone="assumed"
        ),
        Paragraph(text=named("数字四舍五入。", "Figures are rounded."), tone="note"),
    )


def _basis(named: _Names) -> tuple[Block, ...]:
    return (
        Heading(text=named("法律法规", "Laws")),
        Paragraph(
            text=named(
                "《中华人民共和国义务教育法》第十二条：适龄儿童、少年免试入学。",
                "Compulsory Education Law, article 12: children enter school without an examination.",
            ),
            tone="law",
        ),
        Bullets(items=(named("免试就近入学", "no examination, near home"), SCRIPT, TYPST)),
        Heading(text=named("程序", "Procedure"), level=3),
        Bullets(
            items=(named("公示", "publication"), named("听证", "hearing"), named("决定", "decision")),
            numbered=True,
        ),
    )


def _missing(named: _Names) -> tuple[Block, ...]:
    return (
        Missing(
            what=named("没有预测表T3。", "There is no forecast T3."),
            how=named(
                f"将表放入 forecast.xlsx（列：年份、儿童数），再次运行 xuequ dossier。{SCRIPT}",
                f"Put the table into forecast.xlsx (year, children), and run xuequ dossier again. {SCRIPT}",
            ),
        ),
    )


class _Names:
    """Choose between Chinese and English words of this made-up document."""

    def __init__(self, lang: Lang) -> None:
        self.lang = lang

    def __call__(self, zh: str, en: str) -> str:
        return zh if self.lang == "zh" else en
