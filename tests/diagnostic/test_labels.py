"""The names of points are placed so that they can be read."""

from pipelines.diagnostic.labels import MARK, placed

FRAME = (400.0, 300.0)
SIZE = 12.0


def boxes(points: list[tuple[float, float, float]]) -> list[tuple[float, float, float, float]]:
    return [
        (x - width / 2, y - SIZE / 2, x + width / 2, y + SIZE / 2)
        for (x, y), (_, _, width) in zip(placed(points, FRAME, SIZE), points, strict=True)
    ]


def meet(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return max(one[0], other[0]) < min(one[2], other[2]) and max(one[1], other[1]) < min(
        one[3], other[3]
    )


def test_a_point_that_stands_alone_has_its_name_on_its_right() -> None:
    ((x, y),) = placed([(100, 150, 80)], FRAME, SIZE)
    assert x > 100 + 40
    assert y == 150


def test_names_of_neighbours_cover_neither_one_another_nor_a_point() -> None:
    points = [(100.0, 150.0, 80.0), (110.0, 156.0, 80.0), (118.0, 146.0, 90.0)]
    named = boxes(points)
    marks = [(x - MARK, y - MARK, x + MARK, y + MARK) for x, y, _ in points]
    for rank, box in enumerate(named):
        assert not any(meet(box, other) for other in named[rank + 1 :])
        assert not any(meet(box, mark) for mark in marks)


def test_a_name_stays_within_the_drawing() -> None:
    for box in boxes([(395, 150, 80), (200, 2, 80), (5, 298, 80)]):
        assert box[0] >= 0
        assert box[1] >= 0
        assert box[2] <= FRAME[0]
        assert box[3] <= FRAME[1]


def test_the_same_points_are_named_the_same_way() -> None:
    points = [(x * 17.0 % 390, x * 29.0 % 290, 70.0) for x in range(20)]
    assert placed(points, FRAME, SIZE) == placed(points, FRAME, SIZE)
