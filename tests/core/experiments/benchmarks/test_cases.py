"""A writer that is killed loses nothing that it acknowledged: a small sample of the measurement, on both databases."""

from core.experiments.benchmarks.cases import kill_writers, seconds_an_event

KILLS = 5


def nothing_lost(row):
    assert row["kills"] == KILLS
    assert (row["lost_events"], row["lost_photos"], row["broken_chains"]) == (0, 0, 0)


def test_sqlite(tmp_path):
    row = kill_writers(tmp_path, None, KILLS)
    assert row["events"] >= KILLS
    nothing_lost(row)


def test_postgresql(empty_url, tmp_path):
    row = kill_writers(tmp_path, empty_url, KILLS)
    nothing_lost(row)


def test_what_an_event_takes_is_measured(tmp_path):
    assert (seconds_an_event(tmp_path, None, 3) > 0).all()
