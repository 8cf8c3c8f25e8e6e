"""Where files live: by content, whole or not at all, and never trusted blindly.

The store's folder holds

- ``objects/ab/abcd...flac``: artifacts, read-only, named after the sha256 of their content,
- ``ledger/``: the stat signatures under which a content was last seen (:mod:`animedub.store.ledger`),
- ``outside/``: where artifacts lie that were adopted and not copied (episodes),
- ``memos/``: small answers, key -> artifact,
- ``results/`` and ``locks/``: what the workflow remembers of its stages, and the locks it takes meanwhile,
- ``tmp/``: drafts, one folder for each living process (:mod:`animedub.store.lease`).
"""

from animedub.store.inventory import Contents, Pruned
from animedub.store.store import Draft, Store

__all__ = ["Contents", "Draft", "Pruned", "Store"]
