"""The indicators that national files are enough for, written the usual way: a notebook in pandas.

Files are read with pandas, joined, summed by `groupby`; what is uncertain is drawn in a loop, one
draw after the other, and its quantiles are the interval. The method is that of the catalogue of
indicators. It takes one geography for granted: no file here has an IRIS that the reference lacks.
"""

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

# The year that the census, Filosofi, the BPE and the Caf have in common.
YEAR = 2019
LEVELS = ("district", "commune")
AGES = [
    "P19_POP0002", "P19_POP0305", "P19_POP0610", "P19_POP1117", "P19_POP1824",
    "P19_POP2539", "P19_POP4054", "P19_POP5564", "P19_POP6579", "P19_POP80P",
]  # fmt: skip
FAMILIES = ["C19_COUPAENF", "C19_FAMMONO"]
RATE = "DISP_TP6019"
BANDS = {
    "0-2 ans": AGES[:1],
    "3-5 ans": AGES[1:2],
    "6-10 ans": AGES[2:3],
    "11-17 ans": AGES[3:4],
    "0-17 ans": AGES[:4],
    "ensemble": AGES,
}
CAF_CELLS = ["ENF_2", "ENF_3_5", "ENF_6_10", "ENF_11_14", "ENF_15_17", "ENF_18_24"]
CAF_BANDS = {
    "0-2 ans": CAF_CELLS[:1],
    "3-5 ans": CAF_CELLS[1:2],
    "6-10 ans": CAF_CELLS[2:3],
    "11-17 ans": CAF_CELLS[3:5],
    "0-17 ans": CAF_CELLS[:5],
}
SCHOOLS = {
    "maternelles": (["C101", "C102"], "3-5 ans"),
    "élémentaires": (["C104", "C105"], "6-10 ans"),
}
CRECHES = ["D502"]
MODES = [
    "EAJE financés par la PSU", "EAJE hors PSU", "EAJE, ensemble", "préscolarisation",
    "assistantes maternelles", "garde à domicile", "accueil individuel, ensemble", "ensemble",
]  # fmt: skip
# The Cnaf's two files have the same columns, whoever renamed them.
CNAF = ["annee", "commune", "nom", "epci", "nom_epci", "departement", "nom_departement", *MODES]

# Census: CV = √(1.5 × deff / n), with a design effect of 2.
SCALE = 1.5 * 2
COMPONENTS = ["pauvreté", "monoparentalité", "jeunes enfants"]
# As many draws as a refresh: a territory of thousands of communes has fewer.
DRAWS, DRAWS_OF_ALL, FEWEST_DRAWS = 1000, 1_000_000, 100
# Dirichlet weights of concentration 20: coverage, accessibility (not measured here) and need.
CONCENTRATION = 20
STATED = {"couverture": 0.25, "besoin": 0.5}
FIRST = 3


def main() -> None:
    """Read, compute, draw, write one row a value."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sources", type=Path, help="le dossier des fichiers")
    parser.add_argument("convention")
    parser.add_argument("sortie", type=Path, help="le CSV des valeurs")
    parser.add_argument("--tirages", type=int, help="autant qu'un rafraîchissement, sinon")
    asked = parser.parse_args()
    folder = asked.sources / "conventions" / asked.convention
    # What a registry knows of places is beyond this notebook, and so is all that stands on them.
    compute(
        asked.sources, folder, asked.tirages, with_places=not (folder / "registre.csv").exists()
    ).to_csv(asked.sortie, index=False)


def compute(sources: Path, folder: Path, draws: int | None, *, with_places: bool) -> pd.DataFrame:
    """Every value, with its interval where it has one."""
    territory = yaml.load((folder / "territoire.yml").read_text("utf-8"), yaml.CSafeLoader)
    data = read(sources, territory, with_places=with_places)
    census, rates = data.census, data.rates
    stated = pd.Series(1 / len(COMPONENTS), COMPONENTS)

    rng = np.random.default_rng(2021)
    frames, weights = [measure(data, census, rates, stated)], [stated]
    for _ in range(draws or data.draws):
        drawn = pd.DataFrame(rng.gamma(census / SCALE, SCALE), census.index, census.columns)
        lots = pd.Series(rng.choice(rates.dropna(), len(rates)), rates.index)
        weight = rng.gamma(CONCENTRATION * stated)
        weights.append(pd.Series(weight / weight.sum(), COMPONENTS))
        frames.append(measure(data, drawn, rates.fillna(lots), weights[-1]))

    found = [published_rates(sources, data.iris, territory), *intervals(frames, data.districts)]
    if data.places is not None:
        found.append(pd.DataFrame({"valeur": frames[0]["PE03"]}).assign(indicateur_id="PE03"))
        found.append(inequality(frames, data.places.reindex(data.districts), territory["id"]))
        found.append(priorities(frames, weights, data.districts, rng))
    table = pd.concat([frame.rename_axis("territoire_id").reset_index() for frame in found])
    table["declinaison"] = table["declinaison"].fillna("ensemble")
    table["millesime"] = table["millesime"].fillna(YEAR).astype(int)
    return table.dropna(subset="valeur")


@dataclass(frozen=True)
class Data:
    """What was read: by IRIS, but equipment and places, by district and commune."""

    iris: pd.DataFrame
    census: pd.DataFrame
    rates: pd.Series
    low: pd.DataFrame
    high: pd.DataFrame
    ceilings: pd.Series
    schools: pd.DataFrame
    places: pd.Series | None

    @property
    def districts(self) -> Any:
        return self.iris["district"].dropna().unique()

    @property
    def draws(self) -> int:
        territories = 1 + sum(len(self.iris[level].dropna().unique()) for level in LEVELS)
        return max(FEWEST_DRAWS, min(DRAWS, DRAWS_OF_ALL // territories))


def read(sources: Path, territory: Mapping[str, Any], *, with_places: bool) -> Data:
    iris = read_iris(sources, territory)
    census, rates = read_census(sources, iris), read_rates(sources, iris)
    low, high = read_caf(sources, iris)
    equipment = read_equipment(sources)
    schools = {name: count(equipment, types, iris) for name, (types, _) in SCHOOLS.items()}
    places = share_places(sources, equipment, iris) if with_places else None
    ceilings = read_ceilings(low, high, census)
    return Data(iris, census, rates, low, high, ceilings, pd.DataFrame(schools), places)


def find(sources: Path, name: str) -> Path:
    return next(sources.rglob(name))


def read_iris(sources: Path, territory: Mapping[str, Any]) -> pd.DataFrame:
    """The IRIS of the territory, with their Insee commune, their commune and their district."""
    iris = pd.read_excel(
        find(sources, "reference_IRIS_geo2023.xlsx"),
        sheet_name="Emboitements_IRIS",
        header=5,
        dtype=str,
    ).set_index("CODE_IRIS")
    iris = iris[["DEPCOM", "TYP_IRIS"]].rename(columns={"DEPCOM": "insee"})
    digits = territory["chiffres_du_code_district"]
    iris["quartier"] = iris.index.str[:digits]
    listed = {
        district: commune["id"]
        for commune in territory["communes"]
        for district in commune.get("districts", [])
    }
    whole = {
        commune.get("insee", commune["id"]): commune["id"]
        for commune in territory["communes"]
        if not commune.get("districts")
    }
    iris["commune"] = iris["quartier"].map(listed).combine_first(iris["insee"].map(whole))
    iris = iris.dropna(subset="commune")
    # A commune that lists no district has those of Insee, if there are two of them.
    cut = iris[iris["TYP_IRIS"] != "Z"].groupby("commune")["quartier"].transform("nunique") > 1
    iris["district"] = iris["quartier"].where(
        iris["quartier"].isin(listed) | cut.reindex(iris.index, fill_value=False)
    )
    return iris


def read_census(sources: Path, iris: pd.DataFrame) -> pd.DataFrame:
    """People by age and families with children, by IRIS."""
    people = pd.read_csv(
        find(sources, "base-ic-evol-struct-pop-2019.csv"),
        sep=";",
        dtype={"IRIS": str},
        usecols=["IRIS", *AGES],
    )
    families = pd.read_csv(
        find(sources, "base-ic-couples-familles-menages-2019.csv"),
        sep=";",
        dtype={"IRIS": str},
        usecols=["IRIS", *FAMILIES],
    )
    return people.merge(families, on="IRIS", how="outer").set_index("IRIS").reindex(iris.index)


def read_rates(sources: Path, iris: pd.DataFrame) -> pd.Series:
    """The poverty rate of the IRIS for which it is published."""
    incomes = pd.read_csv(
        find(sources, "BASE_TD_FILO_DISP_IRIS_2019.csv"),
        sep=";",
        decimal=",",
        dtype={"IRIS": str},
        usecols=["IRIS", RATE],
        na_values=["ns", "nd"],
        encoding="utf-8-sig",
    )
    return incomes.set_index("IRIS")[RATE].reindex(iris.index)


def read_caf(sources: Path, iris: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The least and the most children that the Caf knows, by IRIS and band; no most if masked."""
    caf = pd.read_csv(
        find(sources, f"data_CAF_{YEAR}_IRIS.csv"), sep=";", dtype={"CODGEO": str}
    ).set_index("CODGEO")
    caf = caf[caf["NOTE"] == 0].reindex(iris.index)
    blank = caf[CAF_CELLS].isna()
    # Blank cells share what the others leave of the total.
    rest = caf["ENF"] - caf[CAF_CELLS].sum(axis=1)
    low, high = pd.DataFrame(index=iris.index), pd.DataFrame(index=iris.index)
    for band, cells in CAF_BANDS.items():
        published, hidden = caf[cells].sum(axis=1), blank[cells].sum(axis=1)
        alone = (hidden > 0) & (hidden == blank.sum(axis=1))
        low[band] = published + rest.where(alone, 0).fillna(0)
        high[band] = published + rest.where(hidden > 0, 0)
    return low, high


def read_ceilings(low: pd.DataFrame, high: pd.DataFrame, census: pd.DataFrame) -> pd.Series:
    """Children known to the Caf at most for one of the census: 19 IRIS of 20 are under it."""
    children = in_bands(census)[[*CAF_BANDS]]
    return (low / children)[(low == high) & (children > 0)].quantile(0.95)


def read_equipment(sources: Path) -> pd.DataFrame:
    """Crèches and schools, by IRIS, or by commune where they are placed in none."""
    equipment = pd.read_csv(
        find(sources, "bpe19_ensemble.csv"),
        sep=";",
        dtype={"DEPCOM": str, "DCIRIS": str},
        usecols=["DEPCOM", "DCIRIS", "TYPEQU", "NB_EQUIP"],
    )
    code = equipment["DCIRIS"].str.replace("_", "")
    placed = code.str.fullmatch(r".{5}\d{4}") & ~code.str.endswith("0000")
    return equipment.assign(iris=code.where(placed))


def count(equipment: pd.DataFrame, types: Sequence[str], iris: pd.DataFrame) -> pd.Series:
    """Equipment of each district and commune; a part of an Insee commune has what is placed."""
    some = equipment[equipment["TYPEQU"].isin(types)]
    placed = some.groupby("iris")["NB_EQUIP"].sum().reindex(iris.index, fill_value=0)
    counts = by_territory(placed, iris)
    unplaced = some[some["iris"].isna()].groupby("DEPCOM")["NB_EQUIP"].sum()
    return counts.add(unplaced.reindex(counts.index, fill_value=0))


def share_places(sources: Path, equipment: pd.DataFrame, iris: pd.DataFrame) -> pd.Series:
    """EAJE places that the Cnaf publishes for a commune, shared between its crèches."""
    cnaf = pd.read_csv(
        find(sources, "*pla*_pe_*.csv"), sep=None, engine="python", names=CNAF, header=0,
        dtype={"commune": str}, encoding="utf-8-sig",
    )  # fmt: skip
    published = cnaf[cnaf["annee"] == YEAR].set_index("commune")["EAJE, ensemble"]
    creches = equipment[equipment["TYPEQU"].isin(CRECHES)]
    there = creches.groupby("iris")["NB_EQUIP"].sum().reindex(iris.index, fill_value=0)
    unplaced = creches[creches["iris"].isna()].groupby("DEPCOM")["NB_EQUIP"].sum()
    in_commune = there.groupby(iris["insee"]).transform("sum")
    share = (there / in_commune).fillna(1 / there.groupby(iris["insee"]).transform("size"))
    creches_iris = there + share * iris["insee"].map(unplaced).fillna(0)
    total = creches_iris.groupby(iris["insee"]).transform("sum")
    places = iris["insee"].map(published)
    shared = (places * creches_iris / total).where(total > 0, places.where(places == 0))
    return by_territory(shared, iris, min_count=1)


def published_rates(
    sources: Path, iris: pd.DataFrame, territory: Mapping[str, Any]
) -> pd.DataFrame:
    """PE01: the rates that the Cnaf publishes, for what is a whole commune of Insee."""
    cnaf = pd.read_csv(
        find(sources, "t*x_couverture*.csv"), sep=None, engine="python", names=CNAF, header=0,
        dtype={"commune": str}, encoding="utf-8-sig",
    )  # fmt: skip
    rates = cnaf.melt(["annee", "commune"], MODES, "declinaison", "valeur")
    wholes = iris.groupby("insee")["commune"].agg(["nunique", "first"])
    whole = wholes.loc[wholes["nunique"] == 1, "first"]
    # A territory of one Insee commune is that commune.
    if len(wholes) == 1:
        whole = pd.concat([whole, pd.Series({wholes.index[0]: territory["id"]})])
    rates = rates.merge(whole.rename("territoire_id"), left_on="commune", right_index=True)
    return (
        rates.rename(columns={"annee": "millesime"})
        .set_index("territoire_id")[["declinaison", "millesime", "valeur"]]
        .assign(indicateur_id="PE01")
    )


def by_territory(values: Any, iris: pd.DataFrame, min_count: int = 0) -> Any:
    """Sums over the districts and the communes."""
    return pd.concat(values.groupby(iris[level]).sum(min_count=min_count) for level in LEVELS)


def in_bands(census: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({band: census[ages].sum(axis=1) for band, ages in BANDS.items()})


def measure(data: Data, census: pd.DataFrame, rates: pd.Series, weights: pd.Series) -> pd.DataFrame:
    """The indicators of each district and commune, from one draw of the census."""
    iris, bands = data.iris, in_bands(census)
    most = data.high.fillna(np.maximum(data.low, bands[[*CAF_BANDS]] * data.ceilings))
    # A floor, or a mean of rates, needs one known IRIS at least.
    known = by_territory(data.high.notna().any(axis=1), iris) > 0
    published = by_territory(data.rates.notna(), iris) > 0
    people = by_territory(bands, iris).replace(0, np.nan)
    families = by_territory(census[FAMILIES], iris)
    rated = bands["ensemble"].where(rates.notna())
    found = pd.DataFrame(index=people.index)
    at_least, at_most = by_territory(data.low, iris), by_territory(most, iris)
    for band in CAF_BANDS:
        found[f"BES01 {band}"] = (100 * at_least[band] / people[band]).where(known)
        found[f"BES01 {band} au plus"] = (100 * at_most[band] / people[band]).where(known)
    found["BES02"] = 100 * families["C19_FAMMONO"] / families.sum(axis=1).replace(0, np.nan)
    poverty = by_territory(rated * rates, iris) / by_territory(rated, iris)
    found["BES03"] = poverty.where(published)
    for name, (_, band) in SCHOOLS.items():
        found[f"ECO01 {name}"] = 1000 * data.schools[name] / people[band]
    found["jeunes enfants"] = 100 * people["0-2 ans"].fillna(0) / people["ensemble"]
    found["enfants de 0 à 2 ans"] = people["0-2 ans"]
    found["BES04"] = need(components(found, data.districts), weights)
    if data.places is not None:
        found["PE03"] = 100 * data.places / people["0-2 ans"]
    return found


def interval(
    frames: Sequence[pd.DataFrame], low: str, high: str, territories: Any = slice(None)
) -> pd.DataFrame:
    """A measure at its estimate, and what nine tenths of its draws are between."""
    estimate, *draws = frames
    lows = pd.concat([frame.loc[territories, low] for frame in draws], axis=1)
    highs = pd.concat([frame.loc[territories, high] for frame in draws], axis=1)
    return pd.DataFrame(
        {
            "valeur": estimate.loc[territories, low],
            "borne_basse": np.minimum(estimate.loc[territories, low], lows.quantile(0.05, axis=1)),
            "borne_haute": np.maximum(
                estimate.loc[territories, high], highs.quantile(0.95, axis=1)
            ),
        }
    )


def intervals(frames: Sequence[pd.DataFrame], districts: Any) -> list[pd.DataFrame]:
    found = [
        interval(frames, f"BES01 {band}", f"BES01 {band} au plus").assign(
            indicateur_id="BES01", declinaison=band
        )
        for band in CAF_BANDS
    ]
    found.append(interval(frames, "BES02", "BES02").assign(indicateur_id="BES02"))
    found += [
        interval(frames, name, name, districts).assign(indicateur_id=name)
        for name in ("BES03", "BES04")
    ]
    found += [
        interval(frames, f"ECO01 {name}", f"ECO01 {name}").assign(
            indicateur_id="ECO01", declinaison=name
        )
        for name in SCHOOLS
    ]
    return found


def components(frame: pd.DataFrame, districts: Any) -> pd.DataFrame:
    return frame.loc[districts, ["BES03", "BES02", "jeunes enfants"]].set_axis(COMPONENTS, axis=1)


def need(values: pd.DataFrame, weights: Any) -> pd.Series:
    """BES04: the weighted mean of the components in standard deviations, if half are there."""
    scores = (values - values.mean()) / values.std(ddof=0)
    present = scores.notna() * weights
    index = (scores * weights).sum(axis=1) / present.sum(axis=1)
    return index.where(scores.notna().sum(axis=1) / len(COMPONENTS) >= 0.5)


def inequality(frames: Sequence[pd.DataFrame], places: pd.Series, territory: str) -> pd.DataFrame:
    """EQU01: the Gini index of places between the children of the districts."""
    supply = places.dropna()
    indices = [
        pd.DataFrame(
            {"gini": gini(supply, frame.loc[supply.index, "enfants de 0 à 2 ans"])},
            index=[territory],
        )
        for frame in frames
    ]
    return interval(indices, "gini", "gini").assign(
        indicateur_id="EQU01", declinaison="indice de Gini, places EAJE"
    )


def gini(supply: pd.Series, children: pd.Series) -> float:
    curve = pd.DataFrame({"offre": supply, "enfants": children.fillna(0)})
    curve["taux"] = curve["offre"] / children
    curve = curve.sort_values("taux", na_position="last")
    shares = curve[["offre", "enfants"]] / curve[["offre", "enfants"]].sum()
    heights = 2 * shares["offre"].cumsum() - shares["offre"]
    return float(1 - (shares["enfants"] * heights).sum())


STANDARDS: Mapping[str, Callable[[pd.Series], pd.Series]] = {
    "centrée réduite": lambda values: (values - values.mean()) / values.std(ddof=0),
    "min-max": lambda values: (values - values.min()) / (values.max() - values.min()),
    "rang": lambda values: (values.rank() - 1) / (len(values) - 1),
}


def priorities(
    frames: Sequence[pd.DataFrame],
    need_weights: Sequence[pd.Series],
    districts: Any,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """PRI01: how often a district is among the first, and between what when a choice is held."""
    estimate, *draws = frames
    ranked = estimate.loc[districts].dropna(subset=["PE03", "BES04"]).index.sort_values()
    first: dict[str, pd.Series] = {}
    for frame, need_weight in zip(draws, need_weights[1:], strict=True):
        values = components(frame, districts)
        weights = {name: rng.gamma(CONCENTRATION * share) for name, share in STATED.items()}
        drawn = STANDARDS[rng.choice([*STANDARDS])]
        coverage, index = frame.loc[ranked, "PE03"], frame.loc[ranked, "BES04"]
        scores = {
            "référence": score(coverage, index, weights, drawn),
            "recensement sans erreur": score(
                estimate.loc[ranked, "PE03"],
                need(components(estimate, districts), need_weight)[ranked],
                weights,
                drawn,
            ),
            "poids énoncés": score(
                coverage, need(values, 1 / len(COMPONENTS))[ranked], STATED, drawn
            ),
        }
        for criterion in STATED:
            doubled = {**weights, criterion: 2 * weights[criterion]}
            scores[f"{criterion} compte double"] = score(coverage, index, doubled, drawn)
        for name, standard in STANDARDS.items():
            scores[name] = score(coverage, index, weights, standard)
        for component in COMPONENTS:
            others = need(values.assign(**{component: np.nan}), need_weight)[ranked]
            if others.notna().all():
                scores[f"sans {component}"] = score(coverage, others, weights, drawn)
        for name, found in scores.items():
            leading = pd.Series(found.index.isin(found.nlargest(FIRST).index), found.index)
            first[name] = first.get(name, 0) + leading
    shares = 100 * pd.DataFrame(first) / len(draws)
    return pd.DataFrame(
        {
            "valeur": shares["référence"],
            "borne_basse": shares.min(axis=1),
            "borne_haute": shares.max(axis=1),
        }
    ).assign(indicateur_id="PRI01")


def score(
    coverage: pd.Series,
    index: pd.Series,
    weights: Mapping[str, float],
    standard: Callable[[pd.Series], pd.Series],
) -> pd.Series:
    """Lack of coverage and need, each on the same scale."""
    total = weights["couverture"] * standard(-coverage) + weights["besoin"] * standard(index)
    return total / sum(weights.values())


if __name__ == "__main__":
    main()
