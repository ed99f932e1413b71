"""The rules and records of the programme: no input or output, no clock, no libraries beyond dates and holidays."""
