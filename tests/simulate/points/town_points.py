"""The tiny project with four points children and their facts."""

from __future__ import annotations

from pathlib import Path

from tests.tiny import Edit, write_tiny

APPLICANTS = """\
applicant_id,category,unit_id,consents,points
a,points,U1,city,
b,points,U1,city,
c,points,U1,city,
d,points,U4,city,
h,household,U1,,
"""
# months of insurance up to April 2024: a 24 (8 points), b 12 (4), c 12 back-paid (0), d 12 (4)
# all: the six months in the district, 182 days (1 point); c lacks the permit; d is born a day too late
FACTS = """\
applicant_id,fact,from,until,value,district_id
a,born,,,2018-08-31,
a,permit,2020-01-01,,,D1
a,residence,2023-11-01,2024-04-30,,D1
a,insurance,2022-05-01,,,D2
b,born,,,2018-01-01,
b,permit,2020-01-01,,,D1
b,residence,2023-11-01,2024-04-30,,D1
b,insurance,2023-05-01,,,D2
b,home_share,2020-01-01,,50%,D1
c,born,,,2018-01-01,
c,residence,2023-11-01,2024-04-30,,D1
c,insurance,2023-05-01,,back-paid,D2
d,born,,,2018-09-01,
d,permit,2020-01-01,,,D2
d,residence,2023-11-01,2024-04-30,,D2
d,insurance,2023-05-01,,,D1
"""
TABLES = (
    '[tables.applicants]\npath = "applicants.csv"\ndatum = "EPSG:4548"\n'
    '[tables.facts]\npath = "facts.csv"\n[tables.choices]\npath = "choices.csv"\n\n[children]'
)
CHOICES = "applicant_id,rank,target\na,1,S1\nb,1,S1\nc,1,S1\nd,1,S4\n"


def write_points_town(folder: Path, **changes: Edit) -> Path:
    """Write the project, with changes by file; S1 has one seat, so that there is a cut-off."""
    schedule = 'policy = "xiamen-datongchou"\npoints = "siming-2023"'
    files: dict[str, Edit] = {
        "applicants": APPLICANTS,
        "facts": FACTS,
        "choices": CHOICES,
        "seats": "school_id,classes,class_size\nS1,1,2\nS2,1,1\nS3,1,1\nS4,1,1\n",
        "xuequ": [('policy = "xiamen-datongchou"', schedule), ("[children]", TABLES)],
    }
    return write_tiny(folder, **(files | changes))
