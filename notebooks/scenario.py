# Et si… : des places, une cible, des naissances, et ce qu'un quartier y gagne ou y perd.
#
#   make notebook CARNET=scenario       (dans le navigateur)
#   .venv/bin/marimo edit notebooks/scenario.py      (pour en lire ou en changer le code)
#   .venv/bin/python notebooks/scenario.py           (dans un terminal)
#
# Tout se calcule avec les tables publiées, sans rafraîchir et sans rien écrire. Les mêmes leviers
# écrits dans scenarios.csv donnent les mêmes chiffres dans ecart.scenarios : un test le vérifie.

import marimo

app = marimo.App(width="medium", app_title="Scénario")

with app.setup:
    import altair as alt
    import duckdb
    import marimo as mo
    import polars as pl

    from pipelines.diagnostic.french import number
    from pipelines.notebooks import tableau
    from pipelines.settings import published_file

    BLEU, ORANGE, GRIS = "#0b5394", "#d55e00", "#9a9a9a"


@app.function
def taux_du_territoire(projections: pl.DataFrame) -> float:
    """Places pour 100 enfants dans le territoire entier, à l'année de départ : la cible de PE04."""
    depart = projections.filter(
        pl.col("niveau") == "territoire", pl.col("annee") == pl.col("annee").min()
    ).row(0, named=True)
    return 100 * depart["places"] / depart["enfants_0_2"]


@app.function
def situation(
    projections: pl.DataFrame, annee: int, naissances: str, ouvertures: str
) -> pl.DataFrame:
    """Les territoires, une année, sous une hypothèse de naissances et une d'ouvertures."""
    return projections.filter(
        pl.col("annee") == annee,
        pl.col("naissances") == naissances,
        pl.col("ouvertures") == ouvertures,
    )


@app.function
def mesurer(territoires: pl.DataFrame, taux_pct: float) -> pl.DataFrame:
    """Couverture (PE03), places manquantes (PE04), rang des districts, le moins couvert premier."""
    couverture = 100 * pl.col("places") / pl.col("enfants_0_2")
    district = pl.col("niveau") == "district"
    return territoires.with_columns(
        couverture.alias("couverture_pct"),
        (taux_pct * pl.col("enfants_0_2") / 100 - pl.col("places")).alias("places_manquantes"),
        pl.when(district).then(couverture).rank("min").cast(pl.Int64).alias("rang"),
    )


@app.function
def simuler(
    depart: pl.DataFrame,
    district: str,
    places: float,
    taux_pct: float,
    capacites: str = "estimation",
) -> pl.DataFrame:
    """Les territoires une fois ces places ouvertes (ou fermées, en négatif) dans un district.

    Sa commune et le territoire les ont aussi ; il ne ferme pas plus de places qu'il n'y en a.
    `capacites` prend les places du district à leur estimation, ou à une borne de leur intervalle :
    le total que publie la Cnaf ne bouge pas, ce que le district n'a pas est ailleurs.
    """
    la = pl.col("territoire_id") == district
    commune = depart.filter(la)["commune_id"].item()
    dedans = la | (pl.col("territoire_id") == commune) | (pl.col("niveau") == "territoire")
    tenues = {
        "estimation": pl.col("places"),
        "borne basse": pl.coalesce("borne_basse_places", "places"),
        "borne haute": pl.coalesce("borne_haute_places", "places"),
    }[capacites]
    prises = depart.with_columns(places=pl.when(la).then(tenues).otherwise("places"))
    ajoutees = max(places, -prises.filter(la)["places"].item())
    effet = pl.when(dedans).then(ajoutees).otherwise(0.0)
    return mesurer(prises.with_columns(pl.col("places") + effet), taux_pct)


@app.cell
def _():
    with duckdb.connect(str(published_file()), read_only=True) as base:
        projections = base.sql(
            """
            select
                t.territoire_id, t.libelle as territoire, t.commune_id, t.niveau, p.annee,
                p.hypothese_naissances as naissances, p.hypothese_ouvertures as ouvertures,
                p.enfants_0_2, p.places, p.borne_basse_places, p.borne_haute_places
            from ecart.projections as p
            join referentiel.territoires as t using (territoire_id)
            order by all
            """
        ).pl()
    districts = dict(
        projections.filter(pl.col("niveau") == "district")
        .select("territoire", "territoire_id")
        .unique()
        .sort("territoire")
        .iter_rows()
    )
    annees = projections["annee"].unique().sort().to_list()
    cible = taux_du_territoire(projections)
    return annees, cible, districts, projections


@app.cell
def _(annees, cible, districts):
    mo.stop(not districts, mo.md("Ce territoire n'a pas de district."))
    leviers = mo.ui.dictionary(
        {
            "district": mo.ui.dropdown(districts, next(iter(districts)), label="District"),
            "places": mo.ui.slider(
                -60, 100, 1, 20, label="Places ouvertes (ou fermées)", show_value=True
            ),
            "capacites": mo.ui.dropdown(
                ["estimation", "borne basse", "borne haute"],
                "estimation",
                label="Places déjà là : à leur",
            ),
            "au_taux": mo.ui.checkbox(
                True, label=f"viser le taux du territoire ({number(cible, 1)})"
            ),
            "taux": mo.ui.slider(
                10, 60, 0.5, 33, label="sinon, places visées pour 100 enfants", show_value=True
            ),
            "annee": mo.ui.dropdown(
                {str(annee): annee for annee in annees}, str(annees[0]), label="Année"
            ),
            "naissances": mo.ui.dropdown(
                ["basse", "centrale", "haute"], "centrale", label="Naissances à venir : hypothèse"
            ),
            "ouvertures": mo.ui.dropdown(
                ["rien n’ouvre", "part de la ville", "tout ouvre"],
                "rien n’ouvre",
                label="Schéma de développement",
            ),
        }
    )
    mo.vstack(
        [
            mo.md(
                """
                # Et si… ?

                Choisir un district et déplacer les curseurs. À l'année de départ, les chiffres sont
                ceux que publie l'observatoire ; après, ce sont des hypothèses, non des prévisions.
                """
            ),
            leviers.vstack(),
        ]
    )
    return (leviers,)


@app.cell
def _(leviers):
    choix = leviers.value
    return (choix,)


@app.cell
def _(choix, cible, projections):
    taux = cible if choix["au_taux"] else choix["taux"]
    depart = situation(projections, choix["annee"], choix["naissances"], choix["ouvertures"])
    reference = mesurer(depart, taux)
    scenario = simuler(depart, choix["district"], choix["places"], taux, choix["capacites"])
    resultat = scenario.join(
        reference.select("territoire_id", "places", "couverture_pct", "places_manquantes", "rang"),
        on="territoire_id",
        suffix="_sans",
    )
    return resultat, taux


@app.cell
def _(choix, resultat, taux):
    ici = resultat.row(by_predicate=pl.col("territoire_id") == choix["district"], named=True)
    nombre = f"**{number(abs(ici['places_manquantes']), 0)}**"
    manque = (
        f"il en manquerait {nombre}"
        if ici["places_manquantes"] > 0
        else f"il y en aurait {nombre} au-delà"
    )
    mo.md(
        f"""
        **{ici["territoire"]}, en {choix["annee"]}** : {number(ici["places"], 1)} places pour
        {number(ici["enfants_0_2"], 0)} enfants de 0 à 2 ans, soit
        **{number(ici["couverture_pct"], 1)}** pour 100 (sans le scénario :
        {number(ici["couverture_pct_sans"], 1)}).

        Pour atteindre {number(taux, 1)} places pour 100 enfants, {manque} (PE04 :
        {number(ici["places_manquantes"], 0)} ; sans le scénario :
        {number(ici["places_manquantes_sans"], 0)}).

        Rang parmi les districts, du moins couvert au mieux couvert : **{ici["rang"]}** (sans le
        scénario : {ici["rang_sans"]}). Ce n'est pas PRI01, qui compte aussi l'accessibilité et le
        besoin, et se dit en probabilité.
        """
    )
    return (ici,)


@app.cell
def _(choix, resultat, taux):
    quartiers = resultat.filter(pl.col("niveau") == "district")
    noms = quartiers.sort("couverture_pct")["territoire"].to_list()
    ordre = alt.Y("territoire:N", sort=noms, title=None)
    barres = (
        alt.Chart(quartiers)
        .mark_bar()
        .encode(
            x=alt.X("couverture_pct:Q", title="Places pour 100 enfants de 0 à 2 ans"),
            y=ordre,
            color=alt.condition(
                alt.datum.territoire_id == choix["district"], alt.value(ORANGE), alt.value(BLEU)
            ),
            tooltip=["territoire", "places", "couverture_pct", "places_manquantes"],
        )
    )
    sans = (
        alt.Chart(quartiers)
        .mark_tick(color="black", thickness=2)
        .encode(x="couverture_pct_sans:Q", y=ordre)
    )
    vise = (
        alt.Chart(pl.DataFrame({"taux": [taux]}))
        .mark_rule(color=GRIS, strokeDash=[4, 4])
        .encode(x="taux:Q")
    )
    graphique = (barres + sans + vise).properties(
        width=520, title="Barre : avec le scénario. Trait : sans. Pointillé : ce qui est visé."
    )
    graphique
    return (graphique,)


@app.cell
def _(choix, ici, projections):
    avenir = projections.filter(
        pl.col("territoire_id") == choix["district"], pl.col("ouvertures") == choix["ouvertures"]
    ).with_columns(
        couverture_pct=100
        * (pl.col("places") + ici["places"] - ici["places_sans"]).clip(0)
        / pl.col("enfants_0_2")
    )
    trajectoire = (
        alt.Chart(avenir)
        .mark_line(point=True)
        .encode(
            x=alt.X("annee:O", title=None),
            y=alt.Y("couverture_pct:Q", title="Places pour 100 enfants de 0 à 2 ans"),
            strokeDash=alt.StrokeDash("naissances:N", title="Naissances"),
            color=alt.value(ORANGE),
            tooltip=["annee", "naissances", "enfants_0_2", "couverture_pct"],
        )
        .properties(
            width=520, height=220, title=f"{ici['territoire']} : le scénario, d'année en année"
        )
    )
    trajectoire
    return (avenir,)


@app.cell
def _(choix, ici, resultat):
    autour = resultat.filter(
        (pl.col("territoire_id").is_in([ici["territoire_id"], ici["commune_id"]]))
        | (pl.col("niveau") == "territoire")
    ).select(
        "territoire",
        "niveau",
        pl.col("enfants_0_2").round(0),
        pl.col("places_sans").round(1),
        pl.col("places").round(1).alias("places_avec"),
        pl.col("couverture_pct_sans").round(1),
        pl.col("couverture_pct").round(1).alias("couverture_pct_avec"),
        pl.col("places_manquantes_sans").round(0),
        pl.col("places_manquantes").round(0).alias("places_manquantes_avec"),
    )
    mo.vstack(
        [
            tableau(autour),
            mo.md(
                f"""
                **Ce que ce carnet ne calcule pas** : l'accessibilité (PE05), qui change aussi chez
                les voisins, et l'intervalle du scénario. Pour les avoir, écrire la ligne ci-dessous
                dans `scenarios.csv` puis `make refresh` : `ecart.scenarios` les donnera.

                ```
                scenario_id;libelle;levier;lignes;territoire_id;places;taux_pct;remarque
                mon_essai;Mon essai;ouverture;;{choix["district"]};{max(choix["places"], 1)};;
                ```

                Une fermeture s'y écrit par la ligne du registre de l'établissement qui ferme.
                """
            ),
        ]
    )
    return (autour,)


if __name__ == "__main__":
    app.run()
