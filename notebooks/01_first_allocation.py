# %% [markdown]
# # 01 First allocation
# The synthetic Xiamen at a fiftieth of its size: make it, look at it, run a school year, see who went
# where.
# Run it as a notebook (jupytext percent format) or as a script.

# %%
import tempfile
from pathlib import Path

from geodata import read_city
from geodata.sample import write_sample
from simulate.app import run_project
from simulate.runs import read_run
from simulate.summary import summary_of

folder = Path(tempfile.mkdtemp()) / "city"
write_sample(folder, scale=0.02)

# %% [markdown]
# ## The city
# Every table has been checked; blank points and counts would be listed as absences, never as zero.

# %%
city = read_city(folder)
print({name: len(table) for name, table in city.tables.items() if len(table)})
print("measured in", city.metric_crs)

# %% [markdown]
# ## A school year
# The policy is a list of stages. A points child whose zone is full goes to the district, then to the city.

# %%
written, _ = run_project(folder, lang="en")
run = read_run(written)
summary = summary_of(run)
print(summary.stages.to_string(index=False))

# %% [markdown]
# ## Who went where
# Rows: the district of the home. Columns: the district of the school.

# %%
print(summary.flows.to_string(index=False))

# %% [markdown]
# ## One child
# Each row of `keys` is a child in a stage: its place in the order, what it was sorted by, its ticket.

# %%
placements = run.table("placements")
moved = placements[placements["stage"] == "municipal-coordination"].iloc[0]
print(moved[["category", "district_id", "school_district_id", "stage", "distance_m", "reason"]])
keys = run.table("keys")
print(keys[keys["applicant_id"] == moved["applicant_id"]][["stage", "position", "points", "status"]])

# %% [markdown]
# ## What is assumed
# Nothing about a city is invented in silence.

# %%
for one in city.project.assumed:
    print("-", one.what.en)
