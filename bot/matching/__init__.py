"""Scoring, solving and explaining: arrays in, proposals out."""
