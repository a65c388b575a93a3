import pytest

from core.publishing.drafting import drafted


def test_a_folder_takes_the_place_of_the_one_before_only_once_it_is_whole(tmp_path):
    target = tmp_path / "model"
    target.mkdir()
    (target / "old").touch()
    with drafted(target) as draft:
        (draft / "new").touch()
        assert (target / "old").is_file()
    assert [file.name for file in target.iterdir()] == ["new"]
    assert not draft.exists()


def test_what_was_there_stays_where_writing_fails_and_the_next_try_begins_empty(tmp_path):
    target = tmp_path / "model"
    target.mkdir()
    (target / "old").touch()

    def failing():
        with drafted(target) as draft:
            (draft / "half").touch()
            raise OSError("no space")

    with pytest.raises(OSError, match="no space"):
        failing()
    assert [file.name for file in target.iterdir()] == ["old"]
    with drafted(target) as draft:
        assert not list(draft.iterdir())
