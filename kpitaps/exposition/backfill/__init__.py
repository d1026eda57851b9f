"""History for stores that cannot ask for it by remote read: written into them, and written anew where it was restated.

Nothing is imported here: the command line shows its help without the libraries that speak to stores.
"""

from __future__ import annotations
