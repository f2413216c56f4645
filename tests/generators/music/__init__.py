"""Tests of the musical values."""
