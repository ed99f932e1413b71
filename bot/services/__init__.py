"""Use cases: open a unit of work, ask the domain, commit. One file per journey."""
