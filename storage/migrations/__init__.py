"""Migrations, oldest first in ``versions``; run at start by ``SqlStorage.migrate``, under the writer's lock.

A migration is written by hand, in one transaction, and says again what it needs of the tables: it must go on doing
what it did when ``storage.tables`` has moved on. It never goes back; a backup does. Write ``HEAD`` in
``storage.database`` after adding one: tests hold it, the tables and the migrations together.
"""
