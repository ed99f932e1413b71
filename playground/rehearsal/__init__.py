"""Rehearsals: a whole cohort played through the real app before anybody is invited.

`python -m playground.rehearsal` starts the app as a process of its own, lets simulated people use it through the
local workspace while simulated time goes by, and judges it by what those people received.
"""
