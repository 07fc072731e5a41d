"""Each file under `sources/` has a key of its own in the graph."""

from pipelines.naming import file_keys

PLAIN = "caf/cej_2019.csv"


def test_a_plain_name_is_its_key() -> None:
    assert file_keys([PLAIN])[PLAIN].path == ["sources", "caf", "cej_2019_csv"]


def test_names_that_would_have_one_key_have_each_their_own() -> None:
    names = ["caf/caf-2021.csv", "caf/caf_2021.csv", "caf/caf 2021.csv", PLAIN]
    keys = file_keys(names)
    assert len(set(keys.values())) == len(names)
    assert keys[PLAIN] == file_keys([PLAIN])[PLAIN]
    assert keys["caf/caf-2021.csv"].path[-1].startswith("caf_2021_csv_")
