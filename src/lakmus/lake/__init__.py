"""Where records live: typed tables, snapshots, patient buckets; two zones that are two types; a one-person handle.

lake = IdentifiedLake.open("lakmus-data/lake")
with lake.cursor() as cursor:                     # DuckDB, with the lake attached as `lake`
    cursor.sql('SELECT count(*) FROM lake."Patient"')
for patient in lake.resources("Patient"):         # FHIR JSON as it came
    ...
"""

from lakmus.lake.chunk import REFUSED, STAGED, TOKENS, Chunk, Progress, Receipt, Staged
from lakmus.lake.handle import LakeHandle
from lakmus.lake.identified import IdentifiedLake
from lakmus.lake.open_zone import OpenLake
from lakmus.lake.person import OnePerson
from lakmus.lake.store import CATALOG, Store

__all__ = [
    "CATALOG",
    "REFUSED",
    "STAGED",
    "TOKENS",
    "Chunk",
    "IdentifiedLake",
    "LakeHandle",
    "OnePerson",
    "OpenLake",
    "Progress",
    "Receipt",
    "Staged",
    "Store",
]
