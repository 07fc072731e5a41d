with

tranches (tranche_age, age_min_ans, age_max_ans) as (
    values
    ('0-2 ans', 0, 2),
    ('3-5 ans', 3, 5),
    ('6-10 ans', 6, 10),
    ('11-17 ans', 11, 17),
    ('18-24 ans', 18, 24),
    ('25-39 ans', 25, 39),
    ('40-54 ans', 40, 54),
    ('55-64 ans', 55, 64),
    ('65-79 ans', 65, 79),
    ('80 ans ou plus', 80, 200),
    ('0-5 ans', 0, 5),
    ('0-10 ans', 0, 10),
    ('3-10 ans', 3, 10),
    ('0-17 ans', 0, 17),
    ('ensemble', 0, 200)
)

select
    tranche_age,
    age_min_ans,
    age_max_ans
from tranches
